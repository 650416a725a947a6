/**
 * Readings from a CSV file: a table of whole watt-hours per UTC slot, and a summary of how the file was understood and what
 * was dropped, placed by order or rounded. Nothing is guessed: what the header does not say must be declared (csv-format.ts).
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ClientError } from '../errors.js';
import {
  resolveFormat,
  type CsvDeclaration,
  type CsvFormat,
  type CsvLayout,
  type StampMark,
} from './csv-format.js';
import { csvRecords } from './csv-records.js';
import type { EnergyUnit } from './energy-text.js';
import { LongLayout } from './long-layout.js';
import type { ReadingTable } from './reading.js';
import { ReadingCollector } from './reading-collector.js';
import { slotStartIso } from './slot.js';
import { WideLayout, type RowReader } from './wide-layout.js';

export interface ReadingSummary {
  /** How the file was understood. */
  readonly format: {
    readonly layout: CsvLayout;
    /** Name of the zone, or `in the times`. */
    readonly zone: string;
    readonly unit: EnergyUnit;
    readonly intervalMinutes: number;
    readonly stamp: StampMark;
    /** The known header that supplied what was not declared. */
    readonly profile?: string;
  };
  readonly rows: number;
  readonly meters: number;
  /** Slots with at least one reading. */
  readonly slots: number;
  readonly readings: number;
  /** Meter slots from the first to the last slot without a reading. */
  readonly missing: number;
  /** Start of the first slot and of the last, UTC. */
  readonly firstSlotStart: string;
  readonly lastSlotStart: string;
  /** One sentence for people for everything that was not taken exactly as it stood. */
  readonly notes: readonly string[];
}

export interface Readings {
  readonly table: ReadingTable;
  readonly summary: ReadingSummary;
}

const MAX_FILE_BYTES = 2 ** 30;

/** Reads one file. @throws ClientError READINGS_*: the first thing that is wrong; nothing is returned then. */
export async function readReadingsFile(file: string, declared: CsvDeclaration = {}): Promise<Readings> {
  const info = await stat(file).catch((error: unknown) => {
    throw fileError(file, error);
  });
  if (!info.isFile())
    throw new ClientError('READINGS_FILE_UNREADABLE', { file, reason: 'not a regular file' });
  if (info.size > MAX_FILE_BYTES)
    throw new ClientError('READINGS_FILE_TOO_LARGE', { file, limitBytes: MAX_FILE_BYTES });
  try {
    return await readReadings(createReadStream(file), declared);
  } catch (error) {
    throw error instanceof ClientError ? error : fileError(file, error);
  }
}

/** Reads CSV text or bytes. @throws as readReadingsFile; errors of the source as they are. */
export async function readReadings(
  source: Readable | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  declared: CsvDeclaration = {},
): Promise<Readings> {
  let rows: RowReader | undefined;
  let format: CsvFormat | undefined;
  let collector: ReadingCollector | undefined;
  for await (const record of csvRecords(source instanceof Readable ? source : Readable.from(source))) {
    if (rows === undefined) {
      format = resolveFormat(record.fields, declared);
      collector = new ReadingCollector(format);
      rows = format.layout === 'wide' ? new WideLayout(record, collector) : new LongLayout(record, collector);
    } else {
      rows.row(record);
    }
  }
  const table = collector?.build();
  if (format === undefined || collector === undefined || table === undefined || table.readingCount === 0)
    throw new ClientError('READINGS_EMPTY');
  return { table, summary: summarise(table, format, collector) };
}

function fileError(file: string, error: unknown): unknown {
  const reason = (error as NodeJS.ErrnoException).code;
  if (reason === undefined) return error;
  return reason === 'ENOENT'
    ? new ClientError('READINGS_FILE_MISSING', { file }, { cause: error })
    : new ClientError('READINGS_FILE_UNREADABLE', { file, reason }, { cause: error });
}

function summarise(table: ReadingTable, format: CsvFormat, collector: ReadingCollector): ReadingSummary {
  const { slotSeconds, slots, meterIds, readingCount } = table;
  const first = slots[0] ?? 0;
  const last = slots.at(-1) ?? 0;
  const span = last - first + 1;
  return {
    format: {
      layout: format.layout,
      zone: format.zone?.name ?? 'in the times',
      unit: format.unit,
      intervalMinutes: slotSeconds / 60,
      stamp: format.stamp,
      ...(format.profile === undefined ? {} : { profile: format.profile.name }),
    },
    rows: collector.counts.rows,
    meters: meterIds.length,
    slots: slots.length,
    readings: readingCount,
    missing: meterIds.length * span - readingCount,
    firstSlotStart: slotStartIso(first, slotSeconds),
    lastSlotStart: slotStartIso(last, slotSeconds),
    notes: notesOf(format, collector, span - slots.length),
  };
}

function notesOf(format: CsvFormat, collector: ReadingCollector, emptySlots: number): string[] {
  const { nonexistentRows, firstNonexistentLine, ambiguousRows, roundedValues } = collector.counts;
  const zone = format.zone?.name ?? '';
  const notes: readonly (string | false)[] = [
    format.profile?.note ?? false,
    nonexistentRows > 0 &&
      `${nonexistentRows} rows were dropped, the first in line ${firstNonexistentLine}: clocks in ${zone} never showed their times.`,
    ambiguousRows > 0 &&
      `${ambiguousRows} rows have times that clocks in ${zone} showed twice: the first of a kind is taken as the earlier one.`,
    roundedValues > 0 && `${roundedValues} values were rounded to whole Wh, as declared.`,
    emptySlots > 0 && `${emptySlots} slots between the first and the last have no reading at all.`,
    collector.offsetSeconds > 0 &&
      `Every interval starts ${collector.offsetSeconds} s after the start of its slot: the zone is not in step with UTC.`,
  ];
  return notes.filter((note) => note !== false);
}
