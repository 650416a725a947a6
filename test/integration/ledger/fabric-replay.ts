/**
 * Runs transactions of a real Fabric channel again on the embedded ledger and compares all they did, byte for byte.
 * Both must stand for the same state, or a party could tell the adapters apart.
 */
import assert from 'node:assert/strict';
import type { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { encodeWriteSet } from '@gridveil/client/ledger/embedded/rw-set.js';
import type { BlockTransaction } from '@gridveil/client/ledger/fabric/block-write-sets.js';
import type { FabricLedger } from '@gridveil/client/ledger/fabric/fabric-ledger.js';

const VALID = 0;
/** Transient data never reaches a block: what depends on it cannot be run again from blocks alone. */
const NEEDS_TRANSIENT = new Set(['conformance:PutTransient', 'billing:SubmitSlotBlock']);
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/**
 * Replays the valid transactions of blocks 0 to `lastBlock`, in order; `embedded` must be empty.
 * @returns how many there were, by `contract:Transaction`.
 */
export async function replay(
  fabric: FabricLedger,
  lastBlock: number,
  embedded: EmbeddedLedger,
): Promise<Map<string, number>> {
  const replayed = new Map<string, number>();
  for await (const { transactions } of fabric.blocks(0, lastBlock)) {
    for (const transaction of transactions.filter(({ validationCode }) => validationCode === VALID)) {
      const name = text(transaction.arguments[0]) ?? '';
      if (NEEDS_TRANSIENT.has(name)) continue;
      await replayOne(transaction, embedded);
      replayed.set(name, (replayed.get(name) ?? 0) + 1);
    }
  }
  return replayed;
}

async function replayOne(original: BlockTransaction, embedded: EmbeddedLedger): Promise<void> {
  const again = await embedded.simulate(original.proposal);
  const name = `${text(original.arguments[0]) ?? ''} in ${original.transactionId}`;
  assert.equal(again.proposal.transactionId, original.transactionId);
  assert.equal(again.status, 200, `${name}: ${again.message}`);
  assert.equal(text(again.result), text(original.result), name);
  assert.deepEqual(
    [again.event?.name, text(again.event?.payload)],
    [original.event?.name, text(original.event?.payload)],
    name,
  );
  assert.equal(hex(encodeWriteSet(again.writes)), hex(encodeWriteSet(original.writes)), name);
  await embedded.order(again);
}
