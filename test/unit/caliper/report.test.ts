/** Results, report and charts of runs with known figures. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchmarkOptions, BenchmarkRun } from '@gridveil/caliper/benchmark.js';
import type { MeasuredRound } from '@gridveil/caliper/measure/measured-round.js';
import { requireWritable, writeReport } from '@gridveil/caliper/report/report-files.js';
import { figuresOf } from '@gridveil/caliper/report/figures.js';
import { markdownOf } from '@gridveil/caliper/report/markdown.js';
import { resultsOf, type CaliperResults } from '@gridveil/caliper/report/results.js';
import { FULL_SIZES, type RoundPlan } from '@gridveil/caliper/rounds/plan.js';
import { assertValid } from '../../e2e/schemas.js';

const CPU = { peer: 8, orderer: 1, chaincode: 2, client: 4, total: 15 };

function measured(transactions: number, tps: number, cpu: Record<string, number> = CPU): MeasuredRound {
  return {
    transactions,
    failed: 0,
    tps,
    sendRateTps: 125,
    goodputTps: tps,
    durationMs: (1_000 * transactions) / tps,
    latencyMs: { p50: 300, p95: 500, p99: 550, max: 600 },
    cpuMsPerTransaction: cpu,
    peakRssBytes: { 'peer0.org1': 100 * 2 ** 20 },
    caliper: { tps, sendRateTps: 125, maxLatencySeconds: 0.6, avgLatencySeconds: 0.3 },
  };
}

function plan(label: string, group: RoundPlan['group'], transactions: number): RoundPlan {
  const kind = group === 'baseline' ? 'blind-put' : 'region-totals';
  const part = { firstTotal: 0, transactions, totalsPerTransaction: 1, metersPerTotal: 20, kind } as const;
  return { label, group, transactions, rateTps: 125, parts: [part] };
}

/** TPS of the table's rounds and CPU of the blind put, repetition by repetition. */
function run(tps: number, blindCpuMs: number): BenchmarkRun {
  const round = (label: string, group: RoundPlan['group'], size: number, of: MeasuredRound) => ({
    plan: plan(label, group, size),
    measured: of,
    latenciesMs: [110, 120, 260],
  });
  return {
    network: {
      fabric: 'v3.1.1',
      consensus: 'raft',
      orderers: 3,
      organisations: 2,
      peers: 4,
      endorsement: 'both',
      batchTimeoutMs: 300,
      maxMessageCount: 100,
      preferredMaxBytes: '2 MB',
      stateDatabase: 'goleveldb',
    },
    caliperRounds: [
      round('ami-data-1000', 'table', 1_000, measured(1_000, tps)),
      round('ami-data-3000', 'table', 3_000, measured(3_000, tps)),
      round('blind-put-3000', 'baseline', 3_000, measured(3_000, 130, { ...CPU, total: blindCpuMs })),
    ],
    ownClientRows: [
      {
        label: 'settled-50-totals-of-1000-meters',
        group: 'settled',
        measured: measured(200, 20),
        inFlight: 24,
        totalsPerTransaction: 50,
        metersPerTotal: 1_000,
      },
    ],
    checkedTotals: 10,
    ledgerBytes: new Map(),
    submissionBytes: 1_213,
    caliperReport: undefined,
  };
}

const options = {
  seed: 's',
  modulusBits: 3_072,
  workers: 2,
  repeats: 3,
  sizes: FULL_SIZES,
} as BenchmarkOptions;
const results = resultsOf(options, [run(120, 12), run(110, 13.5), run(124, 13.5)], 'npm run caliper');
const row = (label: string) => results.rows.find((each) => each.label === label);

