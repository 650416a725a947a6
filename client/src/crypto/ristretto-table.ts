/**
 * Sums of fixed-base products on ristretto255: scalars times points that never change, from tables. Used by meters for range proofs.
 *
 * A scalar is written in signed digits of 8 bits; a table holds k·256^j times its point for k from 1 to 128, so a product of 216 bits takes 28 additions. In WebAssembly
 * (chaincode/assembly/ristretto.ts) that is 0.01 ms, and 4 ms and 0.5 MB for each table; where that does not run, the additions of chaincode/src/crypto/ristretto-sum.ts take
 * 0.05 ms, tables 15 ms and 1.5 MB; noble takes 0.3 ms with its own table. Table lookups depend on the scalar: not constant time.
 */
import { normalizeZ } from '@noble/curves/abstract/curve.js';
import type { EdwardsPoint } from '@noble/curves/abstract/edwards.js';
import { ed25519, ristretto255 } from '@noble/curves/ed25519.js';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import {
  newRistrettoEngine,
  type RistrettoEngine,
  type TableProduct,
} from '@gridveil/chaincode/crypto/ristretto-engine.js';
import type { RistrettoPoint } from '@gridveil/chaincode/crypto/ristretto.js';
import { prepareAffine, RistrettoSum, type PreparedPoint } from '@gridveil/chaincode/crypto/ristretto-sum.js';

const BASE = 256;
const HALF = BASE / 2;
/** Scalars are below 2^253, so the highest digit takes the last carry. */
const DIGITS = 32;

class RistrettoTable {
  /** [j][k - 1] = k·256^j times the point. */
  readonly multiples: readonly (readonly PreparedPoint[])[];

  constructor(point: RistrettoPoint) {
    let base: EdwardsPoint = ed25519.Point.fromAffine(point.toAffine());
    this.multiples = Array.from({ length: DIGITS }, () => {
      const row = [base];
      for (let k = 1; k < HALF; k++) row.push((row[k - 1] as EdwardsPoint).add(base));
      base = (row[HALF - 1] as EdwardsPoint).double();
      // One inversion for the whole row.
      return normalizeZ(ed25519.Point, row).map(prepareAffine);
    });
  }
}

/** A sum of products with points that have tables. */
class TableSum extends RistrettoSum {
  /** Adds scalar·point. @param scalar - in [0, 2^253). @throws RangeError for another one. */
  add({ multiples }: RistrettoTable, scalar: bigint): this {
    if (scalar < 0n || scalar >> 253n !== 0n) throw new RangeError('"scalar" expected 0 <= scalar < 2^253');
    const bytes = bigintToBytes(scalar, DIGITS);
    let carry = 0;
    for (let j = 0; j < DIGITS; j++) {
      const digit = (bytes[DIGITS - 1 - j] ?? 0) + carry;
      carry = digit > HALF ? 1 : 0;
      const value = digit - carry * BASE;
      if (value !== 0) this.addPrepared(multiples[j]?.[Math.abs(value) - 1] as PreparedPoint, value < 0);
    }
    return this;
  }
}

/** Sums over points that have tables. */
export interface TableSums {
  /** Σ scalar·point, encoded. @throws RangeError for a scalar outside [0, 2^253). */
  sum(products: readonly TableProduct[]): Uint8Array;
}

/** Tables for these points, by their places. @param engine - one of its own; null for BigInt */
export function tableSums(
  points: readonly RistrettoPoint[],
  engine: RistrettoEngine | null = newRistrettoEngine(),
): TableSums {
  const fast = engine && wasmSums(points, engine);
  return fast ?? bigintSums(points);
}

function bigintSums(points: readonly RistrettoPoint[]): TableSums {
  const tables = points.map((point) => new RistrettoTable(point));
  return {
    sum: (products) => {
      const sum = new TableSum();
      for (const { table, scalar } of products) sum.add(tables[table] as RistrettoTable, scalar);
      return sum.point.toBytes();
    },
  };
}

/** @returns undefined when the self-test against noble fails */
function wasmSums(points: readonly RistrettoPoint[], engine: RistrettoEngine): TableSums | undefined {
  engine.buildTables(points.map((point) => point.toBytes()));
  const { ZERO, Fn } = ristretto255.Point;
  const scalars = points.map((_, i) => Fn.create(3n ** BigInt(170 + i)));
  const expected = points.reduce((sum, point, i) => sum.add(point.multiply(scalars[i] ?? 1n)), ZERO);
  const sum = engine.tableSum(scalars.map((scalar, table) => ({ table, scalar })));
  if (!expected.equals(ristretto255.Point.fromBytes(sum))) return undefined;
  return { sum: (products) => engine.tableSum(products) };
}
