/** The model of honest meters, the list of suspects with its reasons, and the watch list from window to window. */
import assert from 'node:assert/strict';
import { area, POWER_FACTOR, SLOT_SECONDS, SPAN, type Change } from '../../helpers/theft-area.js';
import { normal } from '../../theft/virtual-meter.js';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import {
  areaIndicators,
  INDICATOR_NAMES,
  type IndicatorName,
  type Indicators,
} from '@gridveil/client/theft/indicators.js';
import { MIN_HONEST_METERS, OutlierModel } from '@gridveil/client/theft/outlier-model.js';
import { componentsPlot } from '@gridveil/client/theft/plots.js';
import { reasonsOf, suspectsOf, type Suspect } from '@gridveil/client/theft/suspects.js';
import {
  CLEAN_WINDOWS,
  inspected,
  nextWatchList,
  type WatchEntry,
} from '@gridveil/client/theft/watch-list.js';

/** Honest indicators: normal, the first two of them together. */
function honest(count: number, seed = 'honest'): Indicators[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => {
    const common = normal(random);
    const values = INDICATOR_NAMES.map((name, k) => {
      const own = normal(random);
      return [name, { value: 5 + (k < 2 ? common + 0.2 * own : own) }] as const;
    });
    return Object.fromEntries(values) as Record<IndicatorName, { value: number }>;
  });
}

function changed(indicators: Indicators, name: IndicatorName, by: number): Indicators {
  const { [name]: indication } = indicators;
  return { ...indicators, [name]: { ...indication, value: indication.value + by, phase: 2, hour: 18 } };
}

const USUAL = Object.fromEntries(
  INDICATOR_NAMES.map((name) => [name, { value: 5 }]),
) as unknown as Indicators;

describe('suspects of theft', () => {
  const model = new OutlierModel(honest(2000), { falseAlarmRate: 0.01 });

  it('are the share of honest meters that was asked for, and of others about as many', () => {
    const alarms = (judged: readonly Indicators[]): number =>
      judged.filter((one) => model.judge(one).index > model.threshold).length;
    assert.ok(alarms(honest(2000)) <= 20);
    const others = alarms(honest(2000, 'others'));
    // 20 expected; 6 to 40 in all but one of 1000 such draws.
    assert.ok(others >= 6 && others <= 40, String(others));
  });

  it('are meters with one indicator far up, whichever, and none far down', () => {
    for (const name of INDICATOR_NAMES) {
      assert.ok(model.judge(changed(USUAL, name, 8)).index > model.threshold, name);
      assert.ok(model.judge(changed(USUAL, name, -8)).index < model.threshold, name);
      assert.equal(
        reasonsOf(changed(USUAL, name, 8), model.judge(changed(USUAL, name, 8)))[0]?.indicator,
        name,
      );
    }
  });

  it('are judged without what is not known', () => {
    const unknown = { ...USUAL, areaShortfall: { value: NaN } };
    assert.equal(model.judge(unknown).z.areaShortfall, 0);
    assert.ok(model.judge(unknown).index < model.threshold);
    assert.ok(model.judge(changed(unknown, 'phaseLoss', 8)).index > model.threshold);
    const without = new OutlierModel(honest(200), {
      falseAlarmRate: 0.01,
      indicators: ['phaseLoss', 'dailyZeros'],
    });
    assert.ok(without.judge(changed(USUAL, 'areaShortfall', 100)).index < without.threshold);
  });

  it('need enough honest meters and a rate', () => {
    assert.throws(
      () => new OutlierModel(honest(MIN_HONEST_METERS - 1), { falseAlarmRate: 0.01 }),
      RangeError,
    );
    for (const falseAlarmRate of [0, 0.6, NaN])
      assert.throws(() => new OutlierModel(honest(MIN_HONEST_METERS), { falseAlarmRate }), RangeError);
  });

  it('stand apart in the picture', () => {
    const group = (name: string, indicators: readonly Indicators[]) => ({
      ...{ name, background: true },
      meters: indicators.map((one) => ({ meterId: `${name} meter`, judgement: model.judge(one) })),
    });
    const svg = componentsPlot('Suspects', model, [
      group('honest', honest(50)),
      group('thief', [changed(USUAL, 'phaseLoss', 30)]),
    ]);
    for (const text of ['Suspects', 'honest', 'thief meter', 'component 1 ('])
      assert.ok(svg.includes(text), text);
  });

  it('come with sentences that name figures, phase and hour', () => {
    const indicators: Indicators = {
      ...USUAL,
      registerShortfall: { value: 0.31 },
      phaseLoss: { value: Math.log(10), phase: 3 },
      dailyZeros: { value: 0.93, hour: 7 },
    };
    const z = { ...model.judge(USUAL).z, registerShortfall: 9, phaseLoss: 12, dailyZeros: 4 };
    const reasons = reasonsOf(indicators, { z });
    assert.deepEqual(
      reasons.map(({ indicator }) => indicator),
      ['phaseLoss', 'registerShortfall', 'dailyZeros'],
    );
    assert.equal(reasons[0]?.sentence, 'L3 carries 90 % less of the current than before.');
    assert.ok(reasons[1]?.sentence.includes('31 % less'));
    assert.ok(reasons[2]?.sentence.includes('07:00 UTC') && reasons[2].watch.includes('07:00 UTC'));
    assert.equal(reasonsOf(USUAL, model.judge(USUAL)).length, 1, 'the strongest one when none is strong');
  });
});

