import assert from 'node:assert/strict';
import fc from 'fast-check';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { bitLength, gcd, modInverse, modPow } from '@gridveil/chaincode/crypto/modular.js';
import { montgomeryEngine, newMontgomeryEngine } from '@gridveil/chaincode/crypto/montgomery.js';
import {
  addCiphertexts,
  addEncodedCiphertexts,
  decodeCiphertext,
  encodeCiphertext,
  scaleCiphertext,
  verifyOpening,
} from '@gridveil/chaincode/crypto/paillier.js';
import {
  fromSigned,
  hornerTotal,
  packDigits,
  splitDigits,
  toSigned,
} from '@gridveil/chaincode/crypto/radix.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { generatePaillierKey, type PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { decrypt, openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';
import { FixedBaseTable } from '@gridveil/chaincode/crypto/paillier-table.js';

const SLOW = { numRuns: 25 };

function below(limit: bigint) {
  return fc.bigInt({ min: 0n, max: limit - 1n });
}

function productOf(values: readonly bigint[], modulus: bigint): bigint {
  return values.reduce((product, value) => (product * value) % modulus, 1n);
}

describe('paillier properties', () => {
  let key: PaillierPrivateKey;
  let encryptor: PaillierEncryptor;
  let n: bigint;

  before(async () => {
    key = await generatePaillierKey(512);
    n = key.publicKey.n;
    encryptor = new PaillierEncryptor(key.publicKey);
  });

  it('decoding random bytes gives a ciphertext in range or a refusal, never anything else', () => {
    const size = key.publicKey.ciphertextBytes;
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: size, maxLength: size }),
      fc.uint8Array({ maxLength: 2 * size }),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          const ciphertext = decodeCiphertext(key.publicKey, input, 'fuzz');
          assert.ok(ciphertext > 0n && ciphertext < key.publicKey.nSquared);
          assert.deepEqual(encodeCiphertext(key.publicKey, ciphertext), input);
        } catch (error) {
          assert.ok(error instanceof GridveilError);
          const expected = input.length === size ? 'INVALID_CIPHERTEXT' : 'BAD_LENGTH';
          assert.equal(error.code, expected);
        }
      }),
    );
  });

  it('decode inverts encode', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: key.publicKey.nSquared - 1n }), (ciphertext) => {
        const bytes = encodeCiphertext(key.publicKey, ciphertext);
        assert.equal(decodeCiphertext(key.publicKey, bytes, 'x'), ciphertext);
      }),
    );
  });

  it('adds and scales plaintexts modulo N, in any order and on either road', () => {
    const batch = fc.array(below(n), { minLength: 1, maxLength: 24 });
    fc.assert(
      fc.property(batch, fc.bigInt({ min: 0n, max: 1n << 64n }), (plaintexts, k) => {
        const ciphertexts = plaintexts.map((m) => encryptor.encrypt(m));
        const sum = addCiphertexts(key.publicKey, ciphertexts);
        assert.equal(addCiphertexts(key.publicKey, [...ciphertexts].reverse()), sum);
        const entries = ciphertexts.map((c) => ({ owner: 'm', bytes: encodeCiphertext(key.publicKey, c) }));
        assert.equal(addEncodedCiphertexts(key.publicKey, entries), sum);
        const total = plaintexts.reduce((a, b) => a + b, 0n);
        assert.equal(decrypt(key, sum), total % n);
        assert.equal(decrypt(key, scaleCiphertext(key.publicKey, sum, k)), (total * k) % n);
      }),
      SLOW,
    );
  });

  it('opens to one pair only', () => {
    fc.assert(
      fc.property(below(n), below(n), below(n), (m, otherM, otherRho) => {
        const ciphertext = encryptor.encrypt(m);
        const opening = openCiphertext(key, ciphertext);
        assert.equal(opening.m, m);
        assert.ok(verifyOpening(key.publicKey, ciphertext, opening));
        fc.pre(otherM !== m && otherRho !== opening.rho);
        assert.ok(!verifyOpening(key.publicKey, ciphertext, { m: otherM, rho: opening.rho }));
        assert.ok(!verifyOpening(key.publicKey, ciphertext, { m, rho: otherRho }));
      }),
      SLOW,
    );
  });

  it('signed values survive, sums included', () => {
    const quarter = fc.bigInt({ min: -(n >> 2n), max: n >> 2n });
    fc.assert(
      fc.property(quarter, quarter, (a, b) => {
        assert.equal(toSigned((fromSigned(a, n) + fromSigned(b, n)) % n, n), a + b);
      }),
    );
  });

  it('Horner packs what splitting returns', () => {
    const digits = fc.integer({ min: 1, max: 40 }).chain((radixBits) =>
      fc.record({
        radixBits: fc.constant(radixBits),
        digits: fc.array(below(1n << BigInt(radixBits)), { minLength: 1, maxLength: 12 }),
      }),
    );
    fc.assert(
      fc.property(digits, ({ radixBits, digits }) => {
        const total = hornerTotal(
          key.publicKey,
          digits.map((digit) => encryptor.encrypt(digit)),
          radixBits,
        );
        const m = decrypt(key, total);
        assert.equal(m, packDigits(digits, radixBits));
        assert.deepEqual(splitDigits(m, radixBits, digits.length, 0), digits);
      }),
      SLOW,
    );
  });
});

