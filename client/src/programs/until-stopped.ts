/** Runs a program until Ctrl-C or SIGTERM, then lets it finish what it has begun; a second signal ends it at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, type Log } from '../operations/log.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function stopSignal(log: Log): AbortSignal {
  const stop = new AbortController();
  for (const signal of SIGNALS) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1);
      log.info('stopping', { signal });
      stop.abort();
    });
  }
  return stop.signal;
}

/**
 * Repeats `step` until `signal` aborts. One that fails is logged and tried again with the next turn: ledgers and disks come back.
 * @param everyMs - pause between two steps.
 */
export async function repeat(
  signal: AbortSignal,
  everyMs: number,
  what: string,
  log: Log,
  step: () => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await step();
    } catch (error) {
      if (!signal.aborted) log.warn(`${what} failed, trying again`, describeError(error));
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
