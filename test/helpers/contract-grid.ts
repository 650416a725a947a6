/** A grid on a ContractBench, and the honest steps of its parties as raw transactions. */
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import type { RegionTotal } from '@gridveil/chaincode/domain/region-total.js';
import {
  radixCheck,
  slotRegions,
  slotTotal,
  type SlotOpening,
  type SlotRegions,
} from '@gridveil/chaincode/domain/slot-total.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { generateAgreementKey, type KeyPair } from '@gridveil/client/crypto/curve25519.js';
import { generateMeterKeys, meterRegistration, type MeterKeys } from '@gridveil/client/parties/meter.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import type { JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';
import type { LedgerIdentity } from '@gridveil/client/ledger/port.js';
import { openToy, regionTotalOf, type Region, type RegionSum, recordOf } from './bench-values.js';

export type FogPerson = 'fogA' | 'fogB' | 'fogC';
export const FOG_OF: Readonly<Record<Region, FogPerson>> = { north: 'fogA', south: 'fogB', west: 'fogC' };

export const HONEST_SUMS: Readonly<Record<Region, RegionSum>> = {
  north: { sum: 1234, count: 3 },
  south: { sum: 0, count: 4 },
  west: { sum: 29_999, count: 3 },
};

/** What of a ContractBench a grid needs. */
interface Bench {
  readonly key: PaillierPrivateKey;
  readonly ledger: { readonly channel: string };
  readonly sessions: Readonly<Record<FogPerson, { readonly identity: LedgerIdentity }>>;
  call(
    person: FogPerson | 'registrar1',
    transaction: `${'registry' | 'leadership' | 'aggregation'}:${string}`,
    argument: JsonValue,
  ): Promise<unknown>;
}

export class BenchGrid {
  readonly id: string;
  readonly agreements = new Map<FogPerson, KeyPair>();

  constructor(
    private readonly bench: Bench,
    readonly parameters: GridParameters,
  ) {
    this.id = parameters.grid;
  }

  fogNodeRegistration(person: FogPerson, region: string) {
    const agreement = this.agreements.get(person) ?? generateAgreementKey();
    this.agreements.set(person, agreement);
    const { mspId, subject } = this.bench.sessions[person].identity;
    return {
      grid: this.id,
      fogNode: person,
      mspId,
      subject,
      regions: [region],
      agreementKey: agreement.publicKey,
    };
  }

  async registerFogNodes(): Promise<void> {
    for (const [region, person] of Object.entries(FOG_OF)) {
      const registration = this.fogNodeRegistration(person, region);
      await this.bench.call('registrar1', 'registry:RegisterFogNode', registration);
    }
  }

  meter(meterId: string, region: string, epoch = 1, keys: MeterKeys = generateMeterKeys()) {
    return meterRegistration(this.id, { meterId, region, epoch }, keys);
  }

  /** A region's total of an honest or dishonest sum. */
  total(region: string, slot: number, sum: RegionSum): RegionTotal {
    return regionTotalOf(this.bench.key, region, slot, sum);
  }

  submission(person: FogPerson, ...totals: readonly RegionTotal[]) {
    return { grid: this.id, fogNode: person, totals: totals.map((total) => ({ ...total })) };
  }

  /**
   * Each fog node commits the total of its region. @returns what was committed, in radix order.
   * @param names - of the three regions, if they are not the usual ones
   */
  async commitRegions(
    slot: number,
    sums: Readonly<Partial<Record<Region, RegionSum>>> = {},
    names: readonly string[] = Object.keys(FOG_OF),
  ): Promise<SlotRegions> {
    const totals: RegionTotal[] = [];
    for (const [j, [region, person]] of (Object.entries(FOG_OF) as [Region, FogPerson][]).entries()) {
      const total = this.total(names[j] ?? region, slot, sums[region] ?? HONEST_SUMS[region]);
      totals.push(total);
      await this.bench.call(person, 'aggregation:SubmitRegionTotals', this.submission(person, total));
    }
    return slotRegions(
      this.bench.key.publicKey,
      slot,
      totals.map(({ region, ciphertext, count, merkleRoot }) => ({
        region,
        count,
        ciphertext: toBase64url(ciphertext),
        merkleRoot: toBase64url(merkleRoot),
      })),
    );
  }

  term(person: FogPerson, term: number) {
    return { grid: this.id, fogNode: person, term };
  }

  /** The candidate and one other vote for it, and it claims. */
  async elect(candidate: FogPerson = 'fogA', term = 1): Promise<void> {
    const voter = candidate === 'fogB' ? 'fogC' : 'fogB';
    await this.bench.call(candidate, 'leadership:StartElection', this.term(candidate, term));
    await this.bench.call(voter, 'leadership:CastVote', { ...this.term(voter, term), candidate });
    await this.bench.call(candidate, 'leadership:ClaimLeadership', this.term(candidate, term));
  }

  /** The Horner total of what was committed, as its leader submits it. */
  totalSubmission(regions: SlotRegions, leader: FogPerson = 'fogA', term = 1) {
    const { publicKey } = this.bench.key;
    const ciphertext = encodeCiphertext(publicKey, slotTotal(publicKey, this.parametersRecord, regions));
    return { ...this.term(leader, term), slot: regions.slot, ciphertext };
  }

  /** What the owner of the key can publish, whether or not the digits are plausible. */
  opening(regions: SlotRegions): SlotOpening {
    const { key } = this.bench;
    const total = slotTotal(key.publicKey, this.parametersRecord, regions);
    const { m, rho } = openToy(key, total);
    const digits = regions.ciphertexts.map((_, j) => Number(BigInt.asUintN(20, m >> BigInt(20 * j))));
    const channel = this.bench.ledger.channel;
    const check = radixCheck(key.publicKey, this.parametersRecord, channel, regions, digits);
    return { slot: regions.slot, m, rho, checkRho: openToy(key, check.ciphertext).rho };
  }

  openingSubmission(regions: SlotRegions) {
    return { grid: this.id, ...this.opening(regions) };
  }

  /** Region totals, leader, slot total: ready to be opened. */
  async settledSlot(
    slot: number,
    sums: Readonly<Partial<Record<Region, RegionSum>>> = {},
  ): Promise<SlotRegions> {
    const regions = await this.commitRegions(slot, sums);
    await this.elect();
    await this.bench.call('fogA', 'aggregation:SubmitTotal', this.totalSubmission(regions));
    return regions;
  }

  get parametersRecord() {
    return recordOf(this.parameters);
  }
}
