import assert from 'node:assert/strict';
import { median, percentile, spread } from '@gridveil/caliper/measure/statistics.js';

describe('caliper: statistics', () => {
  it('gives percentiles that were measured (nearest rank)', () => {
    const values = [15, 20, 35, 40, 50];
    assert.deepEqual(
      [0.05, 0.3, 0.4, 0.5, 1].map((share) => percentile(values, share)),
      [15, 20, 20, 35, 50],
    );
  });

  it('does not depend on the order, nor change it', () => {
    const values = [9, 1, 5];
    assert.equal(percentile(values, 0.5), 5);
    assert.equal(median(values), 5);
    assert.deepEqual(values, [9, 1, 5]);
  });

  it('takes the mean of the middle two of an even number', () => assert.equal(median([1, 2, 4, 100]), 3));

  it('gives the spread in parts of the median', () => assert.equal(spread([90, 100, 110]), 0.2));
});
