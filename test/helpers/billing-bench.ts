/** Time-of-use billing on a ContractBench: a grid with meters, aggregators and a tariff of twelve slots, and the honest steps of its parties as raw transactions. */
import { bytesToBigint, lp } from '@gridveil/chaincode/crypto/bytes.js';
import {
  encodeCiphertext,
  type Opening,
  type PaillierPublicKey,
} from '@gridveil/chaincode/crypto/paillier.js';
import { areaTotal, knownCiphertext, monthlyCharge } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import {
  disputeMessage,
  missingSlotsMessage,
  monthlyChargeMessage,
  registrationMessage,
  slotBlockMessage,
  type MissingSlot,
} from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import {
  compareMeterIds,
  decodeBillingReport,
  encodePackets,
  packetOf,
  packetsRoot,
  type BillingHeader,
  type BillingReport,
  type BillingScope,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import { USUAL_AREA_PERCENT } from '@gridveil/chaincode/domain/billing-parties.js';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import {
  firstSlotOf,
  priceMicroPerWh,
  slotCountOf,
  tariffId,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import { generateBlsKey, type BlsKey } from '@gridveil/client/crypto/bls-key.js';
import { signMessage } from '@gridveil/client/crypto/curve25519.js';
import { RangeProver } from '@gridveil/client/crypto/range-proof.js';
import { makeBillingReport, sealBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { generateMeterKeys, type MeterKeys } from '@gridveil/client/parties/meter.js';
import { openToy } from './bench-values.js';
import type { ContractBench } from './contract-bench.js';
import type { BenchGrid, FogPerson } from './contract-grid.js';

export const METERS = ['m1', 'm2', 'm3', 'm4'] as const;
export type MeterId = (typeof METERS)[number];
export const PLAN = 'household';
const SLOTS = 12;

const provers = new WeakMap<PaillierPublicKey, RangeProver>();

export interface BillingOptions {
  readonly grid?: Partial<GridParameters>;
  readonly tariff?: Partial<TariffTable>;
  readonly proofsCheckedBy?: 'endorsers' | 'aggregators';
  readonly minAreaPercent?: number;
}

export interface BlockChanges {
  readonly part?: number;
  readonly person?: FogPerson;
  readonly term?: number;
  readonly key?: BlsKey;
}

/** `proofs`, too, where endorsers check them. */
type BlockTransient = Readonly<Record<string, Uint8Array>> & {
  readonly packets: Uint8Array;
  readonly areaTotal: Uint8Array;
};

export class BillingBench {
  readonly meters = new Map<string, { readonly keys: MeterKeys; readonly bls: BlsKey }>();
  readonly aggregators = new Map<FogPerson, BlsKey>();

  private constructor(
    readonly bench: ContractBench,
    readonly grid: BenchGrid,
    readonly tariff: TariffTable,
    readonly scope: BillingScope,
    readonly proofsCheckedBy: 'endorsers' | 'aggregators',
    readonly minAreaPercent: number,
  ) {}

  /** Everything up to the published tariff; fogA is in office in term 1. */
  static async open(bench: ContractBench, options: BillingOptions = {}): Promise<BillingBench> {
    const billing = await BillingBench.unopened(bench, options);
    const { id } = billing.grid;
    await bench.call('esp1', 'billing:OpenBilling', billing.terms());
    for (const person of ['fogA', 'fogB'] as const)
      await bench.call(person, 'billing:RegisterAggregator', billing.aggregatorRegistration(person));
    await bench.call('registrar1', 'billing:RegisterBillingMeters', {
      grid: id,
      meters: METERS.map((meterId) => billing.meterRegistration(meterId)),
    });
    await bench.call('esp1', 'billing:PublishTariff', billing.publication());
    return billing;
  }

  /** A grid with meters and a leader, without billing. */
  static async unopened(bench: ContractBench, options: BillingOptions = {}): Promise<BillingBench> {
    const grid = await bench.grid(options.grid);
    await grid.elect('fogA');
    const tariff = { ...tariffFrom(bench.clock.nowSeconds, grid.parameters), ...options.tariff };
    const { fingerprint } = bench.key.publicKey;
    const scope = { fingerprint, channel: bench.ledger.channel, grid: grid.id };
    const { proofsCheckedBy = 'endorsers', minAreaPercent = USUAL_AREA_PERCENT } = options;
    const billing = new BillingBench(bench, grid, tariff, scope, proofsCheckedBy, minAreaPercent);
    const meters = METERS.map((meterId) => {
      const keys = generateMeterKeys();
      billing.meters.set(meterId, { keys, bls: generateBlsKey() });
      return { ...grid.meter(meterId, 'north', 1, keys) };
    });
    await bench.call('registrar1', 'registry:RegisterMeters', { grid: grid.id, meters });
    return billing;
  }

  get prover(): RangeProver {
    const { publicKey } = this.bench.key;
    const prover = provers.get(publicKey) ?? new RangeProver(publicKey, this.grid.parameters.maxReadingWh);
    provers.set(publicKey, prover);
    return prover;
  }

  get tariffId(): string {
    return tariffId(this.tariff);
  }

  get firstSlot(): number {
    return firstSlotOf(this.tariff);
  }

  /** The slots of the period. */
  get slots(): number[] {
    return Array.from({ length: slotCountOf(this.tariff) }, (_, i) => this.firstSlot + i);
  }

  terms() {
    const { proofsCheckedBy, minAreaPercent } = this;
    return { grid: this.grid.id, proofsCheckedBy, minAreaPercent };
  }

  publication(plan = PLAN, tariff = this.tariff) {
    return {
      grid: this.grid.id,
      plan,
      tariff: { ...tariff, bands: tariff.bands.map((band) => ({ ...band })) },
    };
  }

  aggregatorRegistration(person: FogPerson, epoch = 1, key = generateBlsKey()) {
    this.aggregators.set(person, key);
    return { grid: this.grid.id, aggregator: person, ...this.#keyFacts('aggregator', person, epoch, key) };
  }

  meterRegistration(meterId: string, epoch = 1, plan = PLAN, key = this.#meter(meterId).bls) {
    const { keys } = this.#meter(meterId);
    this.meters.set(meterId, { keys, bls: key });
    const facts = this.#keyFacts('meter', meterId, epoch, key);
    const message = registrationMessage(this.scope, { kind: 'meter', id: meterId, epoch }, key.publicKey);
    return { meterId, plan, ...facts, binding: signMessage(keys.signing, message) };
  }

  #meter(meterId: string) {
    const meter = this.meters.get(meterId);
    if (!meter) throw new Error(`no meter ${meterId}`);
    return meter;
  }

  #keyFacts(kind: 'meter' | 'aggregator', id: string, epoch: number, key: BlsKey) {
    const { publicKey } = key;
    const signature = key.sign(registrationMessage(this.scope, { kind, id, epoch }, publicKey));
    return { epoch, publicKey, possession: key.provePossession(), signature };
  }

  header(meterId: string, slot: number, changes: Partial<BillingHeader> = {}): BillingHeader {
    return { ...this.scope, epoch: 1, tariffId: this.tariffId, slot, meterId, ...changes };
  }

  report(
    meterId: string,
    slot: number,
    energyWh: number,
    changes: Partial<BillingHeader> = {},
  ): BillingReport {
    const header = this.header(meterId, slot, changes);
    return this.decode(makeBillingReport(this.prover, this.#meter(meterId).bls, header, energyWh));
  }

  /** A report that a meter signs over any ciphertext and proof at all. */
  reportOver(
    meterId: string,
    slot: number,
    ciphertext: Uint8Array,
    proof: Uint8Array = new Uint8Array(this.prover.statement.proofBytes),
  ): BillingReport {
    const header = this.header(meterId, slot);
    return this.decode(sealBillingReport(header, { ciphertext, proof }, this.#meter(meterId).bls));
  }

  decode(report: Uint8Array): BillingReport {
    return decodeBillingReport(report, this.prover.statement);
  }

  /** A block of these reports, whatever they are. */
  block(slot: number, reports: readonly BillingReport[], changes: BlockChanges = {}) {
    const { part = 0, person = 'fogA', term = 1 } = changes;
    const sorted = [...reports].sort((a, b) => compareMeterIds(a.header.meterId, b.header.meterId));
    const packets = sorted.map(packetOf);
    const { publicKey } = this.bench.key;
    const entries = packets.map(({ meterId, ciphertext }) => ({ owner: meterId, bytes: ciphertext }));
    const facts = {
      slot,
      count: packets.length,
      root: packetsRoot(this.scope, slot, packets),
      areaTotal: encodeCiphertext(publicKey, areaTotal(publicKey, entries)),
    };
    const { areaTotal: total, ...rest } = facts;
    const argument = {
      ...{ grid: this.grid.id, aggregator: person, term, part },
      ...rest,
      signature: this.signBlock(facts, changes),
    };
    const proofs = lp(...sorted.map(({ proof }) => proof));
    const bytes = { packets: encodePackets(packets), areaTotal: total };
    const transient: BlockTransient = this.proofsCheckedBy === 'endorsers' ? { ...bytes, proofs } : bytes;
    return { argument, transient };
  }

  signBlock(
    facts: Parameters<typeof slotBlockMessage>[2],
    { person = 'fogA', term = 1, key = this.key(person) }: BlockChanges = {},
  ): Uint8Array {
    return key.sign(slotBlockMessage(this.scope, { aggregator: person, term }, facts));
  }

  key(person: FogPerson): BlsKey {
    const key = this.aggregators.get(person);
    if (!key) throw new Error(`no key of ${person}`);
    return key;
  }

  async submit(slot: number, reports: readonly BillingReport[], changes: BlockChanges = {}) {
    const { argument, transient } = this.block(slot, reports, changes);
    const person = changes.person ?? 'fogA';
    return this.bench.call<{ status: string; txId: string }>(
      person,
      'billing:SubmitSlotBlock',
      argument,
      transient,
    );
  }

  /** Moves the clock behind the end of a slot; it only ever advances. */
  passSlot(slot: number): void {
    const { clock } = this.bench;
    clock.nowSeconds = Math.max(clock.nowSeconds, (slot + 1) * this.tariff.slotSeconds);
  }

  /** Every meter reports in every slot of the period but where `energyWh` says undefined. @returns the ciphertexts by meter and slot */
  async reportPeriod(
    energyWh: (meterId: string, position: number) => number | undefined,
    meterIds: readonly string[] = METERS,
  ): Promise<Map<string, Map<number, Uint8Array>>> {
    const sent = new Map(meterIds.map((meterId) => [meterId, new Map<number, Uint8Array>()]));
    for (const [position, slot] of this.slots.entries()) {
      const reports = meterIds.flatMap((meterId) => {
        const energy = energyWh(meterId, position);
        return energy === undefined ? [] : [this.report(meterId, slot, energy)];
      });
      for (const { header, ciphertext } of reports) sent.get(header.meterId)?.set(slot, ciphertext);
      this.passSlot(slot);
      if (reports.length > 0) await this.submit(slot, reports);
    }
    return sent;
  }

  passPeriod(): void {
    const { clock } = this.bench;
    clock.nowSeconds = Math.max(clock.nowSeconds, this.tariff.periodEndSeconds + 86_400);
  }

  /** The period is over and closed, its parts of `slotsPerPart` slots are summed. */
  async closeAndSum(slotsPerPart = 5): Promise<void> {
    this.passPeriod();
    const facts = { grid: this.grid.id, tariffId: this.tariffId };
    await this.bench.call('esp1', 'charges:CloseBillingPeriod', { ...facts, slotsPerPart });
    const parts = Math.ceil(slotCountOf(this.tariff) / slotsPerPart);
    for (let part = 0; part < parts; part++)
      await this.bench.call('fogB', 'charges:SumChargePart', { ...facts, aggregator: 'fogB', part });
  }

  /** Reports of a meter with what its missing slots count as. */
  withEstimates(
    slots: ReadonlyMap<number, Uint8Array>,
    missing: readonly MissingSlot[],
  ): Map<number, Uint8Array> {
    const all = new Map(slots);
    for (const one of missing) {
      const estimate =
        'energyWh' in one
          ? knownCiphertext(this.bench.key.publicKey, one.energyWh)
          : slots.get(one.copyOfSlot);
      if (!estimate) throw new Error(`no report of slot ${one.slot} to copy`);
      all.set(one.slot, estimate);
    }
    return all;
  }

  /** Cha_i as anyone computes it from the meter's ciphertexts. */
  charge(meterId: string, slots: ReadonlyMap<number, Uint8Array>): Uint8Array {
    const { publicKey } = this.bench.key;
    const priced = [...slots].map(([slot, ciphertext]) => ({
      priceMicroPerWh: priceMicroPerWh(this.tariff, slot),
      ciphertext,
    }));
    return encodeCiphertext(publicKey, monthlyCharge(publicKey, meterId, priced));
  }

  monthlyCharges(
    charges: readonly { readonly meterId: string; readonly charge: Uint8Array }[],
    missingOf: (meterId: string) => readonly MissingSlot[] = () => [],
    { person = 'fogA', term = 1, key = this.key(person) }: BlockChanges = {},
  ) {
    const slots = slotCountOf(this.tariff);
    return {
      ...{ grid: this.grid.id, aggregator: person, term, tariffId: this.tariffId },
      charges: charges.map(({ meterId, charge }) => {
        const bill = { meterId, tariffId: this.tariffId };
        const facts = { charge, slots, missing: missingOf(meterId) };
        const message = monthlyChargeMessage(this.scope, { aggregator: person, term }, bill, facts);
        return { meterId, charge, signature: key.sign(message) };
      }),
    };
  }

  missingSlots(
    records: readonly { readonly meterId: string; readonly missing: readonly MissingSlot[] }[],
    { person = 'fogA', term = 1, key = this.key(person) }: BlockChanges = {},
  ) {
    return {
      ...{ grid: this.grid.id, aggregator: person, term, tariffId: this.tariffId },
      records: records.map(({ meterId, missing }) => {
        const bill = { meterId, tariffId: this.tariffId };
        const office = { aggregator: person, term };
        const rule = this.tariff.missingSlotRule;
        return {
          meterId,
          signature: key.sign(missingSlotsMessage(this.scope, office, bill, rule, missing)),
        };
      }),
    };
  }

  dispute(meterId: string, reason: string, epoch = 1) {
    const bill = { meterId, tariffId: this.tariffId };
    const signature = this.#meter(meterId).bls.sign(disputeMessage(this.scope, bill, epoch, reason));
    return { grid: this.grid.id, ...bill, epoch, reason, signature };
  }

  openingOf(ciphertext: Uint8Array): Opening {
    return openToy(this.bench.key, bytesToBigint(ciphertext));
  }

  chargeOpenings(charges: readonly { readonly meterId: string; readonly charge: Uint8Array }[]) {
    return {
      ...{ grid: this.grid.id, tariffId: this.tariffId },
      openings: charges.map(({ meterId, charge }) => ({ meterId, ...this.openingOf(charge) })),
    };
  }

  areaOpening(slot: number, reports: readonly BillingReport[]) {
    const { areaTotal: total } = this.block(slot, reports).transient;
    return { grid: this.grid.id, slot, ...this.openingOf(total) };
  }
}

/** Two prices that take half of the slots each; the period begins two slots from now. */
function tariffFrom(nowSeconds: number, { slotSeconds }: GridParameters): TariffTable {
  const periodStartSeconds = (Math.ceil(nowSeconds / slotSeconds) + 2) * slotSeconds;
  return {
    name: 'toy',
    currency: 'EUR',
    periodStartSeconds,
    periodEndSeconds: periodStartSeconds + SLOTS * slotSeconds,
    slotSeconds,
    bands: [
      { name: 'night', priceMicroPerWh: 210 },
      { name: 'day', priceMicroPerWh: 500 },
    ],
    bandOfSlot: '000111000111',
    fixedChargeMicro: 1_000_000,
    minorDigits: 2,
    missingSlotRule: 'refuse',
    maxMissingSlots: 0,
    missingEstimateWh: 0,
  };
}
