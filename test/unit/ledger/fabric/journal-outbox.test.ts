import assert from 'node:assert/strict';
import { JournalOutbox } from '@gridveil/client/ledger/fabric/journal-outbox.js';
import { ForgetfulDisk } from '../../../helpers/forgetful-disk.js';
import { JOURNAL_KEY, JournalFolders } from '../../../helpers/journal-folder.js';

describe('ledger/fabric/journal-outbox', () => {
  const folders = new JournalFolders();
  afterEach(() => folders.remove());
  const open = async (files: ForgetfulDisk) =>
    JournalOutbox.open({ folder: await folders.make(), key: JOURNAL_KEY, files });
  const bytes = (text: string) => new Uint8Array(Buffer.from(text));

  it('keeps the very bytes over a power cut until their outcome is known', async () => {
    let disk = new ForgetfulDisk();
    const outbox = await open(disk);
    await outbox.put('tx-1', bytes('signed 1'));
    await outbox.put('tx-2', bytes('signed 2'));
    await outbox.put('tx-3', bytes('signed 3'));
    await outbox.delete('tx-2');
    disk = disk.cutPower();
    const again = await open(disk);
    assert.deepEqual(again.entries(), [
      ['tx-1', bytes('signed 1')],
      ['tx-3', bytes('signed 3')],
    ]);
    await again.delete('tx-1');
    await again.delete('tx-3');
    assert.deepEqual((await open(disk.cutPower())).entries(), []);
  });

  it('resolves a put when the disk has it, not before', async () => {
    const disk = new ForgetfulDisk();
    const outbox = await open(disk);
    let confirm = () => undefined as void;
    disk.beforeSync = () => new Promise((resolve) => (confirm = resolve));
    let kept = false;
    const put = outbox.put('tx-1', bytes('signed')).then(() => (kept = true));
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(kept, false);
    confirm();
    await put;
  });

  it('does not grow with what is done', async () => {
    const disk = new ForgetfulDisk();
    const outbox = await open(disk);
    for (let i = 0; i < 60; i++) {
      await outbox.put(`tx-${i}`, new Uint8Array(50_000).fill(i + 1));
      await outbox.delete(`tx-${i}`);
    }
    const sizes = await Promise.all((await disk.list()).map(async (name) => (await disk.read(name)).length));
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 1_500_000, sizes.join());
  });

  it('gives a full disk as a reason before anything is submitted', async () => {
    const disk = new ForgetfulDisk();
    const outbox = await open(disk);
    disk.roomBytes = 100;
    await assert.rejects(outbox.put('tx-1', bytes('signed'.repeat(50))), { code: 'JOURNAL_FULL' });
    assert.deepEqual(outbox.entries(), []);
  });
});
