import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { newRistrettoEngine } from '@gridveil/chaincode/crypto/ristretto-engine.js';
import type { RistrettoPoint } from '@gridveil/chaincode/crypto/ristretto.js';
import { tableSums } from '@gridveil/client/crypto/ristretto-table.js';

const { Point } = ristretto255;
const { ORDER } = Point.Fn;
const POINTS = [Point.BASE, Point.BASE.multiply(5n), Point.BASE.multiply(ORDER - 7n)];
const FACTORS = [1n, 5n, ORDER - 7n];
const EDGES = [
  0n,
  1n,
  127n,
  128n,
  129n,
  255n,
  256n,
  2n ** 216n - 1n,
  2n ** 253n - 1n,
  ORDER - 1n,
  ORDER / 3n,
];

for (const [name, engine] of [
  ['WebAssembly', newRistrettoEngine()],
  ['BigInt', null],
] as const)
  describe(`sums from tables, ${name}`, () => {
    const sums = tableSums(POINTS, engine);
    const times = (scalar: bigint): RistrettoPoint => Point.BASE.multiplyUnsafe(scalar % ORDER);
    const check = (...scalars: readonly bigint[]): void => {
      const expected = scalars.reduce((sum, scalar, i) => sum + scalar * (FACTORS[i % 3] ?? 0n), 0n);
      const sum = sums.sum(scalars.map((scalar, i) => ({ table: i % 3, scalar })));
      assert.deepEqual(sum, times(expected).toBytes(), scalars.join());
    };

    it('are those of noble for scalars at every edge, alone and together', () => {
      if (name === 'WebAssembly') assert.ok(engine, 'WebAssembly runs here');
      check();
      for (const scalar of EDGES) {
        check(scalar);
        check(0n, scalar);
        check(scalar, scalar, scalar);
        check(scalar, 3n, 0n, (ORDER - (scalar % ORDER)) % ORDER);
      }
    });

    it('are those of noble for any scalars, one after the other', () => {
      for (let i = 0; i < 40; i++)
        check(...Array.from({ length: 1 + (i % 5) }, () => bytesToBigint(randomBytes(31))));
    });

    it('refuse scalars that do not fit', () => {
      for (const scalar of [-1n, 2n ** 253n])
        assert.throws(() => sums.sum([{ table: 0, scalar }]), RangeError);
      check(1n, 2n, 3n);
    });
  });
