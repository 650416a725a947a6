import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import {
  addCiphertexts,
  addEncodedCiphertexts,
  assertCiphertextRange,
  assertUnits,
  decodeCiphertext,
  encodeCiphertext,
  paillierPublicKey,
  scaleCiphertext,
  verifyOpening,
} from '@gridveil/chaincode/crypto/paillier.js';
import {
  exportPaillierKey,
  fromPaillierParameters,
  generatePaillierKey,
  importPaillierKey,
  toPaillierParameters,
  type PaillierPrivateKey,
} from '@gridveil/client/crypto/paillier-key.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { decrypt, openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';

const TOY_BITS = 512;

function refuses(code: string, facts: object) {
  return (error: unknown) => {
    assert.ok(error instanceof GridveilError);
    assert.equal(error.code, code);
    assert.deepEqual({ ...error.facts, ...facts }, error.facts);
    return true;
  };
}

describe('paillier', () => {
  let key: PaillierPrivateKey;
  let encryptor: PaillierEncryptor;

  before(async () => {
    key = await generatePaillierKey(TOY_BITS);
    encryptor = new PaillierEncryptor(key.publicKey);
  });

  describe('public key', () => {
    it('rejects an even modulus', () => {
      assert.throws(() => paillierPublicKey(2n ** 512n, 3n), refuses('BAD_FIELD', { field: 'n' }));
    });
    it('rejects h_N that is no unit', () => {
      const { n, nSquared } = key.publicKey;
      for (const hN of [0n, -1n, n, key.p, nSquared, nSquared + 1n])
        assert.throws(() => paillierPublicKey(n, hN), refuses('BAD_GENERATOR', {}));
    });
    it('has a 32-byte fingerprint of N alone', () => {
      const { n, hN, nSquared, fingerprint } = key.publicKey;
      assert.equal(fingerprint.length, 32);
      assert.deepEqual(paillierPublicKey(n, (hN * hN) % nSquared).fingerprint, fingerprint);
    });
  });

  describe('ciphertext encoding', () => {
    it('rejects other lengths and names the owner', () => {
      const bytes = encodeCiphertext(key.publicKey, 5n);
      for (const wrong of [bytes.subarray(1), new Uint8Array(0), new Uint8Array(bytes.length + 1)])
        for (const check of [decodeCiphertext, assertCiphertextRange])
          assert.throws(
            () => check(key.publicKey, wrong, 'meter m1'),
            refuses('BAD_LENGTH', { what: 'The ciphertext of meter m1', actualBytes: wrong.length }),
          );
    });
    it('rejects 0, N squared and above', () => {
      const size = key.publicKey.ciphertextBytes;
      const full = new Uint8Array(size).fill(0xff);
      const limit = encodeCiphertext(key.publicKey, key.publicKey.nSquared - 1n);
      limit[size - 1] = (limit[size - 1] ?? 0) + 1;
      for (const bytes of [new Uint8Array(size), full, limit])
        for (const check of [decodeCiphertext, assertCiphertextRange])
          assert.throws(
            () => check(key.publicKey, bytes, 'm1'),
            refuses('INVALID_CIPHERTEXT', { owner: 'm1' }),
          );
    });
    it('refuses to encode 0 and N squared', () => {
      assert.throws(() => encodeCiphertext(key.publicKey, 0n), RangeError);
      assert.throws(() => encodeCiphertext(key.publicKey, key.publicKey.nSquared), RangeError);
    });
    it('keeps 1 and N squared - 1', () => {
      for (const c of [1n, key.publicKey.nSquared - 1n]) {
        const bytes = encodeCiphertext(key.publicKey, c);
        assertCiphertextRange(key.publicKey, bytes, 'm');
        assert.equal(decodeCiphertext(key.publicKey, bytes, 'm'), c);
      }
    });
  });

  describe('units', () => {
    it('names the first ciphertext that shares a factor with N', () => {
      const good = encryptor.encrypt(7n);
      for (const bad of [key.publicKey.n, key.p, 3n * key.q, key.p * key.p]) {
        const entries = [
          { owner: 'm1', ciphertext: good },
          { owner: 'm2', ciphertext: bad },
          { owner: 'm3', ciphertext: bad },
        ];
        assert.throws(
          () => assertUnits(key.publicKey, entries),
          refuses('INVALID_CIPHERTEXT', { owner: 'm2' }),
        );
        const encoded = entries.map(({ owner, ciphertext }) => ({
          owner,
          bytes: encodeCiphertext(key.publicKey, ciphertext),
        }));
        assert.throws(
          () => addEncodedCiphertexts(key.publicKey, encoded),
          refuses('INVALID_CIPHERTEXT', { owner: 'm2' }),
        );
      }
    });
    it('takes N squared - 1 and an empty batch', () => {
      assertUnits(key.publicKey, [{ owner: 'm', ciphertext: key.publicKey.nSquared - 1n }]);
      assertUnits(key.publicKey, []);
      assert.equal(addEncodedCiphertexts(key.publicKey, []), 1n);
    });
  });

  describe('encryption', () => {
    it('rejects plaintexts outside [0, N)', () => {
      for (const m of [-1n, key.publicKey.n]) assert.throws(() => encryptor.encrypt(m), RangeError);
      assert.throws(() => encryptor.encryptSigned(key.publicKey.n), RangeError);
    });
    it('decrypts what was encrypted, edges included', () => {
      for (const m of [0n, 1n, 4711n, key.publicKey.n - 1n])
        assert.equal(decrypt(key, encryptor.encrypt(m)), m);
    });
    it('never gives the same ciphertext twice, pooled or not', () => {
      encryptor.fillPool(3);
      assert.equal(encryptor.poolSize, 3);
      const seen = new Set(Array.from({ length: 6 }, () => encryptor.encrypt(9n)));
      assert.equal(seen.size, 6);
      assert.equal(encryptor.poolSize, 0);
    });
    it('adds and scales', () => {
      const sum = addCiphertexts(
        key.publicKey,
        [3n, 4n, 5n].map((m) => encryptor.encrypt(m)),
      );
      assert.equal(decrypt(key, sum), 12n);
      assert.equal(decrypt(key, scaleCiphertext(key.publicKey, sum, 1n << 40n)), 12n << 40n);
    });
  });

  describe('opening', () => {
    it('refuses to open what is no unit', () => {
      for (const c of [0n, key.publicKey.n, key.p, key.publicKey.nSquared, -1n])
        assert.throws(() => openCiphertext(key, c), refuses('INVALID_CIPHERTEXT', {}));
    });
    it('rejects every other opening', () => {
      const c = encryptor.encrypt(42n);
      const { m, rho } = openCiphertext(key, c);
      const { n } = key.publicKey;
      for (const wrong of [
        { m: m + 1n, rho },
        { m: m + n, rho },
        { m: m - n, rho },
        { m, rho: rho + n },
        { m, rho: n - rho },
        { m, rho: 0n },
        { m, rho: key.p },
      ])
        assert.equal(verifyOpening(key.publicKey, c, wrong), false);
      assert.equal(verifyOpening(key.publicKey, c + 1n, { m, rho }), false);
    });
    it('verifies its own', () => {
      const c = encryptor.encrypt(42n);
      const opening = openCiphertext(key, c);
      assert.equal(opening.m, 42n);
      assert.ok(verifyOpening(key.publicKey, c, opening));
    });
  });

  describe('private key', () => {
    it('has the form DJN needs', () => {
      const { p, q, publicKey } = key;
      assert.equal(publicKey.n, p * q);
      assert.equal(publicKey.modulusBits, TOY_BITS);
      assert.equal(p & 3n, 3n);
      assert.equal(q & 3n, 3n);
    });
    it('shows no secret to JSON or inspect', () => {
      const shown = inspect(key, { showHidden: true, depth: 9 });
      for (const secret of [key.p, key.q]) assert.ok(!shown.includes(secret.toString()));
      assert.deepEqual(Object.keys(key), ['publicKey']);
    });
    it('comes back from its file', () => {
      const file: unknown = JSON.parse(JSON.stringify(exportPaillierKey(key)));
      const again = importPaillierKey(file);
      assert.equal(decrypt(again, encryptor.encrypt(5n)), 5n);
    });
    it('rejects a damaged file', () => {
      const file = exportPaillierKey(key);
      for (const wrong of [
        null,
        'x',
        {},
        { ...file, schema: 'v2' },
        { ...file, p: 12 },
        { ...file, p: '-3' },
        { ...file, q: '' },
      ])
        assert.throws(() => importPaillierKey(wrong), TypeError);
      for (const wrong of [
        { ...file, n: `${key.publicKey.n + 2n}` },
        { ...file, hN: `${key.publicKey.n + 1n}` },
        { ...file, p: `${key.publicKey.n}`, q: '1' },
        { ...file, p: file.q },
      ])
        assert.throws(() => importPaillierKey(wrong), RangeError);
    });
    it('rejects primes DJN cannot use', () => {
      // 13 = 1 mod 4; gcd(6, 18) = 6; 3 divides 6
      for (const [p, q] of [
        [13n, 7n],
        [7n, 19n],
        [3n, 7n],
      ] as const)
        assert.throws(() => fromPaillierParameters({ n: p * q, p, q }), RangeError);
    });
    it('survives the trip through plain parameters', () => {
      const again = fromPaillierParameters(toPaillierParameters(key));
      assert.equal(decrypt(again, encryptor.encrypt(77n)), 77n);
    });
  });
});
