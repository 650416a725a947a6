import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatePaillierKey } from '@gridveil/client/crypto/paillier-key.js';
import { readKeyFile, writeKeyFile } from '@gridveil/client/crypto/paillier-key-file.js';

describe('key file of an MDMS', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'gridveil-keys-'));
  const file = join(folder, 'mdms.json');
  after(() => rmSync(folder, { recursive: true }));

  before(async () => writeKeyFile(file, await generatePaillierKey(2048)));

  for (const mode of [0o640, 0o604, 0o660, 0o644, 0o610]) {
    it(`is refused when others may use it: mode ${mode.toString(8)}`, async () => {
      chmodSync(file, mode);
      await assert.rejects(readKeyFile(file), { code: 'KEY_FILE_EXPOSED' });
      chmodSync(file, 0o600);
    });
  }

  it('is refused when it holds something else', async () => {
    const other = join(folder, 'other.json');
    for (const text of ['', '{}', '[]', 'null', '{"n":"15","p":"3","q":"5"}', '\u0000'.repeat(100)]) {
      writeFileSync(other, text, { mode: 0o600 });
      await assert.rejects(readKeyFile(other), { code: 'KEY_FILE_MALFORMED' }, JSON.stringify(text));
    }
  });

  it('is never overwritten', async () => {
    await assert.rejects(writeKeyFile(file, await readKeyFile(file)), { code: 'FILE_EXISTS' });
  });

  it('is written for its owner only and read back', async () => {
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal((await readKeyFile(file)).publicKey.modulusBits, 2048);
  });
});
