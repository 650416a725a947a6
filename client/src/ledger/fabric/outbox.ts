/**
 * Where a Fabric session keeps signed transactions between endorsement and a known outcome.
 * Whoever holds the bytes can submit them again without a second effect: Fabric commits one transaction id once.
 */
export interface Outbox {
  /** Resolves when `signedTransaction` is kept as safely as this outbox promises; only then it is submitted. */
  put(transactionId: string, signedTransaction: Uint8Array): Promise<void>;
  /** The outcome of the transaction is known. */
  delete(transactionId: string): Promise<void>;
  /** Transactions of unknown outcome, oldest first. */
  entries(): readonly OutboxEntry[];
}

export type OutboxEntry = readonly [transactionId: string, signedTransaction: Uint8Array];

/** Keeps them as long as the process lives. */
export class MemoryOutbox implements Outbox {
  readonly #transactions = new Map<string, Uint8Array>();

  put(transactionId: string, signedTransaction: Uint8Array): Promise<void> {
    this.#transactions.set(transactionId, signedTransaction);
    return Promise.resolve();
  }

  delete(transactionId: string): Promise<void> {
    this.#transactions.delete(transactionId);
    return Promise.resolve();
  }

  entries(): readonly OutboxEntry[] {
    return [...this.#transactions];
  }
}
