/**
 * What indicators of honest meters look like, in few dimensions, and how far a meter is from it.
 *
 * Run by the control centre. Source: paper 002 section V.A, "dimension reduction, and then … scatter plots are constructed"; PCA by ml-pca; T² of Hotelling 1931, the residual Q of Jackson and
 * Mudholkar 1979, and their sum in units of their limits after Yue and Qin 2001.
 *
 *   z_k = (indicator_k - median_k) / max(1.4826 · MAD_k, least deviation), 0 where it is below 0 or not known: only what points to theft counts
 *   T² = Σ score_j² / eigenvalue_j over the kept components        Q = |z - what the kept components make of it|²       index = T² / T²_limit + Q / Q_limit
 *
 * Limits and threshold are quantiles of the meters the model was made of, so that the share `falseAlarmRate` of them would be called suspects; `ofGroups` raises the threshold for meters of other
 * streets. Assumes that the meters of the model are honest, and that those judged are of their kind: a large consumer needs a model of large consumers.
 */
import { PCA } from 'ml-pca';
import { INDICATOR_NAMES, type IndicatorName, type Indicators } from './indicators.js';
import { medianOf } from './meter-series.js';

/** Of the variance; the other components go into Q. */
const KEPT_VARIANCE = 0.8;
/** From median absolute deviation to standard deviation of a normal variable. */
const MAD_SCALE = 1.4826;
/**
 * Honest meters of another year and street differ by this at least, however alike those are that the model was made of: meters of class 1 (1 % each in energy and current), a power factor that goes
 * with the season (2 %), line losses of 2 to 5 %, a joint that ages (5 % of the line), a tenth of the current that moves between phases.
 */
const LEAST_DEVIATIONS: Readonly<Record<IndicatorName, number>> = {
  registerShortfall: 0.02,
  lowPowerFactor: 0.03,
  areaShortfall: 0.03,
  phaseLoss: 0.2,
  lineDropRise: 0.05,
  unexplainedDrop: 0.1,
  dailyZeros: 0.05,
};
/** Beyond it, more of an indicator says nothing more; keeps a single wild value from hiding the others. */
const MAX_Z = 50;
/** For a quantile of 1 % to mean anything. */
export const MIN_HONEST_METERS = 100;

export interface Judgement {
  /** Above `threshold`: a suspect. */
  readonly index: number;
  /** On the first two components, for the scatter plot. */
  readonly scores: readonly [number, number];
  /** Standard deviations of honest meters above their median; 0 where below or not known. */
  readonly z: Readonly<Record<IndicatorName, number>>;
}

export interface OutlierModelOptions {
  /** Of meters in a window, in (0, 0.5]. */
  readonly falseAlarmRate: number;
  /** All when left out. */
  readonly indicators?: readonly IndicatorName[];
}

interface Scale {
  readonly name: IndicatorName;
  readonly median: number;
  readonly deviation: number;
}

interface Distances {
  readonly t2: number;
  readonly q: number;
}

/** Made of honest meters; immutable. */
export class OutlierModel {
  readonly threshold: number;
  /** Share of the variance of each component, the first one largest. */
  readonly explainedVariance: readonly number[];
  readonly #scales: readonly Scale[];
  readonly #pca: PCA;
  readonly #eigenvalues: readonly number[];
  readonly #kept: number;
  readonly #limits: Distances;

