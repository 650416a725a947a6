/**
 * Readings in memory: whole watt-hours per meter and slot. A missing reading is absent, never zero.
 */
import { QUALITIES, qualityCode, type Quality } from './reading-quality.js';
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

/** slot → column → code of a quality; valid readings have no mark. */
type QualityMarks = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** Readings of a list of meters over a list of slots; immutable. */
export class ReadingTable {
  /** In the order of the source. */
  readonly meterIds: readonly string[];
  /** Ascending; only slots with at least one reading. */
  readonly slots: readonly number[];
  readonly readingCount: number;
  readonly #rows: ReadonlyMap<number, Int32Array>;
  readonly #marks: QualityMarks;
  readonly #columnOf: ReadonlyMap<string, number>;

  /** Rows are indexed as `meterIds`; made by ReadingTableBuilder. */
  constructor(
    readonly slotSeconds: number,
    meterIds: readonly string[],
    rows: ReadonlyMap<number, Int32Array>,
    marks: QualityMarks = new Map(),
  ) {
    assertSlotSeconds(slotSeconds);
    this.meterIds = [...meterIds];
    this.slots = [...rows.keys()].sort((a, b) => a - b);
    this.#rows = rows;
    this.#marks = marks;
    this.#columnOf = new Map(meterIds.map((id, column) => [id, column]));
    this.readingCount = this.slots.reduce((sum, slot) => sum + this.readingsOf(slot).length, 0);
  }

  /** @returns undefined when the meter, the slot or the reading is not there. */
  energyWh(meterId: string, slot: number): number | undefined {
    const column = this.#columnOf.get(meterId);
    const value = column === undefined ? undefined : this.#rows.get(slot)?.[column];
    return value === ABSENT ? undefined : value;
  }

  /** @returns undefined where there is no reading. */
  quality(meterId: string, slot: number): Quality | undefined {
    if (this.energyWh(meterId, slot) === undefined) return undefined;
    return QUALITIES[this.#marks.get(slot)?.get(this.#columnOf.get(meterId) ?? ABSENT) ?? 0];
  }

  /** How many readings of each quality there are; only those that occur. */
  qualityCounts(): Partial<Record<Quality, number>> {
    const counts = QUALITIES.map(() => 0);
    for (const marks of this.#marks.values())
      for (const code of marks.values()) counts[code] = (counts[code] ?? 0) + 1;
    counts[0] = this.readingCount - counts.reduce((sum, count) => sum + count, 0);
    const named = QUALITIES.map((quality, code) => [quality, counts[code] ?? 0] as const);
    return Object.fromEntries(named.filter(([, count]) => count > 0));
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
  readonly #marks = new Map<number, Map<number, number>>();
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
  add(column: number, slot: number, energyWh: number, quality: Quality = 'valid'): boolean {
    if (!(column >= 0 && column < this.#meterIds.length))
      throw new RangeError('"column" expected an added meter');
    if (!Number.isInteger(energyWh) || energyWh < 0 || energyWh > MAX_ENERGY_WH)
      throw new RangeError(`"energyWh" expected an integer in [0, ${MAX_ENERGY_WH}]`);
    const row = this.#rowOf(slot);
    if (row[column] !== ABSENT) return false;
    row[column] = energyWh;
    if (quality !== 'valid') this.#mark(column, slot, quality);
    return true;
  }

  #mark(column: number, slot: number, quality: Quality): void {
    const marks = this.#marks.get(slot) ?? new Map<number, number>();
    this.#marks.set(slot, marks);
    marks.set(column, qualityCode(quality));
  }

  /** Undefined where nothing was added. */
  energyAt(column: number, slot: number): number | undefined {
    const value = this.#rows.get(slot)?.[column] ?? ABSENT;
    return value === ABSENT ? undefined : value;
  }

  /** Takes a reading back; its slot stays, empty or not, until the table is built. */
  remove(column: number, slot: number): void {
    const row = this.#rows.get(slot);
    if (row !== undefined) row[column] = ABSENT;
    this.#marks.get(slot)?.delete(column);
  }

  build(): ReadingTable {
    for (const [slot, row] of this.#rows) if (row.every((value) => value === ABSENT)) this.#rows.delete(slot);
    return new ReadingTable(this.slotSeconds, this.#meterIds, this.#rows, this.#marks);
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
