/**
 * An outbox that outlives its process: a journal of signed transactions and of their known outcomes.
 *
 * record = 1 | lp(transaction id, signed transaction), or 2 | transaction id once its outcome is known.
 */
import { concatBytes, decodeUtf8, lp, splitLp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { crashPoint } from '../../journal/crash-point.js';
import { Journal, type JournalOptions } from '../../journal/journal.js';
import type { Outbox, OutboxEntry } from './outbox.js';

const PUT = 1;
const DELETE = 2;
/** A journal without open transactions is started anew above this. */
const COMPACT_ABOVE_BYTES = 2 ** 20;

export class JournalOutbox implements Outbox {
  readonly #journal: Journal;
  readonly #open: Map<string, Uint8Array>;

  private constructor(journal: Journal, open: Map<string, Uint8Array>) {
    this.#journal = journal;
    this.#open = open;
  }

  /** @throws ClientError JOURNAL_DAMAGED, FOLDER_LOCKED, JOURNAL_FULL. */
  static async open(options: JournalOptions): Promise<JournalOutbox> {
    const open = new Map<string, Uint8Array>();
    const journal = await Journal.open(options, (record) => replay(open, record));
    return new JournalOutbox(journal, open);
  }

  async put(transactionId: string, signedTransaction: Uint8Array): Promise<void> {
    await this.#journal.append([putRecord(transactionId, signedTransaction)]);
    this.#open.set(transactionId, signedTransaction);
    crashPoint('outbox-after-put');
  }

  async delete(transactionId: string): Promise<void> {
    crashPoint('outbox-before-delete');
    await this.#journal.append([concatBytes(Uint8Array.of(DELETE), utf8(transactionId))]);
    this.#open.delete(transactionId);
    if (this.#journal.replayBytes > COMPACT_ABOVE_BYTES && this.#open.size === 0)
      await this.#journal.compact(() => [...this.#open].map(([id, bytes]) => putRecord(id, bytes)), 0);
  }

  entries(): readonly OutboxEntry[] {
    return [...this.#open];
  }

  /** After the session that uses it. */
  async close(): Promise<void> {
    await this.#journal.close();
  }
}

function putRecord(transactionId: string, signedTransaction: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(PUT), lp(transactionId, signedTransaction));
}

function replay(open: Map<string, Uint8Array>, record: Uint8Array): void {
  const fields = record.subarray(1);
  if (record[0] === DELETE) open.delete(decodeUtf8(fields, 'transactionId'));
  else {
    const [id, signed] = splitLp(fields, 2, 'A record of the outbox');
    open.set(decodeUtf8(id, 'transactionId'), Uint8Array.from(signed));
  }
}
