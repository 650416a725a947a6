import assert from 'node:assert/strict';
import { divideHalfEven, payableMinorUnits } from '@gridveil/chaincode/domain/money.js';

describe('money', () => {
  it('rejects negative amounts and denominators below 1', () => {
    assert.throws(() => divideHalfEven(-1n, 2n), RangeError);
    assert.throws(() => divideHalfEven(1n, 0n), RangeError);
    assert.throws(() => divideHalfEven(1n, -2n), RangeError);
    for (const digits of [-1, 7, 1.5, NaN]) assert.throws(() => payableMinorUnits(1n, digits), RangeError);
  });

  it('rounds to the nearest, and a half to the even neighbour', () => {
    for (const [numerator, denominator, expected] of [
      [0n, 3n, 0n],
      [1n, 3n, 0n],
      [2n, 3n, 1n],
      [1n, 2n, 0n], // 0.5
      [3n, 2n, 2n], // 1.5
      [5n, 2n, 2n], // 2.5
      [7n, 2n, 4n], // 3.5
      [5_000_001n, 2_000_000n, 3n], // just above 2.5
      [4_999_999n, 2_000_000n, 2n],
    ] as const)
      assert.equal(divideHalfEven(numerator, denominator), expected, `${numerator} / ${denominator}`);
  });

  it('turns micro-units into cents, whole units or micro-units', () => {
    assert.equal(payableMinorUnits(12_345_000n, 2), 1234n); // 12.345: half to even
    assert.equal(payableMinorUnits(12_355_000n, 2), 1236n);
    assert.equal(payableMinorUnits(12_345_001n, 2), 1235n);
    assert.equal(payableMinorUnits(12_500_000n, 0), 12n);
    assert.equal(payableMinorUnits(13_500_000n, 0), 14n);
    assert.equal(payableMinorUnits(12_345_678n, 6), 12_345_678n);
  });
});
