/** An area of six three-phase meters whose readings are known to the last digit. */
import assert from 'node:assert/strict';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import { PHASES, type AreaRecord, type MeterSeries } from '@gridveil/client/theft/meter-series.js';

export const SLOT_SECONDS = 1800;
export const FIRST_SLOT = 946_000;
export const SLOTS = 12 * 48;
export const SPAN = { reference: { from: 0, to: SLOTS / 2 }, window: { from: SLOTS / 2, to: SLOTS } };
const LINE_OHM = 0.2;
export const POWER_FACTOR = 0.9;
export const METERS = 6;

export type Change = (series: MeterSeries, slot: number) => void;

/** Meters that are exact but for rounding of the voltage; the first one changed from the window on. */
export function area(change: Change = () => undefined, seed = 'indicators'): AreaRecord {
  const random = new SeededRandom(seed);
  const supplyWh = new Float64Array(SLOTS);
  const meters = Array.from({ length: METERS }, (_, m): MeterSeries => {
    const column = () => new Float64Array(SLOTS);
    const series: MeterSeries = {
      meterId: `m${m}`,
      energyWh: column(),
      voltageV: [column(), column(), column()],
      currentA: [column(), column(), column()],
    };
    for (let i = 0; i < SLOTS; i++)
      for (const phase of PHASES) {
        const amperes = random.between(20, 2000) / 100;
        const volts = 240 + 3 * Math.sin(i / 20 + phase) - LINE_OHM * amperes;
        series.currentA[phase][i] = amperes;
        series.voltageV[phase][i] = volts + random.between(-10, 10) / 100;
        const wh = volts * amperes * POWER_FACTOR * (SLOT_SECONDS / 3600);
        series.energyWh[i] = (series.energyWh[i] ?? 0) + wh;
        supplyWh[i] = (supplyWh[i] ?? 0) + wh;
      }
    return series;
  });
  const [first] = meters;
  assert.ok(first);
  for (let i = SPAN.window.from; i < SLOTS; i++) change(first, i);
  return { slotSeconds: SLOT_SECONDS, firstSlot: FIRST_SLOT, slots: SLOTS, supplyWh, meters };
}
