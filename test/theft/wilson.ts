/** Interval of a share by Wilson 1927: "score" interval, right also near 0 and 1. */

/** Of 95 %. */
const NORMAL_QUANTILE = 1.959963984540054;

export interface Share {
  readonly of: number;
  readonly count: number;
  /** NaN of nothing. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** @param of - trials, taken as independent. @throws RangeError unless 0 ≤ count ≤ of */
export function wilson(count: number, of: number): Share {
  if (!(count >= 0 && count <= of)) throw new RangeError('"count" expected at most "of"');
  const [p, z2] = [count / of, NORMAL_QUANTILE ** 2];
  const centre = (p + z2 / (2 * of)) / (1 + z2 / of);
  const half = (NORMAL_QUANTILE / (1 + z2 / of)) * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of * of));
  return { of, count, share: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
