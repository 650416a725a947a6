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
  receiptRecord,
  refusedRecord,
  sentRecord,
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
}

interface Waiting {
  readonly fogNode: string;
  readonly slot: number;
  readonly bytes: Uint8Array;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #journal: Journal;
  /** leaf → report without an answer */
  readonly #waiting: Map<string, Waiting>;
  /** `slot/meter id` of everything that was ever sealed. */
  readonly #sealed: Set<string>;
  readonly #receipts: KeptReceipt[];
  readonly #refused: RefusedReport[];

  private constructor(
    options: FleetOptions,
    journal: Journal,
    state: {
      waiting: Map<string, Waiting>;
      sealed: Set<string>;
      receipts: KeptReceipt[];
      refused: RefusedReport[];
    },
  ) {
    this.#options = options;
    this.#journal = journal;
    this.#waiting = state.waiting;
    this.#sealed = state.sealed;
    this.#receipts = state.receipts;
    this.#refused = state.refused;
  }

  /** @throws ClientError JOURNAL_DAMAGED, FOLDER_LOCKED, JOURNAL_FULL */
  static async open(options: FleetOptions): Promise<Fleet> {
    const waiting = new Map<string, Waiting>();
    const sealed = new Set<string>();
    const receipts: KeptReceipt[] = [];
    const refused: RefusedReport[] = [];
    const { ciphertextBytes } = options.grid.publicKey;
    const journal = await Journal.open(options.journal, (bytes) => {
      const record = decodeFleetRecord(bytes);
      if (record.kind === 'report') {
        const { leaf, meterId } = leafOf(record.bytes, ciphertextBytes);
        waiting.set(leaf, record);
        sealed.add(`${record.slot}/${meterId}`);
      } else if (record.kind === 'refused') {
        const { fogNode, meterId, slot, code, item } = record;
        waiting.delete(bytesToHex(item.leaf));
        refused.push({ fogNode, meterId, slot, code });
      } else {
        for (const { leaf } of record.items) waiting.delete(bytesToHex(leaf));
        const { fogNode, items, receipt } = record;
        receipts.push({ fogNode, items, receipt });
      }
    });
    return new Fleet(options, journal, { waiting, sealed, receipts, refused });
  }

  get receipts(): readonly KeptReceipt[] {
    return this.#receipts;
  }

  /** Everything that was ever refused. */
  get refused(): readonly RefusedReport[] {
    return this.#refused;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether the meter has a report for the slot, which it keeps to. */
  isSealed(slot: number, meterId: string): boolean {
    return this.#sealed.has(`${slot}/${meterId}`);
  }

  /** Keeps reports that are to be sent. @throws ClientError JOURNAL_FULL, JOURNAL_BROKEN: none of them may be sent. */
  async keep(fogNode: string, slot: number, reports: readonly Uint8Array[]): Promise<void> {
    await this.#journal.append(reports.map((bytes) => sentRecord(fogNode, slot, bytes)));
    for (const bytes of reports) {
      const { leaf, meterId } = leafOf(bytes, this.#options.grid.publicKey.ciphertextBytes);
      this.#waiting.set(leaf, { fogNode, slot, bytes });
      this.#sealed.add(`${slot}/${meterId}`);
    }
  }

  /** Sends everything that has no answer, all fog nodes at once. @returns what was refused. @throws as `deliver`. */
  async send(): Promise<RefusedReport[]> {
    const byFogNode = new Map<string, Uint8Array[]>();
    for (const { fogNode, bytes } of this.#waiting.values()) {
      const reports = byFogNode.get(fogNode) ?? [];
      byFogNode.set(fogNode, reports);
      reports.push(bytes);
    }
    const refused = await Promise.all(
      [...byFogNode].map(([fogNode, reports]) => this.#sendTo(fogNode, reports)),
    );
    return refused.flat();
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
      if (kept) this.#receipts.push(kept);
      for (const { leaf } of [...items, ...lost.map(({ item }) => item)])
        this.#waiting.delete(bytesToHex(leaf));
      refused.push(...lost.map(({ report }) => report));
    }
    this.#refused.push(...refused);
    return refused;
  }

  #refusalOf(
    bytes: Uint8Array,
    answer: ReportAnswer | undefined,
    fogNode: string,
  ): { readonly report: RefusedReport; readonly item: ReceiptItem }[] {
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

function leafOf(bytes: Uint8Array, ciphertextBytes: number): { leaf: string; meterId: string } {
  const { header, ciphertext, tag } = decodeReport(bytes, ciphertextBytes);
  return { leaf: bytesToHex(reportLeaf(header.meterId, ciphertext, tag)), meterId: header.meterId };
}
