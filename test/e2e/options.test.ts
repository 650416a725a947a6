/** Wrong arguments: one sentence with its code, exit code 2, nothing written, no stack. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { CliHome, wideLines } from './cli-process.js';
import { assertValid, oneDocument } from './schemas.js';

interface Refusal {
  readonly args: readonly string[];
  readonly code: string;
}

const refusal = (code: string, ...args: readonly string[]): Refusal => ({ code, args });
const evidence = (...args: readonly string[]): Refusal => refusal('OPTION_INVALID', 'evidence', ...args);

const REFUSALS: readonly Refusal[] = [
  refusal('USAGE', 'fly'),
  refusal('USAGE', '--fly'),
  refusal('USAGE', 'demo', '--fly'),
  refusal('USAGE', 'demo', 'fog-aggregation', 'more'),
  refusal('SCHEME_UNKNOWN', 'demo', 'fog'),
  ...['--ledger', '--bits', '--unit', '--stamp', '--rounding'].map((option) =>
    refusal('OPTION_INVALID', 'demo', option, 'wrong'),
  ),
  ...['--meters', '--slots', '--regions', '--interval-minutes'].map((option) =>
    refusal('OPTION_INVALID', 'demo', option, '0'),
  ),
  ...[
    '--format',
    '--bad',
    '--gaps',
    '--flow',
    '--values',
    '--crc',
    '--max-power-kw',
    '--register-digits',
  ].map((option) => refusal('OPTION_INVALID', 'readings', 'undeclared.csv', option, 'wrong')),
  refusal('USAGE', 'readings'),
  refusal('READINGS_FILE_MISSING', 'readings', 'nowhere.csv'),
  refusal('READINGS_UNDECLARED', 'readings', 'undeclared.csv'),
  refusal('READINGS_BAD_XML', 'readings', 'undeclared.csv', '--format', 'green-button'),
  refusal('READINGS_EMPTY', 'readings', 'undeclared.csv', '--format', 'dsmr-p1'),
  refusal('OPTION_INVALID', 'demo', '--ledger-dir', ''),
  refusal('USAGE', 'demo', '--meters'),
  refusal('USAGE', 'demo', '--data'),
  refusal('READINGS_FILE_MISSING', 'demo', '--data', 'nowhere.csv'),
  refusal('READINGS_FILE_UNREADABLE', 'demo', '--data', '.'),
  refusal('READINGS_UNDECLARED', 'demo', '--data', 'undeclared.csv'),
  refusal('READINGS_ZONE_UNKNOWN', 'demo', '--data', 'undeclared.csv', '--zone', 'Mars/Olympus'),
  refusal('READINGS_EMPTY', 'demo', '--data', 'empty.csv'),
  refusal('READINGS_LINE_TOO_LONG', 'demo', '--data', 'zeros.csv'),
  refusal('READINGS_FILE_TOO_LARGE', 'demo', '--data', 'huge.csv'),
  refusal('REGIONS_TOO_MANY', 'demo', '--meters', '2', '--regions', '3'),
  refusal('DEMO_GROUPS_TOO_SMALL', 'demo', '--meters', '3', '--regions', '3'),
  refusal('DEMO_GROUPS_TOO_LARGE', 'demo', '--meters', '4097', '--regions', '1', '--slots', '1'),
  refusal('DEMO_READING_TOO_LARGE', 'demo', '--data', 'factory.csv', '--slots', '1', '--regions', '1'),
  refusal('KEY_FILE_MALFORMED', 'demo', '--key', 'empty.csv'),
  refusal('FILE_UNREADABLE', 'demo', '--key', 'nowhere.json'),
  refusal('CONNECTION_UNREADABLE', 'demo', '--ledger', 'fabric', '--connection', 'nowhere.json'),
  refusal('CONNECTION_MALFORMED', 'demo', '--ledger', 'fabric', '--connection', 'undeclared.csv'),
  evidence('--ledger', 'paper'),
  evidence('--from', 'yesterday'),
  evidence('--to', '-1'),
  refusal('LEDGER_FOLDER_MISSING', 'evidence'),
  refusal('USAGE', 'verify'),
  refusal('FILE_UNREADABLE', 'verify', 'nowhere.json'),
  refusal('FILE_UNREADABLE', 'verify', '.'),
  refusal('EVIDENCE_MALFORMED', 'verify', 'undeclared.csv'),
  refusal('EVIDENCE_MALFORMED', 'verify', 'zeros.csv'),
  refusal('USAGE', 'keys'),
  refusal('OPTION_INVALID', 'keys', '--out', 'key.json', '--bits', '512'),
  refusal('FILE_UNWRITABLE', 'keys', '--out', 'nowhere/key.json', '--bits', '2048'),
  refusal('FILE_EXISTS', 'keys', '--out', 'empty.csv', '--bits', '2048'),
];

describe('gridveil with wrong arguments', function () {
  this.timeout(60_000);
  const home = new CliHome();
  before(() => {
    writeFileSync(home.file('undeclared.csv'), 'time,a,b\n2024-01-01T00:00,1,2\n');
    // 101 kW for an hour, in the layout of the Fontana extracts.
    writeFileSync(home.file('factory.csv'), 'hour_start_local,b1,b2,b3\n2024-01-01T00:00,1,2,101\n');
    writeFileSync(home.file('empty.csv'), '', { mode: 0o600 });
    writeFileSync(home.file('zeros.csv'), new Uint8Array(3_000_000));
    // Port 1 is never served.
    const peer = { name: 'peer0', address: '127.0.0.1:1', tlsRootCertPath: 'ca.crt' };
    const organisations = { Org1MSP: { peers: [peer], users: {} } };
    const down = { channel: 'mychannel', chaincode: 'gridveil', organisations };
    writeFileSync(home.file('down.json'), JSON.stringify(down));
    writeFileSync(home.file('huge.csv'), '');
    // Sparse: it takes no room on the disk.
    truncateSync(home.file('huge.csv'), 5_000_000_000);
  });
  after(() => home.remove());

  for (const { args, code } of REFUSALS) {
    it(`refuses ${args.map((arg) => arg || "''").join(' ')} with ${code}`, async () => {
      const before = readdirSync(home.folder).sort();
      const { exitCode, stdout, stderr } = await home.run(...args);
      assert.equal(stdout, '');
      assert.match(stderr, new RegExp(`^error: \\S.*[.:)] \\[${code}\\]\\n$`));
      assert.equal(exitCode, 2);
      assert.deepEqual(readdirSync(home.folder).sort(), before);
    });
  }

  for (const name of ['demo', 'evidence']) {
    it(`${name} says at once that no peer of the network answers`, async () => {
      const { exitCode, stdout, stderr } = await home.run(
        name,
        '--ledger',
        'fabric',
        '--connection',
        'down.json',
      );
      assert.deepEqual([exitCode, stdout], [1, '']);
      assert.match(stderr, /^error: No peer of \S.* answers .* \[NETWORK_DOWN\]\n$/);
    });
  }

  for (const args of [
    ['demo', '--bits', '7'],
    ['demo', '--fly'],
    ['demo', '--data', 'nowhere.csv'],
    ['verify', 'nowhere.json'],
  ]) {
    it(`answers ${args.join(' ')} --json with one line on stderr`, async () => {
      const { exitCode, stdout, stderr } = await home.run(...args, '--json');
      assert.deepEqual([exitCode, stdout], [2, '']);
      assertValid('error', oneDocument(stderr));
    });
  }
});

describe('gridveil help', function () {
  this.timeout(30_000);
  const home = new CliHome();
  after(() => home.remove());

  for (const args of [
    [],
    ['bill'],
    ...[
      [],
      ['demo'],
      ['evidence'],
      ['verify'],
      ['keys'],
      ['bill'],
      ...['show', 'verify', 'dispute'].map((name) => ['bill', name]),
    ].map((command) => [...command, '--help']),
  ]) {
    it(`fits 80 columns: gridveil ${args.join(' ')}`, async () => {
      const { exitCode, stdout, stderr } = await home.run(...args);
      assert.deepEqual(wideLines(stdout), []);
      assert.match(stdout, /^Usage: gridveil/);
      assert.equal(stderr, '');
      assert.equal(exitCode, args.includes('--help') ? 0 : 2);
    });
  }

  it('leaves no state folder behind', () => assert.equal(existsSync(home.file('home')), false));
});
