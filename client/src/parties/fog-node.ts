/**
 * The fog node (F_j of paper 000): checks reports of its regions, multiplies their ciphertexts, commits the region totals.
 *
 * Holds: its X25519 secret and its Fabric identity. Sees: ciphertexts and who reported, never a reading.
 * Equation (5): C_j = prod C_ij mod N². Accepts one report for each meter and slot; a second, different one is kept as evidence.
 */
import { merkleProof, merkleRoot } from '@gridveil/chaincode/crypto/merkle.js';
import {
  addEncodedCiphertexts,
  assertCiphertextRange,
  encodeCiphertext,
} from '@gridveil/chaincode/crypto/paillier.js';
import { decodeReport, reportLeaf, type Report } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import {
  CLOCK_SKEW_SECONDS,
  withheldTotal,
  type RegionTotal,
} from '@gridveil/chaincode/domain/region-total.js';
import type { MeterRecord } from '@gridveil/chaincode/domain/meter.js';
import { refusal, ValidationError } from '@gridveil/chaincode/errors.js';
import type { KeyPair } from '../crypto/curve25519.js';
import { deriveMacKey, verifyReportTag } from '../crypto/fog-aggregation.js';
import { listMeters, submitRegionTotals, type RegionTotalReceipt } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';
import { decodeReportBatch, encodeAnswers, refusalAnswer, type ReportAnswer } from './fog-messages.js';
import type { GridView } from './grid-view.js';

/** Region totals of one transaction: of 1, 10 and 50 this settles most readings in a second (caliper/README.md). */
export const TOTALS_PER_TRANSACTION = 50;

export interface FogNodeOptions {
  readonly fogNode: string;
  readonly regions: readonly string[];
  readonly agreement: KeyPair;
  readonly ledger: Ledger;
  readonly grid: GridView;
  /** Unix time; injected, so that replays and tests have their own clock. */
  readonly nowSeconds: () => number;
}

interface KnownMeter {
  readonly record: MeterRecord;
  readonly macKey: Uint8Array;
}

interface AcceptedReport {
  readonly meterId: string;
  readonly region: string;
  /** Range checked; a unit or not shows at the close. */
  readonly ciphertext: Uint8Array;
  readonly leaf: Uint8Array;
  /** The whole message, to show on request. */
  readonly bytes: Uint8Array;
}

/** Two reports of one meter for one slot, both authenticated: shown to whoever disputes. */
export interface Equivocation {
  readonly meterId: string;
  readonly slot: number;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/** A report that was taken out of its slot when it closed, because its ciphertext is no unit modulo N². */
export interface StruckOut {
  readonly meterId: string;
  readonly slot: number;
  readonly bytes: Uint8Array;
}

export class FogNode {
  readonly fogNode: string;
  /** Authenticated reports that encrypt nothing: their meters are at fault, the rest of the region counts. */
  readonly struckOut: StruckOut[] = [];
  readonly #options: FogNodeOptions;
  readonly #meters = new Map<string, KnownMeter>();
  /** slot → meter id → report */
  readonly #open = new Map<number, Map<string, AcceptedReport>>();
  readonly #closed = new Map<number, readonly RegionTotal[]>();
  /** `slot/meter id`; one proof is enough, whatever else the meter sends. */
  readonly #equivocations = new Map<string, Equivocation>();
  readonly #closedReports = new Map<number, Map<string, AcceptedReport>>();

  constructor(options: FogNodeOptions) {
    this.#options = options;
    this.fogNode = options.fogNode;
  }

