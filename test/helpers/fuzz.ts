/**
 * How much and from where property tests draw: FUZZ_RUNS runs of each (default given by the test) from FUZZ_SEED; with FUZZ_STOP the first failure is not
 * made smaller.
 */
import type { Parameters } from 'fast-check';

export function fuzz<T>(defaultRuns: number): Parameters<T> {
  const { FUZZ_RUNS: runs, FUZZ_SEED: seed, FUZZ_STOP: stop } = process.env;
  return {
    numRuns: runs === undefined ? defaultRuns : Number(runs),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(stop === undefined ? {} : { endOnFailure: true }),
  };
}
