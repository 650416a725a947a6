/**
 * Events of committed, valid transactions, read from the stored blocks: first what is there, then what comes.
 * Every event is given exactly once and in ledger order, because nothing is kept beside the blocks.
 */
import { LedgerError } from '../ledger-error.js';
import type { EventCheckpoint, LedgerEvent } from '../port.js';
import { type Block, VALIDATION_CODE } from './block.js';

/** The blocks to read events from. */
export interface BlockSource {
  /** Block `number` as soon as it is committed; undefined when the ledger closes or the signal aborts before. */
  nextBlock(number: number, signal: AbortSignal): Promise<Block | undefined>;
}

/**
 * @param after - everything up to and including this point is left out
 * @throws LedgerError REJECTED when the transaction of the checkpoint is not in its block.
 */
export async function* readEvents(
  source: BlockSource,
  after: EventCheckpoint | undefined,
  signal: AbortSignal,
): AsyncGenerator<LedgerEvent, void, undefined> {
  let number = after === undefined ? 0 : after.blockNumber;
  if (after !== undefined && after.transactionId === undefined) number++;
  for (;;) {
    const block = await source.nextBlock(number, signal);
    if (block === undefined) return;
    const first = number === after?.blockNumber ? indexAfter(block, after) : 0;
    for (const event of eventsOf(block, first)) {
      if (signal.aborted) return;
      yield event;
    }
    number++;
  }
}

function indexAfter(block: Block, { transactionId, blockNumber }: EventCheckpoint): number {
  const index = block.transactions.findIndex((transaction) => transaction.transactionId === transactionId);
  if (index < 0)
    throw new LedgerError(
      'REJECTED',
      `Block ${blockNumber} has no transaction ${transactionId ?? ''}: the checkpoint belongs to another ledger.`,
      { blockNumber },
    );
  return index + 1;
}

function* eventsOf(block: Block, first: number): Generator<LedgerEvent> {
  for (const { validationCode, event, transactionId } of block.transactions.slice(first)) {
    if (validationCode !== VALIDATION_CODE.VALID || event === undefined) continue;
    const payload = new TextDecoder().decode(event.payload);
    yield { name: event.name, transactionId, blockNumber: block.number, payload };
  }
}
