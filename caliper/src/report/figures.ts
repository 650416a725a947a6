/** The charts of a run, as self-contained SVG, by file name. A chart without data is left out. */
import type { CaliperResults, ResultRow } from './results.js';
import { barChart, lineChart, type ChartPoint, type LineSeries } from '@gridveil/client/charts/chart.js';
import { PAPER_TABLE_I } from './paper-table.js';

const PROCESS_CLASSES = { peer: 'peers', orderer: 'orderers', chaincode: 'chaincode', client: 'Caliper' };

export const FIGURE_NAMES = [
  'figure-4',
  'throughput-over-load',
  'latency-over-load',
  'latency-distribution',
  'cpu-per-transaction',
  'readings-settled',
  'slot-block-delay',
  'slot-block-cpu',
] as const;

const DRAWN: Readonly<
  Record<(typeof FIGURE_NAMES)[number], (results: CaliperResults, subtitle: string) => string | undefined>
> = {
  'figure-4': figure4,
  'throughput-over-load': throughputOverLoad,
  'latency-over-load': latencyOverLoad,
  'latency-distribution': latencyDistribution,
  'cpu-per-transaction': cpuPerTransaction,
  'readings-settled': readingsSettled,
  'slot-block-delay': slotBlockDelay,
  'slot-block-cpu': slotBlockCpu,
};

export function figuresOf(results: CaliperResults): Map<string, string> {
  const subtitle = subtitleOf(results);
  const figures = FIGURE_NAMES.map((name) => [`${name}.svg`, DRAWN[name](results, subtitle)] as const);
  return new Map(figures.flatMap(([file, svg]) => (svg === undefined ? [] : [[file, svg] as const])));
}

function subtitleOf({ host, network, settings }: CaliperResults): string {
  const { organisations, peers, orderers } = network;
  const nodes = `${organisations} organisations, ${peers} peers, ${orderers ?? 'unknown'} orderers`;
  const repeats = settings.repeats === 1 ? 'one run' : `median of up to ${settings.repeats} runs`;
  return `${nodes}, Caliper on the same ${host.cores} cores; ${repeats}`;
}

/** The paper's figure 4: throughput over the number of transactions. */
function figure4({ rows }: CaliperResults, subtitle: string): string | undefined {
  const ours = rows.filter(({ label }) => /^ami-data-\d+$/.test(label));
  if (ours.length < 2) return undefined;
  return lineChart({
    title: 'Figure 4 of paper 000: throughput over the number of transactions',
    subtitle,
    x: { name: 'AMI data (transactions)' },
    y: { name: 'throughput as Caliper reports it (TPS)' },
    series: [
      {
        name: `Gridveil, ${ours[0]?.rateTps ?? 0} sent`,
        points: ours.map((row) => withSpread(row, row.median.transactions, reportedTps)),
      },
      {
        name: 'paper 000, table I',
        points: PAPER_TABLE_I.map(({ transactions, tps }) => ({ x: transactions, y: tps })),
      },
    ],
  });
}

function throughputOverLoad({ rows }: CaliperResults, subtitle: string): string | undefined {
  const sweep = sweepRows(rows, 'sweep');
  if (sweep.length < 2) return undefined;
  const line = (name: string, of: readonly ResultRow[]): LineSeries => ({
    name,
    points: of.map((row) => withSpread(row, row.rateTps ?? 0, reportedTps)),
  });
  const rates = sweep.map(({ rateTps }) => rateTps ?? 0);
  return lineChart({
    title: 'Throughput over load',
    subtitle,
    x: { name: 'sent (transactions per second)' },
    y: { name: 'throughput as Caliper reports it (TPS)' },
    series: [
      line('region total', sweep),
      line('blind put of the same bytes', sweepRows(rows, 'blind-sweep')),
      { name: 'all that is sent', dash: 'dotted', points: rates.map((rate) => ({ x: rate, y: rate })) },
    ],
  });
}

function latencyOverLoad({ rows }: CaliperResults, subtitle: string): string | undefined {
  const sweep = sweepRows(rows, 'sweep');
  if (sweep.length < 2) return undefined;
  const line = (name: string, seconds: (row: ResultRow['median']) => number): LineSeries => ({
    name,
    points: sweep.map((row) => withSpread(row, row.rateTps ?? 0, seconds)),
  });
  return lineChart({
    title: 'Latency of a region total over load',
    subtitle,
    x: { name: 'sent (transactions per second)' },
    y: { name: 'latency (s)' },
    series: [
      line('maximum', ({ latencyMs }) => latencyMs.max / 1000),
      line('95 % stay below', ({ latencyMs }) => latencyMs.p95 / 1000),
      line('median', ({ latencyMs }) => latencyMs.p50 / 1000),
    ],
  });
}

