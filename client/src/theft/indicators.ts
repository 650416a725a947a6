/**
 * Signs of theft that the readings of a three-phase meter hold, each a number that grows with the suspicion.
 *
 * Run by the control centre. Source: paper 002 section V.A, which names three-phase voltage and current, "high supply and low meters" and "high supply and high counts", and no formula; the
 * formulas are ours. A meter is judged over a window, mostly of four weeks, against a reference of its own, mostly the eight weeks before. What physics ties together:
 *
 *   energy and Σ V·I·hours                 whoever lowers the one and not the other changes their ratio, and so do exchanged leads
 *   current and voltage drop               the service line has one resistance: what flows past the meter drops voltage before it, on the phase it flows on
 *   readings and supply of the area        area-balance.ts
 *   own past                               shares of the phases, hours without use
 *
 * Weak by nature: who lowers energy and current alike, in an area without a supply meter and on a line without resistance, is seen by own past only.
 */
import { accusedShares, hourOfDay } from './area-balance.js';
import {
  areaVoltage,
  medianOf,
  PHASES,
  type AreaRecord,
  type MeterSeries,
  type PerPhase,
  type SlotRange,
} from './meter-series.js';

export const INDICATOR_NAMES = [
  /** Energy for each volt-ampere hour: 1 - window / reference. */
  'registerShortfall',
  /** 1 - energy / volt-ampere hours of the window: needs no reference. */
  'lowPowerFactor',
  /** At least which share of its readings the supply of the area misses with them, for one meter of an area: needs no reference. */
  'areaShortfall',
  /** ln(share of a phase in the current, reference / window), the phase that lost most. */
  'phaseLoss',
  /** Volts dropped for each ampere: window / reference - 1. */
  'lineDropRise',
  /** ln(voltage drop that own current does not explain, window / reference), the phase that gained most. */
  'unexplainedDrop',
  /** Share of days without use at one hour, beyond the median hour's: window - reference. */
  'dailyZeros',
] as const;
export type IndicatorName = (typeof INDICATOR_NAMES)[number];

export interface Indication {
  /** NaN where the reports do not tell. */
  readonly value: number;
  /** 1, 2 or 3, for what is seen on one phase. */
  readonly phase?: number;
  /** Hour of the day in UTC, for what is seen at one. */
  readonly hour?: number;
}

export type Indicators = Readonly<Record<IndicatorName, Indication>>;

/** What is judged, and against what. */
export interface JudgedSpan {
  readonly reference: SlotRange;
  readonly window: SlotRange;
}

/** Below this share of the total, a phase counts as carrying this share: a smaller one tells nothing more. */
const LEAST_PHASE_SHARE = 0.001;
/** A slot has no use below this share of the reference's mean. */
const NO_USE_SHARE = 0.02;
/** The slope of the reference must be this many times its standard error. */
const LEAST_SLOPE_T = 5;
/** Voltmeters are not better than this: what is smaller is rounding. */
const LEAST_DEVIATION_V = 0.05;

/** Indicators of all meters of an area, in its order. Cost: 0.3 ms for each meter and four weeks of half hours, and area-balance.ts once. */
export function areaIndicators(area: AreaRecord, span: JudgedSpan): Indicators[] {
  const voltageV = areaVoltage(area);
  const shares = accusedShares(area, span.window);
  return area.meters.map((meter, i) => meterIndicators(area, voltageV, meter, shares[i] ?? NaN, span));
}

/**
 * @param areaVoltageV - `areaVoltage` of the area
 * @param missingShare - of `accusedShares`; NaN where there is none
 */
export function meterIndicators(
  area: Pick<AreaRecord, 'firstSlot' | 'slotSeconds'>,
  areaVoltageV: PerPhase<Float64Array>,
  meter: MeterSeries,
  missingShare: number,
  { reference, window }: JudgedSpan,
): Indicators {
  const before = energyPerVoltAmpereHour(area, meter, reference);
  const now = energyPerVoltAmpereHour(area, meter, window);
  return {
    registerShortfall: { value: 1 - now / before },
    lowPowerFactor: { value: 1 - now },
    areaShortfall: { value: missingShare },
    phaseLoss: phaseLoss(meter, reference, window),
    ...lineDrop(areaVoltageV, meter, reference, window),
    dailyZeros: dailyZeros(area, meter, reference, window),
  };
}

/** NaN without volt-amperes. */
function energyPerVoltAmpereHour(
  { slotSeconds }: Pick<AreaRecord, 'slotSeconds'>,
  { energyWh, voltageV, currentA }: MeterSeries,
  { from, to }: SlotRange,
): number {
  let [energy, voltAmperes] = [0, 0];
  for (let i = from; i < to; i++) {
    let slotVoltAmperes = 0;
    for (const phase of PHASES) slotVoltAmperes += (voltageV[phase][i] ?? NaN) * (currentA[phase][i] ?? NaN);
    const slotEnergy = energyWh[i] ?? NaN;
    if (Number.isNaN(slotEnergy + slotVoltAmperes)) continue;
    energy += slotEnergy;
    voltAmperes += slotVoltAmperes;
  }
  return voltAmperes > 0 ? (energy * 3600) / (voltAmperes * slotSeconds) : NaN;
}

function phaseLoss({ currentA }: MeterSeries, reference: SlotRange, window: SlotRange): Indication {
  const [before, now] = [phaseShares(currentA, reference), phaseShares(currentA, window)];
  return greatest(PHASES.map((phase) => ({ value: Math.log(before[phase] / now[phase]), phase: phase + 1 })));
}

