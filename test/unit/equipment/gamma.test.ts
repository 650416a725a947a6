/** The incomplete gamma function against closed forms and tabulated quantiles. */
import assert from 'node:assert/strict';
import { gammaQuantile, gammaShareBelow, logGamma } from '@gridveil/client/equipment/gamma.js';

function near(actual: number, expected: number, relative = 1e-10): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected}`);
}

describe('gamma', () => {
  it('is the factorial, and the root of pi', () => {
    near(logGamma(0.5), Math.log(Math.PI) / 2);
    for (const [x, factorial] of [
      [4, 6],
      [10, 362_880],
      [18, 355_687_428_096_000],
    ] as const)
      near(logGamma(x), Math.log(factorial));
  });

  it('has the closed forms of whole shapes, left and right of the bend', () => {
    for (const x of [0.01, 0.5, 1, 2, 5, 20]) {
      near(gammaShareBelow(1, x), 1 - Math.exp(-x), 1e-9);
      near(gammaShareBelow(3, x), 1 - Math.exp(-x) * (1 + x + (x * x) / 2), 1e-7);
    }
    assert.equal(gammaShareBelow(2, 0), 0);
  });

  // 2·gamma of shape n/2 is χ² with n degrees of freedom; values as printed in any table.
  it('has the quantiles of the table of χ²', () => {
    for (const [degrees, share, quantile] of [
      [1, 0.95, 3.841],
      [2, 0.975, 7.378],
      [10, 0.025, 3.247],
      [10, 0.95, 18.307],
      [30, 0.99, 50.892],
      [100, 0.5, 99.334],
    ] as const)
      near(2 * gammaQuantile(degrees / 2, share), quantile, 2e-4);
  });
});
