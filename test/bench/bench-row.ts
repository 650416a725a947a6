/**
 * One benchmark row: how it is described and how it is measured.
 *
 * Ours and the peer run alternately in one process, so that a busy machine slows both and the ratio stays fair.
 * Median of at least 5 samples after a warm-up; spread = (max - min) / median.
 */
import { median, spread } from '@gridveil/caliper/measure/statistics.js';

export interface Goal {
  /** How many times faster than the peer, at least. */
  readonly ratio?: number;
  /** In the row's unit. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One sample of a row, in its unit. */
export type Sampler = () => number | Promise<number>;

export interface PreparedRow {
  readonly ours: Sampler;
  readonly peer?: Sampler;
  readonly close?: () => void | Promise<void>;
}

export interface BenchRow {
  /** kebab-case; `--only` matches any part of it. */
  readonly name: string;
  readonly what: string;
  /** `x`: how many times as much as what it is compared with. */
  readonly unit: 'ms' | 's' | 'us' | 'MB' | 'reports/s' | 'x';
  readonly goals: readonly Goal[];
  /** Who is measured beside us. */
  readonly peer?: string;
  /** At least 5; 7 when left out. */
  readonly samples?: number;
  prepare(): PreparedRow | Promise<PreparedRow>;
}

export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly spread: number;
  readonly samples: number;
  readonly peer: string | null;
  readonly peerMedian: number | null;
  readonly ratio: number | null;
  readonly goal: string | null;
  readonly met: boolean | null;
}

const MIN_SAMPLES = 5;
const DEFAULT_SAMPLES = 7;

/** Milliseconds one call takes, averaged over `repeats` calls. */
export async function timedMs(work: () => unknown, repeats = 1): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) {
    const result = work();
    if (result instanceof Promise) await result;
  }
  return (performance.now() - start) / repeats;
}

export async function measure(row: BenchRow): Promise<BenchResult> {
  const samples = Math.max(MIN_SAMPLES, row.samples ?? DEFAULT_SAMPLES);
  const prepared = await row.prepare();
  try {
    await prepared.ours();
    await prepared.peer?.();
    const ours: number[] = [];
    const peer: number[] = [];
    for (let i = 0; i < samples; i++) {
      ours.push(await prepared.ours());
      if (prepared.peer) peer.push(await prepared.peer());
    }
    return summarise(row, ours, peer);
  } finally {
    await prepared.close?.();
  }
}

function summarise(row: BenchRow, ours: readonly number[], peer: readonly number[]): BenchResult {
  const mid = median(ours);
  const peerMedian = peer.length === 0 ? null : median(peer);
  const higherIsBetter = row.unit === 'reports/s';
  const ratio = peerMedian === null ? null : higherIsBetter ? mid / peerMedian : peerMedian / mid;
  return {
    name: row.name,
    unit: row.unit,
    median: rounded(mid),
    spread: rounded(spread(ours)),
    samples: ours.length,
    peer: row.peer ?? null,
    peerMedian: peerMedian === null ? null : rounded(peerMedian),
    ratio: ratio === null ? null : rounded(ratio),
    goal: row.goals.length === 0 ? null : row.goals.map(describeGoal).join(', '),
    met: row.goals.length === 0 ? null : row.goals.every((goal) => meets(goal, mid, ratio)),
  };
}

function describeGoal({ ratio, atMost, atLeast }: Goal): string {
  if (ratio !== undefined) return `>= ${ratio}x`;
  return atMost !== undefined ? `<= ${atMost}` : `>= ${atLeast}`;
}

function meets(goal: Goal, value: number, ratio: number | null): boolean {
  if (goal.ratio !== undefined) return ratio !== null && ratio >= goal.ratio;
  return value <= (goal.atMost ?? Infinity) && value >= (goal.atLeast ?? -Infinity);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
