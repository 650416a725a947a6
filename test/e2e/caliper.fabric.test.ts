/** A short Caliper run on real Fabric, with everything the long one has; and a run whose worker dies. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runEngine } from '@gridveil/caliper/engine/run-engine.js';
import { childrenOf } from '@gridveil/caliper/measure/process-sampler.js';
import { seededPaillierKey } from '@gridveil/caliper/inputs/seeded-key.js';
import type { BenchmarkTarget } from '@gridveil/caliper/inputs/target.js';
import { planRounds, SHORT_SIZES, TotalAllocator } from '@gridveil/caliper/rounds/plan.js';
import { makeBenchmarkGrid } from '@gridveil/caliper/setup/benchmark-grid.js';
import { openNetwork, type BenchmarkNetwork } from '@gridveil/caliper/setup/benchmark-network.js';
import type { CaliperResults } from '@gridveil/caliper/report/results.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { startTimeOf } from '@gridveil/network/processes/process-identity.js';
import { SILENT } from '@gridveil/network/reporter.js';
import { startNetwork } from '@gridveil/network/up.js';
import { assertValid, oneDocument } from './schemas.js';

const PROGRAM = join(dirname(require.resolve('@gridveil/caliper/package.json')), 'bin', 'caliper.js');

describe('caliper on real Fabric', function () {
  this.timeout(300_000);
  let work: string;
  before(() => (work = mkdtempSync(join(tmpdir(), 'gridveil-test-'))));
  after(() => rmSync(work, { recursive: true }));

  /** A run that succeeds, with --short and --json. */
  async function measure(out: string, ...args: string[]): Promise<CaliperResults> {
    const child = spawn(process.execPath, [PROGRAM, '--short', '--json', '--out', out, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    const exitCode = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(exitCode, 0, stderr);
    const results = oneDocument(stdout) as CaliperResults;
    assertValid('caliper', results);
    assert.deepEqual(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')), results);
    return results;
  }

  it('measures every kind of round and writes results, report and charts', async () => {
    const out = join(work, 'out');
    const results = await measure(out);
    const labels = results.rows.map(({ label }) => label);
    for (const label of ['ami-data-80', 'blind-put-80', 'ami-read-80', 'mixed-40', 'write-closed-loop']) {
      assert.ok(labels.includes(label), label);
    }
    assert.ok(!labels.includes('warmup'));
    assert.ok(!labels.some((label) => label.startsWith('slot-block')), 'slot blocks only when asked for');
    const transactions = results.rows.reduce((sum, { median }) => sum + median.transactions, 0);
    assert.ok(transactions >= 200, `${transactions} transactions`);
    for (const { label, median } of results.rows) {
      assert.equal(median.failed, 0, label);
      assert.ok((median.cpuMsPerTransaction['peer'] ?? 0) > 0, label);
      assert.ok(median.latencyMs.p50 <= median.latencyMs.max, label);
    }
    const row = results.rows.find(({ label }) => label === 'ami-data-80');
    // The observer's own figures and Caliper's are of the same transactions.
    assert.ok(Math.abs((row?.median.tps ?? 0) - (row?.median.caliper?.tps ?? 0)) < 0.2);
    assert.ok(results.checkedTotals >= 40);
    assert.match(readFileSync(join(out, 'report.md'), 'utf8'), /## Table I[^]*\| 80 \|/);
    const files = readdirSync(out);
    for (const name of ['figure-4.svg', 'latency-distribution.svg', 'caliper-report-1.html']) {
      assert.ok(files.includes(name), name);
    }
  });

  it('measures slot blocks when asked for, and what a report becomes on the ledger', async () => {
    const out = join(work, 'slot-blocks');
    const { rows, checkedTotals } = await measure(out, '--rounds', 'slot-blocks');
    assert.deepEqual(
      rows.map(({ label, median }) => [label, median.failed]),
      [
        ['slot-block-20', 0],
        ['slot-block-20-l1', 0],
      ],
    );
    for (const { ledgerBytes, median, readingsPerSecond } of rows) {
      assert.ok(Math.abs(readingsPerSecond - 20 * median.goodputTps) < 1e-6);
      // Packets stand in a block once, proofs of 1.7 kB never.
      const { payload = 0, written = 0, transaction = 0 } = ledgerBytes ?? {};
      assert.equal(payload, 768 + 96);
      assert.ok(written > payload && transaction > written && transaction < 2 * payload, `${transaction}`);
    }
    assert.ok(checkedTotals >= 10);
    assert.match(readFileSync(join(out, 'report.md'), 'utf8'), /## Slot blocks[^]*\| slot-block-20 \|/);
  });

  it('measures blocks of signcrypted reports when asked for, opened again by a receiver', async () => {
    const out = join(work, 'signcrypted-blocks');
    const { rows, checkedTotals } = await measure(out, '--rounds', 'signcrypted-blocks');
    assert.deepEqual(
      rows.map(({ label, median }) => [label, median.failed]),
      [
        ['signcrypted-20', 0],
        ['signcrypted-20-digest', 0],
      ],
    );
    const [onLedger, digests] = rows.map(({ ledgerBytes }) => ledgerBytes);
    // Reports stand in a block once, or not at all.
    assert.ok(onLedger && digests && onLedger.written > onLedger.payload && digests.written < 200);
    assert.ok(onLedger.transaction < 2 * onLedger.payload && digests.transaction < digests.payload);
    assert.ok(checkedTotals >= 6);
    const report = readFileSync(join(out, 'report.md'), 'utf8');
    assert.match(report, /## Blocks of signcrypted reports[^]*\| signcrypted-20 \|/);
  });

  it('ends everything and leaves nothing on Ctrl-C', async () => {
    const temporary = join(work, 'temporary');
    mkdirSync(temporary);
    const child = spawn(process.execPath, [PROGRAM, '--short', '--out', join(work, 'interrupted')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    });
    let stderr = '';
    let interrupted = false;
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
      // Once: a signal that meets a program on its way out kills it.
      if (!interrupted && /Caliper: warmup/.test(stderr)) interrupted = child.kill('SIGINT');
    });
    const exitCode = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(exitCode, 130, stderr);
    assert.match(stderr, /\nINTERRUPTED: [^\n]*\n$/);
    assert.deepEqual(readdirSync(temporary), []);
    assert.deepEqual(readdirSync(join(work, 'interrupted')), []);
  });

  describe('on a network that runs already, with the product alone', () => {
    let connectionFile: string;
    before(async () => {
      ({ connectionFile } = await startNetwork({ dir: join(work, 'network'), portBase: 'auto' }));
    });
    after(() => resetNetwork({ dir: join(work, 'network') }));

    const caliper = (...args: string[]): Promise<{ exitCode: number | null; stderr: string }> => {
      const all = ['--short', '--connection', connectionFile, '--out', join(work, 'running'), ...args];
      const child = spawn(process.execPath, [PROGRAM, ...all], { stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, stderr })));
    };

    it('says that it has no baseline, before anything is measured', async () => {
      const ended = await caliper('--rounds', 'table,baseline');
      assert.equal(ended.exitCode, 2);
      assert.match(ended.stderr, /\nNO_BASELINE: [^\n]*\n$/);
      assert.doesNotMatch(ended.stderr, /Caliper: warmup/);
    });

    it('measures without it, twice on the same ledger', async () => {
      for (const seed of ['a', 'a']) {
        const ended = await caliper('--rounds', 'table', '--seed', seed);
        assert.equal(ended.exitCode, 0, ended.stderr);
      }
      const results = JSON.parse(
        readFileSync(join(work, 'running', 'results.json'), 'utf8'),
      ) as CaliperResults;
      assert.deepEqual(
        results.rows.map(({ label, median }) => [label, median.failed]),
        [
          ['ami-data-40', 0],
          ['ami-data-80', 0],
        ],
      );
      // Where the processes run is not known of such a network: only the client's time is.
      assert.equal(results.network.batchTimeoutMs, null);
    });
  });

  describe('a run that goes wrong', () => {
    let network: BenchmarkNetwork;
    before(async () => (network = await openNetwork({ kind: 'own' }, SILENT)));
    after(() => network.close());

    /** The warm-up alone, with two workers. */
    async function engineRun(changes: Partial<BenchmarkTarget>, onRound: () => void): Promise<unknown> {
      const { connection, directory, processes } = network;
      const key = seededPaillierKey('test', 3_072);
      const target = { ...(await makeBenchmarkGrid(directory, connection, key, 'test')), ...changes };
      return runEngine({
        folder: mkdtempSync(join(work, 'run-')),
        connection,
        target,
        rounds: planRounds(new Set(), SHORT_SIZES, new TotalAllocator(target)),
        workers: 2,
        processes,
        onRound,
        limitSeconds: 20,
      });
    }

    it('ends by its hard limit, with all its processes, when a worker is killed', async () => {
      const started: number[] = [];
      const run = engineRun({}, () => {
        const managers = childrenOf(process.pid).filter((pid) => childrenOf(pid).length === 2);
        const workers = managers.flatMap((pid) => childrenOf(pid));
        started.push(...managers, ...workers);
        process.kill(workers[0] as number, 'SIGKILL');
      });
      await assert.rejects(run, { code: 'RUN_HUNG' });
      assert.equal(started.length, 3);
      assert.deepEqual(
        started.filter((pid) => startTimeOf(pid) !== undefined),
        [],
      );
    });

    it('fails when the contract refuses every transaction, which Caliper itself calls a success', async () => {
      const run = engineRun({ grid: 'no-such-grid' }, () => undefined);
      await assert.rejects(run, { code: 'ROUND_FAILED', message: /\d+ transactions failed/ });
    });
  });
});
