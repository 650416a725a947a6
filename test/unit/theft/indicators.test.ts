/** Indicators of theft on meters whose readings are known to the last digit: each sees what it is for, and nothing on an honest meter. */
import assert from 'node:assert/strict';
import { hourOfDay, missingShares } from '@gridveil/client/theft/area-balance.js';
import { areaIndicators, type IndicatorName, type Indicators } from '@gridveil/client/theft/indicators.js';
import { meterSeries, PHASES, type AreaRecord } from '@gridveil/client/theft/meter-series.js';
import {
  area,
  FIRST_SLOT,
  METERS,
  POWER_FACTOR,
  SLOT_SECONDS,
  SLOTS,
  SPAN,
  type Change,
} from '../../helpers/theft-area.js';

function judged(record: AreaRecord, place = 0): Indicators {
  const indicators = areaIndicators(record, SPAN)[place];
  assert.ok(indicators);
  return indicators;
}

/** Indicators beyond what an honest meter here ever has. */
function raised(indicators: Indicators): IndicatorName[] {
  const limits: Record<IndicatorName, number> = {
    ...{ registerShortfall: 0.02, lowPowerFactor: 0.12, areaShortfall: 0.03, phaseLoss: 0.2 },
    ...{ lineDropRise: 0.15, unexplainedDrop: 0.3, dailyZeros: 0.3 },
  };
  return (Object.keys(limits) as IndicatorName[]).filter((name) => indicators[name].value > limits[name]);
}

const scaleEnergy =
  (factor: number): Change =>
  (series, i) =>
    (series.energyWh[i] = (series.energyWh[i] ?? 0) * factor);
const scaleCurrent =
  (phase: 0 | 1 | 2, factor: number): Change =>
  (series, i) =>
    (series.currentA[phase][i] = (series.currentA[phase][i] ?? 0) * factor);

describe('indicators of theft', () => {
  it('are low on honest meters', () => {
    const record = area();
    for (let place = 0; place < METERS; place++)
      assert.deepEqual(raised(judged(record, place)), [], String(place));
    assert.ok(Math.abs(judged(record).lowPowerFactor.value - (1 - POWER_FACTOR)) < 0.01);
  });

  it('see a lowered reading beside voltage and current that stay', () => {
    const indicators = judged(area(scaleEnergy(0.7)));
    assert.deepEqual(raised(indicators), ['registerShortfall', 'lowPowerFactor', 'areaShortfall']);
    assert.ok(Math.abs(indicators.registerShortfall.value - 0.3) < 0.01);
    assert.ok(Math.abs(indicators.areaShortfall.value - 0.3 / 0.7) < 0.03);
  });

  it('see a lowered reading by the drop of the line and the balance of the area when the current is lowered too', () => {
    const change: Change = (series, i) => {
      scaleEnergy(0.7)(series, i);
      for (const phase of PHASES) scaleCurrent(phase, 0.7)(series, i);
    };
    const indicators = judged(area(change));
    assert.deepEqual(raised(indicators), ['areaShortfall', 'lineDropRise']);
    assert.ok(Math.abs(indicators.lineDropRise.value - 0.3 / 0.7) < 0.1);
  });

  it('see a shunted phase, and name it', () => {
    const change: Change = (series, i) => {
      const part = (series.voltageV[1][i] ?? 0) * (series.currentA[1][i] ?? 0) * POWER_FACTOR * 0.5;
      series.energyWh[i] = (series.energyWh[i] ?? 0) - part;
      scaleCurrent(1, 0)(series, i);
    };
    const indicators = judged(area(change));
    for (const name of ['phaseLoss', 'unexplainedDrop'] as const) {
      assert.ok(raised(indicators).includes(name), name);
      assert.equal(indicators[name].phase, 2);
    }
    assert.ok(!raised(indicators).includes('registerShortfall'));
  });

  it('see hours without use that come back every day, and not days without use', () => {
    const zeroed: Change = (series, i) => {
      if (hourOfDay(FIRST_SLOT + i, SLOT_SECONDS) === 18) scaleEnergy(0)(series, i);
    };
    const { dailyZeros } = judged(area(zeroed));
    assert.deepEqual(dailyZeros, { value: 1, hour: 18 });
    const away: Change = (series, i) => {
      if (i >= SLOTS - 3 * 48) scaleEnergy(0.001)(series, i);
    };
    assert.equal(judged(area(away)).dailyZeros.value, 0);
  });

  it('say that they do not know without supply, voltage or current, and pass over slots without a report', () => {
    const record = area();
    const { supplyWh, ...unsupplied } = record;
    assert.ok(supplyWh);
    assert.ok(Number.isNaN(judged(unsupplied).areaShortfall.value));
    const silent = judged(
      area((series, i) => {
        for (const phase of PHASES) series.currentA[phase][i] = NaN;
      }),
    );
    for (const name of [
      'registerShortfall',
      'lowPowerFactor',
      'phaseLoss',
      'lineDropRise',
      'unexplainedDrop',
    ] as const)
      assert.ok(Number.isNaN(silent[name].value), name);
    const gaps = area((series, i) => {
      if (i % 3 === 0)
        for (const column of [series.energyWh, ...series.voltageV, ...series.currentA]) column[i] = NaN;
    });
    assert.deepEqual(raised(judged(gaps)), []);
  });

  it('find in the balance who it is, and nobody without enough slots', () => {
    const shares = missingShares(area(scaleEnergy(0.5)), SPAN.window);
    assert.ok(Math.abs((shares[0] ?? NaN) - 1) < 0.05, String(shares[0]));
    for (const share of shares.slice(1)) assert.ok(Math.abs(share) < 0.05, String(share));
    assert.ok(missingShares(area(), { from: 0, to: 4 * METERS - 1 }).every(Number.isNaN));
    // A meter that is broken reads 0 throughout; the others are judged all the same.
    const broken = missingShares(area(scaleEnergy(0)), SPAN.window);
    assert.ok(broken.every(Number.isFinite));
  });

  it('are made of reports in base units, with gaps where there is none', () => {
    const series = meterSeries(
      'm1',
      { firstSlot: 5, slots: 3 },
      new Map([
        [5, { energyWh: 120, voltageL1MilliV: 230_500, currentL2MilliA: 1250 }],
        [7, { energyWh: 0, currentL2MilliA: 0 }],
      ]),
    );
    assert.deepEqual([...series.energyWh], [120, NaN, 0]);
    assert.deepEqual([...series.voltageV[0]], [230.5, NaN, NaN]);
    assert.deepEqual([...series.currentA[1]], [1.25, NaN, 0]);
    assert.deepEqual([...series.currentA[2]], [NaN, NaN, NaN]);
  });
});
