import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  blsBackend,
  blsBackendStatus,
  findInvalidSignatures,
  provesPossession,
} from '@gridveil/chaincode/crypto/bls.js';
import { loadBlst } from '@gridveil/chaincode/crypto/bls-blst.js';
import { batchWeights, type BlsBackend, type SignedMessage } from '@gridveil/chaincode/crypto/bls-suite.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { BlsKey, deriveBlsScalar, generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import {
  BACKENDS,
  blstBinding,
  decoded,
  encodeAnyG1,
  encodeAnyG2,
  G1,
  G2,
  fields,
  hex,
  ORDER_3_KEY,
  order13Signature,
  unhex,
  type RawSigned,
} from '../../helpers/bls.js';
import { refused } from '../../helpers/refused.js';

const MODULUS = fields.Fp.ORDER.toString(16).padStart(96, '0');
const KEYS = [1, 2, 3, 4, 5, 6, 7].map((n) =>
  generateBlsKey({ randomBytes: () => new Uint8Array(32).fill(n) }),
);
const MESSAGE = utf8('a report');

function signedBy(key: BlsKey, message = MESSAGE): RawSigned {
  return { key: key.publicKey, message, signature: key.sign(message) };
}

const ALL = KEYS.map((key, i) => signedBy(key, utf8(`report ${i}`)));

function sum(signature: Uint8Array, ...others: readonly ReturnType<typeof G2.Point.fromBytes>[]): Uint8Array {
  return encodeAnyG2(others.reduce((total, other) => total.add(other), G2.Point.fromBytes(signature)));
}

function withFlags(bytes: Uint8Array, flags: number): Uint8Array {
  const copy = bytes.slice();
  copy[0] = ((copy[0] ?? 0) & 0x1f) | flags;
  return copy;
}

const [KEY, OTHER] = KEYS as [BlsKey, BlsKey];
const SIGNATURE = KEY.sign(MESSAGE);
const GENUINE_FLAGS = (bytes: Uint8Array): number => (bytes[0] ?? 0) & 0xe0;

const BAD_KEYS: readonly (readonly [string, Uint8Array, string])[] = [
  ['the identity', unhex(`c0${'00'.repeat(47)}`), 'it is the identity'],
  ['the identity with a sign', unhex(`e0${'00'.repeat(47)}`), 'its encoding is not canonical'],
  ['the identity without its flag', unhex(`80${'00'.repeat(47)}`), 'it is not in the prime-order group'],
  ['a point of order 3', encodeAnyG1(ORDER_3_KEY), 'it is not in the prime-order group'],
  ['its negative', encodeAnyG1(ORDER_3_KEY.negate()), 'it is not in the prime-order group'],
  [
    'a key with an order-3 part',
    encodeAnyG1(G1.Point.fromBytes(KEY.publicKey).add(ORDER_3_KEY)),
    'it is not in the prime-order group',
  ],
  ['x = p', unhex(`9${MODULUS.slice(1)}`), 'its encoding is not canonical'],
  ['x = 2^381 - 1', unhex(`9f${'ff'.repeat(47)}`), 'its encoding is not canonical'],
  [
    'no compression flag',
    withFlags(KEY.publicKey, GENUINE_FLAGS(KEY.publicKey) & 0x7f),
    'its encoding is not canonical',
  ],
  ['an infinity flag on a point', withFlags(KEY.publicKey, 0xc0), 'its encoding is not canonical'],
];
const BAD_SIGNATURES: readonly (readonly [string, Uint8Array, string])[] = [
  ['the identity', unhex(`c0${'00'.repeat(95)}`), 'it is the identity'],
  ['the identity with a sign', unhex(`e0${'00'.repeat(95)}`), 'its encoding is not canonical'],
  ['the identity with a late bit', unhex(`c0${'00'.repeat(94)}01`), 'its encoding is not canonical'],
  ['a point of order 13', encodeAnyG2(order13Signature()), 'it is not in the prime-order group'],
  [
    'a signature with an order-13 part',
    sum(SIGNATURE, order13Signature()),
    'it is not in the prime-order group',
  ],
  ['Re x = p', unhex(`80${'00'.repeat(47)}${MODULUS}`), 'its encoding is not canonical'],
  ['Im x = p', unhex(`9${MODULUS.slice(1)}${'00'.repeat(48)}`), 'its encoding is not canonical'],
  [
    'flags in the second coordinate',
    unhex(`${hex(SIGNATURE.subarray(0, 48))}8${'0'.repeat(95)}`),
    'its encoding is not canonical',
  ],
  [
    'no compression flag',
    withFlags(SIGNATURE, GENUINE_FLAGS(SIGNATURE) & 0x7f),
    'its encoding is not canonical',
  ],
];

