import assert from 'node:assert/strict';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodePoint,
  decodeScalar,
  encodeScalar,
  hashToScalar,
  RISTRETTO_ORDER,
} from '@gridveil/chaincode/crypto/ristretto.js';
import { embeddedWasm } from '@gridveil/chaincode/crypto/embedded-wasm.js';
import { RISTRETTO_WASM_BASE64 } from '@gridveil/chaincode/crypto/generated/ristretto-wasm.js';
import { productsVanishVartime, ReceivedPoint } from '@gridveil/chaincode/crypto/received-point.js';
import {
  newRistrettoEngine,
  ristrettoEngine,
  windowBits,
  type RistrettoExports,
} from '@gridveil/chaincode/crypto/ristretto-engine.js';
import {
  preparePoint,
  RistrettoSum,
  sumOfProductsVartime,
  type Product,
} from '@gridveil/chaincode/crypto/ristretto-sum.js';
import { loadRistrettoSecrets } from '@gridveil/client/crypto/ristretto-secret.js';
import { seededBytes } from '../../helpers/seeded-bytes.js';
import { decode, encode, little, P, times } from '../../helpers/signcryption-reference.js';
import { refused } from '../../helpers/refused.js';
import { unhex } from '../../helpers/bls.js';

const { Point } = ristretto255;
const q = RISTRETTO_ORDER;
const random = seededBytes('ristretto unit test');
const scalar = (): bigint => little(random(64)) % q;

/** RFC 9496, appendix A.2. */
const BAD_ENCODINGS = [
  // Non-canonical field elements.
  '00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  // Negative field elements.
  '0100000000000000000000000000000000000000000000000000000000000000',
  '01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20',
  // Non-square x².
  '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371',
  '4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f',
  // Negative x·y.
  '3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e',
  // s = -1, which causes y = 0.
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

/** RFC 9496, appendix A.1: multiples of the generator from 0. */
const MULTIPLES = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76',
  '6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919',
  '94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259',
  'da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57',
  'e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e',
];

describe('ristretto255', () => {
  it('rejects every bad encoding of RFC 9496, and other lengths', () => {
    for (const bad of [...BAD_ENCODINGS, '', '00', 'ff'.repeat(33)])
      assert.throws(() => decodePoint(unhex(bad), 'point'), refused('BAD_FIELD', { field: 'point' }));
    for (const bad of BAD_ENCODINGS) assert.equal(decode(unhex(bad)), undefined);
  });

  it('rejects the identity where a point has to be proper, with and without WebAssembly', () => {
    assert.ok(decodePoint(new Uint8Array(32), 'point').is0());
    for (const engine of [ristrettoEngine(), null])
      for (const bad of [...BAD_ENCODINGS, MULTIPLES[0] ?? '', ''])
        assert.throws(
          () => new ReceivedPoint(unhex(bad), 'point', engine),
          refused('BAD_FIELD', { field: 'point' }),
        );
  });

  it('rejects scalars that are not reduced', () => {
    assert.equal(decodeScalar(encodeScalar(q - 1n), 'z'), q - 1n);
    for (const bad of [encodeScalar(q), new Uint8Array(32).fill(255), new Uint8Array(31)])
      assert.throws(() => decodeScalar(bad, 'z'), refused('BAD_FIELD', { field: 'z' }));
  });

  it('hashes to scalars below q', () => {
    assert.notEqual(hashToScalar(utf8('a')), hashToScalar(utf8('b')));
    for (let i = 0; i < 50; i++) assert.ok(hashToScalar(random(10)) < q);
  });

  it('noble, libsodium and the reference know the multiples of RFC 9496', async () => {
    const { timesGenerator } = await loadRistrettoSecrets();
    MULTIPLES.forEach((hex, i) => {
      const bytes = unhex(hex);
      assert.deepEqual(decodePoint(bytes, 'point').toBytes(), bytes);
      assert.deepEqual(encode(times(BigInt(i), P)), bytes);
      if (i > 0) assert.deepEqual(timesGenerator(encodeScalar(BigInt(i))), bytes);
    });
  });

  describe('secret scalars', () => {
    it('multiply, add and reduce as BigInt does', async () => {
      const ristretto = await loadRistrettoSecrets();
      const [a, b, c] = [scalar(), scalar(), scalar()];
      assert.equal(
        little(ristretto.multiplyAdd(encodeScalar(a), encodeScalar(b), encodeScalar(c))),
        (a * b + c) % q,
      );
      const wide = random(64);
      assert.equal(little(ristretto.reduce(wide)), little(wide) % q);
      const point = Point.BASE.multiply(b);
      assert.deepEqual(ristretto.times(encodeScalar(a), point.toBytes()), point.multiply(a).toBytes());
    });

    it('have no product with the identity or with bytes that are no point', async () => {
      const { times: product, timesGenerator } = await loadRistrettoSecrets();
      for (const bad of [...BAD_ENCODINGS, MULTIPLES[0] ?? ''])
        assert.equal(product(encodeScalar(5n), unhex(bad)), undefined);
      assert.equal(product(new Uint8Array(32), unhex(MULTIPLES[1] ?? '')), undefined);
      assert.throws(() => timesGenerator(new Uint8Array(32)), RangeError);
    });
  });
});

