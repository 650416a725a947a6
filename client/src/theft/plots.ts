/** The control centre's scatter plots as SVG: meters in two dimensions, and voltage over current of one meter (paper 002 section V.A). Same text for the same data. */
import { scatterChart } from '../charts/chart.js';
import { PHASES, type MeterSeries, type PerPhase, type SlotRange } from './meter-series.js';
import type { JudgedSpan } from './indicators.js';
import type { Judgement, OutlierModel } from './outlier-model.js';

/** Of a group of points; more show nothing more. */
const MAX_POINTS = 1000;
/** None divides a day, so that all hours are drawn. */
const STEPS = [1, 5, 7, 11, 13, 17, 19, 23, 29, 31];

export interface PlottedMeter {
  /** Written beside its point; none in a crowd. */
  readonly meterId?: string;
  readonly judgement: Judgement;
}

/** A kind of meters, in its own colour. */
export interface PlottedGroup {
  readonly name: string;
  readonly meters: readonly PlottedMeter[];
  readonly background?: boolean;
}

/** Meters on the first two components of the model. @throws RangeError without meters. */
export function componentsPlot(title: string, model: OutlierModel, groups: readonly PlottedGroup[]): string {
  const share = (component: number): string =>
    `component ${component + 1} (${Math.round(100 * (model.explainedVariance[component] ?? 0))} % of the variance)`;
  return scatterChart({
    title,
    subtitle: 'a suspect is far from honest meters in all dimensions, not only in these two',
    x: { name: share(0) },
    y: { name: share(1) },
    series: groups.map(({ name, meters, background = false }) => ({
      ...{ name, background },
      points: meters.map(({ meterId, judgement: { scores } }) => ({
        ...{ x: scores[0], y: scores[1] },
        ...(meterId === undefined ? {} : { label: meterId }),
      })),
    })),
  });
}

/**
 * Voltage drop before a meter over its current, one phase: a line where all current is counted; points off the line are current that is not.
 * @param areaVoltageV - `areaVoltage` of the area. @param phase - 1, 2 or 3
 * @throws RangeError when nothing was reported.
 */
export function voltageCurrentPlot(
  meter: MeterSeries,
  areaVoltageV: PerPhase<Float64Array>,
  phase: 1 | 2 | 3,
  { reference, window }: JudgedSpan,
): string {
  const place = PHASES[phase - 1] ?? 0;
  const points = (range: SlotRange): { x: number; y: number }[] =>
    thinned(range)
      .map((slot) => ({
        x: meter.currentA[place][slot] ?? NaN,
        y: (areaVoltageV[place][slot] ?? NaN) - (meter.voltageV[place][slot] ?? NaN),
      }))
      .filter(({ x, y }) => !Number.isNaN(x + y));
  return scatterChart({
    title: `Meter ${meter.meterId}, L${phase}: voltage drop over current`,
    subtitle: 'a point for each of some slots; all current that is counted lies on one line',
    x: { name: 'current of the phase (A)' },
    y: { name: 'below the median of the area (V)' },
    series: [
      { name: 'reference', points: points(reference), background: true },
      { name: 'window', points: points(window), background: true },
    ],
  });
}
/** Places of a range, every so many of them when there are many. */
function thinned({ from, to }: SlotRange): number[] {
  const step = STEPS.find((one) => (to - from) / one <= MAX_POINTS) ?? Math.ceil((to - from) / MAX_POINTS);
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);
}
