/**
 * The areas of the slot-block rounds, made through the same transactions as any utility's: grid, meters, an elected aggregator, BLS keys with their proofs, a tariff for the coming four weeks.
 *
 * A slot is a minute, since only slots that are over, or nearly so, can be reported in; a tariff has to be there before its period begins.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { registrationMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import {
  USUAL_AREA_PERCENT,
  type AggregatorRegistration,
  type BillingMeterRegistration,
} from '@gridveil/chaincode/domain/billing-parties.js';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import { CLOCK_SKEW_SECONDS } from '@gridveil/chaincode/domain/region-total.js';
import { firstSlotOf, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { generateAgreementKey, signMessage } from '@gridveil/client/crypto/curve25519.js';
import { proveModulus } from '@gridveil/client/crypto/modulus-proof.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import {
  openBilling,
  publishTariff,
  registerAggregator,
  registerBillingMeters,
} from '@gridveil/client/ledger/billing-calls.js';
import {
  claimLeadership,
  createGrid,
  grantRole,
  registerFogNode,
  registerMeters,
  startElection,
} from '@gridveil/client/ledger/calls.js';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { generateMeterKeys, meterRegistration, type MeterKeys } from '@gridveil/client/parties/meter.js';
import { CaliperError } from '../errors.js';
import {
  areaMeterId,
  MAX_READING_WH,
  seededBlsKey,
  SLOTS_PER_AREA,
  type AreaShape,
  type BillingArea,
} from '../inputs/billing-area.js';
import type { BenchmarkFogNode, BenchmarkTarget } from '../inputs/target.js';
import { OWNER_USER } from './benchmark-grid.js';

const AREAS_AT_ONCE = 4;
/** In one transaction: checking their keys takes endorsers 5 ms each, and a busy machine several times that. */
const METERS_AT_ONCE = 25;
const SLOT_SECONDS = 60;
/** How soon a tariff begins after it was published, at least. */
const NOTICE_SECONDS = 15;
const REGION = 'area';
const PLAN = 'home';
const TERM = 1;

const LIMITS = {
  // R > 128 · 100,000 Wh
  radixBits: 24,
  minGroup: 5,
  maxReadingWh: MAX_READING_WH,
  maxMeters: 128,
  slotSeconds: SLOT_SECONDS,
  leaseSeconds: 3_600,
} as const satisfies Partial<GridParameters>;

/** What a test with a chaincode of its own makes shorter. */
export interface AreaTerms {
  /** Of the tariff's period. */
  readonly periodSlots: number;
  /** The two prices change after so many slots. */
  readonly bandSlots: number;
  readonly maxSlotAgeSeconds: number;
}

const USUAL_TERMS: AreaTerms = {
  periodSlots: (28 * 86_400) / SLOT_SECONDS,
  bandSlots: 3600 / SLOT_SECONDS,
  maxSlotAgeSeconds: 86_400,
};

export interface AreaRequest {
  readonly directory: LedgerDirectory;
  /** Whose fog nodes serve as aggregators, in turn; they have their role. */
  readonly target: Pick<BenchmarkTarget, 'channel' | 'seed' | 'fogNodes'>;
  /** Of all areas. */
  readonly privateKey: PaillierPrivateKey;
  readonly shapes: readonly AreaShape[];
  readonly terms?: AreaTerms;
  /** Begins no further area when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One area for each shape, in their order, ready for blocks of all their slots.
 * Cost: nine transactions for each and two more for every further 25 meters; 2 s of CPU time for 100 meters.
 * @throws what the ledger refuses; CaliperError INTERRUPTED
 */
export async function makeBillingAreas(request: AreaRequest): Promise<BillingArea[]> {
  const { directory, target, shapes, signal } = request;
  const [{ mspId } = { mspId: '' }] = target.fogNodes;
  const owner = await directory.connect(mspId, OWNER_USER);
  const admin = await directory.connect(mspId, 'Admin');
  await grantRole(admin, owner.identity.subject, 'esp');
  const builder = new AreaBuilder(request, owner);
  const areas: BillingArea[] = [];
  let next = 0;
  const build = async (): Promise<void> => {
    for (let i = next++; i < shapes.length; i = next++) {
      if (signal?.aborted === true) throw new CaliperError('INTERRUPTED');
      areas[i] = await builder.build(shapes[i] as AreaShape, i);
    }
  };
  await Promise.all(Array.from({ length: AREAS_AT_ONCE }, build));
  await slotsReportable(areas, signal);
  return areas;
}

/** Until the contract takes the last slot of every area. */
async function slotsReportable(areas: readonly BillingArea[], signal?: AbortSignal): Promise<void> {
  const lastEnd = Math.max(0, ...areas.map(({ firstSlot, slots }) => (firstSlot + slots) * SLOT_SECONDS));
  // A second for transactions whose clients' clocks are not quite ours.
  const waitMs = (lastEnd - CLOCK_SKEW_SECONDS + 1) * 1000 - Date.now();
  if (waitMs > 0) await sleep(waitMs, undefined, signal && { signal });
}

class AreaBuilder {
  readonly #modulusProof: Uint8Array[];
  readonly #meters: { readonly keys: MeterKeys; readonly possession: Uint8Array }[] = [];

