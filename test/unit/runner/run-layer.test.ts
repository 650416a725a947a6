/** The runner must not swallow a failure: each test runs a small suite that goes wrong in one way. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LAYERS } from '../../runner/layers.js';
import { runLayer, type LayerResult } from '../../runner/run-layer.js';
import { summaryText } from '../../runner/summary.js';

/** A process that has ended may wait for its parent to notice. */
function runs(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) Z /.test(readFileSync(file, 'utf8'));
}

const PASSING = `it('passes', () => undefined);`;

describe('a layer of tests', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  after(() => rmSync(folder, { recursive: true }));

  function run(sources: readonly string[], limitMs = 45_000): Promise<LayerResult> {
    const files = sources.map((source, i) => {
      const file = join(folder, `suite-${i}.test.cjs`);
      writeFileSync(file, source);
      return file;
    });
    return runLayer({ files, limitMs, output: 'ignore' });
  }

  it('fails with a failing test', async () => {
    const result = await run([`${PASSING} it('fails', () => { throw new Error('no'); });`]);
    assert.deepEqual([result.passed, result.failed, result.skipped], [1, 1, 0]);
  });

  it('fails with a failing hook', async () => {
    const result = await run([`before(() => { throw new Error('no'); }); ${PASSING}`]);
    assert.deepEqual([result.passed, result.failed], [0, 1]);
  });

  it('fails when a file cannot be loaded', async () => {
    const result = await run([`throw new Error('no');`]);
    assert.deepEqual([result.passed, result.failed], [0, 1]);
    assert.match(result.problems.join(), /ended before its last test \(exit code 1\)/);
  });

  it('fails when its process exits in the middle, even with code 0', async () => {
    const result = await run([`${PASSING} it('leaves', () => process.exit(0));`]);
    assert.equal(result.failed, 1);
    assert.match(result.problems.join(), /ended before its last test/);
  });

  it('fails when one of its files has no test', async () => {
    const result = await run([PASSING, 'void 0;']);
    assert.deepEqual([result.passed, result.failed], [1, 1]);
    assert.match(result.problems.join(), /suite-1\.test\.cjs has no test/);
  });

  it('fails when a test is run alone by mistake', async () => {
    const result = await run([`it.only('alone', () => undefined); ${PASSING}`]);
    assert.ok(result.failed > 0);
  });

  it('is ended when it takes too long', async () => {
    const result = await run([`it('hangs', function (done) { this.timeout(0); });`], 5_000);
    assert.equal(result.failed, 1);
    assert.match(result.problems.join(), /ended after its time limit of 5 s/);
  });

  it('fails when it leaves a process running, and ends it', async () => {
    const pidFile = join(folder, 'pid');
    const result = await run([
      `const { spawn } = require('node:child_process');
      it('leaves a process', () => {
        const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'],
          { detached: true, stdio: 'ignore', cwd: process.env.TMPDIR });
        child.unref();
        require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
      });`,
    ]);
    assert.deepEqual([result.passed, result.failed], [1, 1]);
    assert.match(result.problems.join(), /1 processes were left running/);
    assert.equal(runs(Number(readFileSync(pidFile, 'utf8'))), false);
  });

  it('keeps the developer’s own folders out and removes its own', async () => {
    const kept = join(folder, 'environment');
    const result = await run([
      `it('sees its own folders', () => {
        const { TMPDIR, GRIDVEIL_HOME, GRIDVEIL_CONNECTION } = process.env;
        if (GRIDVEIL_CONNECTION !== undefined || !GRIDVEIL_HOME.startsWith(TMPDIR)) throw new Error('no');
        require('node:fs').writeFileSync(${JSON.stringify(kept)}, TMPDIR);
      });`,
    ]);
    assert.deepEqual([result.passed, result.failed], [1, 0]);
    assert.equal(existsSync(readFileSync(kept, 'utf8')), false);
  });

  it('names what was skipped', async () => {
    const result = await run([`${PASSING} it.skip('is skipped', () => undefined);`]);
    assert.deepEqual([result.passed, result.failed, result.skipped], [1, 0, 1]);
    assert.match(result.notes.join(), /is skipped/);
  });
});

describe('summary of a test run', () => {
  const [layer] = LAYERS as [(typeof LAYERS)[0]];
  const result: LayerResult = { passed: 3, failed: 1, skipped: 2, notes: [], problems: [], durationMs: 10 };

  it('ends with the counts of all layers', () => {
    const { text, failed } = summaryText([{ layer, files: 1, result }], [], 10);
    assert.equal(text.split('\n').at(-2), '3 passed, 1 failed, 2 skipped');
    assert.equal(failed, 1);
  });

  it('counts files that belong to no layer as failed', () => {
    const good = { ...result, failed: 0, skipped: 0 };
    const { text, failed } = summaryText([{ layer, files: 1, result: good }], ['x is in no layer'], 10);
    assert.equal(text.split('\n').at(-2), '3 passed, 1 failed');
    assert.equal(failed, 1);
    assert.match(text, /FAILED: x is in no layer/);
  });
});
