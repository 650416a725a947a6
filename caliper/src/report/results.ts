/** The document `results.json`: every row with all its repetitions, and what decides the figures. */
import type { BenchmarkOptions, BenchmarkRun } from '../benchmark.js';
import type { MeasuredRound } from '../measure/measured-round.js';
import { median, spread } from '../measure/statistics.js';
import type { NetworkFacts } from '../setup/benchmark-network.js';
import type { LedgerBytes } from '../setup/check-slot-blocks.js';
import { describeHost, type Host } from './host.js';
import { installedVersion } from './installed-version.js';

/** Width of a bar of the latency distribution. */
const LATENCY_BIN_MS = 25;

export interface ResultRow {
  readonly label: string;
  readonly group: string;
  readonly client: 'caliper' | 'own';
  /** What Caliper was asked to send; null where our own client kept calls in flight. */
  readonly rateTps: number | null;
  readonly inFlight: number | null;
  readonly totalsPerTransaction: number;
  readonly metersPerTotal: number;
  /** Medians of the repetitions, each figure by itself. */
  readonly median: MeasuredRound;
  /** (max - min) / median of `tps`. */
  readonly spread: number;
  /** Region totals and meter readings that a second settles; of writes of region totals. */
  readonly totalsPerSecond: number;
  readonly readingsPerSecond: number;
  readonly repetitions: readonly MeasuredRound[];
  /** Of slot blocks, per report; the same in every repetition up to a few bytes of signatures. */
  readonly ledgerBytes?: LedgerBytes;
}

export interface CaliperResults {
  readonly schema: 'gridveil/caliper/v1';
  readonly command: string;
  readonly host: Host;
  readonly versions: Readonly<Record<string, string>>;
  readonly network: NetworkFacts;
  readonly settings: {
    readonly seed: string;
    readonly modulusBits: number;
    readonly caliperWorkers: number;
    readonly repeats: number;
    readonly warmupTransactions: number;
    /** Bytes of one region total's submission, as the fog node sends it. */
    readonly submissionBytes: number;
  };
  readonly rows: readonly ResultRow[];
  /** Ours against the blind put of the same run: 1 would be as cheap, or as fast. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Of the largest write round, all repetitions: `[from ms, transactions]`. */
  readonly latencyDistribution: {
    readonly label: string;
    readonly bins: readonly (readonly [number, number])[];
  };
  /** Region totals that were read back and opened after the rounds, all as written. */
  readonly checkedTotals: number;
}

export function resultsOf(
  options: BenchmarkOptions,
  runs: readonly BenchmarkRun[],
  command: string,
): CaliperResults {
  const [{ network, submissionBytes }] = runs as [BenchmarkRun];
  const rows = [...caliperRows(runs), ...ownClientRows(runs)];
  return {
    schema: 'gridveil/caliper/v1',
    command,
    host: describeHost(),
    versions: {
      node: process.version,
      '@hyperledger/caliper-core': installedVersion('@hyperledger/caliper-core'),
      '@hyperledger/caliper-fabric': installedVersion('@hyperledger/caliper-fabric'),
      '@hyperledger/fabric-gateway': installedVersion('@hyperledger/fabric-gateway'),
      '@grpc/grpc-js': installedVersion('@grpc/grpc-js'),
      'fabric-shim': installedVersion('fabric-shim'),
    },
    network,
    settings: {
      seed: options.seed,
      modulusBits: options.modulusBits,
      caliperWorkers: options.workers,
      repeats: options.repeats,
      warmupTransactions: options.sizes.warmup,
      submissionBytes,
    },
    rows,
    ratios: ratiosOf(rows),
    latencyDistribution: latencyDistribution(runs),
    checkedTotals: runs.reduce((sum, run) => sum + run.checkedTotals, 0),
  };
}

function caliperRows(runs: readonly BenchmarkRun[]): ResultRow[] {
  const byLabel = groupBy(
    runs.flatMap((run) => run.caliperRounds),
    ({ plan }) => plan.label,
  );
  return [...byLabel.values()].map((rounds) => {
    const [{ plan }] = rounds as [(typeof rounds)[0]];
    const [{ totalsPerTransaction, metersPerTotal }] = plan.parts as [(typeof plan.parts)[0]];
    const shape = { totalsPerTransaction, metersPerTotal };
    const repetitions = rounds.map(({ measured }) => measured);
    const ledgerBytes = runs[0]?.ledgerBytes.get(plan.label);
    return {
      ...(ledgerBytes === undefined ? {} : { ledgerBytes }),
      label: plan.label,
      group: plan.group,
      client: 'caliper',
      rateTps: plan.rateTps,
      inFlight: null,
      ...shape,
      ...summary(repetitions, shape),
    };
  });
}

