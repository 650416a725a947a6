/**
 * CSV wide: one row per interval, times in the first column, one column per meter.
 */
import { ClientError } from '../errors.js';
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
  #before: number | undefined;

  /** @throws ClientError READINGS_MISSING_COLUMN, READINGS_DUPLICATE_COLUMN, READINGS_BAD_METER_ID. */
  constructor(header: CsvRecord, collector: ReadingCollector) {
    this.#header = header.fields;
    this.#collector = collector;
    const meterIds = header.fields.slice(1);
    if (meterIds.length === 0)
      throw new ClientError('READINGS_MISSING_COLUMN', {
        role: 'a meter',
        expected: 'one per meter, after a comma',
      });
    const seen = new Set<string>();
    for (const [position, meterId] of meterIds.entries()) {
      if (seen.has(meterId)) throw new ClientError('READINGS_DUPLICATE_COLUMN', { column: meterId });
      seen.add(meterId);
      collector.addMeter(meterId, header.line, position + 2);
    }
  }

  row({ fields, line }: CsvRecord): void {
    const start = this.#collector.startOf(fields[0] ?? '', line, this.#before);
    if (start === undefined) return;
    this.#before = start;
    for (let column = 1; column < fields.length; column++)
      this.#collector.add(column - 1, start, fields[column] ?? '', line, this.#header[column] ?? '');
  }
}
