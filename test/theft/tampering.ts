/**
 * Tampering that is injected into virtual meters, with its label: what the reports of a meter become. Say "injected", never "real theft".
 *
 * The forms of the issue, and the scaled and zeroed readings of Jokar, Arianpoo and Leung 2016 (h1, h2). Voltages stay what they are: a thief's load pulls them down as before.
 */
import { PHASES, type MeterSeries } from '@gridveil/client/theft/meter-series.js';
import { hourOfDay } from '@gridveil/client/theft/area-balance.js';
import { countedWh, reported, type VirtualMeter } from './virtual-meter.js';

export type Tampering =
  /** A wire leads the share `depth` of the current of one phase past the meter. */
  | { readonly kind: 'shunted-phase'; readonly depth: number }
  /** The register and what is reported of it are lowered by `depth`; voltage and current stay. */
  | { readonly kind: 'scaled-reading'; readonly depth: number }
  /** Current transformers are exchanged, or all phases are led past in part: current and energy fall alike. */
  | { readonly kind: 'scaled-current'; readonly depth: number }
  /** Nothing is counted, neither energy nor current, every day from `fromHour` to `toHour`. */
  | { readonly kind: 'zeroed-hours'; readonly fromHour: number; readonly toHour: number }
  /** The current leads of two phases are exchanged. */
  | { readonly kind: 'swapped-phases' };

export interface Injection {
  readonly tampering: Tampering;
  /** Which phase; with swapped phases this one and the next. */
  readonly phase: 0 | 1 | 2;
  /** Place of the first slot with it. */
  readonly from: number;
}

/** Where slots lie in the day. */
export interface SlotFrame {
  readonly firstSlot: number;
  readonly slotSeconds: number;
}

/** What the control centre gets of an honest meter. */
export function honestSeries(meter: VirtualMeter): MeterSeries {
  return reported(
    meter,
    (i) => countedWh(meter, i),
    (phase, i) => meter.currentA[phase][i] ?? NaN,
  );
}

export function tamperedSeries(meter: VirtualMeter, injection: Injection, frame: SlotFrame): MeterSeries {
  const { energyWh, currentA } = countersOf(meter, injection, frame);
  return reported(
    meter,
    (i) => (i < injection.from ? countedWh(meter, i) : energyWh(i)),
    (phase, i) => (i < injection.from ? (meter.currentA[phase][i] ?? NaN) : currentA(phase, i)),
  );
}

/** What a tampered meter counts and measures. */
interface Counters {
  readonly energyWh: (slot: number) => number;
  readonly currentA: (phase: 0 | 1 | 2, slot: number) => number;
}

function countersOf(
  meter: VirtualMeter,
  { tampering, phase: victim }: Injection,
  frame: SlotFrame,
): Counters {
  const counted = (i: number): number => countedWh(meter, i);
  const measured = (phase: 0 | 1 | 2, i: number): number => meter.currentA[phase][i] ?? NaN;
  switch (tampering.kind) {
    case 'shunted-phase':
      return {
        energyWh: (i) => counted(i) - tampering.depth * (meter.energyWh[victim][i] ?? NaN),
        currentA: (phase, i) => measured(phase, i) * (phase === victim ? 1 - tampering.depth : 1),
      };
    case 'scaled-reading':
      return { energyWh: (i) => counted(i) * (1 - tampering.depth), currentA: measured };
    case 'scaled-current':
      return {
        energyWh: (i) => counted(i) * (1 - tampering.depth),
        currentA: (phase, i) => measured(phase, i) * (1 - tampering.depth),
      };
    case 'zeroed-hours': {
      const counts = (i: number): number => {
        const hour = hourOfDay(frame.firstSlot + i, frame.slotSeconds);
        return hour >= tampering.fromHour && hour < tampering.toHour ? 0 : 1;
      };
      return {
        energyWh: (i) => counted(i) * counts(i),
        currentA: (phase, i) => measured(phase, i) * counts(i),
      };
    }
    case 'swapped-phases': {
      const other = ((victim + 1) % 3) as 0 | 1 | 2;
      const leadOf = (phase: 0 | 1 | 2): 0 | 1 | 2 =>
        phase === victim ? other : phase === other ? victim : phase;
      return {
        energyWh: (i) =>
          PHASES.reduce<number>((sum, phase) => sum + elementWh(meter, phase, leadOf(phase), i), 0),
        currentA: (phase, i) => measured(leadOf(phase), i),
      };
    }
  }
}

/** What the element with the voltage of one phase and the current of another counts; a third of a turn lies between phases, and loads are taken as inductive. */
function elementWh(
  meter: VirtualMeter,
  voltagePhase: 0 | 1 | 2,
  currentPhase: 0 | 1 | 2,
  slot: number,
): number {
  const wh = meter.energyWh[currentPhase][slot] ?? NaN;
  if (voltagePhase === currentPhase) return wh;
  const factor = meter.powerFactor[currentPhase][slot] ?? NaN;
  const voltRatio = (meter.voltageV[voltagePhase][slot] ?? NaN) / (meter.voltageV[currentPhase][slot] ?? NaN);
  const turn = (2 * Math.PI * (currentPhase - voltagePhase)) / 3;
  return ((wh * voltRatio) / factor) * Math.cos(turn + Math.acos(factor));
}
