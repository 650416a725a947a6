/**
 * Takes readings of a file, whatever its format, into a table by one set of rules, and counts everything that was not taken as it stood.
 */
import type { Facts } from '@gridveil/chaincode/errors.js';
import { ClientError, type ClientErrorCode } from '../errors.js';
import { oneOf, type ReadingsDeclaration } from './declaration.js';
import type { CellPlace } from './energy-text.js';
import { MAX_ENERGY_WH, ReadingTableBuilder, type ReadingTable } from './reading.js';
import { ReadingIssues, type DropReason, type Quality } from './reading-quality.js';
import { slotOfInterval } from './slot.js';

export interface IntakeLimits {
  readonly meters: number;
  /** Meter slots, 4 bytes each. */
  readonly cells: number;
}

/** 200 MB of readings: 1,400 meters for a year of quarter hours. */
const LIMITS: IntakeLimits = { meters: 1_000_000, cells: 50_000_000 };
const MAX_METER_ID_BYTES = 64;
const MAX_POWER_KW = 1_000_000;
const DAY_SECONDS = 86_400;

/** Mistakes of single readings, which may be dropped when that is declared. */
const DROPPABLE: Partial<Record<ClientErrorCode, DropReason>> = {
  READINGS_BAD_NUMBER: 'not-a-number',
  READINGS_NEGATIVE: 'negative',
  READINGS_VALUE_TOO_LARGE: 'absurd',
  READINGS_IRREGULAR_INTERVAL: 'irregular',
};

export class ReadingIntake {
  readonly issues = new ReadingIssues();
  /** Largest energy of one interval. */
  readonly limitWh: number;
  readonly #drops: boolean;
  readonly #builder: ReadingTableBuilder;
  readonly #limits: IntakeLimits;
  readonly #meterIds: string[] = [];
  /** `meter/slot` of readings that were contradicted. */
  readonly #contradicted = new Set<string>();
  #offsetSeconds: number | undefined;

  /** @throws ClientError READINGS_BAD_OPTION */
  constructor(
    readonly slotSeconds: number,
    { bad, maxPowerKw }: Pick<ReadingsDeclaration, 'bad' | 'maxPowerKw'>,
    limits: IntakeLimits = LIMITS,
  ) {
    this.#drops = oneOf('bad', bad, ['refuse', 'drop']) === 'drop';
    this.limitWh = Math.min(MAX_ENERGY_WH, energyOf(maxPowerKw, slotSeconds));
    this.#limits = limits;
    this.#builder = new ReadingTableBuilder(slotSeconds);
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

  /** Whether an interval that starts then is in step with the first one; days move with the clocks. @throws ClientError READINGS_IRREGULAR_INTERVAL */
  isInStep(startSeconds: number, line: number): boolean {
    const { slotSeconds } = this;
    this.#offsetSeconds ??= startSeconds % slotSeconds;
    const inStep = startSeconds % slotSeconds === this.#offsetSeconds || slotSeconds === DAY_SECONDS;
    if (!inStep) this.refuse('READINGS_IRREGULAR_INTERVAL', { line, intervalMinutes: slotSeconds / 60 });
    return inStep;
  }

  /** Takes one reading. @throws ClientError READINGS_NEGATIVE, READINGS_VALUE_TOO_LARGE, READINGS_DUPLICATE_STAMP, READINGS_TOO_MANY */
  keep(
    meter: number,
    startSeconds: number,
    energyWh: number,
    place: CellPlace,
    quality: Quality = 'valid',
  ): void {
    if (energyWh < 0) return this.refuse('READINGS_NEGATIVE', { ...place });
    if (energyWh > this.limitWh)
      return this.refuse('READINGS_VALUE_TOO_LARGE', { ...place, limitWh: this.limitWh });
    const slot = slotOfInterval(startSeconds, this.slotSeconds);
    if (this.#contradicted.size > 0 && this.#contradicted.has(`${meter}/${slot}`)) return;
    if (!this.#builder.add(meter, slot, energyWh, quality)) this.#again(meter, slot, energyWh, place);
    if (this.#builder.cells > this.#limits.cells)
      throw new ClientError('READINGS_TOO_MANY', { limit: this.#limits.cells, what: 'meter slots' });
  }

  #again(meter: number, slot: number, energyWh: number, { line }: CellPlace): void {
    if (!this.#drops)
      throw new ClientError('READINGS_DUPLICATE_STAMP', { line, meterId: this.#meterIds[meter] ?? '' });
    const same = this.#builder.energyAt(meter, slot) === energyWh;
    this.issues.drop(same ? 'duplicate' : 'conflict', `line ${line}`);
    if (same) return;
    this.#builder.remove(meter, slot);
    this.#contradicted.add(`${meter}/${slot}`);
  }

  /** Runs what may find a single reading at fault. @returns undefined for one that was dropped. @throws ClientError when it may not be. */
  attempt<T>(read: () => T, line: number): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.refuse(error.code, error.facts, line);
      return undefined;
    }
  }

  /** Drops and counts one reading where that is declared. @throws ClientError `code` where it is not. */
  refuse(code: ClientErrorCode, facts: Facts, line = Number(facts['line'])): void {
    const reason = DROPPABLE[code];
    if (!this.#drops || reason === undefined) throw new ClientError(code, facts);
    this.issues.drop(reason, `line ${line}`);
  }

  build(): ReadingTable {
    return this.#builder.build();
  }
}

/** @throws ClientError READINGS_BAD_OPTION */
function energyOf(powerKw: number | undefined, slotSeconds: number): number {
  if (powerKw === undefined) return Infinity;
  if (!(powerKw > 0 && powerKw <= MAX_POWER_KW))
    throw new ClientError('READINGS_BAD_OPTION', { option: 'maxPowerKw', allowed: 'a power in kW above 0' });
  return Math.floor((powerKw * 1000 * slotSeconds) / 3600);
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
