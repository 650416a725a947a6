/** Serves meters that have no identity on the ledger: brings them their actions and submits what they sign. Sees codes and digests, as every peer does; it can withhold, no more. */
import type { StoredAction } from '@gridveil/chaincode/domain/regulation-action.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import type { Ledger } from '../ledger/port.js';
import { acknowledgeAction, listActions } from '../ledger/regulation-calls.js';
import type { RegulatedMeter } from './regulated-meter.js';

/** What became of an action that waited for a meter. */
export interface HandledAction {
  readonly action: StoredAction;
  /** What the meter or the ledger said against it. */
  readonly refusal?: GridveilError;
}

/** Everything that waits for a meter, each acknowledged once; what the meter refuses stays as it is. */
export async function serveActions(
  ledger: Ledger,
  grid: string,
  meter: RegulatedMeter,
): Promise<HandledAction[]> {
  const { meterId } = meter;
  const handled: HandledAction[] = [];
  for (const action of await listActions(ledger, grid, meterId)) {
    if (action.state !== 'issued') continue;
    try {
      const signature = await meter.handle(action);
      await acknowledgeAction(ledger, { grid, meterId, nonce: action.nonce, signature });
      handled.push({ action });
    } catch (error) {
      if (!(error instanceof GridveilError)) throw error;
      handled.push({ action, refusal: error });
    }
  }
  return handled;
}
