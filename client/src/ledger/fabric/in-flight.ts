/**
 * Limits how many calls of one session are under way: a peer's gateway refuses more than 500 at once (spec/fabric.md 3.3),
 * and waiting here keeps the order of arrival.
 */
import { sessionClosed } from './retry-policy.js';

export class InFlightLimiter {
  readonly #waiting: { start: () => void; refuse: (reason: Error) => void }[] = [];
  readonly #idle: (() => void)[] = [];
  #running = 0;
  #closed = false;

  /** @param most - calls at once, at least 1. */
  constructor(private readonly most: number) {
    if (!Number.isSafeInteger(most) || most < 1) throw new RangeError('"maxInFlight" expected at least 1');
  }

  /** Runs `call` as soon as there is room. @throws LedgerError CLOSED when closed before its turn. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closed) throw sessionClosed();
    if (this.#running < this.most) this.#running++;
    else await new Promise<void>((start, refuse) => this.#waiting.push({ start, refuse }));
    try {
      return await call();
    } finally {
      this.#release();
    }
  }

  /** Refuses what waits and what comes, and resolves when the last running call has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#waiting.splice(0)) refuse(sessionClosed());
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Hands the place to the next in line, so that a newcomer cannot overtake it. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.start();
      return;
    }
    this.#running--;
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
