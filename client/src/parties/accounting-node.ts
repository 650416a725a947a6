/**
 * An accounting node (paper 002 section IV.D): takes the reports of meters, checks what comes together in one weighted batch, and submits blocks for each slot.
 *
 * Holds: its identity on the ledger. Sees: who reported, to whom, how many bytes; no measurement. It classifies by receiver index, so that each receiver is told where its parts are, and
 * decrypts and adds nothing (sums of ciphertexts under different keys are nothing, B2.6). A bad report is found by halving, named and answered, and holds no honest one up.
 * Where the ledger keeps hashes only, it puts reports into a content store before it submits their digests.
 */
import { equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import type { BadReport } from '@gridveil/chaincode/crypto/bad-report.js';
import type { SigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import { findBadSigncryptedReports } from '@gridveil/chaincode/crypto/signcryption-check.js';
import {
  blockEntryBytes,
  blockReport,
  byMeterId,
  fitsBlock,
  type BlockReport,
} from '@gridveil/chaincode/domain/report-block.js';
import { CLOCK_SKEW_SECONDS } from '@gridveil/chaincode/domain/region-total.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import type { ContentStore } from '../content/content-store.js';
import type { StoredReceipt } from '../ledger/billing-calls.js';
import type { Ledger } from '../ledger/port.js';
import { getReportBlocks, submitReports } from '../ledger/signcryption-calls.js';
import { refusalAnswer, type ReportAnswer } from './fog-messages.js';
import type { SigncryptionView } from './signcryption-view.js';

export interface AccountingNodeOptions {
  readonly ledger: Ledger;
  readonly view: SigncryptionView;
  /** Where reports are kept whose hashes alone are on the ledger; needed by such terms. */
  readonly store?: ContentStore;
  /** Unix time; injected, so that replays and tests have their own clock. */
  readonly nowSeconds: () => number;
}

/** A report of one meter that contradicts an earlier one for the same slot; both signatures are valid. */
export interface SigncryptionEquivocation {
  readonly meterId: string;
  readonly slot: number;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

export class AccountingNode {
  readonly #options: AccountingNodeOptions;
  /** slot → meter id → valid report, until it is on the ledger */
  readonly #reports = new Map<number, Map<string, BlockReport>>();
  readonly #equivocations = new Map<string, SigncryptionEquivocation>();

  /** @throws RangeError without the store that the terms call for. */
  constructor(options: AccountingNodeOptions) {
    if (options.view.terms.storage === 'digest' && options.store === undefined)
      throw new RangeError('"store" expected a content store: the ledger keeps hashes only');
    this.#options = options;
  }

  /** One proof for each meter and slot that has two reports. */
  get equivocations(): readonly SigncryptionEquivocation[] {
    return [...this.#equivocations.values()];
  }

  /** Checks reports, all of one slot that come together in one batch, and keeps each valid one once. @returns an answer for each, in order. */
  receive(reports: readonly Uint8Array[]): ReportAnswer[] {
    const answers = new Map<number, ReportAnswer>();
    const bySlot = new Map<number, { place: number; received: BlockReport }[]>();
    reports.forEach((bytes, place) => {
      try {
        const received = blockReport(bytes);
        const { slot } = received.report.header;
        this.#checkTime(slot);
        if (this.#isKnown(received)) answers.set(place, { status: 'duplicate' });
        else bySlot.set(slot, [...(bySlot.get(slot) ?? []), { place, received }]);
      } catch (error) {
        answers.set(place, refusalAnswer(error));
      }
    });
    for (const [slot, entries] of bySlot) {
      const decoded = entries.map(({ received }) => received.report);
      const bad = new Map(this.#findBad(slot, decoded).map((each) => [each.index, each.refusal]));
      entries.forEach(({ place, received }, index) => {
        const why = bad.get(index);
        answers.set(place, why === undefined ? this.#keep(received) : refusalAnswer(why));
      });
    }
    return reports.map((_, place) => answers.get(place) as ReportAnswer);
  }

  /** How many parts each receiver has among the reports of a slot that wait, by receiver index: the classification of section IV.D. */
  classify(slot: number): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { report } of this.#reports.get(slot)?.values() ?? [])
      for (const { index } of report.header.receivers) counts.set(index, (counts.get(index) ?? 0) + 1);
    return counts;
  }

  /**
   * Submits what it has of a slot and no block has yet, in as many blocks as it takes; again without anything new it does nothing.
   * @returns a receipt for each block
   */
  async submitSlot(slot: number): Promise<StoredReceipt[]> {
    const { ledger, view, store } = this.#options;
    const { grid, storage } = view.terms;
    const receipts: StoredReceipt[] = [];
    for (const block of blocksOf(await this.#waiting(slot))) {
      if (storage === 'digest') for (const { bytes } of block) await store?.put(bytes);
      receipts.push(await submitReports(ledger, grid, slot, block));
      for (const { report } of block) this.#reports.get(slot)?.delete(report.header.meterId);
    }
    return receipts;
  }

  /** Without those that a block of any node has. */
  async #waiting(slot: number): Promise<BlockReport[]> {
    const { ledger, view } = this.#options;
    const own = this.#reports.get(slot);
    if (own === undefined || own.size === 0) return [];
    for (const { reports } of await getReportBlocks(ledger, view.terms.grid, slot))
      for (const { meterId } of reports) own.delete(meterId);
    return [...own.values()].sort(byMeterId);
  }

  #findBad(slot: number, reports: readonly SigncryptedReport[]): BadReport[] {
    const { view } = this.#options;
    return findBadSigncryptedReports(view.authority, slot, reports, view.directory('meter'));
  }

  #checkTime(slot: number): void {
    const { nowSeconds, view } = this.#options;
    const { slotSeconds, maxSlotAgeSeconds } = view.terms;
    const endSeconds = (slot + 1) * slotSeconds;
    const now = nowSeconds();
    if (endSeconds > now + CLOCK_SKEW_SECONDS) throw refusal('REPORT_FUTURE_SLOT', { slot });
    if (endSeconds + maxSlotAgeSeconds < now) throw refusal('REPORT_STALE_SLOT', { slot });
  }

  #earlier({ report: { header } }: BlockReport): BlockReport | undefined {
    return this.#reports.get(header.slot)?.get(header.meterId);
  }

  #isKnown(received: BlockReport): boolean {
    const earlier = this.#earlier(received);
    return earlier !== undefined && equalBytes(earlier.bytes, received.bytes);
  }

  #keep(received: BlockReport): ReportAnswer {
    if (this.#isKnown(received)) return { status: 'duplicate' };
    const { meterId, slot } = received.report.header;
    const earlier = this.#earlier(received);
    if (earlier) {
      const name = `${slot}/${meterId}`;
      if (!this.#equivocations.has(name))
        this.#equivocations.set(name, { meterId, slot, first: earlier.bytes, second: received.bytes });
      return refusalAnswer(refusal('REPORT_EQUIVOCATION', { meterId, slot }));
    }
    const reports = this.#reports.get(slot) ?? new Map<string, BlockReport>();
    this.#reports.set(slot, reports.set(meterId, received));
    return { status: 'accepted' };
  }
}

/** Cut so that each fits into one transaction. */
function blocksOf(reports: readonly BlockReport[]): BlockReport[][] {
  const blocks: BlockReport[][] = [];
  let sizeBytes = 0;
  for (const report of reports) {
    const last = blocks.at(-1);
    sizeBytes += blockEntryBytes(report);
    if (last && fitsBlock(last.length + 1, sizeBytes)) last.push(report);
    else {
      blocks.push([report]);
      sizeBytes = blockEntryBytes(report);
    }
  }
  return blocks;
}
