/**
 * Chaincode events of one channel as an endless sequence: in ledger order, without gap and without repeat, over as many
 * broken streams as it takes.
 *
 * Where to go on is kept on this side, as a block and the transactions of it that are done. The gateway's own
 * `afterTransactionId` never delivers anything again when that transaction has no event (Fabric v3.1 gateway/chaincodeevents.go).
 */
import type { ChaincodeEvent } from '@hyperledger/fabric-gateway';
import { LedgerError } from '../ledger-error.js';
import type { EventCheckpoint, EventOptions, LedgerEvent } from '../port.js';
import { transactionIds } from './block-write-sets.js';
import { closedWith } from './closed-with.js';
import { gatewayFailure } from './gateway-failure.js';
import { Backoff, pause } from './retry-policy.js';
import type { FabricSession } from './session.js';

const TEXT = new TextDecoder();

/** Read from `blockNumber` on, without the events of these transactions. */
interface Position {
  readonly blockNumber: number;
  readonly done: Set<string>;
}

/**
 * Events after `options.after`, until its signal aborts or the session closes.
 * @throws LedgerError REJECTED when the peers refuse this client, or the checkpoint is not on this ledger.
 */
export async function* followEvents(
  session: FabricSession,
  options: EventOptions = {},
): AsyncGenerator<LedgerEvent, void> {
  const signal = options.signal ? AbortSignal.any([session.closed, options.signal]) : session.closed;
  const backoff = new Backoff(session.retry);
  let position: Position | undefined;
  while (!signal.aborted) {
    const peer = session.peers.preferred;
    try {
      position ??= await startPosition(session, options.after, signal);
      for await (const event of readStream(session, position, signal)) {
        const { blockNumber, transactionId } = event;
        if (blockNumber > position.blockNumber) position = { blockNumber, done: new Set() };
        position.done.add(transactionId);
        backoff.reset();
        yield event;
      }
    } catch (cause) {
      if (signal.aborted) return;
      if (cause instanceof LedgerError) throw cause;
      const { patience, error } = gatewayFailure(cause);
      if (patience === 'none') throw error;
      session.peers.leave(peer);
    }
    await pause(backoff.nextMs(), signal).catch(() => undefined); // an abort ends the loop
  }
}

/** A checkpoint without a transaction stands for its whole block. */
async function startPosition(
  session: FabricSession,
  after: EventCheckpoint | undefined,
  signal: AbortSignal,
): Promise<Position> {
  if (after === undefined) return { blockNumber: 0, done: new Set() };
  const { blockNumber, transactionId } = after;
  if (transactionId === undefined) return { blockNumber: blockNumber + 1, done: new Set() };
  for await (const block of session.readBlocks(blockNumber, signal)) {
    const ids = transactionIds(block);
    const index = ids.indexOf(transactionId);
    if (index >= 0) return { blockNumber, done: new Set(ids.slice(0, index + 1)) };
    break;
  }
  throw new LedgerError(
    'REJECTED',
    `Block ${blockNumber} has no transaction ${transactionId}: the checkpoint belongs to another ledger.`,
    { blockNumber, transactionId },
  );
}

/** One stream, until it breaks or `signal` aborts. */
async function* readStream(
  session: FabricSession,
  from: Position,
  signal: AbortSignal,
): AsyncGenerator<LedgerEvent, void> {
  const startBlock = BigInt(from.blockNumber);
  const stream = await session.network.getChaincodeEvents(session.chaincode, { startBlock });
  for await (const event of closedWith(stream, signal)) {
    const isDone = event.blockNumber === startBlock && from.done.has(event.transactionId);
    if (!isDone) yield ledgerEvent(event);
  }
}

function ledgerEvent(event: ChaincodeEvent): LedgerEvent {
  return {
    name: event.eventName,
    transactionId: event.transactionId,
    blockNumber: Number(event.blockNumber),
    payload: TEXT.decode(event.payload),
  };
}
