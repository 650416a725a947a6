/**
 * Lifetimes of equipment: exponential and Weibull distribution by maximum likelihood, with intervals and a prediction of failures (paper 002 section V.C, "reliable equipment failure prediction").
 *
 * Run by equipment suppliers. A time is exact when the device failed, and right-censored when it still works or was taken out of service without having failed; d of the n times are failures.
 *
 *   exponential   S(t) = e^(-t/θ)             θ = Σ t / d                 interval by the gamma distribution of Σ t, with d + 1 at the low end, as for an observation that ends at a set time
 *   Weibull       S(t) = e^(-(t/η)^k)         η^k = Σ t^k / d             k from  Σ t^k ln t / Σ t^k - 1/k = (Σ over failures ln t) / d
 *   intervals of k and of a prediction: all values that a fit explains no worse than by 1.92 in the logarithm of the likelihood (profile likelihood, half of the 95 % quantile of χ² with one degree of freedom)
 *
 * Source: Meeker and Escobar 1998, chapters 7 and 8. Assumes that lifetimes are independent and alike, that censoring has nothing to do with a failure to come, and that a repair makes a device as good
 * as new. With few failures intervals are wide, and profile intervals cover somewhat less than 95 % (test/unit/equipment counts how much).
 */
import { gammaQuantile, rootOf } from './gamma.js';

/** Half of the 95 % quantile of χ² with one degree of freedom. */
const LIKELIHOOD_DROP = 1.920729410347062;
const TAIL = 0.025;
/** Shapes outside are no lifetimes of equipment, but few failures that happen to be close. */
const MAX_SHAPE = 100;
const MIN_SHAPE = 0.01;
/** A shape takes failures at different times. */
const MIN_WEIBULL_FAILURES = 3;
/** To six digits of a probability, which is more than there is in it. */
const GOLDEN_STEPS = 34;
const EDGE_STEPS = 30;

export interface Lifetime {
  /** In service, above 0; any unit, the same for all. */
  readonly time: number;
  /** False: censored. */
  readonly failed: boolean;
}

/** 95 %. */
export interface Interval {
  readonly low: number;
  /** Infinity where the data set no limit. */
  readonly high: number;
}

export interface Estimate extends Interval {
  readonly value: number;
}

export interface ExponentialFit {
  readonly method: 'exponential';
  readonly failures: number;
  /** θ, the mean lifetime; Infinity without failures. */
  readonly mean: Estimate;
  readonly logLikelihood: number;
}

export interface WeibullFit {
  readonly method: 'weibull';
  readonly failures: number;
  /** k: above 1 devices wear out, below 1 they fail young. */
  readonly shape: Estimate;
  /** η, by which 63.2 % have failed. */
  readonly scale: number;
  readonly logLikelihood: number;
}

export type LifetimeFit = ExponentialFit | WeibullFit;

/** @throws RangeError for no times, or one that is not above 0. */
function checked(lifetimes: readonly Lifetime[]): readonly Lifetime[] {
  if (lifetimes.length === 0 || !lifetimes.every(({ time }) => Number.isFinite(time) && time > 0))
    throw new RangeError('"lifetimes" expected at least one, each above 0');
  return lifetimes;
}

/** @throws RangeError for no times, or one that is not above 0. */
export function fitExponential(lifetimes: readonly Lifetime[]): ExponentialFit {
  const total = checked(lifetimes).reduce((sum, { time }) => sum + time, 0);
  const failures = lifetimes.filter(({ failed }) => failed).length;
  const mean = {
    value: total / failures,
    low: total / gammaQuantile(failures + 1, 1 - TAIL),
    high: failures === 0 ? Infinity : total / gammaQuantile(failures, TAIL),
  };
  return {
    ...{ method: 'exponential', failures, mean },
    logLikelihood: failures === 0 ? 0 : -failures * (Math.log(mean.value) + 1),
  };
}

/** Sums that the likelihood of a Weibull distribution is made of; times in units of the longest, so that no power overflows. */
class WeibullLikelihood {
  readonly failures: number;
  readonly unit: number;
  readonly #logs: readonly number[];
  readonly #failureLogs: number;

  constructor(lifetimes: readonly Lifetime[]) {
    this.unit = Math.max(...lifetimes.map(({ time }) => time));
    this.#logs = lifetimes.map(({ time }) => Math.log(time / this.unit));
    const failureLogs = this.#logs.filter((_, i) => lifetimes[i]?.failed === true);
    this.failures = failureLogs.length;
    this.#failureLogs = failureLogs.reduce((sum, log) => sum + log, 0);
  }

  /** Σ t^k, and Σ t^k ln t. */
  powers(shape: number): { readonly sum: number; readonly logSum: number } {
    let [sum, logSum] = [0, 0];
    for (const log of this.#logs) {
      const power = Math.exp(shape * log);
      sum += power;
      logSum += power * log;
    }
    return { sum, logSum };
  }

  /** Rises with k; 0 at the best shape. */
  slope(shape: number): number {
    const { sum, logSum } = this.powers(shape);
    return logSum / sum - 1 / shape - this.#failureLogs / this.failures;
  }