describe('BLS', () => {
  it('bad points of the tests are on the curve and of the order they claim', () => {
    assert.ok(ORDER_3_KEY.add(ORDER_3_KEY).add(ORDER_3_KEY).is0());
    const point = order13Signature();
    assert.ok(!point.is0());
    assert.ok(point.multiplyUnsafe(12n).add(point).is0());
  });

  for (const backend of BACKENDS) {
    describe(`with ${backend.name}`, () => {
      for (const [name, bytes, reason] of BAD_KEYS) {
        it(`rejects as a key: ${name}`, () => {
          assert.throws(
            () => backend.decodePublicKey(bytes, 'Key'),
            refused('BAD_BLS_POINT', { what: 'Key', reason }),
          );
        });
      }
      for (const [name, bytes, reason] of BAD_SIGNATURES) {
        it(`rejects as a signature: ${name}`, () => {
          assert.throws(
            () => backend.decodeSignature(bytes, 'Sig'),
            refused('BAD_BLS_POINT', { what: 'Sig', reason }),
          );
        });
      }
      it('rejects every other length, uncompressed points included', () => {
        for (const size of [0, 1, 47, 49, 96]) {
          const code = refused('BAD_LENGTH', { expectedBytes: 48, actualBytes: size });
          assert.throws(() => backend.decodePublicKey(new Uint8Array(size), 'Key'), code);
        }
        for (const bytes of [
          new Uint8Array(0),
          SIGNATURE.subarray(1),
          G2.Point.fromBytes(SIGNATURE).toBytes(false),
        ])
          assert.throws(
            () => backend.decodeSignature(bytes, 'Sig'),
            refused('BAD_LENGTH', { expectedBytes: 96 }),
          );
      });
      it('rejects points that another backend decoded', () => {
        const other = BACKENDS.find(({ name }) => name !== backend.name) as BlsBackend;
        const [own, foreign] = [decoded(backend, signedBy(KEY)), decoded(other, signedBy(KEY))];
        assert.throws(() => backend.verify({ ...own, key: foreign.key }), TypeError);
        assert.throws(() => backend.verify({ ...own, signature: foreign.signature }), TypeError);
        assert.throws(() => backend.batch([own, foreign]), TypeError);
      });
      it('keeps what it decoded when the input changes afterwards', () => {
        const raw = { ...signedBy(KEY), key: KEY.publicKey.slice() };
        const one = decoded(backend, raw);
        raw.key.fill(0);
        assert.deepEqual(one.key.bytes, KEY.publicKey);
        assert.ok(backend.verify(one));
      });
      it('rejects another key, message or signature', () => {
        const right = decoded(backend, signedBy(KEY));
        const other = decoded(backend, signedBy(OTHER, utf8('other')));
        assert.equal(backend.verify({ ...right, key: other.key }), false);
        assert.equal(backend.verify({ ...right, message: other.message }), false);
        assert.equal(backend.verify({ ...right, signature: other.signature }), false);
        assert.ok(backend.verify(right));
        assert.ok(backend.verify(decoded(backend, signedBy(KEY, new Uint8Array(0)))));
      });
      it('tells a proof of possession from a signature of the same bytes, and whose it is', () => {
        const key = backend.decodePublicKey(KEY.publicKey, 'Key');
        const proof = (bytes: Uint8Array) => backend.decodeSignature(bytes, 'Proof');
        assert.equal(backend.verifyPossession(key, proof(KEY.sign(KEY.publicKey))), false);
        assert.equal(backend.verifyPossession(key, proof(OTHER.provePossession())), false);
        assert.equal(
          backend.verify({ key, message: KEY.publicKey, signature: proof(KEY.provePossession()) }),
          false,
        );
        assert.ok(backend.verifyPossession(key, proof(KEY.provePossession())));
      });
      it('has no proof of possession for a rogue key, which fools only the sum of keys', () => {
        const victim = G1.Point.fromBytes(OTHER.publicKey);
        const rogue = G1.Point.fromBytes(KEY.publicKey).add(victim.negate()).toBytes(true);
        const key = backend.decodePublicKey(rogue, 'Key');
        const forged = backend.decodeSignature(KEY.sign(MESSAGE), 'Sig');
        const sumOfKeys = backend.decodePublicKey(KEY.publicKey, 'Key');
        assert.ok(backend.verify({ key: sumOfKeys, message: MESSAGE, signature: forged }));
        const victimKey = backend.decodePublicKey(OTHER.publicKey, 'Key');
        const pair = [key, victimKey].map((one) => ({ key: one, message: MESSAGE, signature: forged }));
        assert.deepEqual(findInvalidSignatures(pair, backend), [0, 1]);
        for (const bytes of [KEY.provePossession(), OTHER.provePossession()])
          assert.equal(backend.verifyPossession(key, backend.decodeSignature(bytes, 'Proof')), false);
      });
      it('names signatures that only cancel each other', () => {
        const shift = G2.Point.BASE;
        const signed = ALL.map((one, i) => ({
          ...one,
          signature:
            i === 2
              ? sum(one.signature, shift)
              : i === 5
                ? sum(one.signature, shift.negate())
                : one.signature,
        }));
        assert.deepEqual(
          findInvalidSignatures(
            signed.map((one) => decoded(backend, one)),
            backend,
          ),
          [2, 5],
        );
      });
      it('names swapped signatures of one message, whose sum is right', () => {
        const [a, b] = [signedBy(KEY), signedBy(OTHER)];
        const swapped = [
          { ...a, signature: b.signature },
          { ...b, signature: a.signature },
        ];
        assert.deepEqual(
          findInvalidSignatures(
            swapped.map((one) => decoded(backend, one)),
            backend,
          ),
          [0, 1],
        );
      });
      it('judges keys that add up to the identity one by one', () => {
        const [{ scalar }] = [{ scalar: KEY.exportScalar() }];
        const negative = fields.Fr.ORDER - BigInt(`0x${hex(scalar)}`);
        const opposite = new BlsKey(unhex(negative.toString(16).padStart(64, '0')));
        const pair = [signedBy(KEY), signedBy(opposite)].map((one) => decoded(backend, one));
        assert.deepEqual(findInvalidSignatures(pair, backend), []);
        const crossed = [signedBy(OTHER), signedBy(OTHER)].map(({ signature }, i) => ({
          ...(pair[i] as SignedMessage),
          signature: backend.decodeSignature(signature, 'Sig'),
        }));
        assert.deepEqual(findInvalidSignatures(crossed, backend), [0, 1]);
      });
      it('finds nothing in nothing, and tests parts of a batch', () => {
        assert.deepEqual(findInvalidSignatures([], backend), []);
        const signed = ALL.map((one) => decoded(backend, one));
        const broken = signed.map((one, i) => (i === 3 ? { ...one, message: MESSAGE } : one));
        const batch = backend.batch(broken);
        const held = [
          [0, 0],
          [0, 3],
          [4, 7],
          [3, 4],
          [0, 7],
        ].map(([a = 0, b = 0]) => batch.holds(a, b));
        assert.deepEqual(held, [true, true, true, false, false]);
      });
    });
  }

  it('weighs by everything in the batch, never by zero', () => {
    const [backend] = BACKENDS as [BlsBackend];
    const signed = ALL.map((one) => decoded(backend, one));
    const weights = batchWeights(signed);
    assert.deepEqual(weights, batchWeights(signed));
    assert.ok(weights.every((weight) => weight > 0n && weight < 1n << 128n));
    assert.equal(new Set(weights).size, signed.length);
    const changed: readonly Partial<SignedMessage>[] = [
      { message: MESSAGE },
      { key: signed[1]?.key as SignedMessage['key'] },
      { signature: signed[1]?.signature as SignedMessage['signature'] },
    ];
    for (const change of changed) {
      const others = batchWeights([{ ...(signed[0] as SignedMessage), ...change }, ...signed.slice(1)]);
      assert.ok(others.every((weight, i) => weight !== weights[i]));
    }
  });
});

