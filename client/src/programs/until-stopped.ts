/** Runs a program until Ctrl-C or SIGTERM, then lets it finish what it has begun; a second signal ends it at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import { LedgerError } from '../ledger/ledger-error.js';
import { describeError, type Log } from '../operations/log.js';

const ASK_AGAIN_MS = 1_000;
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

/**
 * What a program needs of its ledger before it can work, asked for until it is there: others may still be setting it up, or starting.
 * @returns undefined when `signal` aborts first. @throws what no waiting mends.
 */
export async function whenThere<T>(
  signal: AbortSignal,
  what: string,
  log: Log,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (!mayCome(error)) throw error;
      log.warn(`${what} is not there yet, waiting`, describeError(error));
    }
    await sleep(ASK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** The ledger does not know it, nobody answers, or another program has yet to write the file. */
function mayCome(error: unknown): boolean {
  if (error instanceof GridveilError) return true;
  if (error instanceof LedgerError) return error.code === 'UNAVAILABLE';
  return (
    error instanceof ClientError &&
    (error.code === 'LEDGER_ADDRESS_UNREADABLE' || error.code === 'FILE_UNREADABLE') &&
    error.facts['reason'] === 'ENOENT'
  );
}
