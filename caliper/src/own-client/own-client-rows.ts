/**
 * The rows measured with our own client, on the same network right after Caliper's: meter readings settled in a second,
 * reads in a second, and the same blind writes and reads beside them.
 */
import type { Ledger } from '@gridveil/client/ledger/port.js';
import type { BenchmarkTarget, RoundShare } from '../inputs/target.js';
import { roundCalls, type BenchmarkCall } from '../inputs/transactions.js';
import { measureRound, type MeasuredRound } from '../measure/measured-round.js';
import { ProcessSampler, type WatchedProcess } from '../measure/process-sampler.js';
import type { TotalAllocator } from '../rounds/plan.js';
import { runClosedLoop, type AnsweredCall } from './closed-loop.js';

export const OWN_CLIENT_GROUPS = ['settled', 'closed-loop'] as const;
export type OwnClientGroup = (typeof OWN_CLIENT_GROUPS)[number];

export interface OwnClientRow {
  readonly label: string;
  readonly measured: MeasuredRound;
  readonly group: OwnClientGroup;
  readonly inFlight: number;
  readonly totalsPerTransaction: number;
  readonly metersPerTotal: number;
}

export interface OwnClientSizes {
  readonly metersPerTotal: readonly number[];
  /** Region totals in one transaction, with how many of these are sent and kept in flight. */
  readonly batches: readonly {
    readonly totals: number;
    readonly transactions: number;
    readonly inFlight: number;
  }[];
  /** Writes before the first row, which are not reported: network and client compile their hot paths. */
  readonly warmup: number;
  readonly writes: number;
  readonly reads: number;
  readonly readsInFlight: number;
}

/** About ten seconds each on two cores. */
export const FULL_OWN_CLIENT: OwnClientSizes = {
  metersPerTotal: [20, 100, 1_000],
  batches: [
    { totals: 1, transactions: 1_600, inFlight: 100 },
    { totals: 10, transactions: 600, inFlight: 60 },
    { totals: 50, transactions: 200, inFlight: 24 },
  ],
  warmup: 800,
  writes: 1_800,
  reads: 8_000,
  readsInFlight: 50,
};

export const SHORT_OWN_CLIENT: OwnClientSizes = {
  metersPerTotal: [20],
  batches: [{ totals: 10, transactions: 10, inFlight: 4 }],
  warmup: 10,
  writes: 20,
  reads: 20,
  readsInFlight: 4,
};

export interface OwnClientRun {
  readonly target: BenchmarkTarget;
  readonly totals: TotalAllocator;
  readonly sizes: OwnClientSizes;
  readonly hasBaseline: boolean;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly processes: readonly WatchedProcess[];
  readonly onRow: (label: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export async function runOwnClient(
  groups: ReadonlySet<OwnClientGroup>,
  run: OwnClientRun,
): Promise<OwnClientRow[]> {
  const rows: OwnClientRow[] = [];
  if (groups.size > 0) await warmUp(run);
  if (groups.has('closed-loop')) rows.push(...(await closedLoopRows(run)));
  if (groups.has('settled')) rows.push(...(await settledRows(run)));
  return rows;
}

async function warmUp(run: OwnClientRun): Promise<void> {
  const share = run.totals.share(run.sizes.warmup);
  const calls = roundCalls('region-totals', run.target, share, 0, share.transactions);
  await measured(run, 'closed-loop', 'warm-up', share, calls, run.sizes.batches[0]?.inFlight ?? 1);
}

async function closedLoopRows(run: OwnClientRun): Promise<OwnClientRow[]> {
  const { sizes, target, totals } = run;
  const inFlight = sizes.batches[0]?.inFlight ?? 1;
  const share = totals.share(sizes.writes);
  const ours = roundCalls('region-totals', target, share, 0, share.transactions);
  const rows = [await measured(run, 'closed-loop', 'write-closed-loop', share, ours, inFlight)];
  const reads = { ...share, transactions: Math.min(sizes.reads, sizes.writes) };
  const read = repeated(roundCalls('read-region-total', target, reads, 0, reads.transactions), sizes.reads);
  if (run.hasBaseline) {
    const blindShare = totals.share(sizes.writes);
    const blind = roundCalls('blind-put', target, blindShare, 0, blindShare.transactions);
    const written: AnsweredCall[] = [];
    rows.push(
      await measured(run, 'closed-loop', 'blind-put-closed-loop', blindShare, blind, inFlight, written),
    );
    const gets = repeated(blindGets(target, written), sizes.reads);
    rows.push(
      await measured(run, 'closed-loop', 'blind-get-closed-loop', blindShare, gets, sizes.readsInFlight),
    );
  }
  rows.push(await measured(run, 'closed-loop', 'read-closed-loop', share, read, sizes.readsInFlight));
  return rows;
}

async function settledRows(run: OwnClientRun): Promise<OwnClientRow[]> {
  const rows: OwnClientRow[] = [];
  for (const { totals, transactions, inFlight } of run.sizes.batches) {
    for (const metersPerTotal of run.sizes.metersPerTotal) {
      const share = run.totals.share(transactions, totals, metersPerTotal);
      const calls = roundCalls('region-totals', run.target, share, 0, transactions);
      const label = `settled-${totals}-totals-of-${metersPerTotal}-meters`;
      rows.push(await measured(run, 'settled', label, share, calls, inFlight));
    }
  }
  return rows;
}

async function measured(
  run: OwnClientRun,
  group: OwnClientGroup,
  label: string,
  { totalsPerTransaction, metersPerTotal }: RoundShare,
  calls: readonly BenchmarkCall[],
  inFlight: number,
  answers: AnsweredCall[] = [],
): Promise<OwnClientRow> {
  run.onRow(label);
  const self = { processClass: 'client', name: 'own client', pid: process.pid };
  const sampler = new ProcessSampler([...run.processes, self]);
  const ledgerOf = (call: BenchmarkCall): Ledger => run.ledgers.get(call.submitter.fogNode) as Ledger;
  sampler.start();
  try {
    answers.push(...(await runClosedLoop({ row: label, calls, inFlight, ledgerOf, signal: run.signal })));
  } finally {
    sampler.stop();
  }
  return {
    label,
    group,
    measured: measureRound(answers, sampler),
    inFlight,
    totalsPerTransaction,
    metersPerTotal,
  };
}

function blindGets({ fogNodes }: BenchmarkTarget, written: readonly AnsweredCall[]): BenchmarkCall[] {
  return written.map(({ transactionId }, i) => ({
    contract: 'baseline',
    name: 'Get',
    argument: transactionId,
    readOnly: true,
    submitter: fogNodes[i % fogNodes.length] as BenchmarkCall['submitter'],
  }));
}

/** The calls over and over, `count` in all. */
function repeated<T>(calls: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, i) => calls[i % calls.length] as T);
}
