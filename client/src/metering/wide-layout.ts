/**
 * CSV wide: one row per interval, times in the first column, one column per meter.
 */
import { ClientError } from '../errors.js';
import type { CsvProfile } from './csv-profiles.js';
import type { CsvRecord } from './csv-records.js';
import type { ReadingCollector } from './reading-collector.js';

/** Takes the rows of one file. */
export interface RowReader {
  /** @throws ClientError as ReadingCollector. */
  row(record: CsvRecord): void;
}

export class WideLayout implements RowReader {
  readonly #header: readonly string[];
  readonly #collector: ReadingCollector;
  /** Column of the file → meter. */
  readonly #meters: ReadonlyMap<number, number>;
  #before: number | undefined;

  /** @throws ClientError READINGS_MISSING_COLUMN, READINGS_DUPLICATE_COLUMN, READINGS_BAD_METER_ID. */
  constructor(header: CsvRecord, collector: ReadingCollector, profile: CsvProfile | undefined) {
    this.#header = header.fields;
    this.#collector = collector;
    if (header.fields.length < 2)
      throw new ClientError('READINGS_MISSING_COLUMN', {
        role: 'a meter',
        expected: 'one per meter, after a comma',
      });
    const seen = new Set<string>();
    const meters = new Map<number, number>();
    for (const [column, name] of header.fields.entries()) {
      if (column === 0 || profile?.otherColumn?.test(name)) continue;
      if (seen.has(name)) throw new ClientError('READINGS_DUPLICATE_COLUMN', { column: name });
      seen.add(name);
      meters.set(column, collector.addMeter(name, header.line, column + 1));
    }
    this.#meters = meters;
  }

  row({ fields, line }: CsvRecord): void {
    const start = this.#collector.startOf(fields[0] ?? '', line, this.#before);
    if (start === undefined) return;
    this.#before = start;
    for (const [column, meter] of this.#meters)
      this.#collector.add(meter, start, fields[column] ?? '', line, this.#header[column] ?? '');
  }
}
