/**
 * Sums of fixed-base products on ristretto255: scalars times points that never change, from tables. Used by meters for range proofs.
 *
 * A scalar is written in signed digits of 8 bits; a table holds k·256^j times its point for k from 1 to 128, so a product of 216 bits takes 28 additions: 0.05 ms,
 * where noble takes 0.3 ms with its own table. About 1.5 MB and 15 ms for each table. The additions are those of
 * chaincode/src/crypto/ristretto-sum.ts. Table lookups and BigInt depend on the scalar: not constant time.
 */
import { normalizeZ } from '@noble/curves/abstract/curve.js';
import type { EdwardsPoint } from '@noble/curves/abstract/edwards.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import type { RistrettoPoint } from '@gridveil/chaincode/crypto/ristretto.js';
import { prepareAffine, RistrettoSum, type PreparedPoint } from '@gridveil/chaincode/crypto/ristretto-sum.js';

const BASE = 256;
const HALF = BASE / 2;
/** Scalars are below 2^253, so the highest digit takes the last carry. */
const DIGITS = 32;

export class RistrettoTable {
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
export class TableSum extends RistrettoSum {
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
