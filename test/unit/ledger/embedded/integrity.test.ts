import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { connectUser, entry, openLedger, temporaryFolder } from './harness.js';

type RawDatabase = ClassicLevel<Uint8Array, Uint8Array>;

/** A closed ledger of five blocks, one transaction each; `change` may damage its database. */
async function damagedLedger(change: (db: RawDatabase) => Promise<void>): Promise<string> {
  const folder = await temporaryFolder();
  const ledger = await openLedger({ folder });
  const session = await connectUser(ledger);
  for (const key of ['a', 'b', 'c', 'd', 'e'])
    await session.submit({ contract: 'conformance', name: 'Put', argument: entry(key, `value of ${key}`) });
  await session.submit({ contract: 'conformance', name: 'Delete', argument: 'b' });
  await ledger.close();
  const db: RawDatabase = new ClassicLevel(join(folder, 'db'), {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  await change(db);
  await db.close();
  return folder;
}

const blockKey = (number: number) => Buffer.from([0x62, 0, 0, 0, 0, 0, 0, 0, number]);

async function flip(db: RawDatabase, key: Uint8Array, position: number): Promise<void> {
  const bytes = Buffer.from((await db.get(key)) ?? []);
  const index = position < 0 ? bytes.length + position : position;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  await db.put(key, bytes);
}

describe('the integrity check', () => {
  it('names the first block whose bytes were changed, wherever they were', async () => {
    // Number, previous hash, data hash, a transaction, the last validation code.
    for (const position of [11, 20, 60, 100, 400, -1]) {
      const folder = await damagedLedger((db) => flip(db, blockKey(2), position));
      const ledger = await openLedger({ folder });
      await assert.rejects(
        ledger.verifyIntegrity(),
        { name: 'LedgerError', code: 'CORRUPT', facts: { blockNumber: 2 } },
        `position ${position}`,
      );
    }
  });

  it('names a missing block, and one put in the place of another', async () => {
    for (const change of [
      (db: RawDatabase) => db.del(blockKey(1)),
      async (db: RawDatabase) => db.put(blockKey(1), (await db.get(blockKey(3))) ?? Buffer.alloc(0)),
    ]) {
      const ledger = await openLedger({ folder: await damagedLedger(change) });
      await assert.rejects(ledger.verifyIntegrity(), { code: 'CORRUPT', facts: { blockNumber: 1 } });
    }
  });

  it('names a state key that was changed, removed or added behind the blocks', async () => {
    for (const [change, key] of [
      [(db: RawDatabase) => flip(db, Buffer.from('sa'), -1), 'a'],
      [(db: RawDatabase) => flip(db, Buffer.from('sc'), 3), 'c'],
      [(db: RawDatabase) => db.del(Buffer.from('sd')), 'd'],
      [(db: RawDatabase) => db.put(Buffer.from('sb'), Buffer.alloc(20)), 'b'],
    ] as const) {
      const ledger = await openLedger({ folder: await damagedLedger(change) });
      await assert.rejects(ledger.verifyIntegrity(), { code: 'CORRUPT', facts: { key } });
    }
  });

  it('refuses to open a ledger whose last block is damaged or missing', async () => {
    for (const change of [
      (db: RawDatabase) => flip(db, blockKey(5), 100),
      (db: RawDatabase) => db.del(blockKey(5)),
    ]) {
      const folder = await damagedLedger(change);
      await assert.rejects(openLedger({ folder }), { code: 'CORRUPT', facts: { blockNumber: 5 } });
    }
  });

  it('accepts an untouched ledger, an empty one, and one with invalid transactions', async () => {
    await (await openLedger()).verifyIntegrity();
    const ledger = await openLedger({ folder: await damagedLedger(() => Promise.resolve()) });
    assert.equal(ledger.height, 6);
    const session = await connectUser(ledger);
    await Promise.all(
      [1, 2, 3].map(() => session.submit({ contract: 'conformance', name: 'Increment', argument: 'n' })),
    );
    await ledger.verifyIntegrity();
  });
});
