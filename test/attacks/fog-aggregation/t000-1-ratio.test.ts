/**
 * T000-1, break B0.1: with one randomness s for all meters, the quotient of two ciphertexts is 1 + (d_a - d_b)·N.
 * Attacker: anyone who sees ciphertexts.
 */
import assert from 'node:assert/strict';
import { encrypt, inverse, mod, setUpToy } from '../../papers/fog-aggregation/paillier.js';
import { openToyGrid, type ToyGrid } from '../../helpers/toy-grid.js';

describe('T000-1 quotient of two ciphertexts', () => {
  describe('printed form', () => {
    const { parameters } = setUpToy();
    const { N, N2 } = parameters;
    /** What an onlooker computes: (ratio - 1)/N, read as a signed number; undefined unless N divides it. */
    const differenceOf = (a: bigint, b: bigint): bigint | undefined => {
      const ratio = (a * inverse(b, N2)) % N2;
      if (mod(ratio - 1n, N) !== 0n) return undefined;
      const difference = (ratio - 1n) / N;
      return difference > N / 2n ? difference - N : difference;
    };

    it('succeeds on the printed form: differences between two meters are exact', () => {
      for (const [a, b] of [
        [239n, 47n],
        [47n, 239n],
        [0n, 100_000n],
      ] as const)
        assert.equal(differenceOf(encrypt(parameters, a), encrypt(parameters, b)), a - b);
    });

    it('succeeds on the printed form: equal readings are equal ciphertexts', () => {
      assert.equal(encrypt(parameters, 239n), encrypt(parameters, 239n));
    });

    it('succeeds on the printed form: one meter shows its whole profile up to a constant', () => {
      const profile = [55n, 54n, 1n, 0n, 236n, 638n];
      const seen = profile.map((d) => encrypt(parameters, d));
      const relative = seen.map((C) => differenceOf(C, seen[0] ?? 1n));
      assert.deepEqual(
        relative,
        profile.map((d) => d - 55n),
      );
    });
  });

  describe('product', () => {
    let toy: ToyGrid;
    before(async () => (toy = await openToyGrid()));
    after(() => toy.close());

    it('fails on the product: the quotient of two ciphertexts is no power of 1 + N, whatever the readings', () => {
      const { n, nSquared } = toy.grid.publicKey;
      for (const [a, b] of [
        [239n, 47n],
        [239n, 239n],
        [0n, 0n],
      ] as const) {
        const ratio = (toy.encryptor.encrypt(a) * inverse(toy.encryptor.encrypt(b), nSquared)) % nSquared;
        assert.notEqual(mod(ratio - 1n, n), 0n);
      }
    });

    it('fails on the product: equal readings of one meter are different ciphertexts', () => {
      assert.notEqual(toy.encryptor.encrypt(239n), toy.encryptor.encrypt(239n));
    });
  });
});
