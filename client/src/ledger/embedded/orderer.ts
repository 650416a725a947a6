/**
 * Orders endorsed transactions into blocks: one queue, one block at a time.
 *
 * Embedded ledger. A block is cut when `maxMessageCount` transactions wait, when nothing is being endorsed any more that
 * could still join it, or `batchTimeoutMs` after the first one came; what comes while a block is written
 * goes into the next one.
 */
import { LedgerError } from '../ledger-error.js';

export interface OrdererOptions {
  readonly maxMessageCount: number;
  readonly batchTimeoutMs: number;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

export class Orderer<Item, Outcome> {
  readonly #options: OrdererOptions;
  readonly #commit: (batch: readonly Item[]) => Promise<readonly Outcome[]>;
  readonly #queue: Waiting<Item, Outcome>[] = [];
  #endorsing = 0;
  #timer: NodeJS.Timeout | undefined;
  #timedOut = false;
  #writing = false;
  #failure: LedgerError | undefined;

  /** @param commit - writes one block and returns one outcome per item. */
  constructor(options: OrdererOptions, commit: (batch: readonly Item[]) => Promise<readonly Outcome[]>) {
    this.#options = options;
    this.#commit = commit;
  }

  /** Runs `task` while blocks wait for what it may order. */
  async endorsing<T>(task: () => Promise<T>): Promise<T> {
    this.#endorsing++;
    try {
      return await task();
    } finally {
      this.#endorsing--;
      this.#cut();
    }
  }

  /**
   * Queues `item`; resolves when its block is durable.
   * @throws LedgerError OUTCOME_UNKNOWN when writing its block failed, UNAVAILABLE after that.
   */
  order(item: Item): Promise<Outcome> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject });
      this.#cut();
    });
  }

  #cut(): void {
    if (this.#writing || this.#queue.length === 0) return;
    if (this.#queue.length < this.#options.maxMessageCount && this.#endorsing > 0 && !this.#timedOut) {
      this.#timer ??= setTimeout(() => {
        this.#timedOut = true;
        this.#cut();
      }, this.#options.batchTimeoutMs);
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timedOut = false;
    void this.#write(this.#queue.splice(0, this.#options.maxMessageCount));
  }

  async #write(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    this.#writing = true;
    try {
      const outcomes = await this.#commit(batch.map(({ item }) => item));
      batch.forEach((waiting, i) => waiting.resolve(outcomes[i] as Outcome));
    } catch (cause) {
      this.#fail(batch, cause);
    }
    this.#writing = false;
    this.#cut();
  }

  /** After a failed write the state of the disk is not known: nothing more is written until the ledger is opened again. */
  #fail(batch: readonly Waiting<Item, Outcome>[], cause: unknown): void {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const failure = new LedgerError(
      'UNAVAILABLE',
      `The ledger stopped after a failed write (${detail}): put the disk in order and open it again.`,
      {},
      { cause },
    );
    this.#failure = failure;
    const unknown = new LedgerError(
      'OUTCOME_UNKNOWN',
      `Writing the block failed (${detail}): open the ledger again and look whether the transaction is there.`,
      {},
      { cause },
    );
    for (const waiting of batch) waiting.reject(unknown);
    for (const waiting of this.#queue.splice(0)) waiting.reject(failure);
  }
}
