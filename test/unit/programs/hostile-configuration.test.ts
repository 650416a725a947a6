/** Configuration files as nobody meant them: each program names what is wrong before it starts anything. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientError } from '@gridveil/client/errors.js';
import { runAudit } from '@gridveil/client/programs/audit.js';
import { runFog } from '@gridveil/client/programs/fog-program.js';
import { runLedger } from '@gridveil/client/programs/ledger-program.js';
import { runMdms } from '@gridveil/client/programs/mdms-program.js';
import { runMeters } from '@gridveil/client/programs/meters-program.js';
import { runRegistry } from '@gridveil/client/programs/registry-program.js';
import { JournalFolders } from '../../helpers/journal-folder.js';

const PROGRAMS: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  fog: runFog,
  meters: runMeters,
  mdms: runMdms,
  registry: runRegistry,
  ledger: runLedger,
  audit: runAudit,
};

const ACCESS = { kind: 'served', address: 'address.json', mspId: 'Org1MSP', user: 'User1' };
const FOG = {
  grid: 'g',
  fogNode: 'fog-1',
  regions: ['r'],
  ledger: ACCESS,
  secrets: 'secrets.json',
  journal: 'journal',
  listen: { port: 0 },
};
const METERS = {
  gridFile: 'grid.json',
  fogNodes: ['fog.json'],
  secrets: 'secrets.json',
  journal: 'journal',
  receipts: 'receipts.jsonl',
  readings: { kind: 'generated', seed: '1', meters: 3, slots: 1, slotMinutes: 30 },
};

/** Text of a file that no program takes. */
const TEXTS: readonly (readonly [string, string | Uint8Array])[] = [
  ['nothing', ''],
  ['blanks', ' \r\n\t '],
  ['text', 'grid: g'],
  ['YAML', '---\ngrid: g\n'],
  ['XML', '<config/>'],
  ['a number', '1'],
  ['a string', '"config"'],
  ['null', 'null'],
  ['true', 'true'],
  ['a list', '[]'],
  ['no field', '{}'],
  ['an open brace', '{"grid":"g"'],
  ['a comma too many', '{"grid":"g",}'],
  ['a comment', '{"grid":"g"} // g'],
  ['single quotes', "{'grid':'g'}"],
  ['two documents', '{}{}'],
  ['NaN', '{"graceSeconds":NaN}'],
  ['Infinity', '{"graceSeconds":Infinity}'],
  ['a number beyond all', '{"graceSeconds":1e999}'],
  ['hexadecimal', '{"port":0x10}'],
  ['a prototype', '{"__proto__":{"grid":"g"}}'],
  ['a constructor', '{"constructor":{"prototype":{}}}'],
  ['lists without end', '['.repeat(200_000)],
  ['lists a thousand deep', `${'['.repeat(1000)}${']'.repeat(1000)}`],
  ['objects a thousand deep', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`],
  ['bytes that are no text', Uint8Array.from({ length: 500 }, (_, i) => (i * 37) & 0xff)],
  ['UTF-16', Buffer.from('\ufeff{"grid":"g"}', 'utf16le')],
  ['zeros', new Uint8Array(300)],
  ['more than a configuration has', ' '.repeat(2 ** 20 + 1)],
];

type Change = (valid: Record<string, unknown>) => unknown;
const without =
  (field: string): Change =>
  (valid) =>
    Object.fromEntries(Object.entries(valid).filter(([name]) => name !== field));
const having =
  (changes: Record<string, unknown>): Change =>
  (valid) => ({ ...valid, ...changes });

/** One thing wrong in a file of a fog node that is right otherwise. */
const FOG_CHANGES: readonly (readonly [string, Change])[] = [
  ...Object.keys(FOG).map((field) => [`${field} missing`, without(field)] as const),
  ...Object.keys(FOG).map((field) => [`${field} null`, having({ [field]: null })] as const),
  ['a field that is not known', having({ port: 1 })],
  ['a field in another case', having({ GraceSeconds: 5 })],
  ['a number as text', having({ graceSeconds: '5' })],
  ['no grace', having({ graceSeconds: 0 })],
  ['a negative grace', having({ graceSeconds: -1 })],
  ['a grace of a thousand years', having({ graceSeconds: 3e10 })],
  ['no region', having({ regions: [] })],
  ['a region that is a number', having({ regions: [1] })],
  ['an empty name', having({ grid: '' })],
  ['a name of 65 characters', having({ fogNode: 'x'.repeat(65) })],
  ['an object for a name', having({ grid: { toString: 'g' } })],
  ['a port above all', having({ listen: { port: 65_536 } })],
  ['a negative port', having({ listen: { port: -1 } })],
  ['half a port', having({ listen: { port: 80.5 } })],
  ['an address with more', having({ listen: { port: 1, path: '/' } })],
  ['a ledger of no kind', having({ ledger: { ...ACCESS, kind: 'memory' } })],
  ['a ledger without identity', having({ ledger: { kind: 'served', address: 'a' } })],
  ['a log level that is none', having({ logLevel: 'trace' })],
  ['an empty path', having({ journal: '' })],
  ['a broker over HTTP', having({ mqtt: { url: 'http://127.0.0.1' } })],
  ['a broker that is no address', having({ mqtt: { url: 'broker' } })],
  ['a broker without address', having({ mqtt: {} })],
];

const METER_CHANGES: readonly (readonly [string, Change])[] = [
  ...Object.keys(METERS).map((field) => [`${field} missing`, without(field)] as const),
  ['readings of no kind', having({ readings: { kind: 'telepathy' } })],
  ['readings of the old kind', having({ readings: { kind: 'csv', file: 'f' } })],
  ['readings without a file', having({ readings: { kind: 'file' } })],
  ['readings of an unknown format', having({ readings: { kind: 'file', file: 'f', format: 'xls' } })],
  ['readings with a strange rule', having({ readings: { kind: 'file', file: 'f', bad: 'ignore' } })],
  ['no meters', having({ readings: { ...METERS.readings, meters: 0 } })],
  ['half a slot', having({ readings: { ...METERS.readings, slots: 0.5 } })],
  ['slots of 20 minutes', having({ readings: { ...METERS.readings, slotMinutes: 20 } })],
  ['a port without number', having({ readings: { kind: 'p1', host: '127.0.0.1' } })],
  ['a port 0', having({ readings: { kind: 'p1', host: '127.0.0.1', port: 0 } })],
  ['a port without host', having({ readings: { kind: 'p1', host: '', port: 1 } })],
  [
    'a P1 port with a power below 0',
    having({ readings: { kind: 'p1', host: 'h', port: 1, maxPowerKw: -1 } }),
  ],
  ['a pause without end', having({ slotEverySeconds: 1e9 })],
];

describe('hostile configuration', function () {
  this.timeout(60_000);
  const folders = new JournalFolders();
  let folder: string;
  beforeEach(async () => {
    folder = await folders.make();
  });
  afterEach(() => folders.remove());

  async function refused(
    run: (file: string) => Promise<unknown>,
    content: string | Uint8Array,
    what: string,
  ): Promise<void> {
    const file = join(folder, 'config.json');
    await writeFile(file, content);
    await assert.rejects(run(file), (error) => {
      assert.ok(error instanceof ClientError, `${what}: ${String(error)}`);
      assert.equal(error.code, 'CONFIG_INVALID', what);
      assert.ok(error.sentence.length < 500, what);
      return true;
    });
  }

  it('of every class is refused by every program', async () => {
    const classes = TEXTS.length + FOG_CHANGES.length;
    assert.ok(classes >= 40 && TEXTS.length + METER_CHANGES.length >= 40);
    for (const run of Object.values(PROGRAMS))
      for (const [what, content] of TEXTS) await refused(run, content, what);
    for (const [what, change] of FOG_CHANGES) await refused(runFog, JSON.stringify(change(FOG)), what);
    for (const [what, change] of METER_CHANGES)
      await refused(runMeters, JSON.stringify(change(METERS)), what);
  });

  it('that is no file is said to be unreadable, without waiting for it', async () => {
    const directory = join(folder, 'folder');
    await mkdir(directory);
    for (const run of Object.values(PROGRAMS))
      for (const file of [directory, join(folder, 'none'), '/dev/zero'])
        await assert.rejects(run(file), { code: 'FILE_UNREADABLE' });
    assert.equal(({} as Record<string, unknown>)['grid'], undefined, 'no prototype was touched');
  });
});