describe('caliper: report', () => {
  it('gives medians and spread over the repetitions, which it keeps', () => {
    const table = row('ami-data-1000');
    assert.equal(table?.median.tps, 120);
    assert.equal(table.spread, (124 - 110) / 120);
    assert.deepEqual(
      table.repetitions.map(({ tps }) => tps),
      [120, 110, 124],
    );
  });

  it('compares with the blind put repetition by repetition', () => {
    assert.equal(results.ratios['Caliper, fixed rate, CPU'], 13.5 / 15);
    // Both are told how fast to be.
    assert.equal(results.ratios['Caliper, fixed rate, TPS'], undefined);
  });

  it('compares no ceilings where nothing was swept without our rules', () => {
    const { caliperRounds, ...rest } = run(120, 12);
    const swept = caliperRounds
      .map((round) => ({ ...round, plan: plan('sweep-40', 'sweep', 40) }))
      .slice(0, 1);
    const { ratios } = resultsOf(options, [{ ...rest, caliperRounds: swept }], 'npm run caliper');
    assert.deepEqual(ratios, {});
  });

  it('counts settled totals and readings', () => {
    const settled = row('settled-50-totals-of-1000-meters');
    assert.deepEqual([settled?.totalsPerSecond, settled?.readingsPerSecond], [1_000, 1_000_000]);
  });

  it('fits its schema, and has every bar of the distribution, empty ones too', () => {
    assertValid('caliper', JSON.parse(JSON.stringify(results)));
    assert.equal(results.latencyDistribution.label, 'ami-data-3000');
    assert.deepEqual(results.latencyDistribution.bins.slice(0, 2), [
      [100, 6],
      [125, 0],
    ]);
    assert.deepEqual(results.latencyDistribution.bins.at(-1), [250, 3]);
  });

  it("shows the paper's table beside ours, and no figure that is none", () => {
    const markdown = markdownOf(results, []);
    assert.match(markdown, /\| 1000 \| 75\.4 \| 120\.0 \| 12 % \| 9\.4 \|/);
    assert.match(markdown, /\| 3000 \| 80\.5 \|/);
    assert.doesNotMatch(markdown, /NaN|undefined|Infinity/);
  });

  it('has a table of slot blocks, with reports a second and what a report becomes on the ledger', () => {
    const round = plan('slot-block-100', 'slot-blocks', 40);
    const parts = round.parts.map((part) => ({ ...part, metersPerTotal: 100, kind: 'slot-block' as const }));
    const caliperRounds = [
      { plan: { ...round, rateTps: 0.5, parts }, measured: measured(40, 0.5), latenciesMs: [900] },
    ];
    const ledgerBytes = new Map([['slot-block-100', { payload: 864, written: 930, transaction: 972 }]]);
    const blocks = resultsOf(
      options,
      [{ ...run(120, 12), caliperRounds, ownClientRows: [], ledgerBytes }],
      'npm run caliper -- --rounds slot-blocks',
    );
    assertValid('caliper', JSON.parse(JSON.stringify(blocks)));
    assert.equal(blocks.rows[0]?.readingsPerSecond, 50);
    const markdown = markdownOf(blocks, []);
    assert.match(
      markdown,
      /## Slot blocks[^]*\| slot-block-100 \| 0\.5 per s \| 0\.50 \| 50 \|[^\n]*\| 972 \| 1\.125 \| 1\.076 \| 1 \|/,
    );
    assert.match(markdown, /^# Slot blocks of time-of-use billing on real Fabric/);
    assert.match(markdown, /the reports of 100 meters, 3072-bit Paillier key/);
    assert.doesNotMatch(markdown, /region total/);
    assert.doesNotMatch(markdownOf(results, []), /Slot blocks|slot block/);
    const both = { ...results, rows: [...results.rows, ...blocks.rows] };
    assert.match(markdownOf(both, []), /^# AMI DATA[^]*A write is one region total[^\n]*A slot block is one/);
  });

  it('draws delay and CPU time of slot blocks where there are several rows', () => {
    const [row] = results.rows;
    assert.ok(row);
    const block = (label: string) => ({ ...row, label, group: 'slot-blocks' });
    const charts = figuresOf({ ...results, rows: ['slot-block-20', 'slot-block-100'].map(block) });
    for (const name of ['slot-block-delay.svg', 'slot-block-cpu.svg'])
      assert.match(charts.get(name) ?? '', /^<svg[^]*>20<[^]*>100</, name);
    assert.equal(figuresOf(results).has('slot-block-delay.svg'), false);
  });

  it('has a table of signcrypted blocks of its own', () => {
    const round = plan('signcrypted-100', 'signcrypted-blocks', 40);
    const parts = round.parts.map((part) => ({
      ...{ ...part, metersPerTotal: 100, kind: 'signcrypted-block' as const },
    }));
    const caliperRounds = [
      { plan: { ...round, rateTps: 2, parts }, measured: measured(40, 2), latenciesMs: [700] },
    ];
    const ledgerBytes = new Map([['signcrypted-100', { payload: 600, written: 660, transaction: 720 }]]);
    const blocks = resultsOf(
      options,
      [{ ...run(120, 12), caliperRounds, ownClientRows: [], ledgerBytes }],
      'npm run caliper -- --rounds signcrypted-blocks',
    );
    assertValid('caliper', JSON.parse(JSON.stringify(blocks)));
    const markdown = markdownOf(blocks, []);
    assert.match(
      markdown,
      /## Blocks of signcrypted reports[^]*\| signcrypted-100 \| 2 per s \| 2\.00 \| 200 \|[^\n]*\| 720 \| 1\.200 \| 1\.100 \| 1 \|/,
    );
    assert.doesNotMatch(markdown, /Slot blocks/);
  });

  it('says where the CPU time of a network is not known', () => {
    const elsewhere: CaliperResults = {
      ...results,
      rows: results.rows.map((each) => ({
        ...each,
        median: { ...each.median, cpuMsPerTransaction: { client: 4, total: 4 } },
      })),
    };
    const markdown = markdownOf(elsewhere, []);
    assert.match(markdown, /not on this machine/);
    assert.match(markdown, /120\.0 \| 12 % \| 9\.4 \| {2}\|/);
    assert.doesNotMatch(markdown, /NaN|undefined/);
  });

  it('leaves nothing of an earlier run in its folder, and nothing else touched', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gridveil-test-'));
    try {
      const theirs = ['notes.txt', 'figure-9.svg'];
      for (const name of [...theirs, 'throughput-over-load.svg', 'caliper-report-7.html']) {
        writeFileSync(join(folder, name), '');
      }
      requireWritable(folder);
      assert.equal(readdirSync(folder).length, 4);
      writeReport(folder, results, ['<html>', undefined, '<html>']);
      const written = readdirSync(folder).filter((name) => !theirs.includes(name));
      assert.deepEqual(written.sort(), [
        'caliper-report-1.html',
        'caliper-report-3.html',
        'cpu-per-transaction.svg',
        'figure-4.svg',
        'latency-distribution.svg',
        'report.md',
        'results.json',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
