/** Which readings a fleet reports: of a file, or generated. Used where fleets are set up and where they run, so that both see the same meters. */
import { z } from 'zod';
import { path } from './configuration.js';
import { generateHouseholds } from '../metering/household-generator.js';
import { readReadingsFile } from '../metering/csv-readings.js';
import type { ReadingTable } from '../metering/reading.js';
import { selectReadings } from '../metering/select-readings.js';

export const readingSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('generated'),
    seed: z.string(),
    meters: z.int().positive(),
    slots: z.int().positive(),
    slotMinutes: z.literal([15, 30, 60]),
  }),
  z.strictObject({
    kind: z.literal('csv'),
    file: path,
    meters: z.int().positive().optional(),
    slots: z.int().positive().optional(),
    zone: z.string().optional(),
    unit: z.enum(['Wh', 'kWh']).optional(),
    intervalMinutes: z.int().positive().optional(),
    stamp: z.enum(['start', 'end']).optional(),
    firstStamp: z.string().optional(),
    rounding: z.enum(['refuse', 'nearest']).optional(),
  }),
]);

export type ReadingSource = z.infer<typeof readingSource>;

/** @throws ClientError READINGS_* */
export async function loadSource(source: ReadingSource): Promise<ReadingTable> {
  if (source.kind === 'generated') return generateHouseholds(source);
  const { file, meters, slots, zone, unit, intervalMinutes, stamp, firstStamp, rounding } = source;
  const declared = { zone, unit, intervalMinutes, stamp, firstStamp, rounding };
  const given = Object.entries(declared).filter(([, value]) => value !== undefined);
  const { table } = await readReadingsFile(file, Object.fromEntries(given));
  return selectReadings(table, {
    ...(meters === undefined ? {} : { meters }),
    ...(slots === undefined ? {} : { slots }),
  });
}
