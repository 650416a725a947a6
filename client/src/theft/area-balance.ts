/**
 * Whose readings the supply of an area misses: the loss of each slot, explained by the readings of the same slot ("high supply, low meters", paper 002 section V.A).
 *
 *   supply_t - Σ_i reading_i,t = fixed daily course + Σ_i a_i · reading_i,t + noise        a_i is 0 for a right meter and s/(1-s) for one that leaves out the share s
 *
 * Run by the control centre with the transformer's meter from the grid operator. The fixed course (street lights, iron losses) goes by taking away the mean of each hour of the day. The a_i have
 * the prior N(0, 0.3²), which is ridge regression: a meter whose course is like its neighbours' gets a value near 0 rather than a wild one. What is told is a_i less two of its standard deviations,
 * wide enough for noise that lasts, and only of the meter with the largest: a theft that follows nobody's readings, such as that of a whole phase, must not fall on neighbours, so that the balance of an
 * area accuses one meter at a time. A second thief whom nothing else tells of is found when the first one is. Assumes that every consumer of the area is metered or
 * has the same course every day, and that clocks agree within a slot. Cost: n²·slots multiplications, 3 ms for 24 meters and four weeks of half hours.
 */
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { AreaRecord, SlotRange } from './meter-series.js';

const PRIOR_DEVIATION = 0.3;
const DOUBT_DEVIATIONS = 2;
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
const HOURS = 24;
/** For each meter; fewer do not tell meters apart. */
const SLOTS_PER_METER = 4;
/** Noise that lasts longer makes no statement at all. */
const MAX_CORRELATION = 0.99;

/** 0 to 23, in UTC. */
export function hourOfDay(slot: number, slotSeconds: number): number {
  return Math.floor(((slot * slotSeconds) % DAY_SECONDS) / HOUR_SECONDS);
}

/**
 * At least which share of its readings the supply misses with each meter, in the order of the area; around -0.05 for right meters.
 * @returns NaN for all without a supply meter, or with fewer than 4 complete slots for each meter
 */
export function missingShares(area: AreaRecord, { from, to }: SlotRange): number[] {
  const { meters, supplyWh, firstSlot, slotSeconds } = area;
  const rows: number[][] = [];
  const hours: number[] = [];
  for (let i = from; i < to; i++) {
    const readings = meters.map(({ energyWh }) => energyWh[i] ?? NaN);
    const loss = (supplyWh?.[i] ?? NaN) - readings.reduce((sum, wh) => sum + wh, 0);
    if (Number.isNaN(loss)) continue;
    rows.push([...readings, loss]);
    hours.push(hourOfDay(firstSlot + i, slotSeconds));
  }
  if (rows.length < SLOTS_PER_METER * meters.length) return meters.map(() => NaN);
  withoutDailyCourse(rows, hours);
  return explained(new Matrix(rows), meters.length);
}

/** The same for the meter that explains most of the loss; NaN for the others of the area. */
export function accusedShares(area: AreaRecord, range: SlotRange): number[] {
  const shares = missingShares(area, range);
  const largest = Math.max(...shares);
  return shares.map((share) => (share === largest ? share : NaN));
}

/** Takes from each column its mean in the same hour of the day. */
function withoutDailyCourse(rows: readonly number[][], hours: readonly number[]): void {
  const width = rows[0]?.length ?? 0;
  const sums = Array.from({ length: HOURS }, () => ({ count: 0, of: new Float64Array(width) }));
  rows.forEach((row, i) => {
    const sum = sums[hours[i] ?? 0];
    if (sum === undefined) return;
    sum.count += 1;
    row.forEach((value, column) => (sum.of[column] = (sum.of[column] ?? 0) + value));
  });
  rows.forEach((row, i) => {
    const sum = sums[hours[i] ?? 0];
    row.forEach((value, column) => (row[column] = value - (sum?.of[column] ?? 0) / (sum?.count ?? 1)));
  });
}

/** @param rows - n readings and the loss */
function explained(rows: Matrix, n: number): number[] {
  const moments = rows.transpose().mmul(rows);
  // The noise is not known: a first fit without a prior tells it.
  const noise = noiseOf(rows, ridge(moments, n, 0).means);
  const { means, inverse } = ridge(moments, n, noise / PRIOR_DEVIATION ** 2);
  return means.map((mean, i) => mean - DOUBT_DEVIATIONS * Math.sqrt(noise * inverse.get(i, i)));
}

function ridge(moments: Matrix, n: number, penalty: number): { means: number[]; inverse: Matrix } {
  const A = moments.subMatrix(0, n - 1, 0, n - 1);
  // A meter that reads 0 throughout has no coefficient of its own; the smallest penalty makes it 0.
  const least = 1e-9 * (A.trace() / n || 1);
  for (let i = 0; i < n; i++) A.set(i, i, A.get(i, i) + Math.max(penalty, least));
  const inverse = new CholeskyDecomposition(A).solve(Matrix.eye(n));
  return { means: inverse.mmul(moments.subMatrix(0, n - 1, n, n)).to1DArray(), inverse };
}

/** Variance of what the readings do not explain, as large as it must be for independent noise to say as little as this one, which goes on from slot to slot. */
function noiseOf(rows: Matrix, means: readonly number[]): number {
  const left = rows.mmul(Matrix.columnVector([...means.map((mean) => -mean), 1])).to1DArray();
  const squares = left.reduce((sum, value) => sum + value * value, 0);
  const products = left.reduce((sum, value, i) => sum + value * (left[i - 1] ?? 0), 0);
  const correlation = Math.min(Math.max(products / squares || 0, 0), MAX_CORRELATION);
  const degrees = Math.max(1, left.length - means.length - HOURS);
  return (squares / degrees) * ((1 + correlation) / (1 - correlation));
}