function phaseShares(currentA: PerPhase<Float64Array>, { from, to }: SlotRange): PerPhase<number> {
  const sums: [number, number, number] = [0, 0, 0];
  for (const phase of PHASES)
    for (let i = from; i < to; i++) {
      const amperes = currentA[phase][i] ?? NaN;
      if (!Number.isNaN(amperes)) sums[phase] += amperes;
    }
  const total = sums[0] + sums[1] + sums[2];
  const share = (sum: number): number => Math.max(sum / total, LEAST_PHASE_SHARE);
  return [share(sums[0]), share(sums[1]), share(sums[2])];
}

/** A line through (current, voltage drop) of one phase, by least squares. */
interface DropLine {
  readonly count: number;
  /** Σ (I - mean)² and Σ (I - mean)(drop - mean). */
  readonly currentSquares: number;
  readonly products: number;
  readonly dropSquares: number;
}

function dropLine(
  areaV: Float64Array,
  ownV: Float64Array,
  ownA: Float64Array,
  { from, to }: SlotRange,
): DropLine {
  let [count, current, drop, currents, drops, products] = [0, 0, 0, 0, 0, 0];
  for (let i = from; i < to; i++) {
    const amperes = ownA[i] ?? NaN;
    const volts = (areaV[i] ?? NaN) - (ownV[i] ?? NaN);
    if (Number.isNaN(amperes + volts)) continue;
    count += 1;
    current += amperes;
    drop += volts;
    currents += amperes * amperes;
    drops += volts * volts;
    products += amperes * volts;
  }
  return {
    count,
    currentSquares: currents - (current * current) / count,
    products: products - (current * drop) / count,
    dropSquares: drops - (drop * drop) / count,
  };
}

/** Standard deviation of the drop around a line of the slope given, its height left free. */
function deviationFrom(slope: number, { count, currentSquares, products, dropSquares }: DropLine): number {
  const squares = dropSquares - 2 * slope * products + slope * slope * currentSquares;
  return Math.max(Math.sqrt(Math.max(squares, 0) / (count - 2)), LEAST_DEVIATION_V);
}

function lineDrop(
  areaVoltageV: PerPhase<Float64Array>,
  { voltageV, currentA }: MeterSeries,
  reference: SlotRange,
  window: SlotRange,
): Pick<Indicators, 'lineDropRise' | 'unexplainedDrop'> {
  const linesOf = (range: SlotRange): DropLine[] =>
    PHASES.map((phase) => dropLine(areaVoltageV[phase], voltageV[phase], currentA[phase], range));
  const [before, now] = [linesOf(reference), linesOf(window)];
  const slope = pooledSlope(before);
  const unexplained = PHASES.map((phase) => {
    const [was, is] = [before[phase], now[phase]];
    if (was === undefined || is === undefined || was.count < 3 || is.count < 3) return NaN;
    // A phase without use in the reference tells no slope of its own; the other phases share its line.
    return Math.log(deviationFrom(slope, is) / deviationFrom(slope, was));
  });
  return {
    lineDropRise: { value: slopeIsKnown(before, slope) ? pooledSlope(now) / slope - 1 : NaN },
    unexplainedDrop: greatest(unexplained.map((value, phase) => ({ value, phase: phase + 1 }))),
  };
}

/** Ohms, over the phases together; NaN without any change of current. */
function pooledSlope(lines: readonly DropLine[]): number {
  return total(lines, 'products') / total(lines, 'currentSquares');
}

function slopeIsKnown(lines: readonly DropLine[], slope: number): boolean {
  const variance =
    lines.reduce((sum, line) => sum + deviationFrom(slope, line) ** 2, 0) / Math.max(1, lines.length);
  return slope > 0 && slope ** 2 * total(lines, 'currentSquares') > LEAST_SLOPE_T ** 2 * variance;
}

function total(lines: readonly DropLine[], field: keyof DropLine): number {
  return lines.reduce((sum, line) => sum + (Number.isNaN(line[field]) ? 0 : line[field]), 0);
}

function dailyZeros(
  area: Pick<AreaRecord, 'firstSlot' | 'slotSeconds'>,
  { energyWh }: MeterSeries,
  reference: SlotRange,
  window: SlotRange,
): Indication {
  const used = energyWh.subarray(reference.from, reference.to).filter((wh) => !Number.isNaN(wh));
  const noUseWh = (NO_USE_SHARE * used.reduce((sum, wh) => sum + wh, 0)) / used.length;
  const [before, now] = [
    zeroShares(area, energyWh, reference, noUseWh),
    zeroShares(area, energyWh, window, noUseWh),
  ];
  return greatest(now.map((share, hour) => ({ value: share - (before[hour] ?? NaN), hour })));
}

/** Of each hour of the day, beyond the median hour: weeks away from home count for nothing. */
function zeroShares(
  { firstSlot, slotSeconds }: Pick<AreaRecord, 'firstSlot' | 'slotSeconds'>,
  energyWh: Float64Array,
  { from, to }: SlotRange,
  noUseWh: number,
): number[] {
  const hours = Array.from({ length: 24 }, () => ({ slots: 0, zeros: 0 }));
  for (let i = from; i < to; i++) {
    const wh = energyWh[i] ?? NaN;
    const hour = hours[hourOfDay(firstSlot + i, slotSeconds)];
    if (Number.isNaN(wh) || hour === undefined) continue;
    hour.slots += 1;
    if (wh <= noUseWh) hour.zeros += 1;
  }
  const shares = hours.map(({ slots, zeros }) => zeros / slots);
  const usual = medianOf(shares);
  return shares.map((share) => share - usual);
}

/** NaN only when all are. */
function greatest(indications: readonly Indication[]): Indication {
  const known = indications.filter(({ value }) => !Number.isNaN(value));
  return known.reduce<Indication>(
    (most, one) => (one.value > most.value ? one : most),
    known[0] ?? { value: NaN },
  );
}
