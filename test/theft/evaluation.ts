/**
 * How well suspects are found: labelled tampering injected into virtual meters, judged by a model of honest meters that share no home and no day with them.
 *
 * Five times: two homes and their days are held out and judged by a model of the other eight; counts are added up. The threshold comes from the eight, by leaving out two of them at a time, and is
 * never touched by what is judged. An area of judged meters is filled up with customers of the other homes, since one transformer feeds more than two homes. Same seed, same figures.
 */
import {
  areaIndicators,
  INDICATOR_NAMES,
  meterIndicators,
  type IndicatorName,
  type Indicators,
} from '@gridveil/client/theft/indicators.js';
import { accusedShares } from '@gridveil/client/theft/area-balance.js';
import { areaVoltage, PHASES, type AreaRecord } from '@gridveil/client/theft/meter-series.js';
import { OutlierModel, type Judgement } from '@gridveil/client/theft/outlier-model.js';
import { together, type Fold as Pools, type Pool, type SourceData } from './source-data.js';
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

const ROC_RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
const ROC_SCENARIOS: readonly string[] = [
  ...[90, 50, 20].map(shunted),
  scaled('scaled-reading', 5),
  ...[10, 5].map((percent) => scaled('scaled-current', percent)),
].map(({ name }) => name);
const PLOTTED_SCENARIOS: readonly string[] = [
  shunted(90),
  scaled('scaled-reading', 30),
  scaled('scaled-current', 30),
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
  /** Of each of the four groups of homes that the model of a fold is made of. */
  readonly trainingAreas: number;
  /** Of each of these areas: meters of the group. */
  readonly trainingMeters: number;
  /** Of each fold. */
  readonly judgedAreas: number;
  /** Meters of a judged area of held-out homes: judged as they are, and tampered with one at a time. */
  readonly judgedMeters: number;
  readonly progress: (line: string) => void;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  /** Found of injected, with all indicators and without some, as VIEWS. */
  readonly recall: readonly Share[];
  /** With all indicators, at a threshold moved until exactly 1 % of the judged honest meters are alarms. */
  readonly recallAtGoal: Share;
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
  /** The same, of each fold, with all indicators. */
  readonly falseAlarmsByFold: readonly Share[];
  readonly curves: readonly { readonly name: string; readonly points: readonly CurvePoint[] }[];
  /** Recall over false alarms as the threshold moves. */
  readonly roc: readonly { readonly name: string; readonly points: readonly RocPoint[] }[];
  /** The steel works, which no model has seen: windows found of six, and false alarms. */
  readonly steel: {
    readonly falseAlarms: Share;
    readonly found: readonly { readonly name: string; readonly found: Share }[];
  };
  /** For the scatter plots: of the first fold. */
  readonly plotted: {
    readonly model: OutlierModel;
    readonly honest: readonly Judgement[];
    readonly thieves: readonly { readonly name: string; readonly judgements: readonly Judgement[] }[];
  };
}

/** The other meters of an area are judged as well: their balance changes with their neighbour's. */
interface Injected {
  readonly thief: Indicators;
  readonly neighbours: readonly Indicators[];
}

/** Of the judged meters of some areas. */
interface Judged {
  readonly honest: readonly Indicators[];
  /** By name of the scenario. */
  readonly injected: ReadonlyMap<string, readonly Injected[]>;
}

/** Models by view, and what they judge. */
interface Fold extends Judged {
  readonly models: readonly OutlierModel[];
  /** For a large consumer: without what tells homes from it. */
  readonly largeConsumers: OutlierModel;
}

/** All that is tried, each once. */
const INJECTED: ReadonlyMap<string, Scenario> = new Map(
  [...SCENARIOS, ...CURVES.flatMap(({ scenarios }) => scenarios)].map((scenario) => [
    scenario.name,
    scenario,
  ]),
);

export function evaluate(data: SourceData, options: EvaluationOptions): Evaluation {
  const folds = data.folds.map((pools, i): Fold => {
    options.progress(`fold ${i + 1} of ${data.folds.length}`);
    return foldOf(pools, i + 1, options);
  });
  const [first] = folds;
  const model = first?.models[0];
  if (first === undefined || model === undefined) throw new RangeError('"folds" expected at least one');
  const alarms = (view: number, of: (fold: Fold) => readonly Indicators[]): Share =>
    sumOf(folds.map((fold) => alarmsOf(fold.models[view], of(fold))));
  const falseAlarms = VIEWS.map((_, view) => alarms(view, ({ honest }) => honest));
  const found = (name: string, view = 0): Share => alarms(view, (fold) => thievesOf(fold, name));
  return {
    falseAlarms,
    falseAlarmsByFold: folds.map(({ models, honest }) => alarmsOf(models[0], honest)),
    results: SCENARIOS.map((scenario): ScenarioResult => {
      const { name } = scenario;
      const recall = VIEWS.map((_, view) => found(name, view));
      return {
        ...{ scenario, recall },
        recallAtGoal: recallAt(folds, name, FALSE_ALARM_RATE),
        precisionAtOnePercent: precision(recall[0]?.share ?? NaN, falseAlarms[0]?.share ?? NaN, 0.01),
        neighbours: alarms(
          0,
          ({ injected }) => injected.get(name)?.flatMap(({ neighbours }) => neighbours) ?? [],
        ),
      };
    }),
    curves: CURVES.map(({ name, scenarios }) => ({
      name,
      points: scenarios.map((one) => ({
        depth: 'depth' in one.tampering ? one.tampering.depth : NaN,
        recall: found(one.name),
      })),
    })),
    roc: ROC_SCENARIOS.map((name) => ({
      name,
      points: ROC_RATES.map((falseAlarmRate) => ({
        falseAlarmRate,
        recall: recallAt(folds, name, falseAlarmRate).share,
      })),
    })),
    steel: judgeSteel(data, first.largeConsumers, options.seed),
    plotted: {
      model,
      honest: first.honest.map((one) => model.judge(one)),
      thieves: PLOTTED_SCENARIOS.map((name) => ({
        name,
        judgements: thievesOf(first, name).map((one) => model.judge(one)),
      })),
    },
  };
}