describe('montgomery engine', () => {
  const odd = (bits: number) =>
    fc.bigInt({ min: 1n << BigInt(bits - 1), max: (1n << BigInt(bits)) - 1n }).map((value) => value | 1n);

  it('answers undefined where its digits would not be exact', () => {
    assert.equal(newMontgomeryEngine((1n << 5697n) - 1n), undefined);
  });

  it('equals BigInt for every size of modulus and any residues', () => {
    const cases = fc
      .integer({ min: 8, max: 700 })
      .chain(odd)
      .chain((n) =>
        fc.record({
          n: fc.constant(n),
          values: fc.array(
            fc.oneof(below(n * n), fc.constantFrom(0n, 1n, 2n, n - 1n, n, n + 1n, n * n - n, n * n - 1n)),
            { maxLength: 20 },
          ),
        }),
      );
    fc.assert(
      fc.property(cases, ({ n, values }) => {
        const sizeBytes = Math.ceil(bitLength(n * n) / 8);
        const product = montgomeryEngine(n)?.product(values.map((value) => bigintToBytes(value, sizeBytes)));
        assert.equal(product, productOf(values, n * n) % (n * n));
      }),
    );
  });

  it('equals BigInt at real sizes, extreme digits included', () => {
    for (const bits of [2048, 3072, 4096, 5696]) {
      const n = (1n << BigInt(bits)) - 1n;
      const extremes = [n * n - 1n, n * n - n, (n * n) >> 1n, n - 1n, 1n << BigInt(bits)];
      // A digit of 2^22 everywhere is the largest that carrying leaves.
      for (let digits = 1n; digits < n * n; digits = (digits << 23n) | 1n) {
        if ((digits << 22n) * 64n > n * n) extremes.push((digits << 22n) % (n * n));
      }
      const values = [...extremes, ...extremes, ...extremes];
      const sizeBytes = Math.ceil(bitLength(n * n) / 8);
      const product = montgomeryEngine(n)?.product(values.map((value) => bigintToBytes(value, sizeBytes)));
      assert.equal(product, productOf(values, n * n));
    }
  });

  it('gives the same powers from the table as from BigInt', () => {
    const cases = fc.record({
      n: odd(256),
      seed: fc.bigInt({ min: 2n, max: 1n << 500n }),
      exponents: fc.array(fc.uint8Array({ maxLength: 16 }), { minLength: 1, maxLength: 8 }),
      teeth: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(cases, ({ n, seed, exponents, teeth }) => {
        const base = seed % (n * n);
        fc.pre(base !== 0n && gcd(base % n, n) === 1n);
        const table = FixedBaseTable.build(n, base, 128, teeth);
        for (const exponent of exponents) {
          const value = exponent.reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
          assert.equal(table?.power(exponent), modPow(base, value, n * n));
        }
      }),
      SLOW,
    );
  });

  it('refuses tables whose squarings would outgrow the digits', () => {
    assert.throws(() => FixedBaseTable.build(2n ** 512n - 1n, 3n, 256, 1), RangeError);
    assert.throws(() => FixedBaseTable.build(2n ** 512n - 1n, 3n, 256, 15), RangeError);
  });
});

describe('modular arithmetic properties', () => {
  it('inverts every unit and nothing else', () => {
    const pair = fc.record({
      value: fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }),
      modulus: fc.bigInt({ min: 2n, max: 1n << 128n }),
    });
    fc.assert(
      fc.property(pair, ({ value, modulus }) => {
        const positive = value < 0n ? -value : value;
        if (gcd(positive, modulus) === 1n) {
          const inverse = modInverse(value, modulus);
          assert.equal((((value * inverse) % modulus) + modulus) % modulus, 1n);
        } else assert.throws(() => modInverse(value, modulus), RangeError);
      }),
    );
  });
});
