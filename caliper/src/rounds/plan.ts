/**
 * Which rounds a run has, in which order, and which totals each may use. A write round takes totals no other one has; a
 * read round reads what the write round of its size wrote.
 */
import { totalsPerFogNode, type BenchmarkTarget, type RoundShare } from '../inputs/target.js';
import type { WorkloadPart } from '../workloads/prepared-workload.js';

export const ROUND_GROUPS = [
  'table',
  'baseline',
  'reads',
  'mixed',
  'sweep',
  'read-sweep',
  'slot-blocks',
] as const;
export type RoundGroup = (typeof ROUND_GROUPS)[number];

export interface RoundPlan {
  readonly label: string;
  /** `warmup` is never reported. */
  readonly group: RoundGroup | 'warmup';
  readonly transactions: number;
  readonly rateTps: number;
  readonly parts: readonly WorkloadPart[];
  /** What preparing its inputs may take beyond what every round has. */
  readonly prepareSeconds?: number;
}

export interface RoundSizes {
  readonly warmup: number;
  /** Rows of the paper's Table I. */
  readonly table: readonly number[];
  readonly mixed: number;
  readonly sweepTps: readonly number[];
  /** Below it both hold the rate, and nothing is to be learnt. */
  readonly blindSweepFromTps: number;
  readonly readSweepTps: readonly number[];
  readonly sweepSeconds: number;
  readonly writeTps: number;
  readonly readTps: number;
  readonly mixedTps: number;
}

/** The settings of the paper, or chosen as spec/caliper.md and fabric-measured.md say. */
export const FULL_SIZES: RoundSizes = {
  warmup: 1_500,
  table: [1_000, 2_000, 3_000, 4_000, 5_000],
  mixed: 2_000,
  sweepTps: [75, 100, 125, 150, 175, 200],
  blindSweepFromTps: 125,
  readSweepTps: [400, 600, 800, 1_000],
  sweepSeconds: 12,
  writeTps: 125,
  readTps: 400,
  mixedTps: 150,
};

/** For tests: every kind of round, a few seconds each. */
export const SHORT_SIZES: RoundSizes = {
  warmup: 40,
  table: [40, 80],
  mixed: 40,
  sweepTps: [40],
  blindSweepFromTps: 0,
  readSweepTps: [80],
  sweepSeconds: 1,
  writeTps: 40,
  readTps: 80,
  mixedTps: 40,
};

const METERS_PER_TOTAL = 20;

/** What a machine writes at the least, from all runs so far, less a margin. */
const SLOW_WRITES_TPS = 90;
/** Calls that may wait in a round above that; each of the two gateways refuses the 501st (Fabric's `gatewayService` limit). */
const WAITING_CALLS = 700;

/** Hands out totals, each once in a run. */
export class TotalAllocator {
  readonly #target: Pick<BenchmarkTarget, 'fogNodes'>;
  #next = 0;

  constructor(target: Pick<BenchmarkTarget, 'fogNodes'>) {
    this.#target = target;
  }

