/**
 * Region totals as digits of one number: the radix step of paper 000, and the two codings of signed values.
 *
 * Run by the leader (Horner), every peer (recomputes it), the MDMS and auditors (split). Source: paper 000 Eq. (8), (9), Algorithm 2,
 * corrected as in spec 1.A; bounds and signed codings of spec 6.4.
 *
 *   R = 2^radixBits    C_AS = Π C_j^(R^(j-1)) mod N²    M = Σ R^(j-1)·D_j, region 1 first and lowest
 *
 * Assumes every region plaintext is below R; radix-check.ts proves it. All inputs are public; not constant time.
 */
import { refusal } from '../errors.js';
import { bitLength } from './modular.js';
import { addCiphertexts, scaleCiphertext, type PaillierPublicKey } from './paillier.js';

/** Bits a packed total stays below the modulus. */
const HEADROOM_BITS = 2;

export interface RadixParameters {
  readonly modulusBits: number;
  readonly regions: number;
  readonly radixBits: number;
  readonly maxMeters: number;
  /** Largest reading of one meter and slot. */
  readonly maxReadingWh: number;
}

/**
 * Checks R > maxMeters · maxReadingWh and regions · radixBits <= |N| - 2.
 * @throws ValidationError RADIX_TOO_SMALL, RADIX_OVERFLOW. @throws RangeError for a parameter that is no positive integer.
 */
export function assertRadixBounds(parameters: RadixParameters): void {
  for (const [name, value] of Object.entries(parameters) as [string, number][]) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`"${name}" expected a positive integer`);
  }
  const { modulusBits, regions, radixBits, maxMeters, maxReadingWh } = parameters;
  const neededBits = bitLength(BigInt(maxMeters) * BigInt(maxReadingWh));
  if (radixBits < neededBits)
    throw refusal('RADIX_TOO_SMALL', { radixBits, maxMeters, maxReadingWh, neededBits });
  if (regions * radixBits > modulusBits - HEADROOM_BITS)
    throw refusal('RADIX_OVERFLOW', { regions, radixBits, modulusBits });
}

/** Eq. (8) by Horner's rule: C_AS. Cost: (regions - 1) · radixBits squarings modulo N². 1 for no regions. */
export function hornerTotal(
  key: PaillierPublicKey,
  regionCiphertexts: readonly bigint[],
  radixBits: number,
): bigint {
  const radix = 1n << BigInt(radixBits);
  return regionCiphertexts.reduceRight(
    (total, regionCiphertext) => addCiphertexts(key, [scaleCiphertext(key, total, radix), regionCiphertext]),
    1n,
  );
}

/**
 * Algorithm 2, corrected: the `count` digits of M, region 1 first.
 * @param slot - only for the refusal
 * @throws ProofRejectedError DIGIT_OVERFLOW when something is left over.
 */
export function splitDigits(m: bigint, radixBits: number, count: number, slot: number): bigint[] {
  const bits = BigInt(radixBits);
  const digits: bigint[] = [];
  let rest = m;
  for (let j = 0; j < count; j++) {
    digits.push(BigInt.asUintN(radixBits, rest));
    rest >>= bits;
  }
  if (rest !== 0n)
    throw refusal('DIGIT_OVERFLOW', { slot, reason: 'a remainder is left after the last region' });
  return digits;
}

/** Σ R^(j-1)·D_j, the inverse of `splitDigits`. @throws RangeError for a digit outside [0, R). */
export function packDigits(digits: readonly bigint[], radixBits: number): bigint {
  const bits = BigInt(radixBits);
  return digits.reduceRight((packed, digit) => {
    if (digit < 0n || digit >> bits !== 0n) throw new RangeError('"digits" expected values in [0, R)');
    return (packed << bits) + digit;
  }, 0n);
}

/** Centred reading of a plaintext: (-N/2, N/2). @param x - in [0, N) */
export function toSigned(x: bigint, n: bigint): bigint {
  return x > n >> 1n ? x - n : x;
}

/** The plaintext in [0, N) of a signed value. @throws RangeError unless |v| < N/2. */
export function fromSigned(v: bigint, n: bigint): bigint {
  const half = n >> 1n;
  if (v > half || v < -half) throw new RangeError('"v" expected a value between -N/2 and N/2');
  return v < 0n ? v + n : v;
}

/** A signed value as a non-negative digit: v + 2^(bits-1). @throws RangeError unless it fits into `bits`. */
export function toOffset(v: bigint, bits: number): bigint {
  const half = 1n << BigInt(bits - 1);
  if (v < -half || v >= half) throw new RangeError('"v" expected a value that fits the offset coding');
  return v + half;
}

/** The sum of signed values from the sum of `count` offset digits. */
export function fromOffsetSum(sum: bigint, count: number, bits: number): bigint {
  return sum - BigInt(count) * (1n << BigInt(bits - 1));
}
