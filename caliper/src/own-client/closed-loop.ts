/** Calls through our own client, a fixed number under way at once: how fast the network answers when nobody waits between calls. */
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { CaliperError } from '../errors.js';
import { requireAccepted, type BenchmarkCall } from '../inputs/transactions.js';
import type { TimedCall } from '../measure/measured-round.js';

export interface ClosedLoop {
  readonly row: string;
  readonly calls: readonly BenchmarkCall[];
  readonly inFlight: number;
  /** Session of the fog node that makes a call. */
  readonly ledgerOf: (call: BenchmarkCall) => Ledger;
  readonly signal?: AbortSignal | undefined;
}

export interface AnsweredCall extends TimedCall {
  /** Of a write. */
  readonly transactionId: string;
}

/** @throws CaliperError CALLS_FAILED when any call failed, INTERRUPTED */
export async function runClosedLoop(loop: ClosedLoop): Promise<AnsweredCall[]> {
  const answered: AnsweredCall[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (failures.length === 0 && loop.signal?.aborted !== true) {
      const call = loop.calls[next++];
      if (call === undefined) return;
      const createdMs = Date.now();
      try {
        const transactionId = await answer(loop.ledgerOf(call), call);
        answered.push({ createdMs, finishedMs: Date.now(), committed: true, transactionId });
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: loop.inFlight }, client));
  if (loop.signal?.aborted === true) throw new CaliperError('INTERRUPTED');
  const [first] = failures;
  if (first === undefined) return answered;
  const reason = first instanceof Error ? first.message : 'unknown';
  throw new CaliperError('CALLS_FAILED', { count: failures.length, row: loop.row, reason }, { cause: first });
}

async function answer(ledger: Ledger, call: BenchmarkCall): Promise<string> {
  if (call.readOnly) {
    await ledger.evaluate(call);
    return '';
  }
  const { transactionId, result } = await ledger.submit(call);
  requireAccepted(result);
  return transactionId;
}
