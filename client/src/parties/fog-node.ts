/**
 * The fog node (F_j of paper 000): checks reports of its regions, multiplies their ciphertexts, commits the region totals.
 *
 * Holds: its X25519 secret and its Fabric identity. Sees: ciphertexts and who reported, never a reading.
 * Equation (5): C_j = prod C_ij mod N². Accepts one report for each meter and slot; a second, different one is kept as evidence.
 */
import { assertCiphertextRange } from '@gridveil/chaincode/crypto/paillier.js';
import { decodeReport, reportLeaf, type Report } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { CLOCK_SKEW_SECONDS, type RegionTotal } from '@gridveil/chaincode/domain/region-total.js';
import type { MeterRecord } from '@gridveil/chaincode/domain/meter.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import type { KeyPair } from '../crypto/curve25519.js';
import { deriveMacKey, verifyReportTag } from '../crypto/fog-aggregation.js';
import { listMeters, submitRegionTotals, type RegionTotalReceipt } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';
import {
  closedLeaf,
  closedProof,
  closedRegion,
  closeRegion,
  findClosed,
  type AcceptedReport,
  type ClosedSlot,
} from './closed-slot.js';
import { decodeReportBatch, encodeAnswers, refusalAnswer, type ReportAnswer } from './fog-messages.js';
import type { GridView } from './grid-view.js';
import { LateReports, type LateReport } from './late-reports.js';

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
  /** The messages of closed slots are kept elsewhere (durable-fog-node.ts), so that the node does not hold them in memory. */
  readonly hasJournal?: boolean;
}

interface KnownMeter {
  readonly record: MeterRecord;
  readonly macKey: Uint8Array;
}

/** Two reports of one meter for one slot, both authenticated: shown to whoever disputes. */
export interface Equivocation {
  readonly meterId: string;
  readonly slot: number;
  /** Undefined when the slot had closed before the second one came: the journal of the node holds it then. */
  readonly first: Uint8Array | undefined;
  readonly second: Uint8Array;
}

