/**
 * Readings from CSV: a table of whole watt-hours per UTC slot, and a summary of how the file was understood and what was dropped, placed by
 * order or rounded. Nothing is guessed: what the header does not say must be declared (csv-format.ts).
 */
import { Readable } from 'node:stream';
import { ClientError } from '../errors.js';
import { resolveFormat, type CsvFormat } from './csv-format.js';
import { csvRecords } from './csv-records.js';
import type { ReadingsDeclaration } from './declaration.js';
import { LongLayout } from './long-layout.js';
import { ReadingCollector } from './reading-collector.js';
import { summarise, type Readings } from './reading-summary.js';
import { WideLayout, type RowReader } from './wide-layout.js';

/** Bytes or text of a file, in parts. */
export type ReadingsSource = Readable | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** @throws ClientError READINGS_*: the first thing that is wrong, nothing is returned then; errors of the source as they are. */
export async function readCsv(source: ReadingsSource, declared: ReadingsDeclaration = {}): Promise<Readings> {
  let rows: RowReader | undefined;
  let format: CsvFormat | undefined;
  let collector: ReadingCollector | undefined;
  for await (const record of csvRecords(source instanceof Readable ? source : Readable.from(source))) {
    if (rows === undefined) {
      format = resolveFormat(record.fields, declared);
      collector = new ReadingCollector(format, declared);
      rows =
        format.layout === 'wide'
          ? new WideLayout(record, collector, format.profile)
          : new LongLayout(record, collector);
    } else {
      rows.row(record);
    }
  }
  const table = collector?.build();
  if (format === undefined || collector === undefined || table === undefined || table.readingCount === 0)
    throw new ClientError('READINGS_EMPTY');
  const { rows: rowCount } = collector.counts;
  const { issues, offsetSeconds } = collector;
  const summary = summarise(
    table,
    formatOf(format, declared),
    { rows: rowCount, issues, offsetSeconds },
    notesOf(format, collector),
  );
  return { table, summary };
}

function formatOf(format: CsvFormat, declared: ReadingsDeclaration): Readings['summary']['format'] {
  const { layout, zone, unit, slotSeconds, stamp, values, profile } = format;
  return {
    kind: 'csv',
    layout,
    zone: zone?.name ?? 'in the times',
    unit,
    intervalMinutes: slotSeconds / 60,
    stamp,
    values,
    flow: declared.flow ?? 'import',
    ...(profile === undefined ? {} : { profile: profile.name }),
  };
}

function notesOf(format: CsvFormat, { counts, issues }: ReadingCollector): string[] {
  const { ambiguousRows, roundedValues } = counts;
  const zone = format.zone?.name ?? '';
  const notes: readonly (string | false)[] = [
    format.profile?.note ?? false,
    ...issues.notes({ 'nonexistent-time': `clocks in ${zone} never showed their times` }),
    ambiguousRows > 0 &&
      `${ambiguousRows} rows have times that clocks in ${zone} showed twice: the first of a kind is taken as the earlier one.`,
    roundedValues > 0 && `${roundedValues} values were rounded to whole Wh, as declared.`,
  ];
  return notes.filter((note) => note !== false);
}
