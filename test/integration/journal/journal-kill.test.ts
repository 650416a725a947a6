import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { splitLpAll } from '@gridveil/chaincode/crypto/bytes.js';
import type { CrashPoint } from '@gridveil/client/journal/crash-point.js';
import { decodeHeader, HEADER_BYTES, readGroup } from '@gridveil/client/journal/journal-format.js';
import { JOURNAL_KEY, JournalFolders, readJournal } from '../../helpers/journal-folder.js';

const WRITER = join(__dirname, 'journal-writer.js');

/** Every number in the journal, its archive included. */
async function allNumbers(folder: string): Promise<Set<number>> {
  const numbers = new Set<number>();
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.gvj')).sort()) {
    const bytes = await readFile(join(folder, name));
    const header = decodeHeader(JOURNAL_KEY, bytes);
    assert.ok('mac' in header, name);
    let mac = header.mac;
    for (let at = HEADER_BYTES; at < bytes.length;) {
      const group = readGroup(JOURNAL_KEY, mac, bytes, at);
      assert.ok('end' in group, `${name} at ${at}`);
      for (const record of splitLpAll(group.body, Infinity, name))
        numbers.add(Number(Buffer.from(record).toString().split(' ')[0]));
      ({ mac, end: at } = group);
    }
  }
  return numbers;
}

interface Outcome {
  readonly confirmed: number[];
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

/** Runs a writer until it ends by itself, or kills it after `killAfter` confirmations. */
async function run(
  folder: string,
  options: { crashAt?: string; killAfter?: number; limitKb?: number },
): Promise<Outcome> {
  const { crashAt, killAfter = Infinity, limitKb } = options;
  const env = { ...process.env, ...(crashAt === undefined ? {} : { GRIDVEIL_CRASH_AT: crashAt }) };
  const shell = `${limitKb === undefined ? '' : `ulimit -f ${limitKb * 2}; `}exec "$0" "$@"`;
  const writer = spawn('sh', ['-c', shell, process.execPath, WRITER, folder, '8'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  writer.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const ended = once(writer, 'close');
  const confirmed: number[] = [];
  for await (const line of createInterface(writer.stdout)) {
    if (/^\d+$/.test(line) && confirmed.push(Number(line)) === killAfter) writer.kill('SIGKILL');
  }
  await ended;
  return { confirmed, signal: writer.signalCode, errors };
}

describe('the journal of a process that is killed', function () {
  this.timeout(120_000);
  const folders = new JournalFolders();
  afterEach(() => folders.remove());

  /** The last line may have been cut by the kill to another number, so it is not held against the journal. */
  async function check(folder: string, confirmed: readonly number[]): Promise<void> {
    await readJournal(folder);
    const found = await allNumbers(folder);
    for (const number of confirmed) assert.ok(found.has(number), `${number} is lost`);
  }

  it('holds every confirmed record, kill after kill', async () => {
    const folder = await folders.make();
    const confirmed: number[] = [];
    for (const killAfter of [1, 7, 100, 450, 999, 3, 1500]) {
      const outcome = await run(folder, { killAfter });
      assert.equal(outcome.signal, 'SIGKILL', outcome.errors);
      confirmed.push(...outcome.confirmed.slice(0, -1));
      await check(folder, confirmed);
    }
    assert.ok(confirmed.length > 2500);
  });

  const points: readonly CrashPoint[] = [
    'journal-before-write',
    'journal-before-sync',
    'journal-after-sync',
    'journal-before-compaction',
    'journal-after-compaction',
  ];
  for (const point of points)
    it(`holds them when it dies at ${point}`, async () => {
      const folder = await folders.make();
      const confirmed: number[] = [];
      for (const times of point.endsWith('compaction') ? [1, 2] : [1, 2, 9, 40]) {
        const outcome = await run(folder, { crashAt: `${point}:${times}` });
        assert.equal(outcome.signal, 'SIGKILL', outcome.errors);
        confirmed.push(...outcome.confirmed);
        await check(folder, confirmed);
      }
      if (point !== 'journal-before-write') assert.ok((await allNumbers(folder)).size > 0);
    });

  it('refuses records when its files may not grow, and holds those it confirmed', async () => {
    const folder = await folders.make();
    const outcome = await run(folder, { limitKb: 64 });
    assert.equal(outcome.signal, null);
    assert.match(outcome.errors, /JOURNAL_FULL/);
    assert.ok(outcome.confirmed.length > 20);
    await check(folder, outcome.confirmed);
  });
});
