/**
 * A fleet of meters in one process, as a concentrator or a test field runs them: seals readings, keeps every report until its receipt is there.
 *
 * Holds the keys and readings of its meters. A report is journalled before it is sent and sent as the same bytes until it is answered, over restarts, too:
 * a meter never signs two reports for one slot.
 */
import { decodeReport, reportLeaf } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { bytesToHex } from '@gridveil/chaincode/crypto/bytes.js';
import { Journal, type JournalOptions } from '../journal/journal.js';
import { MAX_REPORTS_PER_BATCH, type ReportAnswer } from './fog-messages.js';
import {
  decodeFleetRecord,
  overRecord,
  receiptRecord,
  refusedRecord,
  sealedRecord,
  sentRecord,
  type FleetRecord,
  type KeptReceipt,
  type RefusedReport,
} from './fleet-records.js';
import type { GridView } from './grid-view.js';
import type { ReceiptItem } from './receipt.js';
import type { Delivery } from './report-sender.js';

export interface FleetOptions {
  readonly grid: GridView;
  readonly journal: JournalOptions;
  /** Sends a batch to a fog node until it is answered. */
  readonly deliver: (fogNode: string, reports: readonly Uint8Array[]) => Promise<Delivery>;
  /** Slots before the newest one for which reports may still be made; default 672. */
  readonly keptSlots?: number;
  /** The journal is rewritten above this; default 32 MiB. */
  readonly compactAboveBytes?: number;
}

/** A week of quarters of an hour. */
const DEFAULT_KEPT_SLOTS = 672;
const DEFAULT_COMPACT_BYTES = 32 * 2 ** 20;

interface Waiting {
  readonly fogNode: string;
  readonly slot: number;
  readonly bytes: Uint8Array;
}

interface Refusal {
  readonly report: RefusedReport;
  readonly item: ReceiptItem;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #journal: Journal;
  readonly #state: FleetState;

  private constructor(options: FleetOptions, journal: Journal, state: FleetState) {
    this.#options = options;
    this.#journal = journal;
    this.#state = state;
  }

  /** @throws ClientError JOURNAL_DAMAGED, FOLDER_LOCKED, JOURNAL_FULL */
  static async open(options: FleetOptions): Promise<Fleet> {
    const state = new FleetState(options.grid.publicKey.ciphertextBytes);
    const journal = await Journal.open(options.journal, (bytes) => state.take(decodeFleetRecord(bytes)));
    return new Fleet(options, journal, state);
  }

  /** Those that nobody has taken over yet (`answersFiled`). */
  get receipts(): readonly KeptReceipt[] {
    return this.#state.receipts;
  }

  /** What was refused, as far as nobody has taken it over yet (`answersFiled`). */
  get refused(): readonly RefusedReport[] {
    return this.#state.refused.map(({ report }) => report);
  }

  get waiting(): number {
    return this.#state.waiting.size;
  }

  /** Bytes a restart would have to read. */
  get journalBytes(): number {
    return this.#journal.replayBytes;
  }

  /** Whether the meter has a report for the slot, which it keeps to, or none is made any more. */
  isSealed(slot: number, meterId: string): boolean {
    return slot <= this.#state.overThrough || (this.#state.sealed.get(slot)?.has(meterId) ?? false);
  }

  /** The first receipts and refusals are kept elsewhere, where they survive a power cut. */
  answersFiled(receipts: number, refused: number): void {
    this.#state.receipts.splice(0, receipts);
    this.#state.refused.splice(0, refused);
  }

  /** Keeps reports that are to be sent. @throws ClientError JOURNAL_FULL, JOURNAL_BROKEN: none of them may be sent. */
  async keep(fogNode: string, slot: number, reports: readonly Uint8Array[]): Promise<void> {
    await this.#journal.append(reports.map((bytes) => sentRecord(fogNode, slot, bytes)));
    for (const bytes of reports) this.#state.take({ kind: 'report', fogNode, slot, bytes });
  }

