/**
 * A fog node that keeps its promises over a power cut: every report is in the journal before its receipt is signed, every closed slot before it is submitted.
 *
 * After a restart it holds the same open slots, the same totals, and submits again what it has no answer for; the ledger answers an equal
 * total with the receipt of the first. Holds beside the fog node's secrets the receipt key and the key of the journal.
 * Exactly once rests on the journal (../journal), on one report for each meter and slot (fog-node.ts) and on one total for each region and slot (the ledger).
 */
import type { RegionTotal } from '@gridveil/chaincode/domain/region-total.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import type { KeyPair } from '../crypto/curve25519.js';
import { crashPoint } from '../journal/crash-point.js';
import { Journal, type JournalOptions } from '../journal/journal.js';
import { FogNode, TOTALS_PER_TRANSACTION, type FogNodeOptions, type TakenReport } from './fog-node.js';
import { closedProof, findLeaf, type ClosedSlot } from './closed-slot.js';
import { decodeReportBatch, type Inclusion, type ReceiptedAnswers } from './fog-messages.js';
import {
  closedRecord,
  decodeFogRecord,
  equivocationRecord,
  forgottenRecord,
  lateRecord,
  reportRecord,
  settledRecord,
  type FogRecord,
} from './fog-records.js';
import { ReceiptSigner, type ReceiptItem } from './receipt.js';
import { ShownReports } from './shown-reports.js';

/** A week of quarters of an hour. */
const DEFAULT_KEPT_SLOTS = 672;
const DEFAULT_COMPACT_BYTES = 128 * 2 ** 20;
const DEFAULT_ARCHIVED_SEGMENTS = 1000;

export interface DurableFogNodeOptions extends Omit<FogNodeOptions, 'hasJournal'> {
  readonly receiptKey: KeyPair;
  readonly journal: JournalOptions;
  /** Settled slots whose reports it can still answer for without its archive; default 672. */
  readonly keptSlots?: number;
  /** A journal that a restart would read is rewritten above this; default 128 MiB. */
  readonly compactAboveBytes?: number;
  /** Segments of 16 MiB that are kept for audits; default 1,000. */
  readonly archivedSegments?: number;
}

/** What became of the totals of a slot: on the ledger; another total stands for a region; the ledger takes no total of it any more. */
export type SettlementOutcome = 'stored' | 'conflict' | 'too-old';

export interface Settlement {
  readonly slot: number;
  readonly outcome: SettlementOutcome;
}

/** Refusals that no repetition changes. */
const FINAL_REFUSALS: Readonly<Record<string, SettlementOutcome>> = {
  REGION_TOTAL_EXISTS: 'conflict',
  SLOT_TOO_OLD: 'too-old',
};

export class DurableFogNode {
  readonly #options: DurableFogNodeOptions;
  readonly #node: FogNode;
  readonly #journal: Journal;
  readonly #signer: ReceiptSigner;
  readonly #shown: ShownReports;
  /** `slot/meter id` of reports on their way into the journal. */
  readonly #pending = new Map<string, Promise<void>>();
  /** Slots whose close is in the journal. */
  readonly #closedForGood: Set<number>;
  readonly #settled: Set<number>;
  /** Slots of a transaction that has no answer: they are submitted as the same one again, so that its signed bytes can be. */
  #unanswered: readonly number[] = [];

  private constructor(options: DurableFogNodeOptions, node: FogNode, journal: Journal, settled: Set<number>) {
    const { channel, record } = options.grid;
    this.#options = options;
    this.#node = node;
    this.#journal = journal;
    const issuer = { channel, grid: record.grid, fogNode: options.fogNode };
    this.#signer = new ReceiptSigner(options.receiptKey, issuer);
    this.#shown = new ShownReports(options.grid.publicKey.ciphertextBytes, () => journal.archive());
    this.#closedForGood = new Set(node.closedSlots.keys());
    this.#settled = settled;
  }

