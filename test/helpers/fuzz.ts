/** How much and from where property tests draw: FUZZ_RUNS runs of each (default given by the test) from FUZZ_SEED. */
import type { Parameters } from 'fast-check';

export function fuzz<T>(defaultRuns: number): Parameters<T> {
  const { FUZZ_RUNS: runs, FUZZ_SEED: seed } = process.env;
  return {
    numRuns: runs === undefined ? defaultRuns : Number(runs),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}
