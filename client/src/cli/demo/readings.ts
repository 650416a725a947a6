/** What a demo runs on: a file of real readings or generated households, its regions, the MDMS's key. */
import { LOWEST_MIN_GROUP } from '@gridveil/chaincode/domain/grid.js';
import { readKeyFile } from '../../crypto/paillier-key-file.js';
import { ClientError } from '../../errors.js';
import { generateHouseholds } from '../../metering/household-generator.js';
import { readReadingsFile } from '../../metering/reading-file.js';
import { assignRegions, type RegionAssignment } from '../../metering/region-assignment.js';
import { selectReadings } from '../../metering/select-readings.js';
import {
  DEMO_DEFAULTS,
  MAX_METERS_PER_REGION,
  MAX_POWER_KW,
  maxReadingOf,
  type DemoOptions,
  type DemoReadings,
} from './options.js';
import type { ReadingTable } from '../../metering/reading.js';

const SLOT_MINUTES = 30;

type Source = Pick<DemoReadings, 'table' | 'source' | 'notes'>;

/** @throws ClientError READINGS_*, REGIONS_TOO_MANY, DEMO_*, FILE_UNREADABLE, KEY_FILE_* */
export async function loadReadings(options: DemoOptions): Promise<DemoReadings> {
  const source = options.data === undefined ? generated(options) : await fromFile(options.data, options);
  checkReadings(source.table);
  return {
    ...source,
    assignment: checkedAssignment(source.table.meterIds, options.regions),
    mdmsKey: options.key === undefined ? undefined : await readKeyFile(options.key),
  };
}

function generated({ seed, meters, slots }: DemoOptions): Source {
  const table = generateHouseholds({
    seed,
    meters: meters ?? DEMO_DEFAULTS.meters,
    slots: slots ?? DEMO_DEFAULTS.slots,
    slotMinutes: SLOT_MINUTES,
  });
  return { table, source: `generated households, seed ${seed}`, notes: [] };
}

async function fromFile(file: string, options: DemoOptions): Promise<Source> {
  const slots = options.slots ?? DEMO_DEFAULTS.slots;
  const { table, summary } = await readReadingsFile(file, options);
  const selection = options.meters === undefined ? { slots } : { slots, meters: options.meters };
  return { table: selectReadings(table, selection), source: file, notes: summary.notes };
}

function checkedAssignment(meterIds: readonly string[], regions: number): RegionAssignment {
  const assignment = assignRegions(meterIds, regions);
  const { smallestGroup } = assignment;
  if (smallestGroup < LOWEST_MIN_GROUP)
    throw new ClientError('DEMO_GROUPS_TOO_SMALL', { smallest: smallestGroup, lowest: LOWEST_MIN_GROUP });
  const largest = Math.max(...assignment.regions.map((region) => region.length));
  if (largest > MAX_METERS_PER_REGION)
    throw new ClientError('DEMO_GROUPS_TOO_LARGE', { largest, highest: MAX_METERS_PER_REGION });
  return assignment;
}

export function checkReadings(table: ReadingTable): void {
  const limitWh = maxReadingOf(table.slotSeconds);
  for (const slot of table.slots) {
    const meterId = table.meterIds.find((id) => (table.energyWh(id, slot) ?? 0) > limitWh);
    if (meterId !== undefined)
      throw new ClientError('DEMO_READING_TOO_LARGE', { meterId, slot, limitWh, limitKw: MAX_POWER_KW });
  }
}
