/** Fits of lifetimes against printed results, against the definition of a maximum, and by simulation of how often intervals hold the truth. */
import assert from 'node:assert/strict';
import {
  failureProbability,
  fitExponential,
  fitLifetimes,
  fitWeibull,
  type Lifetime,
} from '@gridveil/client/equipment/lifetime-fit.js';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';

/** NIST/SEMATECH e-Handbook, 8.4.1.3: ten failures, ten units removed at 500 hours. */
const NIST: readonly Lifetime[] = [
  ...[54, 187, 216, 240, 244, 335, 361, 373, 375, 386].map((time) => ({ time, failed: true })),
  ...Array.from({ length: 10 }, () => ({ time: 500, failed: false })),
];

function near(actual: number, expected: number, absolute: number): void {
  assert.ok(Math.abs(actual - expected) <= absolute, `${actual} is not ${expected} ± ${absolute}`);
}

/** Of Weibull lifetimes, censored at a time of their own, as when devices go into service one after the other. */
function simulated(
  random: SeededRandom,
  count: number,
  shape: number,
  scale: number,
  censoredFrom: number,
): Lifetime[] {
  const uniform = (): number => (random.next() + 0.5) / 2 ** 32;
  return Array.from({ length: count }, () => {
    const time = scale * (-Math.log(uniform())) ** (1 / shape);
    const limit = censoredFrom * (0.5 + uniform());
    return { time: Math.min(time, limit), failed: time <= limit };
  });
}

