/** What one round measured: from every transaction's own times, the processes' use, and Caliper's row beside them. */
import type { CaliperRow } from '../engine/caliper-row.js';
import type { ProcessSampler, ProcessUse } from './process-sampler.js';
import { percentile } from './statistics.js';

export interface TimedCall {
  readonly createdMs: number;
  readonly finishedMs: number;
  readonly committed: boolean;
}

export interface LatencyMs {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface MeasuredRound {
  readonly transactions: number;
  readonly failed: number;
  /** As Caliper computes them: over (last finish - first creation), and over (last creation - first creation). */
  readonly tps: number;
  readonly sendRateTps: number;
  /** Committed transactions over the same time: what failed does not count. */
  readonly goodputTps: number;
  readonly durationMs: number;
  /** Of committed transactions. */
  readonly latencyMs: LatencyMs;
  /** By class of process, and `total`; only where the processes run on this machine. */
  readonly cpuMsPerTransaction: Readonly<Record<string, number>>;
  readonly peakRssBytes: Readonly<Record<string, number>>;
  /** Caliper's own line; none for rounds of our own client. */
  readonly caliper?: {
    readonly tps: number;
    readonly sendRateTps: number;
    readonly maxLatencySeconds: number;
    readonly avgLatencySeconds: number;
  };
}

/** @throws RangeError without calls */
export function measureRound(
  calls: readonly TimedCall[],
  sampler: Pick<ProcessSampler, 'use'>,
  caliperRow?: CaliperRow,
): MeasuredRound {
  if (calls.length === 0) throw new RangeError('"calls" expected at least one call');
  const created = calls.map(({ createdMs }) => createdMs);
  const firstMs = smallest(created);
  const lastMs = largest(calls.map(({ finishedMs }) => finishedMs));
  const committed = calls.filter((call) => call.committed);
  const durationMs = lastMs - firstMs;
  const use = sampler.use(firstMs, lastMs);
  const cpuMs = byClass(use);
  return {
    transactions: calls.length,
    failed: calls.length - committed.length,
    tps: perSecond(calls.length, durationMs),
    sendRateTps: perSecond(calls.length, largest(created) - firstMs),
    goodputTps: perSecond(committed.length, durationMs),
    durationMs,
    latencyMs: latencyOf(committed),
    cpuMsPerTransaction: mapValues(cpuMs, (ms) => ms / calls.length),
    peakRssBytes: Object.fromEntries(use.map(({ name, peakRssBytes }) => [name, peakRssBytes])),
    ...(caliperRow === undefined ? {} : { caliper: fromCaliper(caliperRow) }),
  };
}

function fromCaliper(row: CaliperRow): NonNullable<MeasuredRound['caliper']> {
  return {
    tps: Number(row['Throughput (TPS)']),
    sendRateTps: Number(row['Send Rate (TPS)']),
    maxLatencySeconds: Number(row['Max Latency (s)']),
    avgLatencySeconds: Number(row['Avg Latency (s)']),
  };
}

function latencyOf(calls: readonly TimedCall[]): LatencyMs {
  const latencies = calls.map(({ createdMs, finishedMs }) => finishedMs - createdMs);
  return {
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    p99: percentile(latencies, 0.99),
    max: percentile(latencies, 1),
  };
}

function byClass(use: readonly ProcessUse[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { processClass, cpuMs } of use) {
    sums[processClass] = (sums[processClass] ?? 0) + cpuMs;
    sums['total'] = (sums['total'] ?? 0) + cpuMs;
  }
  return sums;
}

function perSecond(count: number, durationMs: number): number {
  return durationMs > 0 ? (1000 * count) / durationMs : NaN;
}

function mapValues(
  record: Readonly<Record<string, number>>,
  map: (value: number) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

// Rounds have more calls than a function takes arguments.
function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}