/** What a node made of one message. */
export interface TakenReport {
  readonly answer: ReportAnswer;
  /** The report it stands for, unless it was refused. */
  readonly counted?: { readonly slot: number; readonly meterId: string; readonly leaf: Uint8Array };
  /** Proof that came with it. */
  readonly equivocation?: Equivocation;
  /** Refused because its slot had closed, and new on the list of those. */
  readonly late?: LateReport;
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
  readonly late = new LateReports();
  readonly #options: FogNodeOptions;
  readonly #meters = new Map<string, KnownMeter>();
  /** slot → meter id → report */
  readonly #open = new Map<number, Map<string, AcceptedReport>>();
  readonly #closed = new Map<number, ClosedSlot>();
  /** Slots that are about to close. */
  readonly #closing = new Set<number>();
  /** Slots up to this one are closed, whatever is known of them. */
  #forgottenThrough = -1;
  /** `slot/meter id`; one proof is enough, whatever else the meter sends. */
  readonly #equivocations = new Map<string, Equivocation>();
  /** What the report that is being taken has proven. */
  #newProof: Equivocation | undefined;
  #newLate: LateReport | undefined;

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
    return this.take(bytes).answer;
  }

  /** As `receive`, with what a journal has to keep of it. */
  take(bytes: Uint8Array): TakenReport {
    this.#newProof = undefined;
    this.#newLate = undefined;
    try {
      const report = decodeReport(bytes, this.#options.grid.publicKey.ciphertextBytes);
      return this.#accept(report, this.#authenticate(report), bytes);
    } catch (error) {
      const answer = refusalAnswer(error);
      if (this.#newProof) return { answer, equivocation: this.#newProof };
      return this.#newLate ? { answer, late: this.#newLate } : { answer };
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

  #accept(report: Report, meter: KnownMeter, bytes: Uint8Array): TakenReport {
    const { region, slot } = report.header;
    const { meterId } = meter.record;
    const leaf = reportLeaf(meterId, report.ciphertext, report.tag);
    const counted = { slot, meterId, leaf };
    if (this.#isAgain(slot, meterId, leaf, bytes)) return { answer: { status: 'duplicate' }, counted };
    this.#checkSlot(counted);
    assertCiphertextRange(this.#options.grid.publicKey, report.ciphertext, `meter "${meterId}"`);
    this.#openSlot(slot).set(meterId, { meterId, region, ciphertext: report.ciphertext, leaf, bytes });
    return { answer: { status: 'accepted' }, counted };
  }

  #openSlot(slot: number): Map<string, AcceptedReport> {
    const reports = this.#open.get(slot) ?? new Map<string, AcceptedReport>();
    this.#open.set(slot, reports);
    return reports;
  }

  /** @throws StateConflictError REPORT_EQUIVOCATION when another report of the meter stands. */
  #isAgain(slot: number, meterId: string, leaf: Uint8Array, bytes: Uint8Array): boolean {
    const earlier = this.#earlier(slot, meterId);
    if (!earlier) return false;
    if (equalBytes(earlier.leaf, leaf)) return true;
    const id = `${slot}/${meterId}`;
    if (!this.#equivocations.has(id)) {
      this.#newProof = { meterId, slot, first: earlier.bytes, second: bytes };
      this.#equivocations.set(id, this.#newProof);
    }
    throw refusal('REPORT_EQUIVOCATION', { meterId, slot });
  }

  #earlier(slot: number, meterId: string): { leaf: Uint8Array; bytes: Uint8Array | undefined } | undefined {
    const open = this.#open.get(slot)?.get(meterId);
    if (open) return open;
    const closed = this.#closed.get(slot);
    const place = closed && findClosed(closed, meterId);
    return place && { leaf: closedLeaf(place), bytes: place.region.reports?.[place.index] };
  }

  /** @throws ValidationError REPORT_FUTURE_SLOT, StateConflictError REPORT_STALE_SLOT */
  #checkSlot(report: Omit<LateReport, 'atSeconds'>): void {
    const { slot } = report;
    const { nowSeconds, grid } = this.#options;
    const endSeconds = (slot + 1) * grid.record.slotSeconds;
    const now = nowSeconds();
    if (endSeconds > now + CLOCK_SKEW_SECONDS) throw refusal('REPORT_FUTURE_SLOT', { slot });
    const tooOld = endSeconds + grid.record.maxSlotAgeSeconds < now;
    const closed = this.#closed.has(slot) || this.#closing.has(slot);
    if (closed) {
      const late = { ...report, atSeconds: Math.floor(now) };
      if (this.late.add(late)) this.#newLate = late;
    }
    if (closed || tooOld || slot <= this.#forgottenThrough) throw refusal('REPORT_STALE_SLOT', { slot });
  }

  /** New reports of the slot are late from here on; it can still be closed, with those it has. */
  stopTaking(slot: number): void {
    this.#closing.add(slot);
  }

  /** Takes back a report that could not be kept. Nothing happens once its slot has closed. */
  withdraw(slot: number, meterId: string): void {
    this.#open.get(slot)?.delete(meterId);
  }

  /** Closes a slot: no report counts after this. One total for each region of this node; the same ones when called again. */
  closeSlot(slot: number): readonly RegionTotal[] {
    return this.close(slot).regions.map(({ total }) => total);
  }

  /** As `closeSlot`, with the reports that stand. @throws RangeError for a slot that has been forgotten. */
  close(slot: number): ClosedSlot {
    const closed = this.#closed.get(slot);
    if (closed) return closed;
    if (slot <= this.#forgottenThrough) throw new RangeError(`slot ${slot} has been forgotten`);
    const { grid, regions, hasJournal = false } = this.#options;
    const reports = [...(this.#open.get(slot)?.values() ?? [])];
    const now = {
      slot,
      regions: regions.map((region) => {
        const { counted, struckOut, total } = closeRegion(grid, region, slot, reports);
        for (const { meterId, bytes } of struckOut) this.struckOut.push({ meterId, slot, bytes });
        return closedRegion(total, counted, !hasJournal);
      }),
    };
    this.#setClosed(now);
    return now;
  }

  #setClosed(closed: ClosedSlot): void {
    this.#closed.set(closed.slot, closed);
    this.#open.delete(closed.slot);
    this.#closing.delete(closed.slot);
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

  /** Registered meters of a closed slot without a report that stands, revoked ones left out; undefined for a slot that is open or forgotten. */
  missingMeters(slot: number): string[] | undefined {
    const closed = this.#closed.get(slot);
    return (
      closed &&
      [...this.#meters.values()]
        .filter(({ record }) => !record.revoked && findClosed(closed, record.meterId) === undefined)
        .map(({ record }) => record.meterId)
    );
  }

  /** Position and sibling hashes that put a meter's report under the committed Merkle root; undefined if it is not there: not counted, withheld or forgotten. */
  inclusionProof(
    slot: number,
    meterId: string,
  ): { index: number; count: number; proof: Uint8Array[] } | undefined {
    const closed = this.#closed.get(slot);
    const place = closed && findClosed(closed, meterId);
    return place && closedProof(place);
  }

  /** Forgets the reports of slots up to this one; their totals stay. */
  forgetReports(throughSlot: number): void {
    for (const [slot, { regions }] of this.#closed) {
      if (slot > throughSlot) continue;
      const totals = regions.map(({ total }) => ({ total, meterIds: [], leaves: new Uint8Array(0) }));
      this.#closed.set(slot, { slot, regions: totals });
    }
  }

  /** Forgets all of the slots up to this one, which are closed for good. */
  forgetSlots(throughSlot: number): void {
    this.#forgottenThrough = Math.max(this.#forgottenThrough, throughSlot);
    this.late.forget(throughSlot);
    for (const slots of [this.#closed, this.#open]) {
      for (const slot of slots.keys()) if (slot <= throughSlot) slots.delete(slot);
    }
  }

  // What a journal gives back after a restart.

  /** Slots that still take reports, or could, with the messages that stand. */
  get openSlots(): ReadonlyMap<number, ReadonlyMap<string, AcceptedReport>> {
    return this.#open;
  }

  get closedSlots(): ReadonlyMap<number, ClosedSlot> {
    return this.#closed;
  }

  get forgottenThrough(): number {
    return this.#forgottenThrough;
  }

  /** Puts back a message this node has accepted before; it is not authenticated again. */
  restoreReport(bytes: Uint8Array): void {
    const { header, ciphertext, tag } = decodeReport(bytes, this.#options.grid.publicKey.ciphertextBytes);
    const { slot, meterId, region } = header;
    const leaf = reportLeaf(meterId, ciphertext, tag);
    this.#openSlot(slot).set(meterId, { meterId, region, ciphertext, leaf, bytes });
  }

  restoreClosed(closed: ClosedSlot, struckOut: readonly StruckOut[]): void {
    this.#setClosed(closed);
    this.struckOut.push(...struckOut);
  }

  restoreEquivocation(proof: Equivocation): void {
    this.#equivocations.set(`${proof.slot}/${proof.meterId}`, proof);
  }
}