  /** @param hazard - η^-k, in the unit of the times here */
  at(shape: number, hazard: number): number {
    return this.#relative(shape, hazard) - this.failures * Math.log(this.unit);
  }

  /** At the η that suits k best. */
  profile(shape: number): number {
    return this.at(shape, this.failures / this.powers(shape).sum);
  }

  #relative(shape: number, hazard: number): number {
    const { sum } = this.powers(shape);
    return this.failures * Math.log(shape * hazard) + (shape - 1) * this.#failureLogs - hazard * sum;
  }
}

/**
 * @returns undefined with fewer than three failures, or when they tell no shape
 * @throws RangeError for no times, or one that is not above 0.
 */
export function fitWeibull(lifetimes: readonly Lifetime[]): WeibullFit | undefined {
  const likelihood = new WeibullLikelihood(checked(lifetimes));
  const { failures, unit } = likelihood;
  if (failures < MIN_WEIBULL_FAILURES) return undefined;
  if (likelihood.slope(MIN_SHAPE) > 0 || likelihood.slope(MAX_SHAPE) < 0) return undefined;
  const shape = rootOf((k) => likelihood.slope(k), MIN_SHAPE, MAX_SHAPE);
  const logLikelihood = likelihood.profile(shape);
  const drop = (k: number): number => likelihood.profile(k) - logLikelihood + LIKELIHOOD_DROP;
  return {
    ...{ method: 'weibull', failures, logLikelihood },
    shape: {
      value: shape,
      low: drop(MIN_SHAPE) < 0 ? rootOf(drop, MIN_SHAPE, shape) : MIN_SHAPE,
      high: drop(MAX_SHAPE) < 0 ? rootOf(drop, shape, MAX_SHAPE) : Infinity,
    },
    scale: unit * Math.exp(Math.log(likelihood.powers(shape).sum / failures) / shape),
  };
}

/** Weibull where the data tell that the shape is not 1, else exponential, which needs no shape. @throws RangeError as the fits. */
export function fitLifetimes(lifetimes: readonly Lifetime[]): LifetimeFit {
  const weibull = fitWeibull(lifetimes);
  const differs = weibull && (weibull.shape.low > 1 || weibull.shape.high < 1);
  return differs ? weibull : fitExponential(lifetimes);
}

/**
 * Probability that a device that has worked for `age` fails within the next `horizon`. Cost: 6 ms for 100 lifetimes.
 * @param lifetimes - what the fit was made of
 * @param age - at least 0. @param horizon - above 0
 */
export function failureProbability(
  fit: LifetimeFit,
  lifetimes: readonly Lifetime[],
  age: number,
  horizon: number,
): Estimate {
  if (fit.method === 'exponential') {
    const within = (mean: number): number => -Math.expm1(-horizon / mean);
    const { value, low, high } = fit.mean;
    return { value: within(value), low: within(high), high: within(low) };
  }
  return weibullProbability(fit, lifetimes, age, horizon);
}

/** The profile of the prediction: for each hazard of the time to come the shape that suits the data best. */
function weibullProbability(
  { shape, scale, logLikelihood }: WeibullFit,
  lifetimes: readonly Lifetime[],
  age: number,
  horizon: number,
): Estimate {
  const likelihood = new WeibullLikelihood(lifetimes);
  const [from, to] = [age / likelihood.unit, (age + horizon) / likelihood.unit];
  const growth = (k: number): number => to ** k - from ** k;
  const best = growth(shape.value) * (likelihood.unit / scale) ** shape.value;
  const drop = (logHazard: number): number =>
    greatestOf((logShape) => {
      const k = Math.exp(logShape);
      return likelihood.at(k, Math.exp(logHazard) / growth(k));
    }, Math.log(shape.value)) -
    logLikelihood +
    LIKELIHOOD_DROP;
  const middle = Math.log(best);
  const probability = (logHazard: number): number => -Math.expm1(-Math.exp(logHazard));
  return {
    value: probability(middle),
    low: probability(edgeOf(drop, middle, -1)),
    high: probability(edgeOf(drop, middle, 1)),
  };
}

/** Where a function that is positive in the middle becomes negative; as far as e^40 around it. */
function edgeOf(drop: (x: number) => number, middle: number, direction: 1 | -1): number {
  let far = middle + direction;
  while (drop(far) > 0 && Math.abs(far - middle) < 40) far += 2 * (far - middle);
  if (drop(far) > 0) return far;
  return direction > 0 ? rootOf(drop, middle, far, EDGE_STEPS) : rootOf(drop, far, middle, EDGE_STEPS);
}

/** The greatest value of a function with one hill, near `start`: golden section. */
function greatestOf(value: (x: number) => number, start: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [start - 4, start + 4];
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [atLeft, atRight] = [finite(value(left)), finite(value(right))];
  for (let i = 0; i < GOLDEN_STEPS; i++) {
    if (atLeft > atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - ratio * (high - low);
      atLeft = finite(value(left));
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + ratio * (high - low);
      atRight = finite(value(right));
    }
  }
  return Math.max(atLeft, atRight);
}

function finite(value: number): number {
  return Number.isNaN(value) ? -Infinity : value;
}
