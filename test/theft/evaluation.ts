/**
 * How well suspects are found: labelled tampering injected into virtual meters, judged by a model of honest meters that share no home and no day with them.
 *
 * Twice, each half judging the other; counts are added up. The threshold comes from the honest meters of the model's own half, and is never touched by what is judged. Same seed, same figures.
 */
import {
  areaIndicators,
  meterIndicators,
  type IndicatorName,
  type Indicators,
} from '@gridveil/client/theft/indicators.js';
import { missingShares } from '@gridveil/client/theft/area-balance.js';
import { areaVoltage, type AreaRecord, type PerPhase } from '@gridveil/client/theft/meter-series.js';
import { OutlierModel, type Judgement } from '@gridveil/client/theft/outlier-model.js';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import { type Half, type SourceData } from './source-data.js';
import { tamperedSeries, type Injection, type Tampering } from './tampering.js';
import { SPAN, STEEL_WEEKS, steelArea, virtualArea, type VirtualArea } from './virtual-area.js';
import { wilson, type Share } from './wilson.js';

export const FALSE_ALARM_RATE = 0.01;

/** A form of tampering that is tried. */
export interface Scenario {
  readonly name: string;
  readonly tampering: Tampering;
  /** From the first slot of the reference on: there is no honest past. */
  readonly sinceInstallation?: boolean;
}

const scaled = (kind: 'scaled-reading' | 'scaled-current', percent: number): Scenario => ({
  name: `${kind === 'scaled-reading' ? 'reading' : 'reading and current'} lowered by ${percent} %`,
  tampering: { kind, depth: percent / 100 },
});
const shunted = (percent: number): Scenario => ({
  name: `one phase shunted, ${percent} % of its current`,
  tampering: { kind: 'shunted-phase', depth: percent / 100 },
});

export const SCENARIOS: readonly Scenario[] = [
  ...[100, 90, 50].map(shunted),
  ...[10, 30, 50].map((percent) => scaled('scaled-reading', percent)),
  ...[10, 30, 50].map((percent) => scaled('scaled-current', percent)),
  {
    name: 'nothing counted from 17 to 21 o’clock',
    tampering: { kind: 'zeroed-hours', fromHour: 17, toHour: 21 },
  },
  { name: 'current leads of two phases swapped', tampering: { kind: 'swapped-phases' } },
  { ...shunted(90), name: 'one phase shunted, 90 %, since installation', sinceInstallation: true },
  {
    ...scaled('scaled-reading', 30),
    name: 'reading lowered by 30 %, since installation',
    sinceInstallation: true,
  },
  {
    ...scaled('scaled-current', 30),
    name: 'reading and current lowered by 30 %, since installation',
    sinceInstallation: true,
  },
];

/** The goal: at least 0.9 of these are found. */
export const GOAL_RECALL = 0.9;
export const GOAL_SCENARIOS: readonly string[] = [
  ...[100, 90].map(shunted),
  ...[30, 50].flatMap((percent) => [scaled('scaled-reading', percent), scaled('scaled-current', percent)]),
].map(({ name }) => name);

const CURVE_PERCENT = [2, 5, 10, 20, 30, 50, 70, 90];
export const CURVES: readonly { readonly name: string; readonly scenarios: readonly Scenario[] }[] = [
  { name: 'one phase shunted', scenarios: CURVE_PERCENT.map(shunted) },
  { name: 'reading lowered', scenarios: CURVE_PERCENT.map((percent) => scaled('scaled-reading', percent)) },
  {
    name: 'reading and current lowered',
    scenarios: CURVE_PERCENT.map((percent) => scaled('scaled-current', percent)),
  },
];

/** What the control centre may lack. */
export const VIEWS: readonly { readonly name: string; readonly without: readonly IndicatorName[] }[] = [
  { name: 'all indicators', without: [] },
  { name: 'no meter at the transformer', without: ['areaShortfall'] },
  { name: 'no voltage drop', without: ['lineDropRise', 'unexplainedDrop'] },
  { name: 'neither', without: ['areaShortfall', 'lineDropRise', 'unexplainedDrop'] },
];

export interface EvaluationOptions {
  readonly seed: string;
  readonly customers: number;
  /** Of each half. */
  readonly trainingAreas: number;
  readonly judgedAreas: number;
  /** Meters of a judged area that are tampered with, one at a time. */
  readonly victims: number;
  readonly progress: (line: string) => void;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  /** Found of injected, with all indicators and without some, as VIEWS. */
  readonly recall: readonly Share[];
  /** Suspects that were tampered with, were one of a hundred meters. */
  readonly precisionAtOnePercent: number;
  /** Honest neighbours of the meter that were called suspects, with all indicators. */
  readonly neighbours: Share;
}

export interface CurvePoint {
  readonly depth: number;
  readonly recall: Share;
}

export interface RocPoint {
  readonly falseAlarmRate: number;
  readonly recall: number;
}

