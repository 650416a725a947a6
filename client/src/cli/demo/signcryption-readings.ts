/** What the signcryption demo runs on: readings from a file or generated, with three phases made up around them. */
import type { Measurements } from '../../metering/dimensions.js';
import { generateHouseholds } from '../../metering/household-generator.js';
import { readReadingsFile } from '../../metering/reading-file.js';
import type { ReadingTable } from '../../metering/reading.js';
import { selectReadings } from '../../metering/select-readings.js';
import { threePhaseHome, threePhaseMeasurements } from '../../metering/three-phase.js';
import { ClientError } from '../../errors.js';
import type { DemoOptions } from './options.js';
import { checkReadings } from './readings.js';

const DEFAULTS = { meters: 50, slots: 24, slotMinutes: 30 } as const;
/** Four meters have a story of their own. */
const LEAST = { meters: 4, slots: 6 } as const;

export interface SigncryptionReadings {
  readonly table: ReadingTable;
  readonly source: string;
  readonly notes: readonly string[];
  /** All that a meter measures in a slot; undefined where the source has no reading. */
  readonly measure: (meterId: string, slot: number) => Measurements | undefined;
}

/** @throws ClientError READINGS_*, DEMO_READING_TOO_LARGE */
export async function loadSigncryptionReadings(options: DemoOptions): Promise<SigncryptionReadings> {
  const { table, source, notes } = await readTable(options);
  const { meterIds, slots, slotSeconds } = table;
  if (meterIds.length < LEAST.meters)
    throw new ClientError('READINGS_TOO_FEW_METERS', { available: meterIds.length, wanted: LEAST.meters });
  if (slots.length < LEAST.slots)
    throw new ClientError('READINGS_TOO_FEW_SLOTS', { available: slots.length, wanted: LEAST.slots });
  checkReadings(table);
  const { seed } = options;
  const homes = new Map(meterIds.map((meterId) => [meterId, threePhaseHome(seed, meterId)]));
  return {
    ...{ table, source },
    notes: [...notes, 'The source has energy only: phases, voltages and currents around it are made up.'],
    measure: (meterId, slot) => {
      const energyWh = table.energyWh(meterId, slot);
      const home = homes.get(meterId);
      if (energyWh === undefined || home === undefined) return undefined;
      return threePhaseMeasurements(seed, home, { meterId, slot, energyWh, slotSeconds });
    },
  };
}

async function readTable(
  options: DemoOptions,
): Promise<{ table: ReadingTable; source: string; notes: readonly string[] }> {
  const { seed, data, meters, slots = DEFAULTS.slots } = options;
  if (data === undefined) {
    const { slotMinutes } = DEFAULTS;
    const table = generateHouseholds({ seed, meters: meters ?? DEFAULTS.meters, slots, slotMinutes });
    return { table, source: `generated households, seed ${seed}`, notes: [] };
  }
  const { table, summary } = await readReadingsFile(data, options);
  const wanted = meters ?? Math.min(DEFAULTS.meters, table.meterIds.length);
  return { table: selectReadings(table, { slots, meters: wanted }), source: data, notes: summary.notes };
}
