/** Peers take blocks at their own pace: what one party has committed, the peer of another may not know for a moment. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';

const PAUSE_MS = 50;
const PATIENCE_MS = 10_000;

/**
 * Repeats an action while it is refused because something is not there yet.
 * @param missing - the codes that say so. @throws what the action throws, and one of `missing` after ten seconds.
 */
export async function whenCommitted<T>(
  missing: readonly ErrorCode[],
  action: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      const known = error instanceof GridveilError && missing.includes(error.code);
      if (!known || performance.now() > giveUpAt) throw error;
      await pause(PAUSE_MS);
    }
  }
}
