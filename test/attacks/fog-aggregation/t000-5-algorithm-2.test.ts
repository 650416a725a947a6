/**
 * T000-5, break B0.5: Algorithm 2 as printed cannot run; resolved it is exact up to the largest digits.
 */
import assert from 'node:assert/strict';
import {
  extractRegions,
  literalExtractRegions,
  weighedTotal,
} from '../../papers/fog-aggregation/extraction.js';
import { packDigits, splitDigits } from '@gridveil/chaincode/crypto/radix.js';

const RADIX = 2n ** 40n;

/** Totals of m regions: nothing, everything, and different in each. */
function cases(m: number): [string, bigint[]][] {
  const filled = (value: (j: number) => bigint) => Array.from({ length: m }, (_, j) => value(j));
  return [
    ['all zero', filled(() => 0n)],
    ['all at the most', filled(() => RADIX - 1n)],
    ['different', filled((j) => BigInt(j * j + 1))],
  ];
}

describe('T000-5 extraction of the regions', () => {
  describe('printed form', () => {
    it('fails as printed for one region: no line ever sets it', () => {
      assert.deepEqual(literalExtractRegions(756n * RADIX, RADIX, 1), [undefined]);
    });

    for (const m of [2, 50])
      it(`fails as printed for ${m} regions: it starts from a variable that is not there`, () => {
        for (const [, totals] of cases(m))
          assert.throws(
            () => literalExtractRegions(weighedTotal(totals, RADIX) * RADIX, RADIX, m),
            ReferenceError,
          );
      });

    for (const m of [1, 2, 50])
      for (const [name, totals] of cases(m))
        it(`is exact when resolved: ${m} regions, ${name}`, () => {
          assert.deepEqual(extractRegions(weighedTotal(totals, RADIX), RADIX, m), totals);
        });

    it('rejects, when resolved, a total with something left over', () => {
      assert.throws(() => extractRegions(RADIX ** 2n, RADIX, 2), RangeError);
    });
  });

  describe('product', () => {
    for (const m of [1, 2, 50])
      for (const [name, totals] of cases(m))
        it(`is exact on the product: ${m} regions, ${name}`, () => {
          assert.deepEqual(splitDigits(packDigits(totals, 40), 40, m, 0), totals);
        });

    it('rejects on the product a total with something left over', () => {
      assert.throws(() => splitDigits(RADIX ** 2n, 40, 2, 7), { code: 'DIGIT_OVERFLOW' });
    });
  });
});
