/**
 * Sums of products scalar·point on ristretto255, for whoever checks many equations at once: endorsers, accounting nodes, strangers.
 *
 * Source: Pippenger's bucket method with signed digits; points prepared as (y+x, y-x, 2dxy), additions of Hisil, Wong, Carter, Dawson 2008 for a = -1: 7 multiplications for
 * a prepared point, 8 for a sum. Noble decodes, encodes and compares; only the additions are done here, in half the time of its own.
 * Cost: about 0.1 ms for each point of 253 bits in a sum of 300, less in larger ones. Variable time: for public scalars, unless a caller says otherwise.
 */
import type { EdwardsPoint } from '@noble/curves/abstract/edwards.js';
import { ed25519, ristretto255 } from '@noble/curves/ed25519.js';
import { mod } from './modular.js';
import { RISTRETTO_ORDER, type RistrettoPoint } from './ristretto.js';
import { SCALAR_BITS, windowBits } from './ristretto-engine.js';

const { Point } = ristretto255;
const { ORDER: P } = Point.Fp;
const { d: D } = ed25519.Point.CURVE();
const TWO_D = (2n * D) % P;

/** A point in the form that is fast to add. */
export interface PreparedPoint {
  readonly plus: bigint;
  readonly minus: bigint;
  readonly xy2d: bigint;
}

/** Cheap for a point as it was decoded, one inversion for any other. */
export function preparePoint(point: RistrettoPoint): PreparedPoint {
  return prepareAffine(point.toAffine());
}

/** @param point - affine coordinates of the Edwards curve behind ristretto255 */
export function prepareAffine({ x, y }: { readonly x: bigint; readonly y: bigint }): PreparedPoint {
  return { plus: y + x, minus: y - x, xy2d: (x * y * TWO_D) % P };
}

/** A sum of points; starts at the identity. Coordinates X/Z, Y/Z, T = XY/Z of the Edwards curve, residues that may be negative. */
export class RistrettoSum {
  #x = 0n;
  #y = 1n;
  #z = 1n;
  #t = 0n;

  get isStart(): boolean {
    return this.#t === 0n && this.#x === 0n && this.#y === this.#z;
  }

  addPrepared({ plus, minus, xy2d }: PreparedPoint, negated: boolean): this {
    const a = ((this.#y - this.#x) * (negated ? plus : minus)) % P;
    const b = ((this.#y + this.#x) * (negated ? minus : plus)) % P;
    const product = (this.#t * xy2d) % P;
    return this.#complete(a, b, negated ? -product : product, 2n * this.#z);
  }

  addSum(other: RistrettoSum): this {
    const a = ((this.#y - this.#x) * (other.#y - other.#x)) % P;
    const b = ((this.#y + this.#x) * (other.#y + other.#x)) % P;
    const c = (((this.#t * TWO_D) % P) * other.#t) % P;
    return this.#complete(a, b, c, (2n * this.#z * other.#z) % P);
  }

  /** Doubles `times` times; T is only computed at the end. */
  double(times: number): this {
    for (let left = times; left > 0; left--) {
      const a = (this.#x * this.#x) % P;
      const b = (this.#y * this.#y) % P;
      const h = a + b;
      const g = a - b;
      const e = h - (((this.#x + this.#y) * (this.#x + this.#y)) % P);
      const f = g + ((2n * this.#z * this.#z) % P);
      this.#x = (e * f) % P;
      this.#y = (g * h) % P;
      this.#z = (f * g) % P;
      if (left === 1) this.#t = (e * h) % P;
    }
    return this;
  }

  get point(): RistrettoPoint {
    const [x, y, z, t] = [this.#x, this.#y, this.#z, this.#t].map((value) => mod(value, P)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    const point: EdwardsPoint = new ed25519.Point(x, y, z, t);
    return new Point(point);
  }

  #complete(a: bigint, b: bigint, c: bigint, d: bigint): this {
    const [e, f, g, h] = [b - a, d - c, d + c, b + a];
    this.#x = (e * f) % P;
    this.#y = (g * h) % P;
    this.#t = (e * h) % P;
    this.#z = (f * g) % P;
    return this;
  }
}

/** One summand scalar·point. */
export interface Product {
  readonly point: PreparedPoint;
  /** In [0, q). */
  readonly scalar: bigint;
}

/** Σ scalar_i·point_i. @throws RangeError for a scalar outside [0, q). */
export function sumOfProductsVartime(products: readonly Product[]): RistrettoPoint {
  const width = windowBits(products.length);
  const windows = Math.ceil(SCALAR_BITS / width);
  const digits = products.map(({ scalar }) => signedDigits(scalar, width, windows));
  const total = new RistrettoSum();
  for (let window = windows - 1; window >= 0; window--) {
    if (!total.isStart) total.double(width);
    const buckets: (RistrettoSum | undefined)[] = [];
    products.forEach(({ point }, i) => {
      const digit = digits[i]?.[window] ?? 0;
      if (digit === 0) return;
      (buckets[Math.abs(digit)] ??= new RistrettoSum()).addPrepared(point, digit < 0);
    });
    if (buckets.length > 0) total.addSum(weightedSum(buckets));
  }
  return total.point;
}

/** Σ k·buckets[k]. */
function weightedSum(buckets: readonly (RistrettoSum | undefined)[]): RistrettoSum {
  const [running, total] = [new RistrettoSum(), new RistrettoSum()];
  for (let k = buckets.length - 1; k > 0; k--) {
    const bucket = buckets[k];
    if (bucket) running.addSum(bucket);
    if (!running.isStart) total.addSum(running);
  }
  return total;
}

/** Digits from -2^(w-1) + 1 to 2^(w-1), the lowest first. */
function signedDigits(scalar: bigint, width: number, windows: number): Int32Array {
  if (scalar < 0n || scalar >= RISTRETTO_ORDER) throw new RangeError('"scalar" expected 0 <= scalar < q');
  const half = 2 ** (width - 1);
  const bits = scalar.toString(2).padStart(windows * width, '0');
  const digits = new Int32Array(windows);
  let carry = 0;
  for (let i = 0; i < windows; i++) {
    const end = bits.length - i * width;
    const digit = parseInt(bits.slice(end - width, end), 2) + carry;
    carry = digit > half ? 1 : 0;
    digits[i] = digit - carry * 2 * half;
  }
  return digits;
}
