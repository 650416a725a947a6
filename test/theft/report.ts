/** What `npm run theft` tells: the document gridveil/theft/v1 (client/schemas/theft-v1.schema.json), the same as Markdown, and its figures. */
import type { Host } from '@gridveil/caliper/report/host.js';
import { lineChart } from '@gridveil/client/charts/chart.js';
import { INDICATOR_NAMES } from '@gridveil/client/theft/indicators.js';
import { areaVoltage } from '@gridveil/client/theft/meter-series.js';
import { componentsPlot, voltageCurrentPlot } from '@gridveil/client/theft/plots.js';
import { tableText } from '../papers/paper-markdown.js';
import type { Cell, PaperTable } from '../papers/paper-report.js';
import {
  FALSE_ALARM_RATE,
  GOAL_RECALL,
  GOAL_SCENARIOS,
  VIEWS,
  type Evaluation,
  type EvaluationOptions,
} from './evaluation.js';
import { together, type Fold, type SourceData } from './source-data.js';
import { tamperedSeries } from './tampering.js';
import { SPAN, virtualArea } from './virtual-area.js';
import type { Share } from './wilson.js';

export type Parameters = Omit<EvaluationOptions, 'progress'> & { readonly quick: boolean };

export interface TheftReport {
  readonly schema: 'gridveil/theft/v1';
  readonly host: Host;
  readonly parameters: Parameters;
  readonly goal: { readonly recall: number; readonly falseAlarmRate: number; readonly met: boolean };
  readonly indicators: readonly string[];
  readonly views: readonly string[];
  readonly falseAlarms: readonly Share[];
  readonly falseAlarmsByFold: readonly Share[];
  readonly scenarios: readonly {
    readonly name: string;
    readonly isGoal: boolean;
    /** In the order of the views. */
    readonly recall: readonly Share[];
    readonly recallAtGoal: Share;
    readonly precisionAtOnePercent: number;
    readonly neighbours: Share;
  }[];
  readonly curves: Evaluation['curves'];
  readonly roc: Evaluation['roc'];
  readonly steel: Evaluation['steel'];
}

