/** The command `npm run caliper` where it needs no network: what it refuses, and what it says when no peer answers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BenchmarkTarget } from '@gridveil/caliper/inputs/target.js';
import { runEngine } from '@gridveil/caliper/engine/run-engine.js';
import { seededPaillierKey } from '@gridveil/caliper/inputs/seeded-key.js';
import { planRounds, SHORT_SIZES, TotalAllocator } from '@gridveil/caliper/rounds/plan.js';
import { pickPortBase } from '@gridveil/network/processes/ports.js';

const PROGRAM = join(dirname(require.resolve('@gridveil/caliper/package.json')), 'bin', 'caliper.js');

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function caliper(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr })));
}

describe('the caliper command', function () {
  this.timeout(120_000);
  let work: string;
  before(() => (work = mkdtempSync(join(tmpdir(), 'gridveil-test-'))));
  after(() => rmSync(work, { recursive: true }));

  for (const [code, ...args] of [
    ['UNKNOWN_ROUNDS', '--rounds', 'table,tables'],
    ['BAD_OPTION', '--repeat', '0'],
    ['BAD_OPTION', '--workers', '3'],
    ['BAD_OPTION', '--rate', 'fast'],
    ['BAD_OPTION', '--connection', 'c.json', '--running'],
    ['BAD_OPTION', '--connection', 'c.json', '--block-timeout', '200'],
    ['CONNECTION_UNREADABLE', '--connection', '/nowhere/connection.json'],
    ['NOT_A_TEST_NETWORK', '--test-network', '/nowhere'],
    ['NO_NETWORK', '--running', '/nowhere/network'],
  ] as const) {
    it(`refuses ${args.join(' ')} in one line`, async () => {
      const ended = await caliper(...args, '--out', join(work, 'out'));
      const [last = ''] = ended.stderr.trimEnd().split('\n').slice(-1);
      assert.match(last, new RegExp(`^${code}: .*\\.$`));
      assert.deepEqual([ended.exitCode, ended.stdout], [2, '']);
      assert.doesNotMatch(ended.stderr, /\n {4}at /);
    });
  }

  it('refuses a folder it cannot write', async () => {
    const file = join(work, 'file');
    writeFileSync(file, '');
    const ended = await caliper('--short', '--out', join(file, 'out'));
    assert.match(ended.stderr, /^FILE_UNWRITABLE: [^\n]*\n$/);
    assert.equal(ended.exitCode, 2);
  });

  it('shows its options', async () => {
    const ended = await caliper('--help');
    assert.equal(ended.exitCode, 0);
    assert.match(ended.stdout, /--test-network/);
  });

  it('fails when every transaction of a round fails, which Caliper itself calls a success', async () => {
    const { publicKey } = seededPaillierKey('test', 512);
    const port = await pickPortBase('raft');
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    const keyPath = join(work, 'key.pem');
    writeFileSync(keyPath, pem);
    const user = { certPath: keyPath, keyPath };
    const peer = { name: 'peer', address: `127.0.0.1:${port}`, tlsRootCertPath: keyPath };
    const target: BenchmarkTarget = {
      channel: 'mychannel',
      chaincode: 'gridveil',
      grid: 'bench',
      n: String(publicKey.n),
      hN: String(publicKey.hN),
      seed: 'test',
      newestSlot: 1_000,
      fogNodes: [{ fogNode: 'fog-1', mspId: 'Org1MSP', user: 'User1', regions: ['a'] }],
    };
    const run = runEngine({
      folder: mkdtempSync(join(work, 'run-')),
      connection: {
        channel: 'mychannel',
        chaincode: 'gridveil',
        organisations: { Org1MSP: { peers: [peer], users: { User1: user } } },
      },
      target,
      rounds: planRounds(new Set(), { ...SHORT_SIZES, warmup: 4 }, new TotalAllocator(target)),
      workers: 1,
      processes: [],
      onRound: () => undefined,
    });
    await assert.rejects(run, { name: 'CaliperError', code: /^(ROUND_FAILED|RUN_FAILED)$/ });
  });
});