  share(transactions: number, totalsPerTransaction = 1, metersPerTotal = METERS_PER_TOTAL): RoundShare {
    const share = { firstTotal: this.#next, transactions, totalsPerTransaction, metersPerTotal };
    this.#next += totalsPerFogNode(this.#target, share);
    return share;
  }
}

export interface PlanChoices {
  /** Whether the network has the contract that blind puts need. */
  readonly hasBaseline: boolean;
  /** Number of the repetition: rows change places, so that no size is always the first one after the warm-up. */
  readonly turn: number;
}

export function planRounds(
  groups: ReadonlySet<RoundGroup>,
  sizes: RoundSizes,
  totals: TotalAllocator,
  { hasBaseline, turn }: PlanChoices = { hasBaseline: true, turn: 0 },
): RoundPlan[] {
  const written = new Map(sizes.table.map((size) => [size, totals.share(size)]));
  return [
    round('warmup', 'warmup', sizes.writeTps, write(totals.share(sizes.warmup))),
    ...tableRounds(groups, sizes, totals, written, turn),
    ...(groups.has('reads') ? readRounds(sizes, written) : []),
    ...(groups.has('mixed') ? [mixedRound(sizes, totals, written)] : []),
    ...(groups.has('sweep') ? sweepRounds(sizes, totals, hasBaseline) : []),
    ...(groups.has('read-sweep') ? readSweepRounds(sizes, written) : []),
  ];
}

function tableRounds(
  groups: ReadonlySet<RoundGroup>,
  sizes: RoundSizes,
  totals: TotalAllocator,
  written: ReadonlyMap<number, RoundShare>,
  turn: number,
): RoundPlan[] {
  // Reads need what they read.
  const all = groups.has('table') || groups.has('reads') || groups.has('mixed');
  const middle = sizes.table[Math.floor(sizes.table.length / 2)];
  const largest = groups.has('read-sweep') ? sizes.table.at(-1) : undefined;
  return rotated([...written], turn).flatMap(([size, share]) => {
    // In the middle of the table: the same ledger and an equally warm network for both.
    const beside = groups.has('baseline') && size === middle;
    const ours = round('table', `ami-data-${size}`, sizes.writeTps, write(share));
    const baseline = round('baseline', `blind-put-${size}`, sizes.writeTps, blind(totals.share(size)));
    const pair = turn % 2 === 0 ? [ours, baseline] : [baseline, ours];
    if (beside) return pair;
    return all || size === largest ? [ours] : [];
  });
}

function readRounds(sizes: RoundSizes, written: ReadonlyMap<number, RoundShare>): RoundPlan[] {
  return [...written].map(([size, share]) => round('reads', `ami-read-${size}`, sizes.readTps, read(share)));
}

/** Half writes, half reads of what the largest row of the table wrote. */
function mixedRound(
  sizes: RoundSizes,
  totals: TotalAllocator,
  written: ReadonlyMap<number, RoundShare>,
): RoundPlan {
  const half = sizes.mixed / 2;
  const known = { ...([...written.values()].at(-1) as RoundShare), transactions: half };
  return round('mixed', `mixed-${sizes.mixed}`, sizes.mixedTps, write(totals.share(half)), read(known));
}

function sweepRounds(sizes: RoundSizes, totals: TotalAllocator, hasBaseline: boolean): RoundPlan[] {
  return sizes.sweepTps.flatMap((rateTps) => {
    const transactions = sweepTransactions(rateTps, sizes.sweepSeconds);
    const ours = round('sweep', `sweep-${rateTps}`, rateTps, write(totals.share(transactions)));
    if (!hasBaseline || rateTps < sizes.blindSweepFromTps) return [ours];
    return [ours, round('sweep', `blind-sweep-${rateTps}`, rateTps, blind(totals.share(transactions)))];
  });
}

/** As many as the time allows, above the ceiling no more than may wait: a slow day must not end the whole run. */
function sweepTransactions(rateTps: number, seconds: number): number {
  const all = rateTps * seconds;
  if (rateTps <= SLOW_WRITES_TPS) return all;
  const most = WAITING_CALLS / (1 - SLOW_WRITES_TPS / rateTps);
  return Math.min(all, 2 * Math.floor(most / 2));
}

/** Reads of the largest row of the table. */
function readSweepRounds(sizes: RoundSizes, written: ReadonlyMap<number, RoundShare>): RoundPlan[] {
  const share = [...written.values()].at(-1) as RoundShare;
  return sizes.readSweepTps.map((rateTps) => {
    const transactions = Math.min(rateTps * sizes.sweepSeconds, share.transactions);
    return round('read-sweep', `read-sweep-${rateTps}`, rateTps, read({ ...share, transactions }));
  });
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return items.map((_, i) => items[(i + by) % items.length] as T);
}

const write = (share: RoundShare): WorkloadPart => ({ ...share, kind: 'region-totals' });
const read = (share: RoundShare): WorkloadPart => ({ ...share, kind: 'read-region-total' });
const blind = (share: RoundShare): WorkloadPart => ({ ...share, kind: 'blind-put' });

function round(
  group: RoundPlan['group'],
  label: string,
  rateTps: number,
  ...parts: readonly WorkloadPart[]
): RoundPlan {
  const transactions = parts.reduce((sum, part) => sum + part.transactions, 0);
  return { label, group, rateTps, parts, transactions };
}
