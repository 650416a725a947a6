/**
 * Fixed-base products on ristretto255: scalar times a point that never changes, from a table. Used by meters for range proofs.
 *
 * The scalar is written in signed digits of 8 bits; the table holds k·256^j times the point for k from 1 to 128, so a product of 216 bits takes 28 additions
 * (0.08 ms, noble takes 0.3 ms with its own table). 1.4 MB and 10 ms for each point. Table lookups depend on the scalar: not constant time.
 */
import { ristretto255 } from '@noble/curves/ed25519.js';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import type { RistrettoPoint } from '@gridveil/chaincode/crypto/range-proof-statement.js';

const BASE = 256;
const HALF = BASE / 2;
/** Scalars are below 2^253, so the highest digit takes the last carry. */
const DIGITS = 32;

const { Point } = ristretto255;

export class RistrettoTable {
  /** [j][k - 1] = k·256^j times the point. */
  readonly #multiples: readonly (readonly RistrettoPoint[])[];

  constructor(point: RistrettoPoint) {
    let base = point;
    this.#multiples = Array.from({ length: DIGITS }, () => {
      const row = [base];
      for (let k = 1; k < HALF; k++) row.push((row[k - 1] as RistrettoPoint).add(base));
      base = (row[HALF - 1] as RistrettoPoint).double();
      return row;
    });
  }

  /** `sum` + scalar·point. @param scalar - in [0, 2^253). @throws RangeError for another one. */
  addTo(sum: RistrettoPoint, scalar: bigint): RistrettoPoint {
    if (scalar < 0n || scalar >> 253n !== 0n) throw new RangeError('"scalar" expected 0 <= scalar < 2^253');
    const bytes = bigintToBytes(scalar, DIGITS);
    let result = sum;
    let carry = 0;
    for (let j = 0; j < DIGITS; j++) {
      const digit = (bytes[DIGITS - 1 - j] ?? 0) + carry;
      carry = digit > HALF ? 1 : 0;
      const value = digit - carry * BASE;
      if (value === 0) continue;
      const multiple = this.#multiples[j]?.[Math.abs(value) - 1] as RistrettoPoint;
      result = value > 0 ? result.add(multiple) : result.subtract(multiple);
    }
    return result;
  }

  /** scalar·point. */
  times(scalar: bigint): RistrettoPoint {
    return this.addTo(Point.ZERO, scalar);
  }
}
