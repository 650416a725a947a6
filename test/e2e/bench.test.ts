/** The benchmark's document, from a real run of its quickest rows. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assertValid } from './schemas.js';

const BENCH = join(__dirname, '..', 'bench', 'main.js');

describe('npm run bench', function () {
  this.timeout(120_000);
  const bench = (...args: readonly string[]) => promisify(execFile)(process.execPath, [BENCH, ...args]);

  it('refuses a benchmark that does not exist', async () => {
    await assert.rejects(bench('--only', 'nothing'), { code: 2, stdout: '' });
  });

  it('prints one document with --json', async () => {
    const { stdout } = await bench('--only', 'open', '--json');
    const document = JSON.parse(stdout) as { rows: readonly { name: string }[] };
    assertValid('bench', document);
    assert.ok(document.rows.some(({ name }) => name === 'open'));
  });
});