function ownClientRows(runs: readonly BenchmarkRun[]): ResultRow[] {
  const byLabel = groupBy(
    runs.flatMap((run) => run.ownClientRows),
    ({ label }) => label,
  );
  return [...byLabel.values()].map((rows) => {
    const [{ label, group, inFlight, totalsPerTransaction, metersPerTotal }] = rows as [(typeof rows)[0]];
    const shape = { totalsPerTransaction, metersPerTotal };
    const repetitions = rows.map(({ measured }) => measured);
    return { label, group, client: 'own', rateTps: null, inFlight, ...shape, ...summary(repetitions, shape) };
  });
}

function summary(
  repetitions: readonly MeasuredRound[],
  { totalsPerTransaction, metersPerTotal }: Pick<ResultRow, 'totalsPerTransaction' | 'metersPerTotal'>,
): Pick<ResultRow, 'median' | 'spread' | 'totalsPerSecond' | 'readingsPerSecond' | 'repetitions'> {
  const middle = medians(repetitions) as MeasuredRound;
  const totalsPerSecond = middle.goodputTps * totalsPerTransaction;
  return {
    median: middle,
    spread: spread(repetitions.map(({ tps }) => tps)),
    totalsPerSecond,
    readingsPerSecond: totalsPerSecond * metersPerTotal,
    repetitions,
  };
}

/** The median of each number in equally built objects. */
function medians(samples: readonly unknown[]): unknown {
  const [first] = samples;
  if (typeof first === 'number') return median(samples as number[]);
  if (typeof first !== 'object' || first === null) return first;
  return Object.fromEntries(
    Object.keys(first).map((key) => [
      key,
      // A process has another number, and so another name, in each repetition.
      medians(
        samples
          .map((sample) => (sample as Record<string, unknown>)[key])
          .filter((each) => each !== undefined),
      ),
    ]),
  );
}

function ratiosOf(rows: readonly ResultRow[]): Record<string, number> {
  const find = (pattern: RegExp): ResultRow | undefined => rows.find(({ label }) => pattern.test(label));
  const ratios: Record<string, number> = {};
  const compare = (name: string, ours: ResultRow | undefined, blind: ResultRow | undefined): void => {
    if (ours === undefined || blind === undefined) return;
    // Repetition by repetition, since the machine drifts between them.
    const pairs = ours.repetitions.flatMap((mine, i) => {
      const theirs = blind.repetitions[i];
      return theirs === undefined ? [] : [{ mine, theirs }];
    });
    const cpu = ({ cpuMsPerTransaction }: MeasuredRound): number => cpuMsPerTransaction['total'] ?? NaN;
    ratios[`${name}, CPU`] = median(pairs.map(({ mine, theirs }) => cpu(theirs) / cpu(mine)));
    // At a fixed rate both do what they are told.
    if (ours.rateTps === null)
      ratios[`${name}, TPS`] = median(pairs.map(({ mine, theirs }) => mine.tps / theirs.tps));
  };
  const blind = find(/^blind-put-\d+$/);
  compare(
    'Caliper, fixed rate',
    find(new RegExp(`^ami-data-${blind?.label.split('-').at(-1) ?? ''}$`)),
    blind,
  );
  compare('own client, writes', find(/^write-closed-loop$/), find(/^blind-put-closed-loop$/));
  compare('own client, reads', find(/^read-closed-loop$/), find(/^blind-get-closed-loop$/));
  const best = (pattern: RegExp): number =>
    Math.max(...rows.filter(({ label }) => pattern.test(label)).map((row) => row.median.tps));
  if (find(/^sweep-/) !== undefined && find(/^blind-sweep-/) !== undefined)
    ratios['Caliper, ceiling of the sweep, TPS'] = best(/^sweep-/) / best(/^blind-sweep-/);
  return ratios;
}

function latencyDistribution(runs: readonly BenchmarkRun[]): CaliperResults['latencyDistribution'] {
  const tables = runs.flatMap((run) => run.caliperRounds.filter(({ plan }) => plan.group === 'table'));
  const label = tables.at(-1)?.plan.label ?? '';
  const counts = new Map<number, number>();
  for (const latencyMs of tables
    .filter(({ plan }) => plan.label === label)
    .flatMap((round) => round.latenciesMs)) {
    const from = Math.floor(latencyMs / LATENCY_BIN_MS) * LATENCY_BIN_MS;
    counts.set(from, (counts.get(from) ?? 0) + 1);
  }
  // Empty bars are bars.
  const starts = [...counts.keys()];
  const [least, most] = [Math.min(...starts), Math.max(...starts)];
  const bars = starts.length === 0 ? 0 : (most - least) / LATENCY_BIN_MS + 1;
  const bins = Array.from({ length: bars }, (_, i) => {
    const from = least + i * LATENCY_BIN_MS;
    return [from, counts.get(from) ?? 0] as const;
  });
  return { label, bins };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item)) ?? [];
    groups.set(key(item), group);
    group.push(item);
  }
  return groups;
}
