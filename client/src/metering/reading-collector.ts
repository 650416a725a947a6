/**
 * Takes the cells of a CSV file, whatever its layout: times to intervals, text to energy, registers to the energy between two values.
 */
import { ClientError } from '../errors.js';
import type { CsvFormat } from './csv-format.js';
import type { ReadingsDeclaration } from './declaration.js';
import { parseEnergyWh } from './energy-text.js';
import type { ReadingTable } from './reading.js';
import { ReadingIntake, type IntakeLimits } from './reading-intake.js';
import type { ReadingIssues, Quality } from './reading-quality.js';
import { RegisterSeries } from './register-series.js';
import { StampReader } from './stamp.js';

export interface CollectorCounts {
  rows: number;
  /** Rows whose local time exists twice: placed by their order. */
  ambiguousRows: number;
  roundedValues: number;
}

export class ReadingCollector {
  readonly counts: CollectorCounts = { rows: 0, ambiguousRows: 0, roundedValues: 0 };
  readonly #format: CsvFormat;
  readonly #intake: ReadingIntake;
  readonly #stamps: StampReader;
  readonly #registers = new Map<number, RegisterSeries>();

  /** @throws ClientError READINGS_BAD_OPTION */
  constructor(format: CsvFormat, declared: ReadingsDeclaration = {}, limits?: IntakeLimits) {
    this.#format = format;
    this.#intake = new ReadingIntake(format.slotSeconds, declared, limits);
    this.#stamps = new StampReader(format.zone);
  }

  get issues(): ReadingIssues {
    return this.#intake.issues;
  }

  get offsetSeconds(): number {
    return this.#intake.offsetSeconds;
  }

  /** @throws ClientError READINGS_BAD_METER_ID, READINGS_TOO_MANY. The caller keeps ids unique. */
  addMeter(meterId: string, line: number, column: number): number {
    return this.#intake.addMeter(meterId, line, column);
  }

  /**
   * The start of the interval a row speaks of, UTC seconds; the time itself in a file of registers.
   * @param after - start of the row before it (of the same meter): decides between two instants with the same local time.
   * @returns undefined for a row to leave out.
   * @throws ClientError READINGS_BAD_STAMP, READINGS_NO_ZONE, READINGS_IRREGULAR_INTERVAL.
   */
  startOf(stamp: string, line: number, after: number | undefined): number | undefined {
    this.counts.rows++;
    const { slotSeconds } = this.#format;
    const shift = this.#format.stamp === 'end' ? slotSeconds : 0;
    const starts = this.#instants(stamp, line).map((instant) => instant - shift);
    const [first, second] = starts;
    if (first === undefined) {
      this.issues.drop('nonexistent-time', `line ${line}`);
      return undefined;
    }
    if (second !== undefined) this.counts.ambiguousRows++;
    const start = second !== undefined && after !== undefined && first <= after ? second : first;
    if (start < 0) throw new ClientError('READINGS_BAD_STAMP', { line });
    return this.#intake.isInStep(start, line) ? start : undefined;
  }

  /**
   * Takes one cell; an empty one is a missing reading.
   * @throws ClientError READINGS_DUPLICATE_STAMP, READINGS_TOO_MANY and those of parseEnergyWh.
   */
  add(
    meter: number,
    startSeconds: number,
    text: string,
    line: number,
    column: string,
    quality?: Quality,
  ): void {
    if (text === '') return;
    const isRegister = this.#format.values === 'register';
    const limitWh = isRegister ? Number.MAX_SAFE_INTEGER : this.#intake.limitWh;
    const parsed = this.#intake.attempt(
      () => parseEnergyWh(text, this.#format, limitWh, { line, column }),
      line,
    );
    if (parsed === undefined) return;
    if (parsed.rounded) this.counts.roundedValues++;
    if (isRegister) this.#registerOf(meter).take(startSeconds - this.offsetSeconds, parsed.energyWh, line);
    else this.#intake.keep(meter, startSeconds, parsed.energyWh, { line, column }, quality);
  }

  /** The registers of one meter; their energies begin at multiples of a slot, the offset is put back. */
  #registerOf(meter: number): RegisterSeries {
    const known = this.#registers.get(meter);
    if (known !== undefined) return known;
    const { slotSeconds, registerSpanWh, spreadsGaps } = this.#format;
    const intake = this.#intake;
    const series = new RegisterSeries(
      { slotSeconds, registerSpanWh, spreadsGaps, toleranceSeconds: 0, limitWh: intake.limitWh },
      {
        interval: ({ startSeconds, energyWh, quality }, line) =>
          intake.keep(
            meter,
            startSeconds + this.offsetSeconds,
            energyWh,
            { line, column: 'register' },
            quality,
          ),
        drop: (reason, line) => intake.issues.drop(reason, `line ${line}`),
      },
    );
    this.#registers.set(meter, series);
    return series;
  }

  build(): ReadingTable {
    return this.#intake.build();
  }

  #instants(stamp: string, line: number): readonly number[] {
    const { firstStampSeconds, slotSeconds, stampKind } = this.#format;
    if (stampKind === 'text') return this.#stamps.instants(stamp, line);
    if (!/^\d{1,11}$/.test(stamp)) throw new ClientError('READINGS_BAD_STAMP', { line });
    if (stampKind === 'epoch') return [Number(stamp)];
    return [(firstStampSeconds ?? 0) + Number(stamp) * slotSeconds];
  }
}
