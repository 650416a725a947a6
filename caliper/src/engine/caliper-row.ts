/** One line of Caliper's own result table, as the launcher hands it on. */
import { join } from 'node:path';

export interface CaliperRow {
  readonly Name: string;
  readonly Succ: number;
  readonly Fail: number;
  readonly 'Send Rate (TPS)': number | string;
  readonly 'Max Latency (s)': number | string;
  readonly 'Min Latency (s)': number | string;
  readonly 'Avg Latency (s)': number | string;
  readonly 'Throughput (TPS)': number | string;
}

export function caliperRowsFile(folder: string): string {
  return join(folder, 'caliper-rows.json');
}
