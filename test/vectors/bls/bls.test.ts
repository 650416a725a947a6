import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findInvalidSignatures } from '@gridveil/chaincode/crypto/bls.js';
import { bytesToBigint, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import type { BlsBackend } from '@gridveil/chaincode/crypto/bls-suite.js';
import { BlsKey, deriveBlsScalar } from '@gridveil/client/crypto/bls-key.js';
import { BACKENDS, blstBinding, decoded, G2, hex, unhex } from '../../helpers/bls.js';

interface SignCase {
  readonly privkey: string;
  readonly pubkey: string;
  readonly message: string;
  readonly output: string;
}
interface DeserializationCase {
  readonly name: string;
  readonly input: string;
  readonly output: boolean;
}
interface EthereumVectors {
  readonly sign: readonly SignCase[];
  /** `verifycase_one_privkey`: the smallest secret key. */
  readonly one_privkey: SignCase;
  readonly deserialization_G1: readonly DeserializationCase[];
  readonly deserialization_G2: readonly DeserializationCase[];
}
interface HashVectors {
  readonly dst: string;
  readonly vectors: readonly { msg: string; x: [string, string]; y: [string, string] }[];
}
interface KeyVectors {
  readonly keys: readonly { seed: string; master: string }[];
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, '../../../vectors/bls', name), 'utf8'));
}

const ETHEREUM = load('ethereum.json') as EthereumVectors;
/** The one case of each group that we refuse on purpose: the identity (README of the vectors). */
const IDENTITY_CASE = 'deserialization_succeeds_infinity_with_true_b_flag';

/** bls12-381-tests `verify`: bytes that are no point make it false. */
function verifies(backend: BlsBackend, pubkey: string, message: string, signature: string): boolean {
  try {
    const raw = { key: unhex(pubkey), message: unhex(message), signature: unhex(signature) };
    return backend.verify(decoded(backend, raw));
  } catch {
    return false;
  }
}

function decodes(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
}

describe('BLS vectors', () => {
  for (const backend of BACKENDS) {
    describe(`bls12-381-tests with ${backend.name}`, () => {
      for (const { name, input, output } of ETHEREUM.deserialization_G1) {
        it(`G1 ${name}`, () => {
          const expected = output && name !== IDENTITY_CASE;
          assert.equal(
            decodes(() => backend.decodePublicKey(unhex(input), 'x')),
            expected,
          );
        });
      }
      for (const { name, input, output } of ETHEREUM.deserialization_G2) {
        it(`G2 ${name}`, () => {
          const expected = output && name !== IDENTITY_CASE;
          assert.equal(
            decodes(() => backend.decodeSignature(unhex(input), 'x')),
            expected,
          );
        });
      }
      ETHEREUM.sign.forEach(({ pubkey, message, output }, i) => {
        it(`verify ${i}: wrong key and tampered signature refused, the right ones accepted`, () => {
          const wrongKey = ETHEREUM.sign[(i + 3) % ETHEREUM.sign.length]?.pubkey ?? '';
          assert.equal(verifies(backend, wrongKey, message, output), false);
          assert.equal(verifies(backend, pubkey, message, `${output.slice(0, -8)}ffffffff`), false);
          assert.equal(verifies(backend, pubkey, message, output), true);
        });
      });
      it('verifycase_one_privkey', () => {
        const { pubkey, message, output } = ETHEREUM.one_privkey;
        assert.equal(verifies(backend, pubkey, message, output), true);
      });
      it('verify_infinity_pubkey_and_infinity_signature', () => {
        const infinity = (bytes: number) => `c0${'00'.repeat(bytes - 1)}`;
        assert.equal(verifies(backend, infinity(48), '12'.repeat(32), infinity(96)), false);
      });
      it('batch_verify of every sign case', () => {
        const signed = ETHEREUM.sign.map((one) =>
          decoded(backend, {
            key: unhex(one.pubkey),
            message: unhex(one.message),
            signature: unhex(one.output),
          }),
        );
        assert.deepEqual(findInvalidSignatures(signed, backend), []);
      });
    });
  }

  for (const [name, binding] of [
    ['noble', null],
    ['blst', blstBinding()],
  ] as const) {
    describe(`bls12-381-tests sign with ${name}`, () => {
      [...ETHEREUM.sign, ETHEREUM.one_privkey].forEach(({ privkey, pubkey, message, output }, i) => {
        it(`sign ${i}`, () => {
          const key = new BlsKey(unhex(privkey.padStart(64, '0')), binding);
          assert.equal(hex(key.publicKey), pubkey);
          assert.equal(hex(key.sign(unhex(message))), output);
        });
      });
    });
  }

  describe('RFC 9380 J.10.1', () => {
    const { dst, vectors } = load('rfc9380-g2.json') as HashVectors;
    for (const { msg, x, y } of vectors) {
      it(`hashes "${msg.slice(0, 20)}"`, () => {
        const point = G2.hashToCurve(utf8(msg), { DST: dst }).toAffine();
        const words = [point.x.c0, point.x.c1, point.y.c0, point.y.c1];
        assert.deepEqual(
          words,
          [...x, ...y].map((word) => BigInt(`0x${word}`)),
        );
      });
    }
  });

  describe('EIP-2333 master keys', () => {
    for (const { seed, master } of (load('eip2333.json') as KeyVectors).keys) {
      it(`derives ${master.slice(0, 12)}`, () => {
        const scalar = deriveBlsScalar(unhex(seed));
        assert.equal(bytesToBigint(scalar), BigInt(master));
        assert.deepEqual(blstBinding().SecretKey.fromKeygen(unhex(seed)).toBytes(), scalar);
      });
    }
  });
});