  /**
   * Opens the journal and rebuilds the node from it; `syncMeters` comes next. Cost: about 3 s for a million reports.
   * @throws ClientError JOURNAL_DAMAGED, FOLDER_LOCKED, JOURNAL_FULL.
   */
  static async open(options: DurableFogNodeOptions): Promise<DurableFogNode> {
    const node = new FogNode({ ...options, hasJournal: true });
    const replay = new Replay(node);
    const key = options.grid.publicKey;
    const journal = await Journal.open(options.journal, (record) =>
      replay.take(decodeFogRecord(record, key)),
    );
    replay.finish();
    return new DurableFogNode(options, node, journal, replay.settled);
  }

  get fogNode(): string {
    return this.#node.fogNode;
  }

  get recovered(): Journal['recovered'] {
    return this.#journal.recovered;
  }

  get journalBytes(): number {
    return this.#journal.replayBytes;
  }

  get equivocations(): FogNode['equivocations'] {
    return this.#node.equivocations;
  }

  get struckOut(): FogNode['struckOut'] {
    return this.#node.struckOut;
  }

  get late(): FogNode['late'] {
    return this.#node.late;
  }

  /** Closed slots that are not forgotten, oldest first. */
  closedSlots(): readonly ClosedSlot[] {
    return [...this.#node.closedSlots.values()].sort((a, b) => a.slot - b.slot);
  }

  missingMeters(slot: number): ReturnType<FogNode['missingMeters']> {
    return this.#node.missingMeters(slot);
  }

  /** Open slots and how many reports each has. */
  openSlots(): { readonly slot: number; readonly reports: number }[] {
    return [...this.#node.openSlots].map(([slot, { size }]) => ({ slot, reports: size }));
  }

  /** Closed slots that the ledger has not confirmed yet, oldest first. */
  unsettledSlots(): number[] {
    return [...this.#closedForGood].filter((slot) => !this.#settled.has(slot)).sort((a, b) => a - b);
  }

  isClosed(slot: number): boolean {
    return slot <= this.#node.forgottenThrough || this.#node.closedSlots.has(slot);
  }

  syncMeters(): Promise<number> {
    return this.#node.syncMeters();
  }

  inclusionProof(...about: Parameters<FogNode['inclusionProof']>): ReturnType<FogNode['inclusionProof']> {
    return this.#node.inclusionProof(...about);
  }

  /**
   * Shows a report under the Merkle root of its region to whoever knows its leaf.
   * @returns undefined for a slot that is open or forgotten, or a report that does not stand in it.
   */
  inclusionOf({ slot, leaf }: ReceiptItem): Inclusion | undefined {
    const closed = this.#node.closedSlots.get(slot);
    const place = closed && findLeaf(closed, leaf);
    if (!place) return undefined;
    return {
      region: place.region.total.region,
      ...(closedProof(place) ?? { index: 0, count: 0, proof: [] }),
    };
  }

  /**
   * The reports that a region total of a closed slot is made of, for a recount; from the journal.
   * @returns undefined for a slot that is open or forgotten, a region that is withheld or not served, reports that are not kept any more.
   */
  async countedReports(slot: number, region: string): Promise<readonly Uint8Array[] | undefined> {
    const closed = this.#closedForGood.has(slot) ? this.#node.closedSlots.get(slot) : undefined;
    return closed && this.#shown.find(closed, region);
  }

  /**
   * Takes the reports of one message and answers when all that count are in the journal.
   * @throws DecodeError for what is no batch; ClientError JOURNAL_FULL, JOURNAL_BROKEN: nothing of the message counts, it may be sent again.
   */
  handle(body: Uint8Array): Promise<ReceiptedAnswers> {
    return this.takeAll(decodeReportBatch(body));
  }

  /** As `handle`, for reports that are not framed as a batch. */
  async takeAll(reports: readonly Uint8Array[]): Promise<ReceiptedAnswers> {
    const taken = reports.map((bytes) => this.#node.take(bytes));
    const earlier = taken.flatMap(({ answer, counted }) =>
      answer.status === 'duplicate' && counted ? (this.#pending.get(idOf(counted)) ?? []) : [],
    );
    this.#listLate(taken);
    await Promise.all([this.#keep(taken, reports), ...earlier]);
    crashPoint('fog-before-receipt');
    const items = taken.flatMap(({ counted }) => counted ?? []);
    const receipt = items.length === 0 ? undefined : await this.#signer.sign(items);
    return { answers: taken.map(({ answer }) => answer), receipt };
  }

  /** The list is no promise to anybody: a refusal waits for no disk, and what a full one cannot keep is listed until the next restart. */
  #listLate(taken: readonly TakenReport[]): void {
    const records = taken.flatMap(({ late }) => (late ? lateRecord(late) : []));
    if (records.length > 0) this.#journal.append(records).catch(() => undefined);
  }

  async #keep(taken: readonly TakenReport[], reports: readonly Uint8Array[]): Promise<void> {
    const records: Uint8Array[] = [];
    const fresh: { slot: number; meterId: string }[] = [];
    for (const [i, { answer, counted, equivocation }] of taken.entries()) {
      if (equivocation) records.push(equivocationRecord(equivocation));
      if (answer.status !== 'accepted' || !counted) continue;
      records.push(reportRecord(counted.slot, counted.meterId, reports[i] as Uint8Array));
      fresh.push(counted);
    }
    if (records.length === 0) return;
    const kept = this.#journal.append(records).catch((error: unknown) => {
      for (const { slot, meterId } of fresh) this.#node.withdraw(slot, meterId);
      throw error;
    });
    for (const report of fresh) this.#pending.set(idOf(report), kept);
    try {
      await kept;
    } finally {
      for (const report of fresh) this.#pending.delete(idOf(report));
    }
  }

  /** Closes a slot for good: what comes later is late. @throws ClientError JOURNAL_FULL, JOURNAL_BROKEN: try again, nothing may be submitted. */
  async closeSlot(slot: number): Promise<readonly RegionTotal[]> {
    if (this.#closedForGood.has(slot)) return this.#node.closeSlot(slot);
    this.#node.stopTaking(slot);
    await Promise.allSettled([...this.#pending.values()]);
    const closed = this.#node.close(slot);
    await this.#journal.append([closedRecord(closed, this.#struckOutOf(slot))]);
    this.#closedForGood.add(slot);
    crashPoint('fog-after-close');
    return closed.regions.map(({ total }) => total);
  }

  #struckOutOf(slot: number): FogNode['struckOut'] {
    return this.#node.struckOut.filter((report) => report.slot === slot);
  }

  /**
   * Closes slots where they are still open, and commits their totals until the ledger has answered for each. Calling it again is harmless.
   * @throws LedgerError while the ledger is away, ClientError JOURNAL_FULL, JOURNAL_BROKEN; settled slots stay settled.
   */
  async settle(slots: readonly number[]): Promise<Settlement[]> {
    const settlements: Settlement[] = [];
    for (const some of this.#transactions(slots)) {
      for (const slot of some) await this.closeSlot(slot);
      this.#unanswered = some;
      settlements.push(...(await this.#submit(some)));
      this.#unanswered = [];
      crashPoint('fog-after-submit');
      await this.#journal.append(some.map(settledRecord));
      for (const slot of some) this.#settled.add(slot);
      crashPoint('fog-after-settlement');
    }
    await this.#tidy();
    return settlements;
  }

  /** Slots that need settling, as many together as go into one transaction. */
  #transactions(slots: readonly number[]): (readonly number[])[] {
    const again = this.#unanswered.filter((slot) => !this.#settled.has(slot));
    const open = slots.filter(
      (slot) => !this.#settled.has(slot) && slot > this.#node.forgottenThrough && !again.includes(slot),
    );
    const size = Math.max(1, Math.floor(TOTALS_PER_TRANSACTION / this.#options.regions.length));
    const groups: (readonly number[])[] = again.length > 0 ? [again] : [];
    for (let i = 0; i < open.length; i += size) groups.push(open.slice(i, i + size));
    return groups;
  }

  /** One transaction; when it is refused for good, one for each slot tells which of them is meant. */
  async #submit(slots: readonly number[]): Promise<Settlement[]> {
    try {
      await this.#node.submit(slots);
      return slots.map((slot) => ({ slot, outcome: 'stored' }));
    } catch (error) {
      const outcome = error instanceof GridveilError ? FINAL_REFUSALS[error.code] : undefined;
      if (outcome === undefined) throw error;
      if (slots.length === 1) return slots.map((slot) => ({ slot, outcome }));
      const settlements: Settlement[] = [];
      for (const slot of slots) settlements.push(...(await this.#submit([slot])));
      return settlements;
    }
  }

  /** Forgets old settled slots and rewrites a journal that has grown. */
  async #tidy(): Promise<void> {
    const { keptSlots = DEFAULT_KEPT_SLOTS, compactAboveBytes = DEFAULT_COMPACT_BYTES } = this.#options;
    const newest = Math.max(-1, ...this.#settled);
    const firstUnsettled = this.unsettledSlots()[0] ?? Infinity;
    const through = Math.min(newest - keptSlots, firstUnsettled - 1, ...this.#openBefore(newest - keptSlots));
    if (through > this.#node.forgottenThrough) {
      this.#node.forgetSlots(through);
      for (const slots of [this.#settled, this.#closedForGood]) {
        for (const slot of slots) if (slot <= through) slots.delete(slot);
      }
    }
    if (this.#journal.replayBytes > compactAboveBytes) await this.compact();
  }

  /** A slot that still has reports to count is not forgotten. */
  #openBefore(slot: number): number[] {
    return [...this.#node.openSlots.keys()].filter((open) => open <= slot).map((open) => open - 1);
  }

  /** Rewrites the journal as the state it stands for. @throws ClientError JOURNAL_FULL, and nothing has changed. */
  compact(): Promise<void> {
    const { archivedSegments = DEFAULT_ARCHIVED_SEGMENTS } = this.#options;
    return this.#journal.compact(() => [...this.#state()], archivedSegments);
  }

  *#state(): Generator<Uint8Array> {
    if (this.#node.forgottenThrough >= 0) yield forgottenRecord(this.#node.forgottenThrough);
    for (const proof of this.#node.equivocations) yield equivocationRecord(proof);
    for (const late of this.#node.late.all) yield lateRecord(late);
    for (const closed of this.#node.closedSlots.values())
      yield closedRecord(closed, this.#struckOutOf(closed.slot));
    for (const slot of this.#settled) yield settledRecord(slot);
    for (const [slot, reports] of this.#node.openSlots) {
      for (const { meterId, bytes } of reports.values()) yield reportRecord(slot, meterId, bytes);
    }
  }

  /** Finishes what is on its way into the journal. */
  async close(): Promise<void> {
    await this.#journal.close();
  }
}

function idOf({ slot, meterId }: { readonly slot: number; readonly meterId: string }): string {
  return `${slot}/${meterId}`;
}

/** Rebuilds a node from its records. Reports are decoded at the end, since most are of slots that closed later. */
class Replay {
  readonly settled = new Set<number>();
  readonly #node: FogNode;
  /** slot → meter id → message */
  readonly #open = new Map<number, Map<string, Uint8Array>>();

  constructor(node: FogNode) {
    this.#node = node;
  }

  take(record: FogRecord): void {
    switch (record.kind) {
      case 'report':
        return this.#takeReport(record.slot, record.meterId, record.bytes);
      case 'closed':
        this.#open.delete(record.closed.slot);
        return this.#node.restoreClosed(record.closed, record.struckOut);
      case 'settled':
        this.settled.add(record.slot);
        return;
      case 'equivocation':
        return this.#node.restoreEquivocation(record.proof);
      case 'late':
        this.#node.late.add(record.late);
        return;
      case 'forgotten':
        return this.#node.forgetSlots(record.slot);
    }
  }

  /** The first one stands: a compaction may have written a report that was on its way a second time. */
  #takeReport(slot: number, meterId: string, bytes: Uint8Array): void {
    const reports = this.#open.get(slot) ?? new Map<string, Uint8Array>();
    this.#open.set(slot, reports);
    if (!reports.has(meterId)) reports.set(meterId, bytes);
  }

  finish(): void {
    for (const slot of this.settled) if (slot <= this.#node.forgottenThrough) this.settled.delete(slot);
    for (const [slot, reports] of this.#open) {
      if (slot <= this.#node.forgottenThrough || this.#node.closedSlots.has(slot)) continue;
      // Copies: a view would hold the whole segment in memory.
      for (const bytes of reports.values()) this.#node.restoreReport(Uint8Array.from(bytes));
    }
  }
}
