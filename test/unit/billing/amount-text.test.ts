import assert from 'node:assert/strict';
import {
  hoursText,
  kwhPriceText,
  kwhText,
  microText,
  minorText,
} from '@gridveil/client/billing/amount-text.js';

describe('amounts of a bill', () => {
  it('show every digit there is', () => {
    assert.deepEqual([0n, 1n, 999_999n, 12_340_100n].map(microText), [
      '0.000000',
      '0.000001',
      '0.999999',
      '12.340100',
    ]);
    assert.deepEqual(
      [minorText(5n, 2), minorText(1234n, 2), minorText(1234n, 0), minorText(7n, 6)],
      ['0.05', '12.34', '1234', '0.000007'],
    );
    assert.deepEqual(
      [kwhPriceText(210), kwhPriceText(5), kwhText(7n), kwhText(7350n)],
      ['0.210', '0.005', '0.007', '7.350'],
    );
    assert.equal(microText(10n ** 30n), `1${'0'.repeat(24)}.000000`);
  });

  it('show hours with a fraction where there is one', () => {
    assert.deepEqual([3600, 0, 1_116_000, 5400, 900].map(hoursText), ['1', '0', '310', '1.5', '0.25']);
  });
});
