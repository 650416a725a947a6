/**
 * Readings in memory: whole watt-hours per meter and slot. A missing reading is absent, never zero.
 */
import { assertSlotSeconds } from './slot.js';

/** Energy that one meter imported during one slot; integer Wh in [0, MAX_ENERGY_WH]. */
export interface MeterReading {
  readonly meterId: string;
  readonly slot: number;
  readonly energyWh: number;
}

/** 2.1 GWh in one slot: far above any metered connection, so that a larger value is a wrong unit. */
export const MAX_ENERGY_WH = 0x7fffffff;

const ABSENT = -1;

/** Readings of a list of meters over a list of slots; immutable. */
export class ReadingTable {
  /** In the order of the source. */
  readonly meterIds: readonly string[];
  /** Ascending; only slots with at least one reading. */
  readonly slots: readonly number[];
  readonly readingCount: number;
  readonly #rows: ReadonlyMap<number, Int32Array>;
  readonly #columnOf: ReadonlyMap<string, number>;

  /** Rows are indexed as `meterIds`; made by ReadingTableBuilder. */
  constructor(
    readonly slotSeconds: number,
    meterIds: readonly string[],
    rows: ReadonlyMap<number, Int32Array>,
  ) {
    assertSlotSeconds(slotSeconds);
    this.meterIds = [...meterIds];
    this.slots = [...rows.keys()].sort((a, b) => a - b);
    this.#rows = rows;
    this.#columnOf = new Map(meterIds.map((id, column) => [id, column]));
    this.readingCount = this.slots.reduce((sum, slot) => sum + this.readingsOf(slot).length, 0);
  }

  /** @returns undefined when the meter, the slot or the reading is not there. */
  energyWh(meterId: string, slot: number): number | undefined {
    const column = this.#columnOf.get(meterId);
    const value = column === undefined ? undefined : this.#rows.get(slot)?.[column];
    return value === ABSENT ? undefined : value;
  }

  /** The readings of one slot in meter order; meters without one are left out. */
  readingsOf(slot: number): MeterReading[] {
    const row = this.#rows.get(slot);
    if (row === undefined) return [];
    const readings: MeterReading[] = [];
    for (const [column, meterId] of this.meterIds.entries()) {
      const energyWh = row[column] ?? ABSENT;
      if (energyWh !== ABSENT) readings.push({ meterId, slot, energyWh });
    }
    return readings;
  }
}

/** Collects readings in any order; meters are numbered in the order they are added. */
export class ReadingTableBuilder {
  readonly #meterIds: string[] = [];
  readonly #rows = new Map<number, Int32Array>();
  #capacity = 16;

  constructor(readonly slotSeconds: number) {
    assertSlotSeconds(slotSeconds);
  }

  /** Meter slots that memory is held for (4 bytes each). */
  get cells(): number {
    return this.#rows.size * this.#capacity;
  }

  /** @returns the column of the new meter. The caller keeps ids unique. */
  addMeter(meterId: string): number {
    this.#meterIds.push(meterId);
    while (this.#capacity < this.#meterIds.length) this.#capacity *= 2;
    return this.#meterIds.length - 1;
  }

  /**
   * @returns false, changing nothing, when the meter already has a reading for the slot.
   * @throws RangeError for an unknown column or energy outside [0, MAX_ENERGY_WH].
   */
  add(column: number, slot: number, energyWh: number): boolean {
    if (!(column >= 0 && column < this.#meterIds.length))
      throw new RangeError('"column" expected an added meter');
    if (!Number.isInteger(energyWh) || energyWh < 0 || energyWh > MAX_ENERGY_WH)
      throw new RangeError(`"energyWh" expected an integer in [0, ${MAX_ENERGY_WH}]`);
    const row = this.#rowOf(slot);
    if (row[column] !== ABSENT) return false;
    row[column] = energyWh;
    return true;
  }

  build(): ReadingTable {
    return new ReadingTable(this.slotSeconds, this.#meterIds, this.#rows);
  }

  #rowOf(slot: number): Int32Array {
    const row = this.#rows.get(slot);
    if (row !== undefined && row.length >= this.#meterIds.length) return row;
    const grown = new Int32Array(this.#capacity).fill(ABSENT);
    if (row !== undefined) grown.set(row);
    this.#rows.set(slot, grown);
    return grown;
  }
}