function latencyDistribution({ latencyDistribution, rows }: CaliperResults): string | undefined {
  const { label, bins } = latencyDistribution;
  if (bins.length === 0) return undefined;
  const row = rows.find((each) => each.label === label);
  const { p50 = 0, p95 = 0, p99 = 0 } = row?.median.latencyMs ?? {};
  return barChart({
    title: `Latency distribution of ${label}, all repetitions`,
    subtitle: `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`,
    x: { name: 'latency (ms), from' },
    y: { name: 'transactions' },
    categories: bins.map(([fromMs]) => String(fromMs)),
    series: [{ name: label, values: bins.map(([, count]) => count) }],
  });
}

function cpuPerTransaction({ rows }: CaliperResults, subtitle: string): string | undefined {
  const blind = rows.find(({ group }) => group === 'baseline');
  const size = blind?.label.split('-').at(-1);
  const ours = rows.find(({ label }) => label === `ami-data-${size ?? ''}`);
  if (blind === undefined || ours === undefined || ours.median.cpuMsPerTransaction['peer'] === undefined)
    return undefined;
  const values = ({ median }: ResultRow): number[] =>
    Object.keys(PROCESS_CLASSES).map((name) => median.cpuMsPerTransaction[name] ?? 0);
  return barChart({
    title: 'CPU time of one transaction, by process',
    subtitle,
    x: { name: 'all processes of a kind together' },
    y: { name: 'CPU time (ms per transaction)' },
    categories: Object.values(PROCESS_CLASSES),
    series: [
      { name: 'region total', values: values(ours) },
      { name: 'blind put of the same bytes', values: values(blind) },
    ],
  });
}

function readingsSettled({ rows }: CaliperResults, subtitle: string): string | undefined {
  const settled = rows.filter(({ group }) => group === 'settled');
  if (settled.length < 2) return undefined;
  const unique = (values: readonly number[]): number[] => [...new Set(values)];
  const batches = unique(settled.map(({ totalsPerTransaction }) => totalsPerTransaction));
  const meters = unique(settled.map(({ metersPerTotal }) => metersPerTotal));
  const rate = (totals: number, each: number): number =>
    settled.find((row) => row.totalsPerTransaction === totals && row.metersPerTotal === each)
      ?.readingsPerSecond ?? 0;
  return barChart({
    title: 'Meter readings settled in a second, on the ledger',
    subtitle: `own client; ${subtitle}`,
    x: { name: 'meters in a region total' },
    y: { name: 'readings per second', log: true },
    categories: meters.map(String),
    series: batches.map((totals) => ({
      name: totals === 1 ? '1 total in a transaction' : `${totals} totals in a transaction`,
      values: meters.map((each) => rate(totals, each)),
    })),
  });
}

/** How long a block of an area takes until it is on the ledger. */
function slotBlockDelay({ rows }: CaliperResults, subtitle: string): string | undefined {
  const blocks = rows.filter(({ group }) => group === 'slot-blocks');
  if (blocks.length < 2) return undefined;
  const values = (ms: (row: ResultRow['median']['latencyMs']) => number): number[] =>
    blocks.map(({ median }) => ms(median.latencyMs) / 1000);
  return barChart({
    title: 'Delay of a slot block of time-of-use billing',
    subtitle,
    x: {
      name: 'meters in a block; load: sent faster than it is taken; l1: proofs checked by the aggregator alone',
    },
    y: { name: 'delay (s)' },
    categories: blocks.map(blockName),
    series: [
      { name: 'median', values: values(({ p50 }) => p50) },
      { name: '95 % stay below', values: values(({ p95 }) => p95) },
      { name: 'longest', values: values(({ max }) => max) },
    ],
  });
}

function slotBlockCpu({ rows }: CaliperResults, subtitle: string): string | undefined {
  const blocks = rows.filter(
    ({ group, median }) => group === 'slot-blocks' && median.cpuMsPerTransaction['peer'] !== undefined,
  );
  if (blocks.length < 2) return undefined;
  return barChart({
    title: 'CPU time of one slot block, by process',
    subtitle,
    x: { name: 'meters in a block; all processes of a kind together' },
    y: { name: 'CPU time (ms per block)' },
    categories: blocks.map(blockName),
    series: Object.entries(PROCESS_CLASSES).map(([kind, name]) => ({
      name,
      values: blocks.map(({ median }) => median.cpuMsPerTransaction[kind] ?? 0),
    })),
  });
}

function blockName({ label }: ResultRow): string {
  return label.replace('slot-block-', '');
}

function sweepRows(rows: readonly ResultRow[], prefix: string): ResultRow[] {
  return rows.filter(({ label }) => new RegExp(`^${prefix}-\\d+$`).test(label));
}

function reportedTps({ caliper, tps }: ResultRow['median']): number {
  return caliper?.tps ?? tps;
}

function withSpread(row: ResultRow, x: number, value: (of: ResultRow['median']) => number): ChartPoint {
  const values = row.repetitions.map(value);
  return { x, y: value(row.median), low: Math.min(...values), high: Math.max(...values) };
}
