import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { latestRunFolder, newRunFolder, rememberRun } from '@gridveil/client/cli/state-folder.js';

describe('folders of demo runs', () => {
  const before = process.env['GRIDVEIL_HOME'];
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'gridveil-home-'));
    process.env['GRIDVEIL_HOME'] = home;
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
    if (before === undefined) delete process.env['GRIDVEIL_HOME'];
    else process.env['GRIDVEIL_HOME'] = before;
  });

  /** A run of a process that is gone: no process has this number. */
  function pastRun(name: string): string {
    const folder = join(home, 'demo', `${name}-999999999`);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  it('has no latest run before the first', async () => assert.equal(await latestRunFolder(), undefined));

  it('has no latest run when its name was never written to the end', async () => {
    pastRun('1');
    writeFileSync(join(home, 'demo', 'latest'), '');
    assert.equal(await latestRunFolder(), undefined);
  });

  it('leaves nothing but runs and the name of the latest', async () => {
    const folder = pastRun('1');
    await rememberRun(folder);
    assert.deepEqual(readdirSync(join(home, 'demo')), ['1-999999999', 'latest']);
  });

  it('gives each run a folder of its own that only its owner can read', async () => {
    const folder = await newRunFolder();
    assert.ok(folder.startsWith(home));
    await rememberRun(folder);
    assert.equal(await latestRunFolder(), folder);
  });

  it('keeps the five newest', async () => {
    const runs = ['1', '2', '3', '4', '5', '6', '7'].map(pastRun);
    await rememberRun(runs[6] ?? '');
    assert.deepEqual(runs.map(existsSync), [false, false, true, true, true, true, true]);
  });

  it('keeps the run that has just ended, however long ago it began', async () => {
    const [slow = '', ...quick] = ['1', '2', '3', '4', '5', '6', '7'].map(pastRun);
    await rememberRun(slow);
    assert.equal(await latestRunFolder(), slow);
    assert.deepEqual([slow, ...quick].map(existsSync), [true, false, true, true, true, true, true]);
  });

  it('keeps a run that is still going on', async () => {
    const running = join(home, 'demo', `0-${process.pid}`);
    mkdirSync(running, { recursive: true });
    const runs = ['1', '2', '3', '4', '5', '6'].map(pastRun);
    await rememberRun(runs[5] ?? '');
    assert.ok(existsSync(running));
  });
});
