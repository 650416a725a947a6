import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeCiphertext,
  encodeCiphertext,
  paillierPublicKey,
  verifyOpening,
} from '@gridveil/chaincode/crypto/paillier.js';
import {
  radixCheckCiphertext,
  radixCheckPlaintext,
  radixCheckWeights,
} from '@gridveil/chaincode/crypto/radix-check.js';
import { hornerTotal, packDigits, splitDigits } from '@gridveil/chaincode/crypto/radix.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { importPaillierKey } from '@gridveil/client/crypto/paillier-key.js';
import { decrypt, openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';

interface PheVectors {
  readonly n: string;
  readonly encryptions: readonly { readonly m: string; readonly r: string; readonly ciphertext: string }[];
}

interface GridveilVectors {
  readonly key: Readonly<Record<'p' | 'q' | 'n' | 'hN' | 'fingerprint', string>>;
  readonly encryptions: readonly Readonly<Record<'m' | 'exponent' | 'ciphertext' | 'rho', string>>[];
  readonly radix: Readonly<
    Record<'total' | 'packed' | 'transcript' | 'checkCiphertext' | 'checkPlaintext', string>
  > & {
    readonly radixBits: number;
    readonly digits: readonly string[];
    readonly regionCiphertexts: readonly string[];
    readonly weights: readonly string[];
  };
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, '../../../vectors/crypto', name), 'utf8'));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('paillier vectors', () => {
  describe('python-paillier', () => {
    const { n, encryptions } = load('paillier-phe.json') as PheVectors;
    const key = paillierPublicKey(BigInt(n), 4n);
    for (const { m, r, ciphertext } of encryptions) {
      it(`rejects a neighbour of Enc(${m}; ${r})`, () => {
        const opening = { m: BigInt(m) + 1n, rho: BigInt(r) };
        assert.equal(verifyOpening(key, BigInt(ciphertext), opening), false);
      });
      it(`accepts Enc(${m}; ${r})`, () => {
        assert.ok(verifyOpening(key, BigInt(ciphertext), { m: BigInt(m), rho: BigInt(r) }));
      });
    }
  });

  describe('gridveil', () => {
    const { key: numbers, encryptions, radix } = load('paillier-gridveil.json') as GridveilVectors;
    const key = importPaillierKey({ schema: 'gridveil/paillier-key/v1', ...numbers });
    const { publicKey } = key;

    it('gives the fingerprint of N', () => {
      assert.equal(hex(publicKey.fingerprint), numbers.fingerprint);
    });
    for (const { m, exponent, ciphertext, rho } of encryptions) {
      it(`encrypts and opens ${m.slice(0, 12)}`, () => {
        const encryptor = new PaillierEncryptor(publicKey, {
          randomBytes: () => new Uint8Array(Buffer.from(exponent, 'hex')),
        });
        const c = encryptor.encrypt(BigInt(m));
        assert.equal(hex(encodeCiphertext(publicKey, c)), ciphertext);
        assert.deepEqual(openCiphertext(key, c), { m: BigInt(m), rho: BigInt(rho) });
      });
    }
    it('packs, splits and checks regions', () => {
      const ciphertexts = radix.regionCiphertexts.map((text) =>
        decodeCiphertext(publicKey, Buffer.from(text, 'hex'), 'vector'),
      );
      const digits = radix.digits.map(BigInt);
      const total = hornerTotal(publicKey, ciphertexts, radix.radixBits);
      assert.equal(hex(encodeCiphertext(publicKey, total)), radix.total);
      assert.equal(packDigits(digits, radix.radixBits), BigInt(radix.packed));
      assert.deepEqual(splitDigits(decrypt(key, total), radix.radixBits, digits.length, 0), digits);

      const weights = radixCheckWeights(publicKey, Buffer.from(radix.transcript, 'hex'), digits.length);
      assert.deepEqual(weights, radix.weights.map(BigInt));
      const check = radixCheckCiphertext(publicKey, ciphertexts, weights);
      assert.equal(check, bytesToBigint(Buffer.from(radix.checkCiphertext, 'hex')));
      assert.equal(decrypt(key, check), BigInt(radix.checkPlaintext));
      assert.equal(radixCheckPlaintext(publicKey, digits, weights), BigInt(radix.checkPlaintext));
    });
  });
});