describe('sums of products on ristretto255', () => {
  const products = (count: number, next: (i: number) => bigint): Product[] =>
    Array.from({ length: count }, (_, i) => ({
      point: preparePoint(Point.BASE.multiply(BigInt(i + 1))),
      scalar: next(i),
    }));
  const expected = (terms: readonly Product[]) => {
    const sum = terms.reduce((total, { scalar: k }, i) => total + k * BigInt(i + 1), 0n) % q;
    return sum === 0n ? Point.ZERO : Point.BASE.multiply(sum);
  };

  it('reject scalars that are not reduced', () => {
    for (const bad of [-1n, q]) assert.throws(() => sumOfProductsVartime(products(1, () => bad)), RangeError);
  });

  it('are what noble computes, for any number of terms', () => {
    for (const count of [0, 1, 2, 3, 7, 40, 150]) {
      const terms = products(count, scalar);
      assert.ok(sumOfProductsVartime(terms).equals(expected(terms)), `${count} terms`);
    }
  });

  it('are right for scalars at the borders of digits', () => {
    const special = [0n, 1n, 2n, q - 1n, q - 2n, 2n ** 252n, 2n ** 252n - 1n, 7n, 8n, 127n, 128n, 129n];
    for (let shift = 0n; shift < 252n; shift += 5n) special.push(1n << shift, ((1n << shift) - 1n) % q);
    for (const count of [1, 2, 12]) {
      for (let i = 0; i < special.length; i += count) {
        const terms = products(Math.min(count, special.length - i), (j) => special[i + j] ?? 0n);
        assert.ok(sumOfProductsVartime(terms).equals(expected(terms)));
      }
    }
  });

  it('cancel to the identity, equal terms and opposite terms included', () => {
    const point = preparePoint(Point.BASE.multiply(5n));
    for (const k of [1n, 3n, q - 1n, scalar()]) {
      const opposite = [k, k, q - k, q - k].map((each) => ({ point, scalar: each }));
      assert.ok(sumOfProductsVartime(opposite).is0());
      assert.ok(!sumOfProductsVartime(opposite.slice(1)).is0());
    }
  });

  it('double and add to what noble does, from the identity on', () => {
    const sum = new RistrettoSum();
    assert.ok(sum.isStart);
    assert.ok(sum.double(3).point.is0());
    sum.addPrepared(preparePoint(Point.BASE), false).double(5);
    assert.ok(sum.point.equals(Point.BASE.multiply(32n)));
    assert.ok(sum.addSum(sum).point.equals(Point.BASE.multiply(64n)));
    assert.ok(sum.addPrepared(preparePoint(Point.BASE), true).point.equals(Point.BASE.multiply(63n)));
    assert.ok(!sum.isStart);
  });
});