export interface Evaluation {
  readonly results: readonly ScenarioResult[];
  /** Honest meters called suspects in areas without tampering, as VIEWS. */
  readonly falseAlarms: readonly Share[];
  /** The same, of each half. */
  readonly falseAlarmsByHalf: readonly Share[];
  readonly curves: readonly { readonly name: string; readonly points: readonly CurvePoint[] }[];
  /** Recall over false alarms as the threshold moves. */
  readonly roc: readonly { readonly name: string; readonly points: readonly RocPoint[] }[];
  /** The steel works, which no model has seen: windows found of six, and false alarms. */
  readonly steel: {
    readonly falseAlarms: Share;
    readonly found: readonly { readonly name: string; readonly found: Share }[];
  };
  /** For the scatter plots: of half B, judged by the model of half A. */
  readonly plotted: {
    readonly model: OutlierModel;
    readonly honest: readonly Judgement[];
    readonly thieves: readonly { readonly name: string; readonly judgements: readonly Judgement[] }[];
  };
}

/** An area that is judged, with what does not change when one of its meters is tampered with. */
interface PreparedArea {
  readonly area: VirtualArea;
  readonly voltageV: PerPhase<Float64Array>;
  readonly honest: readonly Indicators[];
  readonly injections: readonly { readonly place: number; readonly phase: 0 | 1 | 2 }[];
}

/** The other meters of an area are judged as well: their balance changes with their neighbour's. */
interface Injected {
  readonly thief: Indicators;
  readonly neighbours: readonly Indicators[];
}

/** Everything of one half judged by models of the other, by view. */
interface Fold {
  readonly models: readonly OutlierModel[];
  readonly honest: readonly Indicators[];
  readonly areas: readonly PreparedArea[];
}

export function evaluate(data: SourceData, options: EvaluationOptions): Evaluation {
  const folds = ([0, 1] as const).map((own): Fold => {
    const [trained, judged] = [data.halves[own], data.halves[own === 0 ? 1 : 0]];
    options.progress(`half ${judged.name} by models of half ${trained.name}`);
    return fold(trained, judged, options);
  });
  const falseAlarms = VIEWS.map((_, view) =>
    sumOf(folds.map(({ models, honest }) => alarmsOf(models[view], honest))),
  );
  const falseAlarmRate = falseAlarms[0]?.share ?? NaN;
  const [first] = folds;
  const model = first?.models[0];
  if (first === undefined || model === undefined) throw new RangeError('"halves" expected two');
  const thieves: { name: string; judgements: Judgement[] }[] = [];
  const roc: { name: string; points: RocPoint[] }[] = [];
  const results = SCENARIOS.map((scenario): ScenarioResult => {
    options.progress(scenario.name);
    const injected = folds.map(({ areas }) => areas.flatMap((area) => inject(area, scenario)));
    const recall = VIEWS.map((_, view) =>
      sumOf(folds.map(({ models }, i) => alarmsOf(models[view], thievesOf(injected[i])))),
    );
    if (GOAL_SCENARIOS.includes(scenario.name)) {
      thieves.push({
        name: scenario.name,
        judgements: thievesOf(injected[0]).map((one) => model.judge(one)),
      });
      roc.push({ name: scenario.name, points: rocOf(folds, injected.map(thievesOf)) });
    }
    return {
      ...{ scenario, recall },
      precisionAtOnePercent: precision(recall[0]?.share ?? NaN, falseAlarmRate, 0.01),
      neighbours: sumOf(
        folds.map(({ models }, i) =>
          alarmsOf(models[0], injected[i]?.flatMap(({ neighbours }) => neighbours) ?? []),
        ),
      ),
    };
  });
  options.progress('curves');
  return {
    ...{ results, falseAlarms, roc },
    falseAlarmsByHalf: folds.map(({ models, honest }) => alarmsOf(models[0], honest)),
    curves: CURVES.map(({ name, scenarios }) => ({
      name,
      points: scenarios.map((one) => curvePoint(folds, one)),
    })),
    steel: judgeSteel(data, model, options.seed),
    plotted: { model, honest: first.honest.map((one) => model.judge(one)), thieves },
  };
}

function fold(
  trained: Half,
  judged: Half,
  { seed, customers, trainingAreas, judgedAreas, victims }: EvaluationOptions,
): Fold {
  const areasOf = (half: Half, count: number): VirtualArea[] =>
    Array.from({ length: count }, (_, i) => virtualArea(half, `${half.name}${i + 1}`, customers, seed));
  const training = areasOf(trained, trainingAreas).flatMap(({ record }) => areaIndicators(record, SPAN));
  const areas = areasOf(judged, judgedAreas).map((area) => prepared(area, victims, seed));
  const all = areas[0]?.honest[0];
  const names = Object.keys(all ?? {}) as IndicatorName[];
  return {
    models: VIEWS.map(({ without }) => {
      const indicators = names.filter((name) => !without.includes(name));
      return new OutlierModel(training, { falseAlarmRate: FALSE_ALARM_RATE, indicators });
    }),
    honest: areas.flatMap(({ honest }) => honest),
    areas,
  };
}

