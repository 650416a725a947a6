import assert from 'node:assert/strict';
import { copyFile, cp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ClientError, type ClientErrorCode } from '@gridveil/client/errors.js';
import { GROUP_HEAD_BYTES, HEADER_BYTES } from '@gridveil/client/journal/journal-format.js';
import { recoverJournal, segmentName } from '@gridveil/client/journal/recovery.js';
import { ForgetfulDisk } from '../../helpers/forgetful-disk.js';
import {
  append,
  JOURNAL_KEY,
  JournalFolders,
  openJournal,
  readJournal,
} from '../../helpers/journal-folder.js';

const isClientError =
  (code: ClientErrorCode, facts: Readonly<Record<string, unknown>> = {}) =>
  (error: unknown) => {
    assert.ok(error instanceof ClientError, String(error));
    assert.equal(error.code, code, error.message);
    for (const [name, value] of Object.entries(facts)) assert.equal(error.facts[name], value, error.message);
    return true;
  };
const segments = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.endsWith('.gvj')).sort();
const first = (folder: string) => join(folder, segmentName(1));
const texts = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `record ${from + i}`);

describe('journal', () => {
  const folders = new JournalFolders();
  let folder: string;
  beforeEach(async () => {
    folder = await folders.make();
  });
  afterEach(() => folders.remove());

  /** One group for each record. */
  async function written(records: readonly string[], options = {}): Promise<void> {
    const { journal } = await openJournal(folder, options);
    for (const record of records) await append(journal, record);
    await journal.close();
  }

  describe('keeps', () => {
    it('nothing in a new folder, which only its owner can read', async () => {
      assert.deepEqual((await readJournal(folder)).records, []);
      assert.equal((await stat(first(folder))).mode & 0o777, 0o600);
    });

    it('records in order, over any number of restarts', async () => {
      for (let round = 0; round < 3; round++) {
        const { journal, records } = await openJournal(folder);
        assert.deepEqual(records, texts(round * 5));
        assert.equal(journal.recovered.torn, undefined);
        await Promise.all(texts(5, round * 5).map((record) => append(journal, record)));
        await journal.close();
      }
    });

    it('empty records, and several in one call', async () => {
      const { journal } = await openJournal(folder);
      await append(journal, '', 'a', '');
      await journal.append([]);
      await journal.close();
      assert.deepEqual((await readJournal(folder)).records, ['', 'a', '']);
    });

    it('records that wait for the disk as one group with one sync', async () => {
      const disk = new ForgetfulDisk();
      const { journal } = await openJournal(folder, { files: disk });
      await Promise.all(texts(100).map((record) => append(journal, record)));
      assert.ok(disk.syncs <= 2, `${disk.syncs} syncs`);
      await journal.close();
    });

    it('nothing before the disk has confirmed it', async () => {
      const disk = new ForgetfulDisk();
      const { journal } = await openJournal(folder, { files: disk });
      let confirm = () => undefined as void;
      disk.beforeSync = () => new Promise((resolve) => (confirm = resolve));
      let kept = false;
      const done = append(journal, 'a').then(() => (kept = true));
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(kept, false);
      confirm();
      await done;
      await journal.close();
    });

    it('a folder for itself', async () => {
      const { journal } = await openJournal(folder);
      await assert.rejects(openJournal(folder), isClientError('FOLDER_LOCKED', { folder }));
      await journal.close();
      await (await openJournal(folder)).journal.close();
    });
  });

  describe('in segments', () => {
    const small = { segmentBytes: 400 };

    it('goes on in a new one and replays all of them', async () => {
      await written(texts(100), small);
      assert.ok((await segments(folder)).length > 5);
      const { records, journal } = await readJournal(folder, small);
      assert.deepEqual(records, texts(100));
      assert.equal(journal.recovered.records, 100);
    });

    it('refuses a missing one, two that were exchanged, and one of an earlier state', async () => {
      await written(texts(30), small);
      const copy = await folders.make();
      await cp(folder, copy, { recursive: true });
      await rm(join(folder, segmentName(2)));
      const missing = { file: join(folder, segmentName(2)), offset: 0 };
      await assert.rejects(readJournal(folder, small), isClientError('JOURNAL_DAMAGED', missing));

      await copyFile(join(copy, segmentName(2)), join(folder, segmentName(2)));
      await rename(join(folder, segmentName(3)), join(folder, 'x'));
      await copyFile(join(copy, segmentName(2)), join(folder, segmentName(3)));
      await assert.rejects(readJournal(folder, small), isClientError('JOURNAL_DAMAGED', { offset: 0 }));

      await rename(join(folder, 'x'), join(folder, segmentName(3)));
      assert.deepEqual((await readJournal(folder, small)).records, texts(30));
    });

    it('refuses one that lost its last groups', async () => {
      await written(texts(30), small);
      const file = join(folder, segmentName(1));
      const whole = await readFile(file);
      await truncate(file, HEADER_BYTES + GROUP_HEAD_BYTES + whole.readUInt32BE(HEADER_BYTES + 4));
      const second = { file: join(folder, segmentName(2)), offset: 0 };
      await assert.rejects(readJournal(folder, small), isClientError('JOURNAL_DAMAGED', second));
    });

    it('is compacted to its state and what came after, with an archive of the segments before', async () => {
      const { journal } = await openJournal(folder, small);
      for (const record of texts(30)) await append(journal, record);
      const before = (await segments(folder)).length;
      const state = ['state 1', 'state 2'].map((text) => Buffer.from(text));
      const later = append(journal, 'on its way');
      await journal.compact(() => state, 2);
      await Promise.all([later, append(journal, 'after')]);
      await journal.close();
      assert.equal((await segments(folder)).length, 3, `of ${before + 1}`);
      const { records } = await readJournal(folder, small);
      assert.deepEqual(records.slice(0, 2), ['state 1', 'state 2']);
      assert.equal(records.at(-1), 'after');
      assert.ok(records.length <= 4);
      assert.ok((await readJournal(folder, small)).journal.replayBytes < 500);
    });

    it('can be compacted again and again, to nothing, too', async () => {
      const { journal } = await openJournal(folder, small);
      for (let round = 0; round < 5; round++) {
        await append(journal, ...texts(20));
        await journal.compact(() => [], 0);
      }
      await append(journal, 'last');
      await journal.close();
      assert.equal((await segments(folder)).length, 1);
      assert.deepEqual((await readJournal(folder)).records, ['last']);
    });

    it('survives a compaction that died before or after its new segment had a name', async () => {
      const { journal } = await openJournal(folder);
      await append(journal, 'a', 'b');
      await journal.close();
      await writeFile(join(folder, `${segmentName(2)}.tmp`), 'half a segm');
      assert.deepEqual((await readJournal(folder)).records, ['a', 'b']);
      assert.ok(!(await readdir(folder)).some((name) => name.endsWith('.tmp')));

      const before = await readFile(first(folder));
      const again = await openJournal(folder);
      await again.journal.compact(() => [Buffer.from('ab')], 0);
      await again.journal.close();
      await writeFile(first(folder), before); // not removed yet
      assert.deepEqual((await readJournal(folder)).records, ['ab']);
      assert.deepEqual(await segments(folder), [segmentName(2)]);
    });
  });

  describe('after a power cut', () => {
    /** Ends of the groups of the only segment. */
    async function groupEnds(records: readonly string[]): Promise<number[]> {
      const ends: number[] = [];
      const { journal } = await openJournal(folder);
      ends.push(journal.replayBytes);
      for (const record of records) {
        await append(journal, record);
        ends.push(journal.replayBytes);
      }
      await journal.close();
      return ends;
    }

    /** What a journal whose only segment has these bytes holds. */
    async function recovered(bytes: Uint8Array) {
      const disk = new ForgetfulDisk();
      await disk.create(first(folder), [bytes]);
      const records: string[] = [];
      const { torn } = await recoverJournal(disk, folder, JOURNAL_KEY, (record) =>
        records.push(Buffer.from(record).toString()),
      );
      return { records, torn };
    }

    it('cuts an unfinished write off, says so, and goes on: at every byte', async () => {
      const records = ['a', 'bb', 'x'.repeat(700), 'd'];
      const ends = await groupEnds(records);
      const whole = await readFile(first(folder));
      for (let size = HEADER_BYTES; size <= whole.length; size++) {
        const complete = ends.filter((end) => end <= size).length - 1;
        const offset = ends[complete] as number;
        const torn =
          size === offset ? undefined : { file: first(folder), offset, droppedBytes: size - offset };
        const found = await recovered(whole.subarray(0, size));
        assert.deepEqual(found.records, records.slice(0, complete), `cut at ${size}`);
        assert.deepEqual(found.torn, torn, `cut at ${size}`);
      }
      for (const size of [HEADER_BYTES, HEADER_BYTES + 1, 500, whole.length - 1]) {
        await writeFile(first(folder), whole.subarray(0, size));
        const { journal, records: kept } = await openJournal(folder);
        await append(journal, 'new');
        await journal.close();
        assert.deepEqual((await readJournal(folder)).records, [...kept, 'new']);
      }
    });

    it('cuts off a write of which only some blocks arrived', async () => {
      const records = ['a', 'y'.repeat(3000)];
      const ends = await groupEnds(records);
      const whole = await readFile(first(folder));
      for (const block of [1, 3, 5]) {
        const holed = Buffer.from(whole);
        holed.fill(0, block * 512, (block + 1) * 512);
        await writeFile(first(folder), holed);
        const { records: found, journal } = await readJournal(folder);
        assert.deepEqual(found, ['a']);
        assert.equal(journal.recovered.torn?.offset, ends[1]);
      }
    });

    it('refuses a hole in the middle', async () => {
      const ends = await groupEnds(['a', 'y'.repeat(3000), 'b']);
      const holed = await readFile(first(folder));
      holed.fill(0, 1024, 1536);
      await writeFile(first(folder), holed);
      await assert.rejects(
        readJournal(folder),
        isClientError('JOURNAL_DAMAGED', { offset: ends[1] as number }),
      );
    });

    it('refuses a file that was cut inside its header: it is made in one step', async () => {
      await groupEnds(['a']);
      const whole = await readFile(first(folder));
      for (const size of [0, 1, HEADER_BYTES - 1]) {
        await writeFile(first(folder), whole.subarray(0, size));
        await assert.rejects(readJournal(folder), isClientError('JOURNAL_DAMAGED', { offset: size }));
      }
    });

    it('finds every flipped bit and names its group, and changes nothing', async () => {
      const ends = await groupEnds(['a', 'bb', 'c'.repeat(40)]);
      const whole = await readFile(first(folder));
      for (let at = 0; at < whole.length; at++) {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
        const offset = at < HEADER_BYTES ? undefined : Math.max(...ends.filter((end) => end <= at));
        const facts = offset === undefined ? {} : { file: first(folder), offset };
        await assert.rejects(recovered(flipped), isClientError('JOURNAL_DAMAGED', facts), `byte ${at}`);
        if (at % 50 !== 0) continue;
        await writeFile(first(folder), flipped);
        await assert.rejects(readJournal(folder), isClientError('JOURNAL_DAMAGED', facts));
        assert.deepEqual(await readFile(first(folder)), flipped);
      }
    });
  });

  describe('refuses what somebody else wrote:', () => {
    /** Groups of the segment as bytes. */
    async function groups(records: readonly string[]): Promise<{ header: Buffer; groups: Buffer[] }> {
      await written(records);
      const whole = await readFile(first(folder));
      const found: Buffer[] = [];
      for (let at = HEADER_BYTES; at < whole.length;) {
        const end = at + GROUP_HEAD_BYTES + whole.readUInt32BE(at + 4);
        found.push(whole.subarray(at, end));
        at = end;
      }
      return { header: whole.subarray(0, HEADER_BYTES), groups: found };
    }

    it('groups in another order, one twice, one left out', async () => {
      const {
        header,
        groups: [a, b, c],
      } = await groups(['a', 'b', 'c']);
      for (const order of [
        [b, a, c],
        [a, a, b, c],
        [a, c],
        [b, c],
      ]) {
        await writeFile(first(folder), Buffer.concat([header, ...(order as Buffer[])]));
        await assert.rejects(readJournal(folder), isClientError('JOURNAL_DAMAGED'));
      }
    });

    it('a changed record with a right checksum', async () => {
      const {
        header,
        groups: [a],
      } = await groups(['a']);
      const changed = Buffer.from(a as Buffer);
      changed[changed.length - 1] = 'z'.charCodeAt(0);
      changed.writeUInt32BE(crc32(changed.subarray(GROUP_HEAD_BYTES)), 8);
      changed.writeUInt32BE(crc32(changed.subarray(0, 12)), 12);
      await writeFile(first(folder), Buffer.concat([header, changed]));
      await assert.rejects(readJournal(folder), isClientError('JOURNAL_DAMAGED', { offset: HEADER_BYTES }));
    });

    it('a journal under another key, or no journal at all', async () => {
      await written(['a']);
      const key = new Uint8Array(32).fill(8);
      await assert.rejects(readJournal(folder, { key }), isClientError('JOURNAL_DAMAGED', { offset: 0 }));
      await writeFile(first(folder), 'meter,reading\n'.repeat(20));
      await assert.rejects(readJournal(folder), isClientError('JOURNAL_DAMAGED', { offset: 0 }));
    });
  });

  describe('on a bad disk', () => {
    it('that is full: refuses the records, keeps what it has, and goes on when there is room', async () => {
      const disk = new ForgetfulDisk();
      const { journal } = await openJournal(folder, { files: disk });
      await append(journal, 'before');
      disk.roomBytes = 300;
      await assert.rejects(append(journal, 'x'.repeat(400)), isClientError('JOURNAL_FULL', { folder }));
      await append(journal, 'fits');
      await assert.rejects(append(journal, 'y'.repeat(400)), isClientError('JOURNAL_FULL'));
      disk.roomBytes = Infinity;
      await append(journal, 'after');
      await journal.close();
      assert.deepEqual((await readJournal(folder, { files: disk.cutPower() })).records, [
        'before',
        'fits',
        'after',
      ]);
    });

    it('that is full when a segment or a compaction begins', async () => {
      const disk = new ForgetfulDisk();
      const { journal } = await openJournal(folder, { files: disk, segmentBytes: 100 });
      await append(journal, 'a'.repeat(60));
      disk.roomBytes = 250;
      await assert.rejects(append(journal, 'b'), isClientError('JOURNAL_FULL'));
      await assert.rejects(
        journal.compact(() => [Buffer.from('s')], 0),
        isClientError('JOURNAL_FULL'),
      );
      disk.roomBytes = Infinity;
      await append(journal, 'c');
      await journal.close();
      assert.deepEqual((await readJournal(folder, { files: disk })).records, ['a'.repeat(60), 'c']);
    });

    it('whose sync fails: accepts nothing more until it is opened again', async () => {
      const disk = new ForgetfulDisk();
      const { journal } = await openJournal(folder, { files: disk });
      await append(journal, 'a');
      disk.failSync = true;
      await assert.rejects(append(journal, 'b'), isClientError('JOURNAL_BROKEN', { reason: 'EIO' }));
      disk.failSync = false;
      await assert.rejects(append(journal, 'c'), isClientError('JOURNAL_BROKEN'));
      await assert.rejects(
        journal.compact(() => [], 0),
        isClientError('JOURNAL_BROKEN'),
      );
      await journal.close();
      const again = await openJournal(folder, { files: disk.cutPower() });
      assert.deepEqual(again.records, ['a']);
      await append(again.journal, 'd');
      await again.journal.close();
    });
  });
});
