/**
 * Meters whose energy no longer fits their own voltages and currents: the simplest sign of a register that was tampered with (paper 002 section V.A).
 *
 * Run by the control centre on parts it has opened. For each meter the ratio of energy to Σ V·I·hours in a first and a second span of slots; whoever's ratio falls by more than the limit is a
 * suspect. It takes no account of anything else; client/src/theft looks at more, over weeks.
 */
import type { Measurements } from '../metering/dimensions.js';

/** What one meter told the control centre about a slot. */
export interface MeasuredSlot {
  readonly meterId: string;
  readonly slot: number;
  readonly measurements: Measurements;
}

export interface RatioSuspect {
  readonly meterId: string;
  /** How much of the energy of the second span is missing, in percent of what voltages and currents tell. */
  readonly missingPercent: number;
}

/** Below this, rounding of currents explains a ratio. */
const LIMIT_PERCENT = 10;
/** Less than this in a span says nothing. */
const LEAST_WH = 100;

/** @param fromSlot - where the second span begins. @returns suspects, the largest first */
export function energyRatioSuspects(
  reports: readonly MeasuredSlot[],
  fromSlot: number,
  slotSeconds: number,
): RatioSuspect[] {
  const sums = new Map<string, { before: Sums; after: Sums }>();
  for (const { meterId, slot, measurements } of reports) {
    const spans = sums.get(meterId) ?? {
      before: { energyWh: 0, apparentVAh: 0 },
      after: { energyWh: 0, apparentVAh: 0 },
    };
    const span = slot < fromSlot ? spans.before : spans.after;
    span.energyWh += measurements.energyWh ?? 0;
    span.apparentVAh += (apparentVA(measurements) * slotSeconds) / 3600;
    sums.set(meterId, spans);
  }
  return [...sums]
    .flatMap(([meterId, { before, after }]) => {
      const missingPercent = Math.round(100 * (1 - ratio(after) / ratio(before)));
      return missingPercent > LIMIT_PERCENT ? [{ meterId, missingPercent }] : [];
    })
    .sort((a, b) => b.missingPercent - a.missingPercent);
}

interface Sums {
  energyWh: number;
  apparentVAh: number;
}

/** NaN where there was too little to tell. */
function ratio({ energyWh, apparentVAh }: Sums): number {
  return apparentVAh < LEAST_WH ? NaN : energyWh / apparentVAh;
}

function apparentVA(measurements: Measurements): number {
  const phases = [
    [measurements.voltageL1MilliV, measurements.currentL1MilliA],
    [measurements.voltageL2MilliV, measurements.currentL2MilliA],
    [measurements.voltageL3MilliV, measurements.currentL3MilliA],
  ] as const;
  return phases.reduce((sum, [milliV = 0, milliA = 0]) => sum + (milliV * milliA) / 1_000_000, 0);
}
