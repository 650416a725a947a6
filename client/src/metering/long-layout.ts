/**
 * CSV long: one row per meter and interval. Meters may stand one after the other or mixed; the rows of one meter tell the
 * two hours apart that clocks show twice in autumn.
 */
import { longColumns, type LongColumns } from './csv-format.js';
import type { CsvRecord } from './csv-records.js';
import type { ReadingCollector } from './reading-collector.js';
import type { RowReader } from './wide-layout.js';

export class LongLayout implements RowReader {
  readonly #columns: LongColumns;
  readonly #valueName: string;
  readonly #collector: ReadingCollector;
  readonly #meters = new Map<string, { readonly index: number; before: number | undefined }>();

  /** @throws ClientError READINGS_UNKNOWN_COLUMN, READINGS_MISSING_COLUMN. */
  constructor(header: CsvRecord, collector: ReadingCollector) {
    this.#columns = longColumns(header.fields);
    this.#valueName = header.fields[this.#columns.value] ?? '';
    this.#collector = collector;
  }

  row({ fields, line }: CsvRecord): void {
    const { meter: meterColumn, stamp, value } = this.#columns;
    const meter = this.#meterOf(fields[meterColumn] ?? '', line);
    const start = this.#collector.startOf(fields[stamp] ?? '', line, meter.before);
    if (start === undefined) return;
    meter.before = start;
    this.#collector.add(meter.index, start, fields[value] ?? '', line, this.#valueName);
  }

  #meterOf(meterId: string, line: number): { readonly index: number; before: number | undefined } {
    const known = this.#meters.get(meterId);
    if (known !== undefined) return known;
    const index = this.#collector.addMeter(meterId, line, this.#columns.meter + 1);
    const meter = { index, before: undefined };
    this.#meters.set(meterId, meter);
    return meter;
  }
}