  /** Sends everything that has no answer, all fog nodes at once, and rewrites a journal that has grown. @returns what was refused. @throws as `deliver`. */
  async send(): Promise<RefusedReport[]> {
    const byFogNode = new Map<string, Uint8Array[]>();
    for (const { fogNode, bytes } of this.#state.waiting.values()) {
      const reports = byFogNode.get(fogNode) ?? [];
      byFogNode.set(fogNode, reports);
      reports.push(bytes);
    }
    const refused = await Promise.all(
      [...byFogNode].map(([fogNode, reports]) => this.#sendTo(fogNode, reports)),
    );
    await this.#tidy();
    return refused.flat();
  }

  async #tidy(): Promise<void> {
    const { keptSlots = DEFAULT_KEPT_SLOTS, compactAboveBytes = DEFAULT_COMPACT_BYTES } = this.#options;
    this.#state.endSlotsBefore(keptSlots);
    if (this.#journal.replayBytes <= compactAboveBytes) return;
    await this.#journal.compact(() => [...this.#state.records()], 0);
  }

  async #sendTo(fogNode: string, reports: readonly Uint8Array[]): Promise<RefusedReport[]> {
    const refused: RefusedReport[] = [];
    for (let i = 0; i < reports.length; i += MAX_REPORTS_PER_BATCH) {
      const batch = reports.slice(i, i + MAX_REPORTS_PER_BATCH);
      const { answers, items, receipt } = await this.#options.deliver(fogNode, batch);
      const lost = batch.flatMap((bytes, k) => this.#refusalOf(bytes, answers[k], fogNode));
      const kept = receipt && { fogNode, items, receipt };
      const records = lost.map(({ report, item }) => refusedRecord(report, item));
      await this.#journal.append(kept ? [...records, receiptRecord(kept)] : records);
      if (kept) this.#state.take({ kind: 'receipt', ...kept });
      for (const { report, item } of lost) this.#state.take({ kind: 'refused', report, item });
      refused.push(...lost.map(({ report }) => report));
    }
    return refused;
  }

  #refusalOf(bytes: Uint8Array, answer: ReportAnswer | undefined, fogNode: string): Refusal[] {
    if (answer?.status !== 'refused') return [];
    const { header, ciphertext, tag } = decodeReport(bytes, this.#options.grid.publicKey.ciphertextBytes);
    const { meterId, slot } = header;
    return [
      {
        report: { fogNode, meterId, slot, code: answer.code },
        item: { slot, leaf: reportLeaf(meterId, ciphertext, tag) },
      },
    ];
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}

/** What the records of the journal stand for. */
class FleetState {
  /** leaf → report without an answer */
  readonly waiting = new Map<string, Waiting>();
  /** slot → meters that have a report for it */
  readonly sealed = new Map<number, Set<string>>();
  readonly receipts: KeptReceipt[] = [];
  readonly refused: Refusal[] = [];
  /** No report is made any more for slots up to this one. */
  overThrough = -1;

  constructor(private readonly ciphertextBytes: number) {}

  take(record: FleetRecord): void {
    switch (record.kind) {
      case 'report': {
        const { leaf, meterId } = leafOf(record.bytes, this.ciphertextBytes);
        const { fogNode, slot, bytes } = record;
        this.waiting.set(leaf, { fogNode, slot, bytes });
        return this.#seal(slot, [meterId]);
      }
      case 'refused': {
        const { report, item } = record;
        this.waiting.delete(bytesToHex(item.leaf));
        this.refused.push({ report, item });
        return;
      }
      case 'receipt': {
        const { fogNode, items, receipt } = record;
        for (const { leaf } of items) this.waiting.delete(bytesToHex(leaf));
        this.receipts.push({ fogNode, items, receipt });
        return;
      }
      case 'sealed':
        return this.#seal(record.slot, record.meterIds);
      case 'over':
        this.overThrough = record.slot;
    }
  }

  #seal(slot: number, meterIds: readonly string[]): void {
    const meters = this.sealed.get(slot) ?? new Set<string>();
    this.sealed.set(slot, meters);
    for (const meterId of meterIds) meters.add(meterId);
  }

  /** Slots more than `keptSlots` before the newest are over, unless a report of theirs still waits. */
  endSlotsBefore(keptSlots: number): void {
    const newest = Math.max(-1, ...this.sealed.keys());
    const firstWaiting = Math.min(Infinity, ...[...this.waiting.values()].map(({ slot }) => slot));
    this.overThrough = Math.max(this.overThrough, Math.min(newest - keptSlots, firstWaiting - 1));
    for (const slot of this.sealed.keys()) if (slot <= this.overThrough) this.sealed.delete(slot);
  }

  /** Records that stand for all of it. */
  *records(): Generator<Uint8Array> {
    if (this.overThrough >= 0) yield overRecord(this.overThrough);
    for (const [slot, meters] of this.sealed) yield sealedRecord(slot, meters);
    for (const { fogNode, slot, bytes } of this.waiting.values()) yield sentRecord(fogNode, slot, bytes);
    for (const receipt of this.receipts) yield receiptRecord(receipt);
    for (const { report, item } of this.refused) yield refusedRecord(report, item);
  }
}

function leafOf(bytes: Uint8Array, ciphertextBytes: number): { leaf: string; meterId: string } {
  const { header, ciphertext, tag } = decodeReport(bytes, ciphertextBytes);
  return { leaf: bytesToHex(reportLeaf(header.meterId, ciphertext, tag)), meterId: header.meterId };
}
