import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineOf, ReceiptFile } from '@gridveil/client/programs/receipt-file.js';

const receipt = (slot: number) => ({
  fogNode: 'fog-1',
  items: [{ slot, leaf: new Uint8Array(32).fill(slot) }],
  receipt: new Uint8Array(100).fill(slot),
});

describe('receipt file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gridveil-receipts-'));
    file = join(folder, 'receipts.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const lines = async () => (await readFile(file, 'utf8')).split('\n');

  it('holds each receipt once over restarts, and writes over a line that was cut off', async () => {
    const first = await ReceiptFile.open(file);
    await first.add([receipt(1), receipt(2)]);
    await first.close();
    await appendFile(file, lineOf(receipt(3)).slice(0, 40));
    const again = await ReceiptFile.open(file);
    await again.add([receipt(2), receipt(3)]);
    again.caughtUp();
    await again.add([receipt(4)]);
    await again.close();
    assert.deepEqual(await lines(), [...[1, 2, 3, 4].map((slot) => lineOf(receipt(slot))), '']);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });
});
