/** Keys as an operator makes and gives them. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { CliHome, SMALL_DEMO } from './cli-process.js';

describe('gridveil keys', function () {
  this.timeout(60_000);
  const home = new CliHome();
  after(() => home.remove());

  it('makes a key that only its owner can read, and says nothing of it', async () => {
    const { exitCode, stdout, stderr } = await home.run('keys', '--bits', '2048', '--out', 'mdms.json');
    assert.deepEqual([exitCode, stdout], [0, '']);
    assert.equal(statSync(home.file('mdms.json')).mode & 0o777, 0o600);
    assert.doesNotMatch(stderr, /\d{10}/);
  });

  it('never overwrites a key', async () => {
    const before = readFileSync(home.file('mdms.json'), 'utf8');
    const { exitCode, stderr } = await home.run('keys', '--bits', '2048', '--out', 'mdms.json');
    assert.equal(exitCode, 2);
    assert.match(stderr, /\[FILE_EXISTS\]\n$/);
    assert.equal(readFileSync(home.file('mdms.json'), 'utf8'), before);
  });

  it('refuses a key that others can read, before anything is written', async () => {
    chmodSync(home.file('mdms.json'), 0o644);
    const { exitCode, stdout, stderr } = await home.run(...SMALL_DEMO, '--key', 'mdms.json');
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^error: .*mode 644.*chmod 600.*\[KEY_FILE_EXPOSED\]\n$/);
    assert.equal(existsSync(home.file('home')), false);
  });
});
