import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { readBlsKeyFile, writeBlsKeyFile } from '@gridveil/client/crypto/bls-key-file.js';
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

describe('key file of a meter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gridveil-keys-'));
  const file = join(folder, 'm1.json');
  const key = generateBlsKey();
  before(() => writeBlsKeyFile(file, key));
  after(() => rmSync(folder, { recursive: true }));

  it('is written for its owner only and read back', async () => {
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const message = Buffer.from('message');
    assert.deepEqual((await readBlsKeyFile(file)).sign(message), key.sign(message));
  });

  it('is never overwritten, and refused when others may read it', async () => {
    await assert.rejects(writeBlsKeyFile(file, key), { code: 'FILE_EXISTS' });
    chmodSync(file, 0o644);
    await assert.rejects(readBlsKeyFile(file), { code: 'KEY_FILE_EXPOSED' });
    chmodSync(file, 0o600);
  });

  it('is refused when it holds something else', async () => {
    const honest = JSON.parse(readFileSync(file, 'utf8')) as object;
    const zero = { ...honest, scalar: toBase64url(new Uint8Array(32)) };
    const swapped = { ...honest, publicKey: toBase64url(generateBlsKey().publicKey) };
    const other = join(folder, 'other.json');
    for (const value of [{}, [], null, 'text', zero, swapped, { ...honest, schema: 'x' }]) {
      writeFileSync(other, JSON.stringify(value), { mode: 0o600 });
      await assert.rejects(readBlsKeyFile(other), {
        code: 'KEY_FILE_MALFORMED',
        facts: { file: other, kind: 'BLS' },
      });
    }
  });
});
