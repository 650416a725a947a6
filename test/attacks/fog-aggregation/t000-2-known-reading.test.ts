/**
 * T000-2, break B0.2: one known reading gives s, and s opens everything without the private key. Every meter holds s anyway.
 * Attacker: a meter, or anyone who knows or guesses one reading.
 */
import assert from 'node:assert/strict';
import { aggregateRegion, aggregateRegions } from '../../papers/fog-aggregation/aggregation.js';
import { extractRegions } from '../../papers/fog-aggregation/extraction.js';
import { encrypt, inverse, modPow, setUpToy } from '../../papers/fog-aggregation/paillier.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { getSlot } from '@gridveil/client/ledger/calls.js';
import { openToyGrid, SLOT, type ToyGrid } from '../../helpers/toy-grid.js';

const RADIX = 2n ** 40n;
const READINGS = [
  [239n, 0n, 517n],
  [1n, 2n, 3n],
];

describe('T000-2 known reading', () => {
  describe('printed form', () => {
    const { parameters } = setUpToy();
    const { N, N2 } = parameters;
    const seen = READINGS.map((region) => region.map((d) => encrypt(parameters, d)));
    /** Opens a ciphertext that holds s `count` times, from s alone. */
    const openWith = (s: bigint, C: bigint, count: bigint): bigint =>
      ((C * inverse(modPow(s, count, N2), N2) - 1n) % N2) / N;

    it('succeeds on the printed form: one known reading opens all others', () => {
      const known = READINGS[0]?.[0] ?? 0n;
      const s = ((seen[0]?.[0] ?? 1n) * inverse(1n + known * N, N2)) % N2;
      assert.equal(s, parameters.s);
      assert.deepEqual(
        seen.map((region) => region.map((C) => openWith(s, C, 1n))),
        READINGS,
      );
    });

    it('succeeds on the printed form: a meter opens the total of the block and every region in it', () => {
      const total = aggregateRegions(
        parameters,
        seen.map((region) => aggregateRegion(parameters, region)),
        RADIX,
      );
      const M = openWith(parameters.s, total, 3n + 3n * RADIX);
      assert.deepEqual(extractRegions(M, RADIX, 2), [756n, 6n]);
    });

    it('succeeds on the printed form: the guess that the smallest reading is 0 opens all, knowing nothing', () => {
      const guesses = seen.flat();
      const plausible = guesses.filter((s) => guesses.every((C) => openWith(s, C, 1n) < 100_000n));
      assert.deepEqual(plausible, [parameters.s]);
    });
  });

  describe('product', () => {
    let toy: ToyGrid;
    before(async () => (toy = await openToyGrid()));
    after(() => toy.close());

    it('fails on the product: what one known reading gives opens no other report and no total', async () => {
      const { n: N, nSquared: N2 } = toy.grid.publicKey;
      const known = toy.encryptor.encrypt(239n);
      const s = (known * inverse(1n + 239n * N, N2)) % N2;
      await toy.reportAll(SLOT, (index) => index);
      for (const fogNode of toy.fogNodes) await fogNode.submit([SLOT]);
      await toy.leader.settle(SLOT);
      const { regionTotals, total } = await getSlot(toy.owner, toy.grid.record.grid, SLOT);
      const ciphertexts = [...regionTotals, { ciphertext: total?.ciphertext ?? '' }].map(({ ciphertext }) =>
        bytesToBigint(Buffer.from(ciphertext, 'base64url')),
      );
      for (const C of [toy.encryptor.encrypt(239n), toy.encryptor.encrypt(0n), ...ciphertexts]) {
        for (const count of [1n, 3n, 3n + 3n * RADIX]) {
          const opened = (C * inverse(modPow(s, count, N2), N2) - 1n) % N2;
          assert.notEqual(opened % N, 0n, 'only a multiple of N would be a plaintext');
        }
      }
    });
  });
});
