/**
 * Checks a whole stored ledger: the hash chain of its blocks, and that the state is what the valid transactions wrote.
 *
 * Embedded ledger. Reads every block and every state entry once; holds one hash per live key in memory.
 */
import { createHash } from 'node:crypto';
import { equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { LedgerError } from '../ledger-error.js';
import { type Block, corruptBlock, VALIDATION_CODE } from './block.js';
import { decodeWriteSet, type Version } from './rw-set.js';
import type { LedgerStore } from './store.js';

/** @param start - the hash block 0 follows. @throws LedgerError CORRUPT, naming the first bad block or state key. */
export async function verifyLedger(store: LedgerStore, start: Uint8Array): Promise<void> {
  // Blocks committed meanwhile are left to the next check.
  const { height, tipHash } = store;
  const view = store.view();
  try {
    const expected = new Map<string, string>();
    let previousHash = start;
    for (let number = 0; number < height; number++) {
      const block = store.block(number);
      if (!equalBytes(block.previousHash, previousHash)) throw corruptBlock(number);
      applyWrites(block, expected);
      previousHash = block.hash;
    }
    if (!equalBytes(previousHash, tipHash)) throw corruptBlock(height - 1);

    const cursor = view.range('', '');
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      if (expected.get(entry.key) !== fingerprint(entry.version, entry.value)) throw corruptKey(entry.key);
      expected.delete(entry.key);
    }
    await cursor.close();
    for (const key of expected.keys()) throw corruptKey(key);
  } finally {
    await view.close();
  }
}

function applyWrites(block: Block, expected: Map<string, string>): void {
  block.transactions.forEach(({ validationCode, writeSet }, transactionIndex) => {
    if (validationCode !== VALIDATION_CODE.VALID) return;
    for (const { key, value } of decodeWriteSet(writeSet)) {
      if (value === undefined) expected.delete(key);
      else expected.set(key, fingerprint({ blockNumber: block.number, transactionIndex }, value));
    }
  });
}

function fingerprint({ blockNumber, transactionIndex }: Version, value: Uint8Array): string {
  return `${blockNumber}:${transactionIndex}:${createHash('sha256').update(value).digest('base64')}`;
}

function corruptKey(key: string): LedgerError {
  return new LedgerError(
    'CORRUPT',
    `The stored state of key ${JSON.stringify(key)} is not what the blocks say: restore the folder from a copy.`,
    { key },
  );
}
