/** Time in a demo that has notice periods: a replay moves its clock on, a network that keeps real time is waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayClock } from '../billing/replay-clock.js';

export interface StoryClock {
  readonly nowSeconds: number;
  /** Notice periods that a run can wait for. */
  readonly noticeSeconds: { readonly arrears: number; readonly trip: number };
  /** The time of the readings moves on to this, where it counts. */
  reach(unixSeconds: number): void;
  /** Lets so much time pass. */
  pass(seconds: number): Promise<void>;
}

const DAY_SECONDS = 86_400;

/** Two weeks until arrears are serious, a week until a trip; they pass at once. */
export function replayedTime(clock: ReplayClock): StoryClock {
  return {
    get nowSeconds() {
      return clock.nowSeconds;
    },
    noticeSeconds: { arrears: 14 * DAY_SECONDS, trip: 7 * DAY_SECONDS },
    reach: (unixSeconds) => clock.advanceTo(unixSeconds),
    pass: (seconds) => {
      clock.advanceTo(clock.nowSeconds + seconds);
      return Promise.resolve();
    },
  };
}

/** Seconds in place of days. */
export function realTime(): StoryClock {
  return {
    get nowSeconds() {
      return Math.floor(Date.now() / 1000);
    },
    noticeSeconds: { arrears: 2, trip: 3 },
    reach: () => undefined,
    // Transactions are stamped in whole seconds.
    pass: (seconds) => sleep((seconds + 1) * 1000),
  };
}
