/**
 * What the control centre has of the meters of an area over consecutive slots, as columns of numbers.
 *
 * Run by the control centre on parts it has opened (metering/dimensions.ts). Source: paper 002 section V.A, "three phase voltage and current are obtained from ciphertext for
 * pretreatment". Pretreatment is: base units, one place for each slot, NaN where a meter reported nothing. A zero is kept, since a lead that was cut reads zero.
 */
import type { DimensionName, Measurements } from '../metering/dimensions.js';

/** Of L1, L2, L3. */
export type PerPhase<T> = readonly [T, T, T];
export const PHASES = [0, 1, 2] as const;

/** One place for each slot; NaN where nothing was reported. */
export interface MeterSeries {
  readonly meterId: string;
  readonly energyWh: Float64Array;
  /** Mean over the slot. */
  readonly voltageV: PerPhase<Float64Array>;
  /** Mean over the slot. */
  readonly currentA: PerPhase<Float64Array>;
}

/** The meters behind one transformer. */
export interface AreaRecord {
  readonly slotSeconds: number;
  /** Slot of place 0, counted from 1970. */
  readonly firstSlot: number;
  readonly slots: number;
  /** What went into the area, by the meter at its transformer; left out where there is none. */
  readonly supplyWh?: Float64Array;
  readonly meters: readonly MeterSeries[];
}

/** Places of an area record, `to` not included. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
}

const VOLTAGES = ['voltageL1MilliV', 'voltageL2MilliV', 'voltageL3MilliV'] as const;
const CURRENTS = ['currentL1MilliA', 'currentL2MilliA', 'currentL3MilliA'] as const;

/** @param reports - by slot; a dimension that a report lacks counts as not reported */
export function meterSeries(
  meterId: string,
  { firstSlot, slots }: Pick<AreaRecord, 'firstSlot' | 'slots'>,
  reports: ReadonlyMap<number, Measurements>,
): MeterSeries {
  const column = (name: DimensionName, unit: number): Float64Array =>
    Float64Array.from({ length: slots }, (_, i) => (reports.get(firstSlot + i)?.[name] ?? NaN) / unit);
  const columns = (names: PerPhase<DimensionName>): PerPhase<Float64Array> => [
    column(names[0], 1000),
    column(names[1], 1000),
    column(names[2], 1000),
  ];
  return {
    meterId,
    energyWh: column('energyWh', 1),
    voltageV: columns(VOLTAGES),
    currentA: columns(CURRENTS),
  };
}

/** Median voltage of the area in each phase and slot: what a meter without load would read. NaN where no meter reported. */
export function areaVoltage({ slots, meters }: Pick<AreaRecord, 'slots' | 'meters'>): PerPhase<Float64Array> {
  const ofPhase = (phase: 0 | 1 | 2): Float64Array =>
    Float64Array.from({ length: slots }, (_, i) =>
      medianOf(meters.map(({ voltageV }) => voltageV[phase][i] ?? NaN)),
    );
  return [ofPhase(0), ofPhase(1), ofPhase(2)];
}

/** Of the numbers among the values; NaN when there are none. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}
