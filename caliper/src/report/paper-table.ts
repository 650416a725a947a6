/** What paper 000 measured (table I and figure 4), to stand beside ours. */

/** Fabric 2.4, two organisations with two peers each, `AMI DATA`; machine: Apple M1, 8 cores (section VI). */
export const PAPER_TABLE_I = [
  { transactions: 1_000, maxDelaySeconds: 1.12, tps: 75.4 },
  { transactions: 2_000, maxDelaySeconds: 1.2, tps: 79.4 },
  { transactions: 3_000, maxDelaySeconds: 2.05, tps: 80.5 },
  { transactions: 4_000, maxDelaySeconds: 1.08, tps: 81.6 },
  { transactions: 5_000, maxDelaySeconds: 1.08, tps: 98.2 },
] as const;

export const PAPER_CORES = 8;
