/** The evaluation: intervals, tampering, virtual meters of real readings, and that a small run finds what it must. */
import assert from 'node:assert/strict';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import { PHASES } from '@gridveil/client/theft/meter-series.js';
import { assertValid } from '../../e2e/schemas.js';
import { sharedDataFile } from '../../helpers/shared-data.js';
import { evaluate, FALSE_ALARM_RATE, SCENARIOS, type Evaluation } from '../../theft/evaluation.js';
import { figuresOf, markdownOf, reportOf } from '../../theft/report.js';
import { readSourceData, together, type SourceData } from '../../theft/source-data.js';
import { honestSeries, tamperedSeries, type Tampering } from '../../theft/tampering.js';
import { SPAN, virtualArea } from '../../theft/virtual-area.js';
import { virtualMeter } from '../../theft/virtual-meter.js';
import { wilson } from '../../theft/wilson.js';

const QUICK = {
  seed: 'test',
  customers: 12,
  trainingAreas: 4,
  trainingMeters: 9,
  judgedAreas: 3,
  judgedMeters: 3,
};

describe('theft evaluation', () => {
  it('has the intervals of Wilson', () => {
    // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for (const [count, of, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const interval = wilson(count, of);
      assert.ok(
        Math.abs(interval.low - low) < 5e-5 && Math.abs(interval.high - high) < 5e-5,
        `${count} of ${of}`,
      );
    }
    assert.throws(() => wilson(2, 1), RangeError);
  });

  describe('tampering', () => {
    const slots = 96;
    const flat = (value: number): Float64Array => new Float64Array(slots).fill(value);
    const load = (wh: number) => ({ energyWh: flat(wh), powerFactor: flat(0.9) });
    const frame = { firstSlot: 48 * 19_000, slotSeconds: 1800 };
    const meter = virtualMeter({
      ...{
        meterId: 'm',
        slotSeconds: 1800,
        lineOhm: 0.1,
        driftFrom: slots,
        random: new SeededRandom('tampering'),
      },
      loads: [load(1000), load(2000), load(3000)],
      supplyV: [flat(240), flat(240), flat(240)],
    });
    const honest = honestSeries(meter);
    const from = 48;

    function changesOf(tampering: Tampering): { energy: number[]; current: number[][] } {
      const tampered = tamperedSeries(meter, { tampering, phase: 1, from }, frame);
      assert.deepEqual(tampered.voltageV, honest.voltageV, 'voltages stay');
      const ratio = (one: Float64Array, other: Float64Array): number[] =>
        [...one].map((value, i) => value / (other[i] ?? NaN));
      const energy = ratio(tampered.energyWh, honest.energyWh);
      const current = PHASES.map((phase) => ratio(tampered.currentA[phase], honest.currentA[phase]));
      for (const column of [energy, ...current])
        for (const value of column.slice(0, from))
          assert.ok(value === 1 || Number.isNaN(value), 'nothing before it begins');
      return { energy: energy.slice(from), current: current.map((column) => column.slice(from)) };
    }

    function all(values: readonly number[] | undefined, expected: number): void {
      for (const value of values ?? assert.fail())
        assert.ok(Number.isNaN(value) || Math.abs(value - expected) < 0.01, `${value} is not ${expected}`);
    }

    it('shunts a phase: its current and its part of the energy', () => {
      const { energy, current } = changesOf({ kind: 'shunted-phase', depth: 0.9 });
      all(energy, 1 - (0.9 * 2000) / 6000);
      all(current[0], 1);
      all(current[1], 0.1);
      all(current[2], 1);
    });

    it('scales the reading, with the current or without', () => {
      const alone = changesOf({ kind: 'scaled-reading', depth: 0.3 });
      all(alone.energy, 0.7);
      for (const column of alone.current) all(column, 1);
      const both = changesOf({ kind: 'scaled-current', depth: 0.3 });
      all(both.energy, 0.7);
      for (const column of both.current) all(column, 0.7);
    });

    it('zeroes hours of the day', () => {
      const { energy } = changesOf({ kind: 'zeroed-hours', fromHour: 17, toHour: 21 });
      assert.deepEqual(
        energy
          .map((value, i) => (value === 0 ? i : -1))
          .filter((i) => i >= 0)
          .concat(energy.flatMap((value, i) => (Number.isNaN(value) && i >= 34 && i < 42 ? [i] : [])))
          .sort((a, b) => a - b),
        [34, 35, 36, 37, 38, 39, 40, 41],
      );
    });

    it('swaps two phases: a meter that counts the wrong angles', () => {
      const { energy, current } = changesOf({ kind: 'swapped-phases' });
      all(current[0], 1);
      all(current[1], 3000 / 2000);
      all(current[2], 2000 / 3000);
      // L1 counts right; cos(φ ± 120°) of the others: their sum is -(2000 + 3000)/2 - (3000 - 2000)·tan φ·√3/2.
      const sine = Math.sqrt(1 - 0.81) / 0.9;
      all(energy, (1000 - 2500 - ((3000 - 2000) * sine * Math.sqrt(3)) / 2) / 6000);
    });
  });

  describe('with real readings', () => {
    let data: SourceData;
    let evaluation: Evaluation;
    before(async function () {
      this.timeout(120_000);
      sharedDataFile(this, 'sgsc-households', 'sgsc10_30min_52weeks.csv');
      const found = await readSourceData();
      assert.ok(found);
      data = found;
      evaluation = evaluate(data, { ...QUICK, progress: () => undefined });
    });

    it('holds out homes and days that models never see', () => {
      assert.equal(data.folds.length, 5);
      for (const fold of data.folds) {
        const { heldOut } = fold;
        const trained = together(fold.trained);
        assert.deepEqual([trained.homes.length, heldOut.homes.length], [8, 2]);
        assert.ok(!trained.homes.some((home) => heldOut.homes.includes(home)));
        assert.equal(trained.voltageDays.length + heldOut.voltageDays.length, 13);
        assert.ok(!trained.voltageDays.some((day) => heldOut.voltageDays.includes(day)));
        assert.ok(!trained.loads.some((load) => heldOut.loads.includes(load)));
      }
      assert.equal(new Set(data.folds.flatMap(({ heldOut }) => heldOut.homes)).size, 10);
    });

    it('makes honest areas whose supply is what was used, and the line losses and lights', () => {
      const [fold] = data.folds;
      assert.ok(fold);
      const judged = { pool: fold.heldOut, customers: 2 };
      const options = { name: 'x', seed: 'seed', customers: 12, background: together(fold.trained), judged };
      const { record, meters } = virtualArea(options);
      const used = meters.reduce((sum, { trueWh }) => sum + trueWh.reduce((a, b) => a + b, 0), 0);
      const lost = meters.reduce((sum, { lineLossWh }) => sum + lineLossWh.reduce((a, b) => a + b, 0), 0);
      const lights = 150 * (record.slots / 2);
      const supplied = record.supplyWh?.reduce((a, b) => a + b, 0) ?? NaN;
      assert.ok(Math.abs(supplied / (used + lost + lights) - 1) < 0.002);
      const missing = meters.flatMap(({ lost: gone }) => [...gone]).filter(Boolean).length;
      assert.ok(Math.abs(missing / (12 * record.slots) - 0.01) < 0.003);
      assert.deepEqual(record, virtualArea(options).record, 'the same seed');
      assert.equal(record.slots, SPAN.window.to);
    });

    it('finds what is plain, and leaves nearly all honest meters alone', () => {
      const recallOf = (name: string): number =>
        evaluation.results.find(({ scenario }) => scenario.name === name)?.recall[0]?.share ?? NaN;
      for (const name of ['reading lowered by 50 %', 'current leads of two phases swapped'])
        assert.equal(recallOf(name), 1, name);
      assert.ok(recallOf('one phase shunted, 100 % of its current') >= 0.8);
      const [falseAlarms] = evaluation.falseAlarms;
      assert.equal(falseAlarms?.of, 5 * 3 * 3);
      assert.ok((falseAlarms?.share ?? NaN) <= 10 * FALSE_ALARM_RATE);
      assert.equal(evaluation.results.length, SCENARIOS.length);
      for (const { recall } of evaluation.results) assert.equal(recall[0]?.of, 5 * 3 * 3);
    });

    it('is told as a document of the schema, as text and in pictures', () => {
      const host = { cpu: 'x', cores: 1, node: 'v20.0.0', commit: 'none', date: '2026-01-01T00:00:00.000Z' };
      const report = reportOf(host, { ...QUICK, quick: true }, evaluation);
      assertValid('theft', JSON.parse(JSON.stringify(report)));
      assert.ok(markdownOf(report).includes('## Table 2: recall'));
      const figures = figuresOf(report, evaluation, data);
      assert.equal(figures.size, 4);
      for (const svg of figures.values()) assert.ok(svg.startsWith('<svg') && svg.length > 5_000);
    });
  });
});
