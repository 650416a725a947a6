/** What a fog node counts and measures, under Prometheus names. No meter, slot or value is a label. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ReportServerWatch } from '../transport/report-server.js';

/** What is read when somebody asks. */
export interface FogGauges {
  readonly openSlots: number;
  readonly unsettledSlots: number;
  readonly journalBytes: number;
}

const HANDLE_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2];

export class FogMetrics implements ReportServerWatch {
  readonly registry = new Registry();
  readonly #reports = new Counter({
    name: 'gridveil_fog_reports_total',
    help: 'Reports answered, by answer.',
    labelNames: ['answer'] as const,
    registers: [this.registry],
  });
  readonly #turnedAway = new Counter({
    name: 'gridveil_fog_requests_turned_away_total',
    help: 'Requests answered with 503 before they were read.',
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: 'gridveil_fog_request_seconds',
    help: 'From a whole request to its signed receipt.',
    buckets: HANDLE_SECONDS,
    registers: [this.registry],
  });
  readonly #settled = new Counter({
    name: 'gridveil_fog_settled_slots_total',
    help: 'Slots whose region totals the ledger has answered for, by outcome.',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });

  constructor(read: () => FogGauges) {
    collectDefaultMetrics({ register: this.registry });
    const gauge = (name: string, help: string, value: (gauges: FogGauges) => number): Gauge =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(value(read()));
        },
      });
    gauge('gridveil_fog_open_slots', 'Slots that have reports and are not closed.', (now) => now.openSlots);
    gauge(
      'gridveil_fog_unsettled_slots',
      'Closed slots the ledger has not answered for.',
      (now) => now.unsettledSlots,
    );
    gauge('gridveil_fog_journal_bytes', 'What a restart would read.', (now) => now.journalBytes);
  }

  answered({ answers }: Parameters<ReportServerWatch['answered']>[0], seconds: number): void {
    const counts = new Map<string, number>();
    for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
    for (const [answer, count] of counts) this.#reports.inc({ answer }, count);
    this.#seconds.observe(seconds);
  }

  turnedAway(): void {
    this.#turnedAway.inc();
  }

  settled(outcome: string): void {
    this.#settled.inc({ outcome });
  }
}