function foldOf({ trained, heldOut }: Pools, number: number, options: EvaluationOptions): Fold {
  const { seed, customers, trainingAreas, judgedAreas, trainingMeters, judgedMeters } = options;
  /** Areas whose first meters are of the pool, filled up with homes of the background. */
  const areasOf = (name: string, pool: Pool, background: readonly Pool[], count: number, meters: number) =>
    Array.from({ length: count }, (_, i) =>
      virtualArea({
        ...{ name: `${name}-${number}-${i + 1}`, seed, customers },
        background: together(background),
        judged: { pool, customers: meters },
      }),
    );
  const groups = trained.map((group, i) => {
    const others = trained.filter((other) => other !== group);
    return areasOf(`trained${i + 1}`, group, others, trainingAreas, trainingMeters).flatMap(({ record }) =>
      areaIndicators(record, SPAN).slice(0, trainingMeters),
    );
  });
  const judged = areasOf('judged', heldOut, trained, judgedAreas, judgedMeters).map((area) =>
    judgedArea(area, judgedMeters),
  );
  const modelWithout = (without: readonly IndicatorName[]): OutlierModel =>
    OutlierModel.ofGroups(groups, {
      falseAlarmRate: FALSE_ALARM_RATE,
      indicators: INDICATOR_NAMES.filter((name) => !without.includes(name)),
    });
  return {
    models: VIEWS.map(({ without }) => modelWithout(without)),
    largeConsumers: modelWithout(['lowPowerFactor', 'areaShortfall']),
    honest: judged.flatMap(({ honest }) => honest),
    injected: new Map(
      [...INJECTED.keys()].map((name) => [name, judged.flatMap(({ injected }) => injected.get(name) ?? [])]),
    ),
  };
}

/** Its first meters: as they are, and with everything that is tried, one meter at a time. Voltages never change, so that the median of the area stays. */
function judgedArea({ record, meters }: VirtualArea, judgedMeters: number): Judged {
  const voltageV = areaVoltage(record);
  const honest = areaIndicators(record, SPAN).slice(0, judgedMeters);
  const inject = ({ tampering, sinceInstallation = false }: Scenario): Injected[] =>
    meters.slice(0, judgedMeters).map((meter, place) => {
      const phase = PHASES[place % PHASES.length] ?? 0;
      const injection: Injection = { tampering, phase, from: sinceInstallation ? 0 : SPAN.window.from };
      const series = tamperedSeries(meter, injection, record);
      const shares = accusedShares(withMeter(record, place, series), SPAN.window);
      return {
        thief: meterIndicators(record, voltageV, series, shares[place] ?? NaN, SPAN),
        neighbours: honest
          .map((one, i) => ({ ...one, areaShortfall: { value: shares[i] ?? NaN } }))
          .filter((_, i) => i !== place),
      };
    });
  return { honest, injected: new Map([...INJECTED].map(([name, scenario]) => [name, inject(scenario)])) };
}

function withMeter(record: AreaRecord, place: number, series: AreaRecord['meters'][number]): AreaRecord {
  return { ...record, meters: record.meters.map((other, i) => (i === place ? series : other)) };
}

function thievesOf({ injected }: Judged, name: string): Indicators[] {
  return (injected.get(name) ?? []).map(({ thief }) => thief);
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

/** Found at a threshold for which exactly this share of the judged honest meters are alarms; indices count in thresholds of their model. */
function recallAt(folds: readonly Fold[], name: string, falseAlarmRate: number): Share {
  const indices = (of: (fold: Fold) => readonly Indicators[]): number[] =>
    folds.flatMap((fold) => {
      const model = fold.models[0];
      return of(fold).map((one) => (model?.judge(one).index ?? NaN) / (model?.threshold ?? NaN));
    });
  const honest = indices((fold) => fold.honest).sort((a, b) => b - a);
  const threshold = honest[Math.floor(falseAlarmRate * honest.length)] ?? 0;
  const thieves = indices((fold) => thievesOf(fold, name));
  return wilson(thieves.filter((index) => index > threshold).length, thieves.length);
}

function judgeSteel({ steel, folds }: SourceData, model: OutlierModel, seed: string): Evaluation['steel'] {
  const [first] = folds;
  if (first === undefined) throw new RangeError('"folds" expected at least one');
  const months = STEEL_WEEKS.map((week) => steelArea(steel, first.heldOut, week, seed));
  const alarms = (change: (one: (typeof months)[number]) => AreaRecord): Share =>
    alarmsOf(
      model,
      months.flatMap((one) => areaIndicators(change(one), one.span)),
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
