import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';

/** Numbers in [0, 1) that the seed parts repeat. */
export function drawing(...seed: readonly string[]): () => number {
  const random = new SeededRandom('fault harness', ...seed);
  return () => random.next() / 2 ** 32;
}