function prepared(area: VirtualArea, victims: number, seed: string): PreparedArea {
  const { record } = area;
  const random = new SeededRandom('victims', seed, record.meters[0]?.meterId ?? '');
  const step = Math.floor(record.meters.length / victims);
  return {
    area,
    voltageV: areaVoltage(record),
    honest: areaIndicators(record, SPAN),
    injections: Array.from({ length: victims }, (_, i) => ({
      place: i * step + random.below(step),
      phase: random.below(3) as 0 | 1 | 2,
    })),
  };
}

function inject(
  { area, voltageV, honest, injections }: PreparedArea,
  { tampering, sinceInstallation }: Scenario,
): Injected[] {
  const { record, meters } = area;
  return injections.flatMap(({ place, phase }) => {
    const meter = meters[place];
    if (meter === undefined) return [];
    const injection: Injection = { tampering, phase, from: sinceInstallation ? 0 : SPAN.window.from };
    const series = tamperedSeries(meter, injection, record);
    const shares = missingShares(withMeter(record, place, series), SPAN.window);
    return [
      {
        thief: meterIndicators(record, voltageV, series, shares[place] ?? NaN, SPAN),
        neighbours: honest
          .map((one, i) => ({ ...one, areaShortfall: { value: shares[i] ?? NaN } }))
          .filter((_, i) => i !== place),
      },
    ];
  });
}

function withMeter(record: AreaRecord, place: number, series: AreaRecord['meters'][number]): AreaRecord {
  return { ...record, meters: record.meters.map((other, i) => (i === place ? series : other)) };
}

function thievesOf(injected: readonly Injected[] | undefined): Indicators[] {
  return (injected ?? []).map(({ thief }) => thief);
}

function alarmsOf(model: OutlierModel | undefined, judged: readonly Indicators[]): Share {
  if (model === undefined) throw new RangeError('a view has no model');
  return wilson(judged.filter((one) => model.judge(one).index > model.threshold).length, judged.length);
}

function sumOf(shares: readonly Share[]): Share {
  const total = (field: 'count' | 'of'): number => shares.reduce((sum, share) => sum + share[field], 0);
  return wilson(total('count'), total('of'));
}

/** @param prevalence - share of meters that are tampered with */
function precision(recall: number, falseAlarmRate: number, prevalence: number): number {
  return (recall * prevalence) / (recall * prevalence + falseAlarmRate * (1 - prevalence));
}

function curvePoint(folds: readonly Fold[], scenario: Scenario): CurvePoint {
  const { tampering } = scenario;
  return {
    depth: 'depth' in tampering ? tampering.depth : NaN,
    recall: sumOf(
      folds.map(({ models, areas }) =>
        alarmsOf(models[0], thievesOf(areas.flatMap((area) => inject(area, scenario)))),
      ),
    ),
  };
}

const ROC_RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

/** Thresholds are taken from the honest meters that are judged, to see what another threshold would have done. */
function rocOf(folds: readonly Fold[], thieves: readonly (readonly Indicators[])[]): RocPoint[] {
  const indices = (model: OutlierModel | undefined, judged: readonly Indicators[]): number[] =>
    judged.map((one) => (model?.judge(one).index ?? NaN) / (model?.threshold ?? NaN));
  const honest = folds.flatMap(({ models, honest: all }) => indices(models[0], all)).sort((a, b) => b - a);
  const found = folds.flatMap(({ models }, i) => indices(models[0], thieves[i] ?? []));
  return ROC_RATES.map((falseAlarmRate) => {
    const threshold = honest[Math.floor(falseAlarmRate * honest.length)] ?? 0;
    return { falseAlarmRate, recall: found.filter((index) => index > threshold).length / found.length };
  });
}

function judgeSteel({ steel, halves }: SourceData, model: OutlierModel, seed: string): Evaluation['steel'] {
  const windows = STEEL_WEEKS.map((week) => steelArea(steel, halves[1], week, seed));
  const alarms = (change: (one: (typeof windows)[number]) => AreaRecord): Share =>
    alarmsOf(
      model,
      windows.flatMap((one) => areaIndicators(change(one), one.span)),
    );
  return {
    falseAlarms: alarms(({ area }) => area.record),
    found: SCENARIOS.filter(({ sinceInstallation }) => !sinceInstallation).map(({ name, tampering }) => ({
      name,
      found: alarms(({ area: { record, meters }, span }) => {
        const meter = meters[0];
        if (meter === undefined) throw new RangeError('the steel works has one meter');
        return withMeter(
          record,
          0,
          tamperedSeries(meter, { tampering, phase: 0, from: span.window.from }, record),
        );
      }),
    })),
  };
}
