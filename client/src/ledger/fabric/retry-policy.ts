/**
 * How long a Fabric session waits for what, and how it spaces its attempts.
 * The defaults follow measured recovery times: gossip after a start up to 26 s, a lost Raft leader up to 13 s (spec/fabric-measured.md 3).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError } from '../ledger-error.js';

/** The four deadlines of one gRPC call each; without them a call can hang for ever. */
export interface Deadlines {
  readonly evaluateMs: number;
  readonly endorseMs: number;
  readonly submitMs: number;
  readonly commitStatusMs: number;
}

export const DEFAULT_DEADLINES: Deadlines = {
  evaluateMs: 10_000,
  endorseMs: 20_000,
  submitMs: 5_000,
  commitStatusMs: 12_000,
};

export interface RetryPolicy {
  /** Peers or chaincode that are not ready: nothing has been ordered yet. */
  readonly readinessMs: number;
  /** Peers that disagree, mostly because one has not caught up with the last block. */
  readonly disagreementMs: number;
  /** A signed transaction whose outcome is not known. */
  readonly deliveryMs: number;
  /** New proposals after a transaction lost against a concurrent one. */
  readonly conflictRetries: number;
  /** Pauses double from the first to the longest; each is drawn from its upper half. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  readinessMs: 30_000,
  disagreementMs: 3_000,
  deliveryMs: 60_000,
  conflictRetries: 5,
  firstPauseMs: 100,
  longestPauseMs: 3_000,
};

/** Growing, jittered pauses of one retry loop. */
export class Backoff {
  #nextMs: number;

  constructor(private readonly policy: RetryPolicy) {
    this.#nextMs = policy.firstPauseMs;
  }

  nextMs(): number {
    const most = this.#nextMs;
    this.#nextMs = Math.min(most * 2, this.policy.longestPauseMs);
    return most * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#nextMs = this.policy.firstPauseMs;
  }
}

/** Waits `ms`. @throws LedgerError CLOSED as soon as `closed` aborts. */
export async function pause(ms: number, closed: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: closed });
  } catch (cause) {
    throw sessionClosed(cause);
  }
}

export function sessionClosed(cause?: unknown): LedgerError {
  return new LedgerError('CLOSED', 'The Fabric session is closed: connect again.', {}, { cause });
}
