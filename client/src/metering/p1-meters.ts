/**
 * P1 telegrams of any number of meters to the energy of their intervals: one register series for each, borders taken from the telegram next to them.
 * Used for recordings and for live ports alike.
 */
import { ClientError } from '../errors.js';
import type { Flow, ReadingsDeclaration } from './declaration.js';
import { oneOf } from './declaration.js';
import { P1Framer } from './p1-frames.js';
import { readTelegram, type P1Rules, type P1Telegram } from './p1-telegram.js';
import type { DropReason } from './reading-quality.js';
import { RegisterSeries, type IntervalEnergy } from './register-series.js';
import { parseZone } from './stamp.js';

/** Of a slot: a border stands for a telegram up to 30 s off in slots of 15 minutes. */
const TOLERANCE_SHARE = 1 / 30;
const MAX_METERS = 10_000;

export interface P1Output {
  /** `telegram` counts from 1. */
  interval(meterId: string, interval: IntervalEnergy, telegram: number): void;
  drop(reason: DropReason, telegram: number): void;
}

export interface P1MetersOptions {
  readonly slotSeconds: number;
  readonly limitWh: number;
  readonly declared: ReadingsDeclaration;
}

export class P1Meters {
  telegrams = 0;
  /** Telegrams that say the other direction counts, too. */
  hasOtherFlow = false;
  readonly #options: P1MetersOptions;
  readonly #output: P1Output;
  readonly #rules: P1Rules;
  readonly #flow: Flow;
  readonly #spreadsGaps: boolean;
  readonly #framer = new P1Framer();
  readonly #series = new Map<string, RegisterSeries>();

  /** @throws ClientError READINGS_BAD_OPTION, READINGS_ZONE_UNKNOWN */
  constructor(options: P1MetersOptions, output: P1Output) {
    const { crc, zone, flow, gaps } = options.declared;
    this.#options = options;
    this.#output = output;
    this.#rules = {
      crc: oneOf('crc', crc, ['arc', 'x25']) ?? 'arc',
      zone: zone === undefined ? undefined : parseZone(zone),
    };
    this.#flow = oneOf('flow', flow, ['import', 'export']) ?? 'import';
    this.#spreadsGaps = oneOf('gaps', gaps, ['missing', 'spread']) === 'spread';
  }

  get meterIds(): string[] {
    return [...this.#series.keys()];
  }

  /** What the meter's counter showed last. */
  lastOf(meterId: string): RegisterSeries['last'] {
    return this.#series.get(meterId)?.last;
  }

  /** @throws ClientError READINGS_ENCRYPTED, READINGS_TOO_MANY */
  push(chunk: Uint8Array): void {
    this.#takeAll(this.#framer.push(chunk));
  }

  end(): void {
    this.#takeAll(this.#framer.end());
  }

  #takeAll(frames: readonly string[]): void {
    for (const frame of frames) {
      this.telegrams += 1;
      const telegram = readTelegram(frame, this.#rules);
      if (typeof telegram === 'string') this.#output.drop(telegram, this.telegrams);
      else this.#take(telegram);
    }
    for (; this.#framer.broken > 0; this.#framer.broken--)
      this.#output.drop('bad-telegram', this.telegrams + 1);
  }

  #take({ meterId, utcSeconds, importWh, exportWh }: P1Telegram): void {
    const [registerWh, otherWh] = this.#flow === 'import' ? [importWh, exportWh] : [exportWh, importWh];
    if (registerWh === undefined) return this.#output.drop('bad-telegram', this.telegrams);
    this.hasOtherFlow ||= (otherWh ?? 0) > 0;
    this.#seriesOf(meterId).take(utcSeconds, registerWh, this.telegrams);
  }

  #seriesOf(meterId: string): RegisterSeries {
    const known = this.#series.get(meterId);
    if (known !== undefined) return known;
    if (this.#series.size === MAX_METERS)
      throw new ClientError('READINGS_TOO_MANY', { limit: MAX_METERS, what: 'meters' });
    const { slotSeconds, limitWh } = this.#options;
    const output = this.#output;
    const series = new RegisterSeries(
      {
        slotSeconds,
        toleranceSeconds: slotSeconds * TOLERANCE_SHARE,
        spreadsGaps: this.#spreadsGaps,
        // Registers of P1 have nine digits at most, seven in practice: a fall is a reset, whatever it looks like.
        registerSpanWh: Infinity,
        limitWh,
      },
      {
        interval: (interval, telegram) => output.interval(meterId, interval, telegram),
        drop: (reason, telegram) => output.drop(reason, telegram),
      },
    );
    this.#series.set(meterId, series);
    return series;
  }
}
