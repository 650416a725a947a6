import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '@gridveil/network/processes/file-lock.js';
import { startTimeOf } from '@gridveil/network/processes/process-identity.js';
import { temporaryFolder } from './command.js';

describe('network: file lock', () => {
  let work: string;
  let file: string;
  beforeEach(() => {
    work = temporaryFolder();
    file = join(work, 'deep', 'lock');
  });
  afterEach(() => rmSync(work, { recursive: true }));

  it('refuses a second holder and names the first', () => {
    tryLock(file);
    assert.deepEqual(tryLock(file), { pid: process.pid, startTime: startTimeOf(process.pid) });
  });

  it('is free again after release', () => {
    const lock = tryLock(file);
    assert.ok('release' in lock);
    lock.release();
    assert.equal(existsSync(file), false);
    assert.ok('release' in tryLock(file));
  });

  for (const [what, content] of [
    [
      'whose process number belongs to another process now',
      JSON.stringify({ pid: process.pid, startTime: '1' }),
    ],
    ['whose process is gone', JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1' })],
    ['that was cut off while it was written', '{"pid":'],
  ] as const) {
    it(`takes over a lock ${what}`, () => {
      const held = tryLock(file);
      assert.ok('release' in held);
      writeFileSync(file, content);
      assert.ok('release' in tryLock(file));
    });
  }
});