describe('ristretto255 in WebAssembly', () => {
  const engine = ristrettoEngine();
  assert.ok(engine, 'WebAssembly runs on every Node.js that Gridveil takes');

  it('decodes what noble decodes and nothing else', () => {
    for (const bad of [...BAD_ENCODINGS, '', '00', 'ff'.repeat(33)])
      assert.ok(!engine.decodes(unhex(bad)), bad);
    for (const good of MULTIPLES) assert.ok(engine.decodes(unhex(good)), good);
    for (let i = 0; i < 400; i++) {
      const bytes = random(32);
      // Every other one a small non-negative number: half of those are points.
      if (i % 2 === 0) bytes.fill(0, 2);
      bytes[0] = (bytes[0] ?? 0) & 0xfe;
      bytes[31] = (bytes[31] ?? 0) & 0x7f;
      let expected = true;
      try {
        Point.fromBytes(bytes);
      } catch {
        expected = false;
      }
      assert.equal(engine.decodes(bytes), expected, Buffer.from(bytes).toString('hex'));
    }
  });

  const received = (k: bigint) => new ReceivedPoint(Point.BASE.multiply(k).toBytes(), 'point');
  /** Products that vanish with a last one. */
  const vanishing = (scalars: readonly bigint[]) => {
    const terms = scalars.map((k, i) => ({ point: received(BigInt(3 * i + 1)), scalar: k }));
    const sum = scalars.reduce((total, k, i) => total + k * BigInt(3 * i + 1), 0n) % q;
    return [...terms, { point: received(1n), scalar: (q - sum) % q }];
  };

  it('sums as BigInt does, for any number of products and any scalars', () => {
    const special = [0n, 1n, q - 1n, 2n ** 252n, 2n ** 252n - 1n, 2n ** 128n - 1n, q / 2n, q / 2n + 1n];
    for (let shift = 0n; shift < 252n; shift += 7n) special.push(1n << shift, (1n << shift) - 1n);
    for (const scalars of [
      [],
      ...special.map((k) => [k]),
      special,
      Array.from({ length: 90 }, scalar),
      Array.from({ length: 700 }, (_, i) => (i % 3 === 0 ? BigInt(i) : scalar())),
    ]) {
      const terms = vanishing(scalars);
      const [last] = terms.slice(-1);
      assert.ok(last);
      const off = [...terms.slice(0, -1), { ...last, scalar: (last.scalar + 1n) % q }];
      for (const by of scalars.length > 100 ? [engine] : [engine, null]) {
        assert.equal(productsVanishVartime(terms, by), true);
        assert.equal(productsVanishVartime(off, by), false);
      }
    }
  });

  it('knows the identity in every coset: sums whose points are of small order', () => {
    const k = scalar();
    for (const terms of [
      [],
      [{ point: received(5n), scalar: 0n }],
      [k, q - k].map((each) => ({ point: received(7n), scalar: each })),
      [2n, q - 1n].map((each, i) => ({ point: received(i === 0 ? 9n : 18n), scalar: each })),
    ])
      assert.equal(productsVanishVartime(terms, engine), true);
  });

  it('refuses scalars that are not reduced and bytes that are no point', () => {
    for (const bad of [-1n, q])
      for (const by of [engine, null])
        assert.throws(() => productsVanishVartime([{ point: received(1n), scalar: bad }], by), RangeError);
    assert.throws(() => engine.vanishes([{ point: unhex(BAD_ENCODINGS[0] ?? ''), scalar: 1n }]), RangeError);
  });

  const newExports = embeddedWasm<RistrettoExports>(RISTRETTO_WASM_BASE64) as () => RistrettoExports;

  it('is not used where it is missing or computes wrongly', () => {
    assert.equal(
      newRistrettoEngine(() => undefined),
      null,
    );
    const wrong = (changes: Partial<RistrettoExports>) =>
      newRistrettoEngine(() => {
        const exports = newExports();
        return { ...exports, ...changes };
      });
    assert.ok(wrong({}));
    for (const changes of [
      { sumVanishes: () => 1 },
      { sumVanishes: () => 0 },
      { decode: () => 1 },
      { decode: () => 0 },
      { setConstant: () => undefined },
    ] satisfies Partial<RistrettoExports>[])
      assert.equal(wrong(changes), null);
  });

  it('takes wider windows for more products', () => {
    assert.ok(windowBits(1) <= windowBits(300) && windowBits(300) < windowBits(30_000));
  });
});