export function reportOf(host: Host, parameters: Parameters, evaluation: Evaluation): TheftReport {
  const { falseAlarms, falseAlarmsByFold, curves, roc, steel } = evaluation;
  const scenarios = evaluation.results.map(({ scenario: { name }, ...result }) => ({
    ...{ name, isGoal: GOAL_SCENARIOS.includes(name) },
    ...result,
  }));
  const met = scenarios.every(({ isGoal, recallAtGoal }) => !isGoal || recallAtGoal.share >= GOAL_RECALL);
  return {
    schema: 'gridveil/theft/v1',
    ...{ host, parameters, scenarios, falseAlarms, falseAlarmsByFold, curves, roc, steel },
    goal: { recall: GOAL_RECALL, falseAlarmRate: FALSE_ALARM_RATE, met },
    indicators: INDICATOR_NAMES,
    views: VIEWS.map(({ name }) => name),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function interval({ low, high }: Share): string {
  return `${percent(low)} to ${percent(high)}`;
}

/** The same as the figures of the commands: a share with its interval. */
function shareCells(share: Share): Cell[] {
  return [share.of, share.count, percent(share.share), interval(share)];
}

export function tablesOf(report: TheftReport): PaperTable[] {
  const { falseAlarms, falseAlarmsByFold, scenarios, steel, views } = report;
  return [
    {
      id: '1',
      title:
        'false alarms: honest meters called suspects in a month, by thresholds that 1 % of the meters of other homes exceed (two homes left out at a time)',
      columns: ['what the control centre has', 'meters', 'alarms', 'rate', '95 % interval'],
      rows: [
        ...falseAlarms.map((share, view): Cell[] => [views[view] ?? '', ...shareCells(share)]),
        ...falseAlarmsByFold.map((share, i): Cell[] => [
          `${views[0] ?? ''}, homes of fold ${i + 1} alone`,
          ...shareCells(share),
        ]),
      ],
    },
    {
      id: '2',
      title:
        'recall with all indicators at these thresholds; precision if one meter of a hundred were like that; last column: threshold moved to exactly 1 % false alarms',
      columns: [
        'injected',
        'goal',
        'meters',
        'found',
        'recall',
        '95 % interval',
        'precision',
        'alarms at neighbours',
        'recall at 1 % false alarms',
      ],
      rows: scenarios.map(
        ({ name, isGoal, recall: [all], recallAtGoal, precisionAtOnePercent, neighbours }) => [
          name,
          isGoal ? `≥ ${report.goal.recall}` : '',
          ...(all ? shareCells(all) : []),
          percent(precisionAtOnePercent),
          percent(neighbours.share),
          `${percent(recallAtGoal.share)} (${interval(recallAtGoal)})`,
        ],
      ),
    },
    {
      id: '3',
      title: 'recall by what the control centre has',
      columns: ['injected', ...views],
      rows: scenarios.map(({ name, recall }) => [name, ...recall.map(({ share }) => percent(share))]),
    },
    {
      id: '4',
      title:
        'a steel works, judged by a model of homes without lowPowerFactor and without a meter at its transformer; its months overlap',
      columns: ['injected', 'months', 'called suspect'],
      rows: [
        ['nothing', steel.falseAlarms.of, steel.falseAlarms.count],
        ...steel.found.map(({ name, found }): Cell[] => [name, found.of, found.count]),
      ],
    },
  ];
}

export function markdownOf(report: TheftReport): string {
  const { host, parameters, goal } = report;
  const settings = Object.entries(parameters).map(([name, value]) => `- ${name}: ${value}`);
  return [
    '# Theft suspects: injected tampering found',
    `Made by \`npm run theft\` on ${host.cpu}, ${host.cores} cores, Node ${host.node}, commit ${host.commit}, ${host.date}.`,
    settings.join('\n'),
    `Goal: recall of at least ${goal.recall} of shunted phases and of readings lowered by 30 % or more, at a false-alarm rate of ${percent(goal.falseAlarmRate)} of meters per month: ${goal.met ? 'met' : 'missed'}.`,
    ...tablesOf(report).map(tableText),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Figures by file name. */
export function figuresOf(
  report: TheftReport,
  evaluation: Evaluation,
  { folds }: SourceData,
): Map<string, string> {
  const [first] = folds;
  if (first === undefined) throw new RangeError('"folds" expected at least one');
  const { curves, roc, plotted } = evaluation;
  const subtitle = `${report.falseAlarms[0]?.of ?? 0} honest meters and months; thresholds for ${percent(FALSE_ALARM_RATE)} false alarms`;
  return new Map([
    [
      'recall-over-depth.svg',
      lineChart({
        title: 'Injected theft found, by how much is stolen',
        subtitle: `${subtitle}; bars: 95 % intervals`,
        x: { name: 'not counted (% of the phase, or of the reading)' },
        y: { name: 'found (%)' },
        series: curves.map(({ name, points }) => ({
          name,
          points: points.map(({ depth, recall: { share, low, high } }) => ({
            ...{ x: 100 * depth, y: 100 * share, low: 100 * low, high: 100 * high },
          })),
        })),
      }),
    ],
    [
      'recall-over-false-alarms.svg',
      lineChart({
        title: 'Injected theft found, by how many false alarms are accepted',
        subtitle: 'thresholds moved over the judged meters themselves',
        x: { name: 'false alarms (% of honest meters in a month)', log: true },
        y: { name: 'found (%)' },
        series: roc.map(({ name, points }) => ({
          name,
          points: points.map(({ falseAlarmRate, recall }) => ({ x: 100 * falseAlarmRate, y: 100 * recall })),
        })),
      }),
    ],
    [
      'components.svg',
      componentsPlot('Meters in two dimensions', plotted.model, [
        { name: 'honest', meters: plotted.honest.map((judgement) => ({ judgement })), background: true },
        ...plotted.thieves.map(({ name, judgements }) => ({
          name,
          meters: judgements.slice(0, 20).map((judgement) => ({ judgement })),
        })),
      ]),
    ],
    ['voltage-over-current.svg', shuntedExample(first, report.parameters)],
  ]);
}

/** One meter with a shunted phase as the control centre sees it. */
function shuntedExample({ trained, heldOut }: Fold, { customers, seed, judgedMeters }: Parameters): string {
  const judged = { pool: heldOut, customers: judgedMeters };
  const { record, meters } = virtualArea({
    name: 'judged-1-1',
    seed,
    customers,
    background: together(trained),
    judged,
  });
  const [meter] = meters;
  if (meter === undefined) throw new RangeError('an area has meters');
  const injection = {
    tampering: { kind: 'shunted-phase', depth: 0.9 },
    phase: 0,
    from: SPAN.window.from,
  } as const;
  return voltageCurrentPlot(tamperedSeries(meter, injection, record), areaVoltage(record), 1, SPAN);
}
