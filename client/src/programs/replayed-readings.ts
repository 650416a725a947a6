/** Which readings a fleet reports: of a file, generated, or live from a P1 port. Used where fleets are set up and where they run, so that both see the same meters. */
import { z } from 'zod';
import { declarationOf, FILE_FORMATS } from '../metering/declaration.js';
import { ENERGY_UNITS } from '../metering/energy-text.js';
import { generateHouseholds } from '../metering/household-generator.js';
import type { ReadingTable } from '../metering/reading.js';
import { readReadingsFile } from '../metering/reading-file.js';
import { selectReadings } from '../metering/select-readings.js';
import { identifier, MAX_PORT, path } from './configuration.js';

const crc = z.enum(['arc', 'x25']).optional();
const flow = z.enum(['import', 'export']).optional();
const intervalMinutes = z.int().positive().optional();

const storedReadings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('generated'),
    seed: z.string(),
    meters: z.int().positive(),
    slots: z.int().positive(),
    slotMinutes: z.literal([15, 30, 60]),
  }),
  z.strictObject({
    kind: z.literal('file'),
    file: path,
    meters: z.int().positive().optional(),
    slots: z.int().positive().optional(),
    format: z.enum(FILE_FORMATS).optional(),
    layout: z.enum(['wide', 'long']).optional(),
    zone: z.string().optional(),
    unit: z.enum(ENERGY_UNITS).optional(),
    intervalMinutes,
    stamp: z.enum(['start', 'end']).optional(),
    firstStamp: z.string().optional(),
    rounding: z.enum(['refuse', 'nearest']).optional(),
    values: z.enum(['energy', 'register']).optional(),
    registerDigits: z.int().positive().optional(),
    flow,
    bad: z.enum(['refuse', 'drop']).optional(),
    gaps: z.enum(['missing', 'spread']).optional(),
    maxPowerKw: z.number().positive().optional(),
    crc,
  }),
]);

/** A port that sends telegrams over TCP, as readers on a P1 port do; slots are those of the grid. */
const liveReadings = z.strictObject({
  kind: z.literal('p1'),
  host: z.string().min(1),
  port: z.int().min(1).max(MAX_PORT),
  /** Equipment id in the telegrams → id of the meter in the grid; the same without an entry. */
  meterIds: z.record(z.string(), identifier).default({}),
  zone: z.string().optional(),
  flow,
  crc,
  maxPowerKw: z.number().positive().optional(),
});

export const readingSource = z.discriminatedUnion('kind', [...storedReadings.options, liveReadings]);

export type StoredReadings = z.infer<typeof storedReadings>;
export type LiveReadings = z.infer<typeof liveReadings>;
export type ReadingSource = z.infer<typeof readingSource>;

/** @throws ClientError READINGS_* */
export async function loadSource(
  source: StoredReadings,
): Promise<{ readonly table: ReadingTable; readonly notes: readonly string[] }> {
  if (source.kind === 'generated') return { table: generateHouseholds(source), notes: [] };
  const { meters, slots } = source;
  const { table, summary } = await readReadingsFile(source.file, declarationOf(source));
  const chosen = selectReadings(table, {
    ...(meters === undefined ? {} : { meters }),
    ...(slots === undefined ? {} : { slots }),
  });
  return { table: chosen, notes: summary.notes };
}
