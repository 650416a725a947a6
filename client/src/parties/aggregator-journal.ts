/**
 * What an aggregator has signed receipts for and no block has yet, kept over a power cut. Run by aggregators of time-of-use billing.
 *
 * A report is in the journal before its receipt is signed, and is let go when its slot is on the ledger; a block that is submitted again after a restart, the ledger
 * answers as the first time. The records are those of a fog node's journal (fog-records.ts): report, settled slot, equivocation.
 */
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { Journal, type JournalOptions } from '../journal/journal.js';
import {
  decodeFogRecord,
  equivocationRecord,
  reportRecord,
  settledRecord,
  type FogRecord,
} from './fog-records.js';

const DEFAULT_COMPACT_BYTES = 128 * 2 ** 20;
/** Segments before the last compaction; what they hold is on the ledger or in the newer one. */
const ARCHIVED_SEGMENTS = 1;

export interface AggregatorJournalOptions extends JournalOptions {
  /** A journal that a restart would read is rewritten above this; default 128 MiB. */
  readonly compactAboveBytes?: number;
}

/** A valid report as it was sent. */
export interface KeptReport {
  readonly slot: number;
  readonly meterId: string;
  readonly bytes: Uint8Array;
}

/** Two valid reports of one meter for one slot: the meter is at fault, and both signatures show it. */
export interface BillingEquivocation {
  readonly meterId: string;
  readonly slot: number;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

export class AggregatorJournal {
  readonly #journal: Journal;
  readonly #compactAboveBytes: number;
  readonly #state: State;

  private constructor(journal: Journal, state: State, compactAboveBytes: number) {
    this.#journal = journal;
    this.#state = state;
    this.#compactAboveBytes = compactAboveBytes;
  }

  /**
   * @param key - of the grid
   * @throws ClientError JOURNAL_DAMAGED, FOLDER_LOCKED, JOURNAL_FULL.
   */
  static async open(options: AggregatorJournalOptions, key: PaillierPublicKey): Promise<AggregatorJournal> {
    const { compactAboveBytes = DEFAULT_COMPACT_BYTES, ...journalOptions } = options;
    const state = new State();
    const journal = await Journal.open(journalOptions, (record) =>
      state.replay(decodeFogRecord(record, key)),
    );
    return new AggregatorJournal(journal, state, compactAboveBytes);
  }

  /** What `open` found, and whether an unfinished group was cut off. */
  get recovered(): Journal['recovered'] {
    return this.#journal.recovered;
  }

  /** Reports that no block has yet, as far as it knows. */
  get reports(): readonly KeptReport[] {
    return [...this.#state.reports()];
  }

  get equivocations(): readonly BillingEquivocation[] {
    return [...this.#state.equivocations.values()];
  }

  /** @returns when the reports survive a power cut. @throws ClientError JOURNAL_FULL, JOURNAL_BROKEN: none of them is kept. */
  async keep(reports: readonly KeptReport[]): Promise<void> {
    for (const report of reports) this.#state.add(report);
    try {
      await this.#append(reports.map(({ slot, meterId, bytes }) => reportRecord(slot, meterId, bytes)));
    } catch (error) {
      for (const report of reports) this.#state.remove(report);
      throw error;
    }
  }

  /** @throws ClientError JOURNAL_FULL, JOURNAL_BROKEN */
  async keepEquivocations(proofs: readonly BillingEquivocation[]): Promise<void> {
    for (const proof of proofs) this.#state.addEquivocation(proof);
    await this.#append(proofs.map(equivocationRecord));
  }

  /** Lets go of slots whose reports are on the ledger. @throws ClientError JOURNAL_FULL, JOURNAL_BROKEN: a restart has them again, which is harmless. */
  async forget(slots: readonly number[]): Promise<void> {
    for (const slot of slots) this.#state.forget(slot);
    await this.#append(slots.map(settledRecord));
    if (this.#journal.replayBytes > this.#compactAboveBytes)
      await this.#journal.compact(() => [...this.#state.records()], ARCHIVED_SEGMENTS);
  }

  /** Finishes what is on its way to the disk. */
  close(): Promise<void> {
    return this.#journal.close();
  }

  async #append(records: readonly Uint8Array[]): Promise<void> {
    if (records.length > 0) await this.#journal.append(records);
  }
}

class State {
  readonly equivocations = new Map<string, BillingEquivocation>();
  readonly #reports = new Map<number, Map<string, KeptReport>>();

  /** @throws RangeError for a record of a fog node. */
  replay(record: FogRecord): void {
    switch (record.kind) {
      case 'report':
        // A copy: a view would hold the whole segment in memory.
        return this.add({ ...record, bytes: Uint8Array.from(record.bytes) });
      case 'settled':
        return this.forget(record.slot);
      case 'equivocation': {
        const { first, ...proof } = record.proof;
        return this.addEquivocation({ ...proof, first: first ?? new Uint8Array() });
      }
      case 'closed':
      case 'forgotten':
      case 'late':
        throw new RangeError(`the journal holds a record "${record.kind}": it is of a fog node`);
    }
  }

  add({ slot, meterId, bytes }: KeptReport): void {
    const ofSlot = this.#reports.get(slot) ?? new Map<string, KeptReport>();
    this.#reports.set(slot, ofSlot.set(meterId, { slot, meterId, bytes }));
  }

  addEquivocation(proof: BillingEquivocation): void {
    this.equivocations.set(`${proof.slot}/${proof.meterId}`, proof);
  }

  remove({ slot, meterId }: KeptReport): void {
    this.#reports.get(slot)?.delete(meterId);
  }

  forget(slot: number): void {
    this.#reports.delete(slot);
  }

  *reports(): Generator<KeptReport> {
    for (const ofSlot of this.#reports.values()) yield* ofSlot.values();
  }

  *records(): Generator<Uint8Array> {
    for (const proof of this.equivocations.values()) yield equivocationRecord(proof);
    for (const { slot, meterId, bytes } of this.reports()) yield reportRecord(slot, meterId, bytes);
  }
}
