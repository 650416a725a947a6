import assert from 'node:assert/strict';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { bitLength, gcd, modInverse, ModularPower, modPow } from '@gridveil/chaincode/crypto/modular.js';
import {
  assertRadixBounds,
  fromOffsetSum,
  fromSigned,
  hornerTotal,
  packDigits,
  splitDigits,
  toOffset,
  toSigned,
} from '@gridveil/chaincode/crypto/radix.js';
import {
  radixCheckCiphertext,
  radixCheckPlaintext,
  radixCheckWeights,
} from '@gridveil/chaincode/crypto/radix-check.js';
import { generatePaillierKey, type PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';

const RADIX_BITS = 30;

function refusedWith(code: string) {
  return (error: unknown) => error instanceof GridveilError && error.code === code;
}

describe('radix', () => {
  let key: PaillierPrivateKey;
  let encryptor: PaillierEncryptor;

  before(async () => {
    key = await generatePaillierKey(512);
    encryptor = new PaillierEncryptor(key.publicKey);
  });

  describe('bounds', () => {
    const good = { modulusBits: 3072, regions: 102, radixBits: 30, maxMeters: 8192, maxReadingWh: 131_071 };
    it('rejects a radix that a full region reaches', () => {
      assert.throws(
        () => assertRadixBounds({ ...good, maxReadingWh: 131_072 }),
        refusedWith('RADIX_TOO_SMALL'),
      );
      assert.throws(() => assertRadixBounds({ ...good, radixBits: 29 }), refusedWith('RADIX_TOO_SMALL'));
    });
    it('rejects more regions than the modulus holds', () => {
      assert.throws(() => assertRadixBounds({ ...good, regions: 103 }), refusedWith('RADIX_OVERFLOW'));
    });
    it('rejects parameters that are no positive integers', () => {
      for (const wrong of [{ regions: 0 }, { radixBits: 1.5 }, { maxMeters: NaN }, { maxReadingWh: -1 }])
        assert.throws(() => assertRadixBounds({ ...good, ...wrong }), RangeError);
    });
    it('takes the largest that fits', () => {
      assertRadixBounds(good);
    });
  });

  describe('digits', () => {
    it('rejects a remainder after the last region', () => {
      assert.throws(() => splitDigits(1n << 60n, RADIX_BITS, 2, 7), refusedWith('DIGIT_OVERFLOW'));
    });
    it('rejects digits out of range', () => {
      for (const digits of [[-1n], [1n << 30n]])
        assert.throws(() => packDigits(digits, RADIX_BITS), RangeError);
    });
    it('splits what Horner packed, 1, 2 and 16 regions, zero and full', () => {
      const full = (1n << 30n) - 1n;
      for (const digits of [[5n], [0n, 3n], Array.from({ length: 16 }, (_, j) => (j % 2 ? 0n : full))]) {
        const total = hornerTotal(
          key.publicKey,
          digits.map((digit) => encryptor.encrypt(digit)),
          RADIX_BITS,
        );
        assert.equal(decrypt(key, total), packDigits(digits, RADIX_BITS));
        assert.deepEqual(splitDigits(decrypt(key, total), RADIX_BITS, digits.length, 0), digits);
      }
    });
  });

  describe('signed values', () => {
    it('rejects what does not fit', () => {
      assert.throws(() => fromSigned(51n, 101n), RangeError);
      assert.throws(() => fromSigned(-51n, 101n), RangeError);
      assert.throws(() => toOffset(128n, 8), RangeError);
      assert.throws(() => toOffset(-129n, 8), RangeError);
    });
    it('keeps the sign through encryption and through sums of digits', () => {
      const { n } = key.publicKey;
      assert.equal(toSigned(decrypt(key, encryptor.encryptSigned(-17n)), n), -17n);
      assert.equal(toSigned(fromSigned(n >> 1n, n), n), n >> 1n);
      assert.equal(toSigned(fromSigned(-(n >> 1n), n), n), -(n >> 1n));
      const values = [-128n, 127n, -5n];
      const sum = values.reduce((total, v) => total + toOffset(v, 8), 0n);
      assert.equal(fromOffsetSum(sum, values.length, 8), -6n);
    });
  });

  describe('radix check', () => {
    const transcript = new Uint8Array([1, 2, 3]);
    it('catches a region that spilled over', () => {
      const { publicKey } = key;
      for (const plaintexts of [
        [50n + (1n << 30n), 100n],
        [publicKey.n - 1n, 100n],
      ]) {
        const ciphertexts = plaintexts.map((m) => encryptor.encrypt(m));
        const digits = splitDigits(
          decrypt(key, hornerTotal(publicKey, ciphertexts, RADIX_BITS)),
          RADIX_BITS,
          2,
          0,
        );
        const weights = radixCheckWeights(publicKey, transcript, 2);
        const opened = decrypt(key, radixCheckCiphertext(publicKey, ciphertexts, weights));
        assert.notEqual(opened, radixCheckPlaintext(publicKey, digits, weights));
      }
    });
    it('needs one weight per region', () => {
      assert.throws(() => radixCheckCiphertext(key.publicKey, [1n], []), RangeError);
      assert.throws(() => radixCheckPlaintext(key.publicKey, [1n], [1n, 2n]), RangeError);
    });
    it('passes honest regions', () => {
      const { publicKey } = key;
      const digits = [50n, 0n, 1000n];
      const ciphertexts = digits.map((m) => encryptor.encrypt(m));
      const weights = radixCheckWeights(publicKey, transcript, 3);
      const opened = decrypt(key, radixCheckCiphertext(publicKey, ciphertexts, weights));
      assert.equal(opened, radixCheckPlaintext(publicKey, digits, weights));
    });
    it('gives 128-bit weights that depend on every input', () => {
      const weights = radixCheckWeights(key.publicKey, transcript, 4);
      assert.equal(new Set(weights).size, 4);
      assert.ok(weights.every((weight) => weight > 0n && bitLength(weight) <= 128));
      assert.notDeepEqual(radixCheckWeights(key.publicKey, new Uint8Array([1, 2, 4]), 4), weights);
    });
  });

  describe('modular arithmetic', () => {
    it('rejects what has no answer', () => {
      assert.throws(() => modInverse(6n, 9n), RangeError);
      assert.throws(() => modPow(2n, -1n, 9n), RangeError);
      assert.throws(() => new ModularPower(8n), RangeError);
      assert.throws(() => new ModularPower(1n), RangeError);
    });
    it('computes the cases OpenSSL refuses', () => {
      const modulus = (1n << 1024n) - 105n;
      const power = new ModularPower(modulus);
      for (const base of [0n, 1n, modulus - 1n, modulus, modulus + 1n])
        for (const [exponent, sign] of [
          [0n, 1n],
          [1n, -1n],
          [2n, 1n],
        ] as const) {
          const expected =
            exponent === 0n
              ? 1n
              : base % modulus === 0n
                ? 0n
                : base % modulus === 1n
                  ? 1n
                  : (sign + modulus) % modulus;
          assert.equal(power.pow(base, exponent), expected);
        }
    });
    it('agrees with BigInt, exponents longer than the modulus included', () => {
      const modulus = 3n ** 400n;
      let expected = 1n;
      for (let i = 0; i < 900; i++) expected = (expected * expected * 5n) % modulus;
      assert.equal(modPow(5n, (1n << 900n) - 1n, modulus), expected);
      assert.equal(gcd(3n ** 7n, 6n ** 3n), 27n);
    });
  });
});
