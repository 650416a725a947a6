/**
 * The ledger port: all that a party knows of a ledger. Two adapters implement it, fabric/ and embedded/;
 * parties cannot tell them apart (DESIGN section 5), and one conformance suite runs against both.
 *
 * A `Ledger` speaks for one client identity. Arguments and results are strings: JSON that the contract decodes strictly.
 */

/** One call of a named contract: `{contract: 'aggregation', name: 'PublishOpening', argument: '{"grid":…}'}`. */
export interface Transaction {
  readonly contract: string;
  readonly name: string;
  readonly argument: string;
  /**
   * What endorsers get beside the argument, by name, and no block keeps: what they need only to check, or what the transaction
   * writes to the state anyway. Empty when left out.
   */
  readonly transient?: Readonly<Record<string, Uint8Array>>;
}

/** A committed transaction. */
export interface CommitReceipt {
  readonly transactionId: string;
  readonly blockNumber: number;
  /** What the contract returned. */
  readonly result: string;
}

export interface LedgerEvent {
  readonly name: string;
  readonly transactionId: string;
  readonly blockNumber: number;
  /** The JSON payload the contract gave. */
  readonly payload: string;
}

/**
 * Where to go on reading events: everything up to and including this transaction has been handled;
 * without `transactionId`, everything up to and including this block.
 */
export interface EventCheckpoint {
  readonly blockNumber: number;
  readonly transactionId?: string;
}

export interface EventOptions {
  /** Events after this point; without it, events from block 0. */
  readonly after?: EventCheckpoint;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/** The client identity a ledger session speaks for. */
export interface LedgerIdentity {
  readonly mspId: string;
  /** Certificate subject as `certificateSubject` writes it, in certificate order; `mspId` and `subject` together name the client. */
  readonly subject: string;
}

export interface Ledger {
  readonly kind: 'embedded' | 'fabric';
  readonly channel: string;
  readonly identity: LedgerIdentity;

  /**
   * Runs the transaction and waits until it is committed and valid.
   * @throws GridveilError with the contract's code when the contract refuses it: nothing was written.
   * @throws LedgerError (ledger-error.ts) when the ledger itself failed; its code says whether the outcome is known.
   */
  submit(transaction: Transaction): Promise<CommitReceipt>;

  /** Runs a query on current state; nothing is written. @throws as `submit`. */
  evaluate(transaction: Transaction): Promise<string>;

  /**
   * Events of committed, valid transactions in ledger order: those stored already, then new ones as they come;
   * none is left out and none is given twice. Ends when the signal aborts or the session or the ledger closes.
   */
  events(options?: EventOptions): AsyncIterable<LedgerEvent>;

  close(): Promise<void>;
}
