import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findInvalidSignatures } from '@gridveil/chaincode/crypto/bls.js';
import type { BlsBackend } from '@gridveil/chaincode/crypto/bls-suite.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { BlsKey, deriveBlsScalar } from '@gridveil/client/crypto/bls-key.js';
import { BACKENDS, blstBinding, decoded, type RawSigned } from '../../helpers/bls.js';
import { fuzz } from '../../helpers/fuzz.js';

const KEYS = [1, 2, 3, 4].map((n) => new BlsKey(deriveBlsScalar(new Uint8Array(32).fill(n))));
const anyKey = fc.constantFrom(...KEYS);
const anyMessage = fc.uint8Array({ maxLength: 300 });

/** What a backend says to these bytes: accepted, or the code and facts of the refusal. */
function verdict(decode: () => unknown): unknown {
  try {
    decode();
    return 'accepted';
  } catch (error) {
    assert.ok(error instanceof GridveilError, String(error));
    return { code: error.code, facts: error.facts };
  }
}

function sameVerdict(decode: (backend: BlsBackend) => unknown): unknown {
  const [first, second] = BACKENDS.map((backend) => verdict(() => decode(backend)));
  assert.deepEqual(first, second);
  return first;
}

/** Random bytes whose top bits are likely flags, so that many pass the form and some are on the curve. */
function pointLike(sizeBytes: number) {
  return fc
    .tuple(
      fc.constantFrom(0x80, 0xa0, 0xc0, 0xe0, 0x00, 0x20),
      fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes }),
    )
    .map(([flags, bytes]) => Uint8Array.from(bytes, (byte, i) => (i === 0 ? flags | (byte & 0x1f) : byte)));
}

/** A genuine encoding with one byte changed, cut or lengthened. */
function damaged(genuine: fc.Arbitrary<Uint8Array>) {
  return fc
    .tuple(genuine, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.integer({ min: -2, max: 2 }))
    .map(([bytes, at, value, longer]) => {
      const copy = new Uint8Array(bytes.length + longer);
      copy.set(bytes.subarray(0, copy.length));
      copy[at % copy.length] = value;
      return copy;
    });
}

type Damage = 'none' | 'message' | 'key' | 'signature' | 'swap';

interface Plan {
  readonly key: BlsKey;
  readonly message: Uint8Array;
  readonly damage: Damage;
}

function rawBatch(plans: readonly Plan[]): RawSigned[] {
  return plans.map(({ key, message, damage }) => {
    const other = KEYS.find((candidate) => candidate !== key) as BlsKey;
    const changed = Uint8Array.of(...message, 1);
    return {
      key: damage === 'key' ? other.publicKey : key.publicKey,
      message: damage === 'message' ? changed : message,
      signature:
        damage === 'signature'
          ? key.sign(changed)
          : damage === 'swap'
            ? other.sign(message)
            : key.sign(message),
    };
  });
}

describe('BLS properties', () => {
  it('both backends say the same to any bytes as a key', () => {
    const bytes = fc.oneof(
      pointLike(48),
      damaged(anyKey.map((key) => key.publicKey)),
      fc.uint8Array({ maxLength: 100 }),
    );
    fc.assert(
      fc.property(bytes, (input) => void sameVerdict((backend) => backend.decodePublicKey(input, 'x'))),
      fuzz(300),
    );
  });

  it('both backends say the same to any bytes as a signature', () => {
    const genuine = fc.tuple(anyKey, fc.constantFrom(Uint8Array.of(1), Uint8Array.of(2)));
    const bytes = fc.oneof(
      pointLike(96),
      damaged(genuine.map(([key, message]) => key.sign(message))),
      fc.uint8Array({ maxLength: 200 }),
    );
    fc.assert(
      fc.property(bytes, (input) => void sameVerdict((backend) => backend.decodeSignature(input, 'x'))),
      fuzz(200),
    );
  });

  it('both backends accept what was encoded, and give its bytes back', () => {
    fc.assert(
      fc.property(anyKey, anyMessage, (key, message) => {
        const raw = { key: key.publicKey, message, signature: key.sign(message) };
        for (const backend of BACKENDS) {
          const one = decoded(backend, raw);
          assert.deepEqual([one.key.bytes, one.signature.bytes], [raw.key, raw.signature]);
          assert.ok(backend.verify(one));
        }
      }),
      fuzz(5),
    );
  });

  it('noble and blst sign alike for any scalar and message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 64 }), anyMessage, (seed, message) => {
        const scalar = deriveBlsScalar(seed);
        const [noble, native] = [new BlsKey(scalar, null), new BlsKey(scalar, blstBinding())];
        assert.deepEqual(noble.publicKey, native.publicKey);
        assert.deepEqual(noble.sign(message), native.sign(message));
      }),
      fuzz(10),
    );
  });

  it('both backends name exactly the damaged entries of any batch', () => {
    const plan = fc.record({
      key: anyKey,
      message: anyMessage,
      damage: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Damage>('none') },
        { weight: 1, arbitrary: fc.constantFrom<Damage>('message', 'key', 'signature', 'swap') },
      ),
    });
    fc.assert(
      fc.property(fc.array(plan, { maxLength: 7 }), (plans) => {
        const raw = rawBatch(plans);
        const expected = plans.flatMap(({ damage }, i) => (damage === 'none' ? [] : [i]));
        for (const backend of BACKENDS) {
          const signed = raw.map((one) => decoded(backend, one));
          assert.deepEqual(findInvalidSignatures(signed, backend), expected, backend.name);
        }
      }),
      fuzz(12),
    );
  });
});
