/**
 * The billing demo (paper 001): a month of readings becomes bills that each customer checks, on any ledger.
 *
 * Time is replayed: transactions are stamped with the month of the readings. It alone knows the true readings and compares them with what the ledger holds.
 */
import { join } from 'node:path';
import { USUAL_AREA_PERCENT } from '@gridveil/chaincode/domain/billing-parties.js';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import { firstSlotOf, slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import { castBilling, type BillingCast, type BillingPeople } from '../../billing/billing-cast.js';
import {
  checkBills,
  closePeriod,
  reportPeriod,
  submitBills,
  type BilledPeriod,
  type CustomerBill,
  type PeriodInput,
} from '../../billing/billing-period.js';
import type { ReplayClock } from '../../billing/replay-clock.js';
import { BillingWorkers } from '../../crypto/billing-workers.js';
import { proveModulus } from '../../crypto/modulus-proof.js';
import { generatePaillierKey, type PaillierPrivateKey } from '../../crypto/paillier-key.js';
import { PaillierWorkers } from '../../crypto/paillier-workers.js';
import type { LedgerDirectory } from '../../ledger/directory.js';
import type { OpenedArea } from '../../parties/esp.js';
import type { BillingReadings } from './billing-readings.js';
import { billingViews } from './billing-views.js';
import type { DemoProgress } from './fog-aggregation.js';
import { ADMIN, fogIdentities, OWNER } from './fog-identities.js';
import { shiftCharges } from './malicious-aggregator.js';
import { maxReadingOf, type DemoOptions } from './options.js';
import type { DemoAttack, DemoBill, DemoResult, DemoSlot } from './result.js';
import { StageClock } from './stage-clock.js';

const PLAN = 'household';
const AREA = 'all';
const DEFAULT_MIN_GROUP = 5;
/** A late report may come for two weeks, but the period closes a day after its end. */
const MAX_SLOT_AGE_SECONDS = 14 * 86_400;
const LEASE_SECONDS = 3600;
/** The tariff is published so long before its period. */
export const LEAD_SECONDS = 3600;
/** Checks bills; an identity that no aggregator has, where there are enough. */
const CUSTOMER = { mspId: 'Org2MSP', user: 'User1' } as const;

/** The document, and what only people are shown. */
export interface BillingOutcome {
  readonly result: DemoResult;
  readonly bills: readonly CustomerBill[];
  /** The parties, with the keys of the meters. */
  readonly cast: BillingCast;
  readonly currency: string;
  readonly minorDigits: number;
}

/** @param espFolder - where ESPs have their folders, one for each grid */
export async function runTouBilling(
  directory: LedgerDirectory,
  clock: ReplayClock,
  readings: BillingReadings,
  options: DemoOptions,
  progress: DemoProgress,
  espFolder: string,
): Promise<BillingOutcome> {
  const stages = new StageClock();
  const privateKey = await stages.time('keyGeneration', () => espKey(readings, options, progress));
  const parameters = gridParameters(readings, options.regions, privateKey);
  const workers = new BillingWorkers(privateKey.publicKey, parameters.maxReadingWh);
  const opening = new PaillierWorkers(1);
  try {
    progress.stage('Roles, grid, keys with proof of possession and the tariff go on the ledger');
    const plan = {
      ...{ parameters, clock, plan: PLAN },
      proofsCheckedBy: options.proofsCheckedBy ?? ('endorsers' as const),
      minAreaPercent: USUAL_AREA_PERCENT,
      espFolder: join(espFolder, parameters.grid),
      people: peopleOf(directory, options.regions),
      meterIds: readings.table.meterIds,
      tariff: readings.tariff.table,
      open: (ciphertexts: readonly bigint[]) => opening.openBatch(privateKey, ciphertexts),
    };
    const cast = await stages.time('registration', () => castBilling(directory, workers, plan));
    try {
      const demo = new BillingDemo(directory, readings, options, progress, stages, cast, clock);
      return await demo.run(parameters);
    } finally {
      await cast.close();
    }
  } finally {
    await Promise.all([workers.close(), opening.close()]);
  }
}

class BillingDemo {
  readonly #input: PeriodInput;

  constructor(
    private readonly directory: LedgerDirectory,
    private readonly readings: BillingReadings,
    private readonly options: DemoOptions,
    private readonly progress: DemoProgress,
    private readonly stages: StageClock,
    private readonly cast: BillingCast,
    clock: ReplayClock,
  ) {
    this.#input = {
      ...{ cast, clock, tariff: readings.tariff.table, readings: readings.table },
      advance: (done, all) => progress.advance(done, all),
    };
  }

  async run(parameters: GridParameters): Promise<BillingOutcome> {
    const { stages, progress, cast } = this;
    progress.stage('Meters report, the AN makes slot blocks, the ESP opens area totals');
    const areas = await stages.time('reports', () => reportPeriod(this.#input));
    progress.stage('The period is over: the AN sums and signs, the ESP opens the charges');
    const { charges, refused } = await stages.time('charges', () => closePeriod(this.#input));
    const shifted =
      this.options.maliciousAggregator === true
        ? await stages.time('attack', () => shiftCharges(this.#input, charges))
        : undefined;
    await stages.time('bills', () => submitBills(this.#input, charges));
    progress.stage('Every customer checks the own bill');
    const meterIds = charges.map(({ meterId }) => meterId);
    const bills = await stages.time('checks', () => checkBills(this.#input, meterIds));
    const attack = shifted && (await stages.time('attack', () => shifted.checkSentBills()));
    const period = { areas, bills, refused };
    return {
      result: this.#document(parameters, period, attack),
      bills,
      cast,
      currency: this.readings.tariff.table.currency,
      minorDigits: this.readings.tariff.table.minorDigits,
    };
  }

  #document(
    parameters: GridParameters,
    { areas, bills, refused }: BilledPeriod,
    attack: DemoAttack | undefined,
  ): DemoResult {
    const slots = this.#slots(areas);
    const rows = bills.map(billRow);
    const unbilled = refused.map(({ meterId, refusal }) => ({
      meter: meterId,
      code: refusal.code,
      reason: refusal.sentence,
    }));
    return {
      schema: 'gridveil/demo/v1',
      scheme: 'tou-billing',
      ledger: this.directory.kind,
      parameters: this.#summary(parameters),
      slots,
      bills: rows,
      unbilled,
      ...(attack === undefined ? {} : { attack }),
      allEqual: slots.every(({ equal }) => equal) && rows.every(({ equal }) => equal) && rows.length > 0,
      timings: this.stages.timings(),
      whoSawWhat: billingViews(this.cast, this.readings.table, slots, rows.length),
    };
  }

  /** What the meters of each opened slot really used; a slot with too few reports stays closed. */
  #slots(areas: readonly OpenedArea[]): DemoSlot[] {
    const { table, tariff } = this.readings;
    const opened = new Map(areas.map((area) => [area.slot, area]));
    const first = firstSlotOf(tariff.table);
    return Array.from({ length: slotCountOf(tariff.table) }, (_, i) => {
      const slot = first + i;
      const area = opened.get(slot);
      if (area === undefined) {
        const closed = { region: AREA, meters: 0, trueWh: 0, openedWh: -1, equal: true, withheld: true };
        return { slot, regions: [closed], trueWh: 0, openedWh: -1, equal: true };
      }
      const trueWh = table.readingsOf(slot).reduce((sum, { energyWh }) => sum + energyWh, 0);
      const openedWh = Number(area.energyWh);
      const equal = trueWh === openedWh;
      return {
        slot,
        regions: [{ region: AREA, meters: area.count, trueWh, openedWh, equal }],
        ...{ trueWh, openedWh, equal },
      };
    });
  }

  #summary({
    grid,
    minGroup,
    maxReadingWh,
    slotSeconds,
    radixBits,
    n,
    regions,
  }: GridParameters): DemoResult['parameters'] {
    const { table, source, period, tariff } = this.readings;
    return {
      ...{ grid, source, slotSeconds, minGroup, maxReadingWh, radixBits },
      meters: table.meterIds.length,
      slots: slotCountOf(tariff.table),
      regions: regions.length,
      readings: table.readingCount,
      bits: n.toString(2).length,
      seed: this.options.seed,
      month: period.label,
      tariff: tariff.table.name,
      tariffId: this.cast.tariffId,
      currency: tariff.table.currency,
      minorDigits: tariff.table.minorDigits,
      proofsCheckedBy: this.cast.billing.terms.proofsCheckedBy,
      leader: this.cast.an.aggregator.aggregator,
      ledger: this.directory.description,
    };
  }
}

function billRow({ meterId, bill, clear, equal }: CustomerBill): DemoBill {
  return {
    meter: meterId,
    reports: bill.reports,
    estimates: bill.missing.length,
    trueMicro: String(clear.energyChargeMicro),
    billedMicro: String(bill.chargeMicro),
    payableMinor: String(bill.payableMinor),
    equal,
  };
}

function espKey(
  { espKey: given }: BillingReadings,
  { bits }: DemoOptions,
  progress: DemoProgress,
): PaillierPrivateKey | Promise<PaillierPrivateKey> {
  if (given !== undefined) return given;
  progress.stage(`ESP makes its ${bits}-bit Paillier key`);
  return generatePaillierKey(bits);
}

function peopleOf(directory: LedgerDirectory, aggregators: number): BillingPeople {
  const known = directory.users(CUSTOMER.mspId);
  const customer = known === undefined || known.includes(CUSTOMER.user) ? CUSTOMER : OWNER;
  return { admin: ADMIN, owner: OWNER, customer, aggregators: fogIdentities(directory, aggregators) };
}

function gridParameters(
  { table, period }: BillingReadings,
  aggregators: number,
  privateKey: PaillierPrivateKey,
): GridParameters {
  const { n, hN } = privateKey.publicKey;
  const meters = table.meterIds.length;
  const maxReadingWh = maxReadingOf(period.slotSeconds);
  return {
    grid: `bill-${Date.now().toString(36)}-${process.pid.toString(36)}`,
    ...{ n, hN, modulusProof: proveModulus(privateKey) },
    // Of fog aggregation, which a grid may have, too.
    radixBits: Math.ceil(Math.log2(meters * maxReadingWh + 1)) + 1,
    minGroup: Math.min(DEFAULT_MIN_GROUP, meters),
    maxReadingWh,
    maxMeters: meters,
    slotSeconds: period.slotSeconds,
    maxSlotAgeSeconds: MAX_SLOT_AGE_SECONDS,
    leaseSeconds: LEASE_SECONDS,
    regions: Array.from({ length: aggregators }, (_, j) => `area-${j + 1}`),
  };
}