describe('BLS backend', () => {
  it('falls back to noble when blst does not load or gives wrong answers, and says why', () => {
    const binding = blstBinding();
    const absent = loadBlst(() => {
      throw new Error('no binary for this platform');
    });
    assert.deepEqual(absent, { problem: 'it did not load (no binary for this platform)' });
    const failed = { problem: 'its self-test failed' };
    assert.deepEqual(
      loadBlst(() => ({ ...binding, verify: () => true })),
      failed,
    );
    assert.deepEqual(
      loadBlst(() => ({ ...binding, verifyMultipleAggregateSignatures: () => true })),
      failed,
    );
    assert.deepEqual(
      loadBlst(() => binding),
      { binding },
    );
    assert.ok('problem' in loadBlst(() => ({})));
  });

  it('is blst where it loads', () => {
    assert.deepEqual(blsBackendStatus(), { backend: 'blst' });
    assert.equal(blsBackend().name, 'blst');
  });
});

describe('BLS keys', () => {
  it('rejects scalars that are none, and short seeds', () => {
    const order = fields.Fr.ORDER.toString(16);
    for (const text of ['00'.repeat(32), order, 'ff'.repeat(32), '01', `${'00'.repeat(32)}01`, ''])
      assert.throws(() => new BlsKey(unhex(text)), RangeError);
    assert.throws(() => deriveBlsScalar(new Uint8Array(31)), RangeError);
    assert.ok(new BlsKey(unhex((fields.Fr.ORDER - 1n).toString(16))).publicKey.length === 48);
  });

  it('shows its scalar to nobody who does not ask for it', () => {
    const scalar = hex(KEY.exportScalar());
    assert.ok(
      !JSON.stringify(KEY).includes(scalar) &&
        !inspect(KEY, { showHidden: true, depth: 9 }).includes(scalar.slice(0, 8)),
    );
    assert.deepEqual(Object.keys(KEY), ['publicKey']);
  });

  it('draws from the given source, once, and overwrites what it drew', () => {
    const drawn: Uint8Array[] = [];
    const source = (sizeBytes: number): Uint8Array => {
      drawn.push(new Uint8Array(sizeBytes).fill(9));
      return drawn.at(-1) as Uint8Array;
    };
    const keys = [null, blstBinding()].map((binding) => generateBlsKey({ randomBytes: source, binding }));
    assert.deepEqual(drawn, [new Uint8Array(32), new Uint8Array(32)]);
    assert.deepEqual(keys[0]?.exportScalar(), deriveBlsScalar(new Uint8Array(32).fill(9)));
    assert.deepEqual(keys[0]?.publicKey, keys[1]?.publicKey);
    assert.notDeepEqual(generateBlsKey().publicKey, generateBlsKey().publicKey);
  });

  it('signs no more after it was erased', () => {
    for (const binding of [null, blstBinding()]) {
      const key = generateBlsKey({ binding });
      key.erase();
      for (const use of [() => key.sign(MESSAGE), () => key.provePossession(), () => key.exportScalar()])
        assert.throws(use, TypeError);
    }
  });

  it('remembers which proofs of possession held, and takes none for another key or with another byte', () => {
    const backend = blsBackend();
    const key = backend.decodePublicKey(KEY.publicKey, 'Key');
    const other = backend.decodePublicKey(OTHER.publicKey, 'Key');
    const own = backend.decodeSignature(KEY.provePossession(), 'Proof');
    const signature = backend.decodeSignature(KEY.sign(KEY.publicKey), 'Proof');
    for (let time = 0; time < 2; time++) {
      assert.ok(provesPossession(key, own));
      assert.equal(provesPossession(other, own), false);
      assert.equal(provesPossession(key, signature), false);
    }
  });
});