describe('lifetime fit', () => {
  it('gives the Weibull distribution that NIST prints', () => {
    const fit = fitWeibull(NIST);
    assert.ok(fit);
    near(fit.scale, 606.528, 0.001);
    near(fit.shape.value, 1.7208, 0.0001);
    near(fit.logLikelihood, -75.135, 0.001);
    assert.equal(fit.failures, 10);
  });

  it('gives the exponential distribution with its exact interval', () => {
    const total = 2771 + 5000;
    const { mean, logLikelihood } = fitExponential(NIST);
    near(mean.value, total / 10, 1e-9);
    // χ² with 22 and 20 degrees of freedom: 36.781 and 9.591.
    near(mean.low, (2 * total) / 36.781, 0.01);
    near(mean.high, (2 * total) / 9.591, 0.1);
    near(logLikelihood, -10 * (Math.log(total / 10) + 1), 1e-9);
  });

  it('knows a limit without any failure: 3.689 lifetimes at 97.5 %', () => {
    const { mean } = fitExponential([{ time: 1000, failed: false }]);
    assert.equal(mean.value, Infinity);
    near(mean.low, 1000 / 3.6889, 0.01);
    assert.equal(mean.high, Infinity);
    const lifetimes = [{ time: 1000, failed: false }];
    const { value, low, high } = failureProbability(fitLifetimes(lifetimes), lifetimes, 5, 100);
    assert.deepEqual([value, low], [0, 0]);
    near(high, 1 - Math.exp(-0.36889), 1e-4);
  });

  it('is the greatest of the likelihoods, whatever the unit', () => {
    const fit = fitWeibull(NIST);
    assert.ok(fit);
    const logLikelihood = (shape: number, scale: number): number =>
      NIST.reduce((sum, { time, failed }) => {
        const density = Math.log(shape / scale) + (shape - 1) * Math.log(time / scale);
        return sum - (time / scale) ** shape + (failed ? density : 0);
      }, 0);
    near(fit.logLikelihood, logLikelihood(fit.shape.value, fit.scale), 1e-9);
    for (const shape of [0.9, 0.99, 1.01, 1.1])
      for (const scale of [0.9, 0.99, 1.01, 1.1])
        assert.ok(logLikelihood(fit.shape.value * shape, fit.scale * scale) < fit.logLikelihood);
    const inSeconds = fitWeibull(NIST.map(({ time, failed }) => ({ time: 3600 * time, failed })));
    near(inSeconds?.shape.value ?? NaN, fit.shape.value, 1e-9);
    near(inSeconds?.scale ?? NaN, 3600 * fit.scale, 1e-3);
  });

  it('ends the interval of the shape where the likelihood has dropped by 1.92', () => {
    const fit = fitWeibull(NIST);
    assert.ok(fit);
    const profile = (shape: number): number => {
      const scale = (NIST.reduce((sum, { time }) => sum + time ** shape, 0) / 10) ** (1 / shape);
      return NIST.reduce((sum, { time, failed }) => {
        const density = Math.log(shape / scale) + (shape - 1) * Math.log(time / scale);
        return sum - (time / scale) ** shape + (failed ? density : 0);
      }, 0);
    };
    for (const edge of [fit.shape.low, fit.shape.high]) near(fit.logLikelihood - profile(edge), 1.9207, 1e-3);
    assert.ok(fit.shape.low < fit.shape.value && fit.shape.value < fit.shape.high);
  });

  it('predicts what the distribution says, inside its interval, more the longer it looks ahead', () => {
    const fit = fitWeibull(NIST);
    assert.ok(fit);
    const survival = (time: number): number => Math.exp(-((time / fit.scale) ** fit.shape.value));
    let before = 0;
    for (const horizon of [10, 100, 1000]) {
      const { value, low, high } = failureProbability(fit, NIST, 400, horizon);
      near(value, 1 - survival(400 + horizon) / survival(400), 1e-9);
      assert.ok(low > 0 && low < value && value < high && high < 1, `${low} ${value} ${high}`);
      assert.ok(value > before);
      before = value;
    }
  });

  it('takes the shape only where the data tell it', () => {
    const random = new SeededRandom('shape');
    assert.equal(fitLifetimes(simulated(random, 200, 3, 100, 1000)).method, 'weibull');
    assert.equal(fitLifetimes(simulated(random, 200, 0.5, 100, 1000)).method, 'weibull');
    assert.equal(fitLifetimes(simulated(random, 5, 1, 100, 1000)).method, 'exponential');
    assert.equal(fitLifetimes([{ time: 3, failed: true }]).method, 'exponential');
    assert.equal(fitWeibull(NIST.slice(0, 2)), undefined);
    // Three failures at one time: the shape has no end.
    assert.equal(fitWeibull([5, 5, 5].map((time) => ({ time, failed: true }))), undefined);
  });

  it('holds the truth as often as it says, over simulated fleets', () => {
    const random = new SeededRandom('coverage');
    const [runs, shape, scale] = [400, 1.8, 1000];
    const truth = 1 - Math.exp(-(1.2 ** shape) + 0.8 ** shape);
    const held = { shape: 0, mean: 0, prediction: 0 };
    for (let run = 0; run < runs; run++) {
      const lifetimes = simulated(random, 60, shape, scale, 900);
      const fit = fitWeibull(lifetimes);
      assert.ok(fit);
      if (fit.shape.low <= shape && shape <= fit.shape.high) held.shape += 1;
      const { low, high } = failureProbability(fit, lifetimes, 0.8 * scale, 0.4 * scale);
      if (low <= truth && truth <= high) held.prediction += 1;
      const { mean } = fitExponential(simulated(random, 30, 1, scale, 900));
      if (mean.low <= scale && scale <= mean.high) held.mean += 1;
    }
    // 95 % of 400 is 380; by chance alone 360 to 396 in all but one of 1000 such tests.
    for (const [what, count] of Object.entries(held))
      assert.ok(count >= 360 && count <= 398, `${what}: ${count} of ${runs}`);
  });

  it('refuses times that are none', () => {
    for (const time of [0, -1, NaN, Infinity]) {
      assert.throws(() => fitExponential([{ time, failed: true }]), RangeError);
      assert.throws(() => fitWeibull([{ time, failed: true }]), RangeError);
    }
    assert.throws(() => fitLifetimes([]), RangeError);
  });
});