describe('list of suspects', () => {
  const groups = Array.from({ length: 4 }, (_, group) =>
    Array.from({ length: 6 }, (__, i) =>
      areaIndicators(area(undefined, `honest ${group} ${i}`), SPAN),
    ).flat(),
  );
  const model = OutlierModel.ofGroups(groups, { falseAlarmRate: 0.01 });

  it('is empty for an honest area', () => {
    assert.deepEqual(suspectsOf(area(undefined, 'another'), SPAN, model), []);
  });

  it('holds the meter with a shunted phase and why, and none of its neighbours', () => {
    const shunt: Change = (series, slot) => {
      const [volts, amperes] = [series.voltageV[1][slot] ?? 0, series.currentA[1][slot] ?? 0];
      series.energyWh[slot] =
        (series.energyWh[slot] ?? 0) - (0.9 * volts * amperes * POWER_FACTOR * SLOT_SECONDS) / 3600;
      series.currentA[1][slot] = 0.1 * amperes;
    };
    const [suspect, ...others] = suspectsOf(area(shunt, 'another'), SPAN, model);
    assert.deepEqual(others, []);
    assert.equal(suspect?.meterId, 'm0');
    const phaseLoss = suspect.reasons.find(({ indicator }) => indicator === 'phaseLoss');
    assert.match(phaseLoss?.sentence ?? '', /^L2 carries 8[0-9] % less/);
    assert.ok(suspect.judgement.index > model.threshold);
  });

  it('needs a margin where groups differ, and groups', () => {
    const shifted = honest(600).map((one) => changed(one, 'phaseLoss', 4));
    const apart = OutlierModel.ofGroups([honest(600), shifted], { falseAlarmRate: 0.01 });
    const alike = OutlierModel.ofGroups([honest(600), honest(600, 'others')], { falseAlarmRate: 0.01 });
    const one = changed(USUAL, 'phaseLoss', 6);
    assert.ok(alike.judge(one).index > alike.threshold);
    assert.ok(apart.judge(one).index < apart.threshold);
    assert.throws(() => OutlierModel.ofGroups([honest(600)], { falseAlarmRate: 0.01 }), RangeError);
  });
});

describe('watch list', () => {
  const everybody = new Set(['m1', 'm2']);

  function suspect(meterId: string): Suspect {
    const judgement = { index: 3, scores: [0, 0], z: {} } as unknown as Suspect['judgement'];
    const reasons = [{ indicator: 'phaseLoss', sentence: '', watch: '' }] as const;
    return { meterId, judgement, indicators: USUAL, reasons };
  }

  it('watches after one suspicion and sends someone after two', () => {
    const first = nextWatchList([], [suspect('m2'), suspect('m1')], everybody, 100);
    assert.deepEqual(first[0], {
      ...{
        meterId: 'm1',
        state: 'watched',
        sinceSlot: 100,
        suspected: 1,
        clean: 0,
        indicators: ['phaseLoss'],
      },
    });
    const second = nextWatchList(first, [suspect('m1')], everybody, 200);
    assert.deepEqual(
      second.map(({ meterId, state, sinceSlot, clean }) => [meterId, state, sinceSlot, clean]),
      [
        ['m1', 'to-be-inspected', 100, 0],
        ['m2', 'watched', 100, 1],
      ],
    );
  });

  it('forgets a meter that stays clean, and not one that is silent or waits for an inspection', () => {
    let list: WatchEntry[] = nextWatchList([], [suspect('m1')], everybody, 100);
    for (let window = 0; window < 5; window++) list = nextWatchList(list, [], new Set(), 200);
    assert.equal(list.length, 1);
    for (let window = 0; window < CLEAN_WINDOWS; window++) list = nextWatchList(list, [], everybody, 300);
    assert.deepEqual(list, []);
    let waiting = nextWatchList(
      nextWatchList([], [suspect('m1')], everybody, 1),
      [suspect('m1')],
      everybody,
      2,
    );
    for (let window = 0; window < 5; window++) waiting = nextWatchList(waiting, [], everybody, 300);
    assert.equal(waiting[0]?.state, 'to-be-inspected');
    assert.deepEqual(inspected(waiting, 'm1'), []);
  });

  it('begins again after a suspicion in between', () => {
    let list = nextWatchList([], [suspect('m1')], everybody, 100);
    list = nextWatchList(list, [], everybody, 200);
    list = nextWatchList(list, [suspect('m1')], everybody, 300);
    assert.deepEqual([list[0]?.clean, list[0]?.suspected, list[0]?.sinceSlot], [0, 2, 100]);
  });
});
