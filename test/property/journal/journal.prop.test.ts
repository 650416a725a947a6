import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { ClientError } from '@gridveil/client/errors.js';
import { GROUP_HEAD_BYTES, HEADER_BYTES } from '@gridveil/client/journal/journal-format.js';
import { segmentName } from '@gridveil/client/journal/recovery.js';
import { ForgetfulDisk } from '../../helpers/forgetful-disk.js';
import { fuzz } from '../../helpers/fuzz.js';
import { append, JournalFolders, openJournal, readJournal } from '../../helpers/journal-folder.js';

/** What a writer does: some appends at once, a pause, a compaction. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ appends: fc.integer({ min: 1, max: 4 }), sizeBytes: fc.nat(300) }) },
  { weight: 2, arbitrary: fc.constant('wait' as const) },
  { weight: 1, arbitrary: fc.constant('compact' as const) },
);

describe('journal properties', function () {
  this.timeout(120_000);
  const folders = new JournalFolders();
  afterEach(() => folders.remove());

  it('loses nothing that was confirmed, whenever the power is cut and whatever of the rest arrived', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.nat(60),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (steps, cutAfter, keptOfRest) => {
          const folder = await folders.make();
          const disk = new ForgetfulDisk();
          const cut = { disk: undefined as ForgetfulDisk | undefined, happened: () => undefined as void };
          const off = new Promise<void>((resolve) => (cut.happened = resolve));
          let syncs = 0;
          disk.beforeSync = async () => {
            await new Promise((resolve) => setImmediate(resolve));
            if (++syncs !== cutAfter) return;
            cut.disk = disk.cutPower(keptOfRest);
            cut.happened();
          };
          const { journal } = await openJournal(folder, { files: disk, segmentBytes: 600 });
          const sent: string[] = [];
          let confirmed = 0;
          for (const what of steps) {
            if (cut.disk) break;
            const turn = new Promise((resolve) => setTimeout(resolve, 2));
            if (what === 'wait') await turn;
            else if (what === 'compact')
              void journal.compact(() => [Buffer.from(`upto ${sent.length}`)], 0).catch(() => undefined);
            else
              for (let i = 0; i < what.appends; i++) {
                const number = sent.length;
                sent.push(`${number} ${'.'.repeat(what.sizeBytes)}`);
                void append(journal, sent[number] as string).then(
                  () => (confirmed = cut.disk ? confirmed : number + 1),
                  () => undefined,
                );
              }
          }
          await Promise.race([off, journal.settled()]);
          await new Promise((resolve) => setImmediate(resolve));
          const files = cut.disk ?? disk.cutPower(keptOfRest);
          const { records } = await readJournal(await folders.make(), { files });
          assertHolds(records, sent, confirmed);
        },
      ),
      fuzz(150),
    );
  });

  it('refuses any overwritten byte and never changes a record', async () => {
    const folder = await folders.make();
    const { journal } = await openJournal(folder);
    const sent = Array.from({ length: 12 }, (_, i) => `${i} ${'#'.repeat(i * 20)}`);
    for (const record of sent) await append(journal, record);
    await journal.close();
    const file = join(folder, segmentName(1));
    const whole = await readFile(file);
    const edit = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 5 }), fc.nat(), async (edits, cutAt) => {
        const changed = Buffer.from(whole);
        for (const [at, mask] of edits) changed[at] = (changed[at] as number) ^ mask;
        const size = cutAt % 3 === 0 ? cutAt % (whole.length + 1) : whole.length;
        await writeFile(file, changed.subarray(0, size));
        const opened = await readJournal(folder).catch((error: unknown) => {
          assert.ok(error instanceof ClientError && error.code === 'JOURNAL_DAMAGED', String(error));
          return undefined;
        });
        if (!opened) return;
        const end = endOf(whole, opened.records.length);
        assert.deepEqual(opened.records, sent.slice(0, opened.records.length));
        assert.ok(changed.subarray(0, end).equals(whole.subarray(0, end)), 'a changed byte was taken');
        assert.ok(size < whole.length || changed.equals(whole), 'a whole group was cut off');
      }),
      fuzz(400),
    );
  });
});

/** Offset after so many groups of one record. */
function endOf(whole: Buffer, count: number): number {
  let at = HEADER_BYTES;
  for (let i = 0; i < count; i++) at += GROUP_HEAD_BYTES + whole.readUInt32BE(at + 4);
  return at;
}

/** All confirmed records are there or in a compacted state, none is there that was not sent, none twice, in order. */
function assertHolds(records: readonly string[], sent: readonly string[], confirmed: number): void {
  const compacted = Math.max(
    0,
    ...records.flatMap((record) => /^upto (\d+)$/.exec(record)?.[1] ?? []).map(Number),
  );
  const numbers = records
    .filter((record) => !record.startsWith('upto'))
    .map((record) => Number(record.split(' ')[0]));
  for (const [i, number] of numbers.entries()) {
    assert.equal(sent[number]?.split(' ')[0], String(number));
    if (i > 0) assert.ok(number > (numbers[i - 1] as number), `record ${number} is out of order`);
  }
  const found = new Set(numbers);
  for (let number = compacted; number < confirmed; number++)
    assert.ok(found.has(number), `record ${number} is lost`);
}
