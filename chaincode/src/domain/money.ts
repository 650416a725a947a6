/**
 * Exact money: integer micro-units (10⁻⁶ of the currency unit), rounded once, at the very end, half to even.
 *
 * Run by every party that states an amount. A sum of charges is never rounded on the way: the bill of a period is exact
 * in micro-units, and only the amount to pay is rounded to what the currency can pay (cents).
 * Source: spec/meter-data.md 3.2, issue 5 point 3; half to even as IEEE 754 and ISO 80000-1 rule B (no drift over many bills).
 */

/** Decimals of a micro-unit. */
export const MICRO_DECIMALS = 6;

/**
 * numerator / denominator to the nearest integer, ties to the even one.
 * @param numerator - at least 0
 * @param denominator - at least 1
 * @throws RangeError outside of that.
 */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (numerator < 0n || denominator < 1n)
    throw new RangeError('"numerator" expected >= 0 and "denominator" >= 1');
  const quotient = numerator / denominator;
  const twiceRest = 2n * (numerator % denominator);
  const up = twiceRest > denominator || (twiceRest === denominator && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

/**
 * The amount to pay: micro-units to the smallest unit that is paid, half to even.
 * @param minorDigits - decimals of an amount: 2 for dollars and cents, 0 for yen; in [0, 6]
 */
export function payableMinorUnits(microUnits: bigint, minorDigits: number): bigint {
  if (!Number.isInteger(minorDigits) || minorDigits < 0 || minorDigits > MICRO_DECIMALS)
    throw new RangeError(`"minorDigits" expected an integer in [0, ${MICRO_DECIMALS}]`);
  return divideHalfEven(microUnits, 10n ** BigInt(MICRO_DECIMALS - minorDigits));
}
