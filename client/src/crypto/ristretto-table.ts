/**
 * Fixed-base products on ristretto255: scalar times a point that never changes, from a table. Used by meters for range proofs.
 *
 * The scalar is written in signed digits of 6 bits; the table holds k·64^j times the point for k from 1 to 32, so a product of 216 bits takes 37 additions
 * (0.1 ms, noble takes 0.3 ms with its own table). Table lookups depend on the scalar: not constant time.
 */
import { ristretto255 } from '@noble/curves/ed25519.js';
import type { RistrettoPoint } from '@gridveil/chaincode/crypto/range-proof-statement.js';

const WINDOW_BITS = 6;
const WINDOW = 1 << WINDOW_BITS;
const HALF = WINDOW >> 1;
/** For scalars below 2^253, with room for the last carry. */
const WINDOWS = Math.ceil(254 / WINDOW_BITS);

const { Point } = ristretto255;

export class RistrettoTable {
  /** [window][k - 1] = k·64^window times the point. */
  readonly #multiples: readonly (readonly RistrettoPoint[])[];

  constructor(point: RistrettoPoint) {
    let base = point;
    this.#multiples = Array.from({ length: WINDOWS }, () => {
      const row = [base];
      for (let k = 1; k < HALF; k++) row.push((row[k - 1] as RistrettoPoint).add(base));
      base = (row[HALF - 1] as RistrettoPoint).double();
      return row;
    });
  }

  /** `sum` + scalar·point. @param scalar - in [0, 2^253). @throws RangeError for another one. */
  addTo(sum: RistrettoPoint, scalar: bigint): RistrettoPoint {
    if (scalar < 0n || scalar >> 253n !== 0n) throw new RangeError('"scalar" expected 0 <= scalar < 2^253');
    let result = sum;
    let carry = 0;
    let window = 0;
    for (const digit of digitsOf(scalar)) {
      let value = digit + carry;
      carry = value > HALF ? 1 : 0;
      value -= carry * WINDOW;
      result = this.#addMultiple(result, window++, value);
    }
    return carry === 0 ? result : this.#addMultiple(result, window, carry);
  }

  /** scalar·point. */
  times(scalar: bigint): RistrettoPoint {
    return this.addTo(Point.ZERO, scalar);
  }

  #addMultiple(sum: RistrettoPoint, window: number, value: number): RistrettoPoint {
    if (value === 0) return sum;
    const multiple = this.#multiples[window]?.[Math.abs(value) - 1] as RistrettoPoint;
    return value > 0 ? sum.add(multiple) : sum.subtract(multiple);
  }
}

/** Digits to the base 64, lowest first, two octal digits each: cheaper than shifting a BigInt for every one. */
function digitsOf(scalar: bigint): number[] {
  const octal = scalar.toString(8);
  const digits: number[] = [];
  for (let end = octal.length; end > 0; end -= 2)
    digits.push(parseInt(octal.slice(Math.max(0, end - 2), end), 8));
  return digits;
}