  constructor(
    private readonly request: AreaRequest,
    private readonly owner: Ledger,
  ) {
    this.#modulusProof = proveModulus(request.privateKey);
  }

  async build({ meters, proofsCheckedBy }: AreaShape, index: number): Promise<BillingArea> {
    const { target, privateKey, directory } = this.request;
    const { channel, seed, fogNodes } = target;
    const aggregator = fogNodes[index % fogNodes.length] as BenchmarkFogNode;
    const fog = await directory.connect(aggregator.mspId, aggregator.user);
    const grid = `area-${randomUUID().slice(0, 8)}`;
    const { n, hN } = privateKey.publicKey;
    const { terms = USUAL_TERMS } = this.request;
    const { maxSlotAgeSeconds } = terms;
    const limits = { ...LIMITS, maxSlotAgeSeconds, regions: [REGION] };
    await createGrid(this.owner, { grid, n, hN, modulusProof: this.#modulusProof, ...limits });
    await registerFogNode(this.owner, {
      ...{ grid, fogNode: aggregator.fogNode, ...fog.identity, regions: [REGION] },
      agreementKey: generateAgreementKey().publicKey,
    });
    await startElection(fog, grid, aggregator.fogNode, TERM);
    await claimLeadership(fog, grid, aggregator.fogNode, TERM);
    await openBilling(this.owner, { grid, proofsCheckedBy, minAreaPercent: USUAL_AREA_PERCENT });
    await registerAggregator(fog, {
      ...{ grid, aggregator: aggregator.fogNode },
      ...this.#aggregatorKey(grid, aggregator),
    });
    for (let from = 0; from < meters; from += METERS_AT_ONCE)
      await this.#registerMeters(grid, from, Math.min(meters, from + METERS_AT_ONCE));
    const table = areaTariff(Date.now() / 1000, terms);
    const { tariffId } = await publishTariff(this.owner, grid, PLAN, table);
    return {
      ...{ grid, channel, seed, meters, proofsCheckedBy, aggregator, tariffId },
      n: String(n),
      hN: String(hN),
      term: TERM,
      firstSlot: firstSlotOf(table),
      slots: Math.min(SLOTS_PER_AREA, terms.periodSlots),
    };
  }

  async #registerMeters(grid: string, from: number, to: number): Promise<void> {
    const indices = Array.from({ length: to - from }, (_, i) => from + i);
    const place = { region: REGION, epoch: 1 };
    const meters = indices.map((i) =>
      meterRegistration(grid, { ...place, meterId: areaMeterId(i) }, this.#meter(i).keys),
    );
    await registerMeters(this.owner, grid, meters);
    await registerBillingMeters(
      this.owner,
      grid,
      indices.map((i) => this.#billingMeter(grid, i)),
    );
  }

  /** Proofs of possession take 20 ms each and say nothing about the grid: one for all areas. */
  #meter(i: number): { readonly keys: MeterKeys; readonly possession: Uint8Array } {
    return (this.#meters[i] ??= {
      keys: generateMeterKeys(),
      possession: seededBlsKey(this.request.target.seed, areaMeterId(i)).provePossession(),
    });
  }

  #billingMeter(grid: string, i: number): BillingMeterRegistration {
    const meterId = areaMeterId(i);
    const { channel, seed } = this.request.target;
    const key = seededBlsKey(seed, meterId);
    const { keys, possession } = this.#meter(i);
    const message = registrationMessage(
      { channel, grid },
      { kind: 'meter', id: meterId, epoch: 1 },
      key.publicKey,
    );
    return {
      ...{ meterId, plan: PLAN, epoch: 1, publicKey: key.publicKey, possession },
      signature: key.sign(message),
      binding: signMessage(keys.signing, message),
    };
  }

  #aggregatorKey(
    grid: string,
    { fogNode }: BenchmarkFogNode,
  ): Omit<AggregatorRegistration, 'grid' | 'aggregator'> {
    const { channel, seed } = this.request.target;
    const key = seededBlsKey(seed, fogNode);
    const { publicKey } = key;
    const message = registrationMessage(
      { channel, grid },
      { kind: 'aggregator', id: fogNode, epoch: 1 },
      publicKey,
    );
    return { epoch: 1, publicKey, possession: key.provePossession(), signature: key.sign(message) };
  }
}

/** Two prices that take turns. It begins with the minute that is 15 seconds ahead or more. */
export function areaTariff(nowSeconds: number, { periodSlots, bandSlots }: AreaTerms): TariffTable {
  const periodStartSeconds = Math.ceil((nowSeconds + NOTICE_SECONDS) / SLOT_SECONDS) * SLOT_SECONDS;
  const bands = Array.from({ length: periodSlots }, (_, i) => Math.floor(i / bandSlots) % 2);
  return {
    ...{ name: 'benchmark', currency: 'EUR', slotSeconds: SLOT_SECONDS },
    periodStartSeconds,
    periodEndSeconds: periodStartSeconds + periodSlots * SLOT_SECONDS,
    bands: [
      { name: 'night', priceMicroPerWh: 210 },
      { name: 'day', priceMicroPerWh: 420 },
    ],
    bandOfSlot: bands.join(''),
    fixedChargeMicro: 0,
    minorDigits: 2,
    missingSlotRule: 'refuse',
    maxMissingSlots: 0,
    missingEstimateWh: 0,
  };
}
