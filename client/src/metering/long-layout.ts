/**
 * CSV long: one row per meter and interval. Meters may stand one after the other or mixed; the rows of one meter tell the
 * two hours apart that clocks show twice in autumn.
 */
import { ClientError } from '../errors.js';
import { longColumns, type LongColumns } from './csv-format.js';
import type { CsvRecord } from './csv-records.js';
import type { ReadingCollector } from './reading-collector.js';
import type { Quality } from './reading-quality.js';
import type { RowReader } from './wide-layout.js';

/** What a column quality may say, in any case; nothing is valid. */
const QUALITY_WORDS = new Map<string, Quality | 'missing'>([
  ['', 'valid'],
  ['valid', 'valid'],
  ['actual', 'valid'],
  ['edited', 'edited'],
  ['manual', 'edited'],
  ['repaired', 'repaired'],
  ['estimated', 'estimated'],
  ['questionable', 'questionable'],
  ['missing', 'missing'],
]);

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
    const { meter: meterColumn, stamp, value, quality: qualityColumn } = this.#columns;
    const meter = this.#meterOf(fields[meterColumn] ?? '', line);
    const start = this.#collector.startOf(fields[stamp] ?? '', line, meter.before);
    if (start === undefined) return;
    meter.before = start;
    const quality = qualityOf(qualityColumn === undefined ? '' : (fields[qualityColumn] ?? ''), line);
    if (quality === 'missing') this.#collector.issues.drop('marked-missing', `line ${line}`);
    else this.#collector.add(meter.index, start, fields[value] ?? '', line, this.#valueName, quality);
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

/** @throws ClientError READINGS_BAD_QUALITY */
function qualityOf(word: string, line: number): Quality | 'missing' {
  const quality = QUALITY_WORDS.get(word.toLowerCase());
  if (quality !== undefined) return quality;
  const allowed = [...QUALITY_WORDS.keys()].filter(Boolean).join(', ');
  throw new ClientError('READINGS_BAD_QUALITY', { line, allowed });
}
