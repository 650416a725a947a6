/**
 * Paper 000 (LDAS-BC), section V.D: from the opened total to the regions, eq. (9), (13) and Algorithm 2.
 */

/** Eq. (13), upper index put right: D_j = Σ_i d_ij over all meters of region j. */
export function regionTotal(readings: readonly bigint[]): bigint {
  return readings.reduce((sum, d) => sum + d, 0n);
}

/** Eq. (13) as printed: the sum ends at i = j, the number of the region. */
export function literalRegionTotal(readings: readonly bigint[], j: number): bigint {
  return regionTotal(readings.slice(0, j));
}

/** Eq. (9), upper index put right, with a_j = R^(j-1): M = Σ_j R^(j-1)·D_j. */
export function weighedTotal(regionTotals: readonly bigint[], radix: bigint): bigint {
  return regionTotals.reduceRight((total, D) => total * radix + D, 0n);
}

/**
 * Algorithm 2 resolved, for a_j = R^(j-1).
 * @throws RangeError when something is left over: M does not consist of `regions` digits.
 */
export function extractRegions(M: bigint, radix: bigint, regions: number): bigint[] {
  let x = M;
  const totals = Array.from({ length: regions }, () => {
    const D = x % radix;
    x /= radix;
    return D;
  });
  if (x !== 0n) throw new RangeError('"M" expected as many digits as there are regions');
  return totals;
}

/**
 * Algorithm 2 as printed, line by line, for a_j = R^j.
 * @returns D_1 .. D_m, undefined where no line sets them.
 * @throws ReferenceError for a variable that is read before any line sets it.
 */
export function literalExtractRegions(M: bigint, radix: bigint, regions: number): (bigint | undefined)[] {
  const x: (bigint | undefined)[] = [M / radix];
  const D = Array.from({ length: regions }, (): bigint | undefined => undefined);
  for (let j = regions; j > 1; j--) {
    const before = x[j - 1];
    if (before === undefined) throw new ReferenceError(`x_${j - 1} is read before it is set`);
    D[j - 1] = before % radix;
    x[j] = before / radix;
  }
  return D;
}
