/** Waiting and trying again, both ended by an abort signal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkError } from '../errors.js';

/** @throws NetworkError INTERRUPTED when the signal aborts first. */
export async function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new NetworkError('INTERRUPTED', {}, { cause });
  }
}

/** Calls `attempt` every `intervalMs` until it gives something other than undefined or `deadlineMs` have passed. */
export async function poll<T>(
  attempt: () => Promise<T | undefined>,
  options: {
    readonly intervalMs: number;
    readonly deadlineMs: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<T | undefined> {
  const endMs = performance.now() + options.deadlineMs;
  for (;;) {
    const result = await attempt();
    if (result !== undefined || performance.now() >= endMs) return result;
    await pause(options.intervalMs, options.signal);
  }
}
