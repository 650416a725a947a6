/**
 * Virtual three-phase meters: real energies, real power factors and real voltages put together by assumptions that are written down here.
 *
 * Real: what each phase uses in each slot (a home of SGSC, or a third of the steel works), its power factor (of a half hour of the UCI home with like power), the voltage of the area (days of the UCI home).
 * Assumed: that three homes hang on one meter, a phase each; errors of meters of class 1 (gains of ±0.2 % in volts, ±0.5 % in amperes and in energy, which drift by
 * ±0.1 % between reference and window, noise of 0.05 V, steps of 0.1 V, 10 mA, 1 Wh); 1 % of the reports missing.
 */
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import { PHASES, type MeterSeries, type PerPhase } from '@gridveil/client/theft/meter-series.js';

/** What really flowed, and how the meter errs: what tampering changes the reports of. */
export interface VirtualMeter {
  readonly meterId: string;
  /** Energy of each phase as the meter counts it, before rounding. */
  readonly energyWh: PerPhase<Float64Array>;
  /** As the meter measures it. */
  readonly currentA: PerPhase<Float64Array>;
  /** As the meter reports it. */
  readonly voltageV: PerPhase<Float64Array>;
  readonly powerFactor: PerPhase<Float64Array>;
  /** What the line loses, in all phases. */
  readonly lineLossWh: Float64Array;
  /** Without the errors of the meter. */
  readonly trueWh: Float64Array;
  /** 1 where the report did not come. */
  readonly lost: Uint8Array;
}

/** What one phase uses. */
export interface PhaseLoad {
  readonly energyWh: Float64Array;
  readonly powerFactor: Float64Array;
}

export interface VirtualMeterOptions {
  readonly meterId: string;
  readonly slotSeconds: number;
  readonly loads: PerPhase<PhaseLoad>;
  /** Voltage without load. */
  readonly supplyV: PerPhase<Float64Array>;
  /** Of the service line. */
  readonly lineOhm: number;
  /** From this place on the errors have drifted. */
  readonly driftFrom: number;
  readonly random: SeededRandom;
}

const LOST_PER_MILLE = 10;
const CURRENT_STEPS_PER_A = 100;
const VOLTAGE_STEPS_PER_V = 10;

/** Of the standard normal distribution, by Box and Muller. */
export function normal(random: SeededRandom): number {
  const uniform = (): number => (random.next() + 0.5) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

export function virtualMeter(options: VirtualMeterOptions): VirtualMeter {
  const { meterId, slotSeconds, loads, supplyV, lineOhm, driftFrom, random } = options;
  const slots = loads[0].energyWh.length;
  const column = (): PerPhase<Float64Array> => [
    new Float64Array(slots),
    new Float64Array(slots),
    new Float64Array(slots),
  ];
  const hours = slotSeconds / 3600;
  const energyGain = 1 + 0.005 * normal(random);
  const meter: VirtualMeter = {
    meterId,
    energyWh: column(),
    currentA: column(),
    voltageV: column(),
    powerFactor: [loads[0].powerFactor, loads[1].powerFactor, loads[2].powerFactor],
    lineLossWh: new Float64Array(slots),
    trueWh: new Float64Array(slots),
    lost: Uint8Array.from({ length: slots }, () => (random.chance(LOST_PER_MILLE) ? 1 : 0)),
  };
  for (const phase of PHASES) {
    const [voltGain, currentGain] = [1 + 0.002 * normal(random), 1 + 0.005 * normal(random)];
    const [energyDrift, currentDrift] = [1 + 0.001 * normal(random), 1 + 0.001 * normal(random)];
    for (let i = 0; i < slots; i++) {
      const wh = loads[phase].energyWh[i] ?? NaN;
      const factor = loads[phase].powerFactor[i] ?? NaN;
      const unloadedV = supplyV[phase][i] ?? NaN;
      const voltAmperes = wh / hours / factor;
      const volts = unloadedV - (lineOhm * voltAmperes) / unloadedV;
      const amperes = voltAmperes / volts;
      const drifted = i >= driftFrom;
      meter.energyWh[phase][i] = wh * energyGain * (drifted ? energyDrift : 1);
      meter.currentA[phase][i] = amperes * currentGain * (drifted ? currentDrift : 1);
      meter.voltageV[phase][i] = rounded(volts * voltGain + 0.05 * normal(random), VOLTAGE_STEPS_PER_V);
      meter.lineLossWh[i] = (meter.lineLossWh[i] ?? 0) + amperes ** 2 * lineOhm * hours;
      meter.trueWh[i] = (meter.trueWh[i] ?? 0) + wh;
    }
  }
  return meter;
}

/** What the control centre gets. @param energyWh - counted in all. @param currentA - measured */
export function reported(
  { meterId, voltageV, lost }: VirtualMeter,
  energyWh: (slot: number) => number,
  currentA: (phase: 0 | 1 | 2, slot: number) => number,
): MeterSeries {
  const slots = lost.length;
  const column = (value: (slot: number) => number): Float64Array =>
    Float64Array.from({ length: slots }, (_, i) => (lost[i] ? NaN : value(i)));
  const phases = (value: (phase: 0 | 1 | 2, slot: number) => number): PerPhase<Float64Array> => [
    column((i) => value(0, i)),
    column((i) => value(1, i)),
    column((i) => value(2, i)),
  ];
  return {
    meterId,
    energyWh: column((i) => Math.round(energyWh(i))),
    voltageV: phases((phase, i) => voltageV[phase][i] ?? NaN),
    currentA: phases((phase, i) => rounded(currentA(phase, i), CURRENT_STEPS_PER_A)),
  };
}

/** What an honest meter counts in all phases. */
export function countedWh({ energyWh }: VirtualMeter, slot: number): number {
  return PHASES.reduce<number>((sum, phase) => sum + (energyWh[phase][slot] ?? NaN), 0);
}

function rounded(value: number, stepsPerUnit: number): number {
  return Math.round(value * stepsPerUnit) / stepsPerUnit;
}