  /**
   * @param honest - indicators of at least 100 meters that nobody has tampered with
   * @throws RangeError for fewer, or another rate.
   */
  constructor(
    honest: readonly Indicators[],
    {
      falseAlarmRate,
      indicators = INDICATOR_NAMES,
      margin = 1,
    }: OutlierModelOptions & { readonly margin?: number },
  ) {
    if (honest.length < MIN_HONEST_METERS)
      throw new RangeError(`"honest" expected at least ${MIN_HONEST_METERS} meters`);
    if (!(falseAlarmRate > 0 && falseAlarmRate <= 0.5))
      throw new RangeError('"falseAlarmRate" expected a share in (0, 0.5]');
    this.#scales = indicators.map((name) => scaleOf(name, honest));
    const rows = honest.map((one) => this.#row(one));
    this.#pca = new PCA(rows, { center: true, scale: false });
    this.#eigenvalues = this.#pca.getEigenvalues();
    this.explainedVariance = this.#pca.getExplainedVariance();
    this.#kept = componentsFor(this.explainedVariance);
    const distances = rows.map((row) => this.#distances(this.#project(row)));
    this.#limits = {
      t2: upperQuantile(
        distances.map(({ t2 }) => t2),
        falseAlarmRate,
      ),
      q: upperQuantile(
        distances.map(({ q }) => q),
        falseAlarmRate,
      ),
    };
    const ownThreshold = upperQuantile(
      distances.map((one) => this.#index(one)),
      falseAlarmRate,
    );
    this.threshold = margin * ownThreshold;
  }

  /**
   * For meters that are like those of the model and not among them: honest meters come in groups that have little in common, such as streets, each group is judged by a model of the others, and the
   * threshold is raised until only the share `falseAlarmRate` of them would have been suspects.
   * @param groups - at least two, of at least 100 meters together without any one of them
   * @throws RangeError for fewer, or another rate.
   */
  static ofGroups(groups: readonly (readonly Indicators[])[], options: OutlierModelOptions): OutlierModel {
    if (groups.length < 2) throw new RangeError('"groups" expected at least two');
    const ratios = groups.flatMap((group) => {
      const others = new OutlierModel(groups.filter((other) => other !== group).flat(), options);
      return group.map((one) => others.judge(one).index / others.threshold);
    });
    const margin = Math.max(1, upperQuantile(ratios, options.falseAlarmRate));
    return new OutlierModel(groups.flat(), { ...options, margin });
  }

  judge(indicators: Indicators): Judgement {
    const row = this.#row(indicators);
    const scores = this.#project(row);
    const z = Object.fromEntries(INDICATOR_NAMES.map((name) => [name, 0])) as Record<IndicatorName, number>;
    this.#scales.forEach(({ name }, k) => (z[name] = row[k] ?? 0));
    return {
      index: this.#index(this.#distances(scores)),
      scores: [scores[0] ?? 0, scores[1] ?? 0],
      z,
    };
  }

  #row(indicators: Indicators): number[] {
    return this.#scales.map(({ name, median, deviation }) => {
      const z = (indicators[name].value - median) / deviation;
      return Number.isNaN(z) ? 0 : Math.min(Math.max(z, 0), MAX_Z);
    });
  }

  #project(row: readonly number[]): number[] {
    return this.#pca.predict([[...row]]).getRow(0);
  }

  #distances(scores: readonly number[]): Distances {
    const squares = scores.map((score) => score ** 2);
    return {
      t2: squares
        .slice(0, this.#kept)
        .reduce((sum, square, j) => sum + square / (this.#eigenvalues[j] ?? 1), 0),
      // The components are orthonormal: what is left of z are the scores of the others.
      q: squares.slice(this.#kept).reduce((sum, square) => sum + square, 0),
    };
  }

  #index({ t2, q }: Distances): number {
    return t2 / this.#limits.t2 + q / this.#limits.q;
  }
}

function scaleOf(name: IndicatorName, honest: readonly Indicators[]): Scale {
  const values = honest.map((one) => one[name].value).filter((value) => !Number.isNaN(value));
  const median = values.length > 0 ? medianOf(values) : 0;
  const deviation = MAD_SCALE * medianOf(values.map((value) => Math.abs(value - median)));
  return { name, median, deviation: Math.max(deviation || 0, LEAST_DEVIATIONS[name]) };
}

function componentsFor(explainedVariance: readonly number[]): number {
  let sum = 0;
  const place = explainedVariance.findIndex((share) => (sum += share) >= KEPT_VARIANCE);
  return Math.max(1, Math.min(place + 1, explainedVariance.length - 1));
}

/** The value that at most the share `rate` of the values is above; tiny rather than 0, so that it can be divided by. */
function upperQuantile(values: readonly number[], rate: number): number {
  const descending = [...values].sort((a, b) => b - a);
  return Math.max(descending[Math.floor(rate * descending.length)] ?? 0, Number.EPSILON);
}
