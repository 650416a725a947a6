/** What was done to a field and how it recovered: one JSON line for each fault, and a table at the end. */
import { appendFileSync } from 'node:fs';
import { loadavg } from 'node:os';

export const FAULT_KINDS = ['fog', 'ledger', 'mdms', 'peer', 'raft-leader', 'chaincode'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultRecord {
  readonly schema: 'gridveil/fault/v1';
  /** From 1, in the order in which they were over. */
  readonly n: number;
  /** Since the campaign began. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** The party or node that was killed with SIGKILL. */
  readonly target: string;
  /** Named place in the program; null for a kill at any time. */
  readonly point: string | null;
  /** From the kill until the program was ready again; null when it died once more before that. */
  readonly recoveryMs: number | null;
  /** From the kill until the ledger had a total of reports that were first sent after it; null where nobody looked. */
  readonly nextTotalMs: number | null;
  /** Reports on their way when it happened. */
  readonly inFlight: number;
  /** Attempts that senders had repeated by then, in all. */
  readonly retries: number;
  /** Load average over one minute: how much of the recovery is due to a busy machine. */
  readonly load: number;
}

export type NewFault = Omit<FaultRecord, 'schema' | 'n' | 'load'>;

export class FaultLog {
  readonly records: FaultRecord[] = [];
  readonly startedAtMs = performance.now();

  /** @param file - gets a line for each fault. */
  constructor(readonly file?: string) {}

  add(fault: NewFault): void {
    const record: FaultRecord = {
      schema: 'gridveil/fault/v1',
      n: this.records.length + 1,
      ...fault,
      load: Number((loadavg()[0] ?? 0).toFixed(2)),
    };
    this.records.push(record);
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(record)}\n`);
  }

  of(kind: FaultKind): readonly FaultRecord[] {
    return this.records.filter((record) => record.kind === kind);
  }

  /** A line for each kind of fault that happened. */
  table(): string {
    const rows = FAULT_KINDS.filter((kind) => this.of(kind).length > 0).map((kind) => {
      const records = this.of(kind);
      const recovery = quantiles(records.flatMap(({ recoveryMs }) => recoveryMs ?? []));
      const total = quantiles(records.flatMap(({ nextTotalMs }) => nextTotalMs ?? []));
      return [kind, String(records.length), recovery, total];
    });
    const heads = ['killed', 'times', 'ready again p50/p95/max s', 'next total p50/p95/max s'];
    return [heads, ...rows]
      .map((row) =>
        row
          .map((cell, i) => cell.padEnd(i < 2 ? 13 : 28))
          .join('')
          .trimEnd(),
      )
      .join('\n');
  }
}

/** The value below which `share` of the values lie; undefined for none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

function quantiles(valuesMs: readonly number[]): string {
  if (valuesMs.length === 0) return '-';
  return [0.5, 0.95, 1].map((share) => ((quantile(valuesMs, share) ?? 0) / 1000).toFixed(2)).join(' / ');
}
