import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { VALIDATION_CODE } from '@gridveil/client/ledger/embedded/block.js';
import { connectUser, openLedger, temporaryFolder } from '../../unit/ledger/embedded/harness.js';

function startWriter(folder: string): ChildProcess {
  return spawn(process.execPath, [join(__dirname, 'embedded-writer.js'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Lets a writer acknowledge `count` transactions, kills it at once, and returns all it acknowledged. */
async function writeUntilKilled(folder: string, count: number): Promise<string[]> {
  const writer = startWriter(folder);
  const acknowledged: string[] = [];
  assert.ok(writer.stdout);
  for await (const line of createInterface(writer.stdout)) {
    // The last line may be cut off by the kill.
    if (line.split(' ').length === 3 && acknowledged.push(line) === count) writer.kill('SIGKILL');
  }
  if (writer.signalCode === null && writer.exitCode === null) await once(writer, 'exit');
  assert.equal(writer.signalCode, 'SIGKILL');
  return acknowledged;
}

describe('the embedded ledger after SIGKILL', function () {
  this.timeout(60_000);

  it('holds every acknowledged transaction and an intact chain, time after time', async () => {
    const folder = await temporaryFolder();
    const acknowledged: string[] = [];
    for (const count of [1, 50, 101]) {
      acknowledged.push(...(await writeUntilKilled(folder, count)));
      const ledger = await openLedger({ folder });
      await ledger.verifyIntegrity();
      const committed = new Set(
        [...ledger.blocks()].flatMap(({ number, transactions }) =>
          transactions
            .filter(({ validationCode }) => validationCode === VALIDATION_CODE.VALID)
            .map(({ transactionId }) => `${transactionId} ${number}`),
        ),
      );
      const session = await connectUser(ledger);
      for (const line of acknowledged) {
        const [transactionId, block, key = ''] = line.split(' ');
        assert.ok(committed.has(`${transactionId} ${block}`), `lost: ${line}`);
        const value = await session.evaluate({ contract: 'conformance', name: 'Get', argument: key });
        assert.equal(value, key.repeat(50));
      }
      await ledger.close();
    }
    assert.ok(acknowledged.length >= 152);
  });

  it('is locked for a second process while the first one lives', async () => {
    const folder = await temporaryFolder();
    const writer = startWriter(folder);
    try {
      assert.ok(writer.stdout);
      await once(writer.stdout, 'data');
      await assert.rejects(openLedger({ folder }), {
        name: 'LedgerError',
        code: 'LOCKED',
        message: 'This ledger folder is already open, here or in another process: close it there first.',
      });
    } finally {
      writer.stdout?.resume();
      writer.kill('SIGKILL');
      await once(writer, 'exit');
    }
    await openLedger({ folder });
  });
});
