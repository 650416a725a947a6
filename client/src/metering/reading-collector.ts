/**
 * Takes the cells of a file, whatever its layout, into a reading table, and counts everything that was not taken as it stood.
 */
import { ClientError } from '../errors.js';
import type { CsvFormat } from './csv-format.js';
import { parseEnergyWh } from './energy-text.js';
import { ReadingTableBuilder, type ReadingTable } from './reading.js';
import { slotAt } from './slot.js';
import { StampReader } from './stamp.js';

export interface CollectorLimits {
  readonly meters: number;
  /** Meter slots, 4 bytes each. */
  readonly cells: number;
}

/** 200 MB of readings: 1,400 meters for a year of quarter hours. */
const LIMITS: CollectorLimits = { meters: 1_000_000, cells: 50_000_000 };
const MAX_METER_ID_BYTES = 64;

export interface CollectorCounts {
  rows: number;
  /** Rows whose local time does not exist: dropped. */
  nonexistentRows: number;
  /** Line of the first of them; 0 without any. */
  firstNonexistentLine: number;
  /** Rows whose local time exists twice: placed by their order. */
  ambiguousRows: number;
  roundedValues: number;
}

export class ReadingCollector {
  readonly counts: CollectorCounts = {
    rows: 0,
    nonexistentRows: 0,
    firstNonexistentLine: 0,
    ambiguousRows: 0,
    roundedValues: 0,
  };
  readonly #format: CsvFormat;
  readonly #limits: CollectorLimits;
  readonly #stamps: StampReader;
  readonly #builder: ReadingTableBuilder;
  readonly #meterIds: string[] = [];
  #offsetSeconds: number | undefined;

  constructor(format: CsvFormat, limits: CollectorLimits = LIMITS) {
    this.#format = format;
    this.#limits = limits;
    this.#stamps = new StampReader(format.zone);
    this.#builder = new ReadingTableBuilder(format.slotSeconds);
  }

  /** How much later than its slot every interval starts, in seconds; 0 for the usual zones. */
  get offsetSeconds(): number {
    return this.#offsetSeconds ?? 0;
  }

  /** @throws ClientError READINGS_BAD_METER_ID, READINGS_TOO_MANY. The caller keeps ids unique. */
  addMeter(meterId: string, line: number, column: number): number {
    if (!isMeterId(meterId)) throw new ClientError('READINGS_BAD_METER_ID', { line, column });
    if (this.#meterIds.length === this.#limits.meters)
      throw new ClientError('READINGS_TOO_MANY', { limit: this.#limits.meters, what: 'meters' });
    this.#meterIds.push(meterId);
    return this.#builder.addMeter(meterId);
  }

  /**
   * The start of the interval a row speaks of, UTC seconds.
   * @param after - start of the row before it (of the same meter): decides between two instants with the same local time.
   * @returns undefined for a row to leave out, because clocks never showed its time.
   * @throws ClientError READINGS_BAD_STAMP, READINGS_NO_ZONE, READINGS_IRREGULAR_INTERVAL.
   */
  startOf(stamp: string, line: number, after: number | undefined): number | undefined {
    this.counts.rows++;
    const { slotSeconds } = this.#format;
    const shift = this.#format.stamp === 'end' ? slotSeconds : 0;
    const starts = this.#instants(stamp, line).map((instant) => instant - shift);
    const [first, second] = starts;
    if (first === undefined) {
      this.counts.nonexistentRows++;
      this.counts.firstNonexistentLine ||= line;
      return undefined;
    }
    if (second !== undefined) this.counts.ambiguousRows++;
    const start = second !== undefined && after !== undefined && first <= after ? second : first;
    if (start < 0) throw new ClientError('READINGS_BAD_STAMP', { line });
    this.#offsetSeconds ??= start % slotSeconds;
    if (start % slotSeconds !== this.#offsetSeconds)
      throw new ClientError('READINGS_IRREGULAR_INTERVAL', { line, intervalMinutes: slotSeconds / 60 });
    return start;
  }

  /**
   * Takes one cell; an empty one is a missing reading.
   * @throws ClientError READINGS_DUPLICATE_STAMP, READINGS_TOO_MANY and those of parseEnergyWh.
   */
  add(meter: number, startSeconds: number, text: string, line: number, column: string): void {
    if (text === '') return;
    const { unit, rounding, slotSeconds } = this.#format;
    const { energyWh, rounded } = parseEnergyWh(text, unit, rounding, { line, column });
    if (!this.#builder.add(meter, slotAt(startSeconds, slotSeconds), energyWh))
      throw new ClientError('READINGS_DUPLICATE_STAMP', { line, meterId: this.#meterIds[meter] ?? '' });
    if (rounded) this.counts.roundedValues++;
    if (this.#builder.cells > this.#limits.cells)
      throw new ClientError('READINGS_TOO_MANY', { limit: this.#limits.cells, what: 'meter slots' });
  }

  build(): ReadingTable {
    return this.#builder.build();
  }

  #instants(stamp: string, line: number): readonly number[] {
    const { firstStampSeconds, slotSeconds } = this.#format;
    if (firstStampSeconds === undefined) return this.#stamps.instants(stamp, line);
    if (!/^\d{1,9}$/.test(stamp)) throw new ClientError('READINGS_BAD_STAMP', { line });
    return [firstStampSeconds + Number(stamp) * slotSeconds];
  }
}

function isMeterId(id: string): boolean {
  const sizeBytes = Buffer.byteLength(id);
  return (
    sizeBytes >= 1 &&
    sizeBytes <= MAX_METER_ID_BYTES &&
    id === id.normalize('NFC') &&
    !/[\p{Cc}\uFFFD]/u.test(id)
  );
}
