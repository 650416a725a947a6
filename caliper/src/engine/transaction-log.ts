/**
 * A Caliper transaction observer that keeps every transaction of a round: the source of percentiles and of CPU per
 * transaction, neither of which Caliper reports. One line of numbers a transaction, written when the round has ended.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

interface TransactionStatus {
  GetID(): string;
  IsCommitted(): boolean;
  GetTimeCreate(): number;
  GetTimeFinal(): number;
}

export interface LoggedTransaction {
  readonly round: number;
  readonly worker: number;
  /** Unix time in ms when the proposal was built, and when the commit was known. */
  readonly createdMs: number;
  readonly finishedMs: number;
  readonly committed: boolean;
}

/** `worker-N.jsonl` in the run's folder. */
export function transactionLogFile(folder: string, worker: number): string {
  return join(folder, `worker-${worker}.jsonl`);
}

class TransactionLog {
  readonly #file: string;
  readonly #worker: number;
  #round = -1;
  #transactions: LoggedTransaction[] = [];

  constructor(folder: string, worker: number) {
    this.#file = transactionLogFile(folder, worker);
    this.#worker = worker;
  }

  activate(round: number): Promise<void> {
    this.#round = round;
    this.#transactions = [];
    return Promise.resolve();
  }

  txSubmitted(): void {
    // Counted when it finishes.
  }

  txFinished(results: TransactionStatus | readonly TransactionStatus[]): void {
    const all = Array.isArray(results) ? (results as TransactionStatus[]) : [results as TransactionStatus];
    for (const status of all) {
      this.#transactions.push({
        round: this.#round,
        worker: this.#worker,
        createdMs: status.GetTimeCreate(),
        finishedMs: status.GetTimeFinal(),
        committed: status.IsCommitted(),
      });
    }
  }

  deactivate(): Promise<void> {
    if (this.#transactions.length > 0) {
      const lines = this.#transactions.map((transaction) => `${JSON.stringify(transaction)}\n`);
      appendFileSync(this.#file, lines.join(''));
    }
    this.#transactions = [];
    return Promise.resolve();
  }
}

/** Caliper looks for this name. */
export function createTxObserver(
  options: { readonly folder: string },
  _messenger: unknown,
  worker: number,
): TransactionLog {
  return new TransactionLog(options.folder, worker);
}