  /** One proof for each meter and slot that has two reports. */
  get equivocations(): readonly Equivocation[] {
    return [...this.#equivocations.values()];
  }

  /** Reads the registered meters of its regions from the ledger and agrees on a key with each new one. */
  async syncMeters(): Promise<number> {
    const { ledger, grid, regions, agreement } = this.#options;
    for (const record of await listMeters(ledger, grid.record.grid)) {
      const { meterId, region, epoch } = record;
      const known = this.#meters.get(meterId);
      const sameKeys = known?.record.epoch === epoch && known.record.region === region;
      if (!regions.includes(region)) this.#meters.delete(meterId);
      else if (known && sameKeys) this.#meters.set(meterId, { ...known, record });
      else {
        const macKey = deriveMacKey(
          agreement,
          Buffer.from(record.agreementKey, 'base64url'),
          region,
          meterId,
          epoch,
        );
        this.#meters.set(meterId, { record, macKey });
      }
    }
    return this.#meters.size;
  }

  /** Handles one message of a meter or concentrator; the answer says for each report whether it counts. */
  handle(body: Uint8Array): Promise<Uint8Array> {
    let answers: ReportAnswer[];
    try {
      answers = decodeReportBatch(body).map((report) => this.receive(report));
    } catch (error) {
      answers = [refusalAnswer(error)];
    }
    return Promise.resolve(encodeAnswers(answers));
  }

  /** Checks one report and counts it once. Nothing is kept of a refused one, except proof of equivocation. */
  receive(bytes: Uint8Array): ReportAnswer {
    try {
      const report = decodeReport(bytes, this.#options.grid.publicKey.ciphertextBytes);
      return this.#accept(report, this.#authenticate(report), bytes);
    } catch (error) {
      return refusalAnswer(error);
    }
  }

  #authenticate(report: Report): KnownMeter {
    const { channel, record: grid, publicKey } = this.#options.grid;
    const { header } = report;
    const { meterId } = header;
    const sameGrid = header.grid === grid.grid && header.channel === channel;
    if (!sameGrid || !equalBytes(header.fingerprint, publicKey.fingerprint))
      throw refusal('REPORT_WRONG_GRID');
    const meter = this.#meters.get(meterId);
    if (!meter) throw refusal('METER_UNKNOWN', { meterId });
    if (meter.record.revoked) throw refusal('METER_REVOKED', { meterId });
    if (header.region !== meter.record.region) throw refusal('REPORT_WRONG_REGION', { meterId });
    if (header.epoch !== meter.record.epoch)
      throw refusal('REPORT_WRONG_EPOCH', { meterId, epoch: header.epoch });
    if (!verifyReportTag(report, meter.macKey)) throw refusal('REPORT_BAD_TAG', { meterId });
    return meter;
  }

  #accept(report: Report, meter: KnownMeter, bytes: Uint8Array): ReportAnswer {
    const { meterId, region, slot } = report.header;
    const leaf = reportLeaf(meterId, report.ciphertext, report.tag);
    const earlier = (this.#open.get(slot) ?? this.#closedReports.get(slot))?.get(meterId);
    if (earlier) return this.#again(earlier, leaf, slot, bytes);
    this.#checkSlot(slot);
    assertCiphertextRange(this.#options.grid.publicKey, report.ciphertext, `meter "${meterId}"`);
    const reports = this.#open.get(slot) ?? new Map<string, AcceptedReport>();
    this.#open.set(slot, reports);
    reports.set(meter.record.meterId, { meterId, region, ciphertext: report.ciphertext, leaf, bytes });
    return { status: 'accepted' };
  }

  #again(earlier: AcceptedReport, leaf: Uint8Array, slot: number, bytes: Uint8Array): ReportAnswer {
    if (equalBytes(earlier.leaf, leaf)) return { status: 'duplicate' };
    const { meterId, bytes: first } = earlier;
    const id = `${slot}/${meterId}`;
    if (!this.#equivocations.has(id)) this.#equivocations.set(id, { meterId, slot, first, second: bytes });
    throw refusal('REPORT_EQUIVOCATION', { meterId, slot });
  }

  #checkSlot(slot: number): void {
    const { nowSeconds, grid } = this.#options;
    const endSeconds = (slot + 1) * grid.record.slotSeconds;
    const now = nowSeconds();
    if (endSeconds > now + CLOCK_SKEW_SECONDS) throw refusal('REPORT_FUTURE_SLOT', { slot });
    const tooOld = endSeconds + grid.record.maxSlotAgeSeconds < now;
    if (this.#closed.has(slot) || tooOld) throw refusal('REPORT_STALE_SLOT', { slot });
  }

  /** Closes a slot: no report counts after this. One total for each region of this node; the same ones when called again. */
  closeSlot(slot: number): readonly RegionTotal[] {
    const closed = this.#closed.get(slot);
    if (closed) return closed;
    const reports = this.#open.get(slot) ?? new Map<string, AcceptedReport>();
    const totals = this.#options.regions.map((region) => this.#regionTotal(reports, region, slot));
    this.#closed.set(slot, totals);
    this.#closedReports.set(slot, reports);
    this.#open.delete(slot);
    return totals;
  }

  #regionTotal(reports: Map<string, AcceptedReport>, region: string, slot: number): RegionTotal {
    const { publicKey: key, record: grid } = this.#options.grid;
    const { counted, product } = this.#sum(reports, region, slot);
    if (counted.length < grid.minGroup) return withheldTotal(key, region, slot);
    return {
      region,
      slot,
      ciphertext: encodeCiphertext(key, product),
      count: counted.length,
      merkleRoot: merkleRoot(counted.map((report) => report.leaf)),
    };
  }

  /** The product of a region, with Valid(C) once for all; when it fails, once for each report strikes out those that are no unit. */
  #sum(
    reports: Map<string, AcceptedReport>,
    region: string,
    slot: number,
  ): { counted: AcceptedReport[]; product: bigint } {
    const all = sortedById(reports, region);
    const product = this.#product(all);
    if (product !== undefined) return { counted: all, product };
    const invalid = all.filter((report) => this.#product([report]) === undefined);
    for (const { meterId, bytes } of invalid) {
      reports.delete(meterId);
      this.struckOut.push({ meterId, slot, bytes });
    }
    return this.#sum(reports, region, slot);
  }

  /** @returns undefined when one of the ciphertexts is no unit. */
  #product(reports: readonly AcceptedReport[]): bigint | undefined {
    const entries = reports.map(({ meterId, ciphertext }) => ({ owner: meterId, bytes: ciphertext }));
    try {
      return addEncodedCiphertexts(this.#options.grid.publicKey, entries);
    } catch (error) {
      if (error instanceof ValidationError) return undefined;
      throw error;
    }
  }

  /** Commits the totals of the given slots, `TOTALS_PER_TRANSACTION` at a time. Submitting them again is harmless. */
  async submit(slots: readonly number[]): Promise<RegionTotalReceipt[]> {
    const { ledger, grid } = this.#options;
    const totals = slots.flatMap((slot) => this.closeSlot(slot));
    const batches: Promise<RegionTotalReceipt[]>[] = [];
    for (let i = 0; i < totals.length; i += TOTALS_PER_TRANSACTION) {
      const batch = totals.slice(i, i + TOTALS_PER_TRANSACTION);
      batches.push(submitRegionTotals(ledger, grid.record.grid, this.fogNode, batch));
    }
    return (await Promise.all(batches)).flat();
  }

  /** Position and sibling hashes that put a meter's report under the committed Merkle root; undefined if it is not there: not counted, withheld or forgotten. */
  inclusionProof(
    slot: number,
    meterId: string,
  ): { index: number; count: number; proof: Uint8Array[] } | undefined {
    const reports = this.#closedReports.get(slot);
    const region = reports?.get(meterId)?.region;
    const total = this.#closed.get(slot)?.find((closed) => closed.region === region);
    if (!reports || region === undefined || total?.count === 0) return undefined;
    const counted = sortedById(reports, region);
    const index = counted.findIndex((report) => report.meterId === meterId);
    return {
      index,
      count: counted.length,
      proof: merkleProof(
        counted.map((report) => report.leaf),
        index,
      ),
    };
  }

  /** Forgets the reports of slots up to this one; their totals stay. */
  forgetReports(throughSlot: number): void {
    for (const slot of this.#closedReports.keys()) if (slot <= throughSlot) this.#closedReports.delete(slot);
  }
}

/** Leaf order of the Merkle tree: by meter id, code unit by code unit. */
function sortedById(reports: Map<string, AcceptedReport>, region: string): AcceptedReport[] {
  return [...reports.values()]
    .filter((report) => report.region === region)
    .sort((a, b) => (a.meterId < b.meterId ? -1 : 1));
}
