/**
 * What became of a file: how it was understood, what it holds, how good that is, and what was left out.
 */
import type { CsvLayout, FileFormat, Flow, StampMark, ValueKind } from './declaration.js';
import type { EnergyUnit } from './energy-text.js';
import type { ReadingTable } from './reading.js';
import type { DropReason, Quality, ReadingIssues } from './reading-quality.js';
import { slotStartIso } from './slot.js';

/** How a file was understood. */
export interface ReadingFormat {
  readonly kind: FileFormat;
  /** Of a CSV file. */
  readonly layout?: CsvLayout;
  /** Name of the zone, or `in the times`. */
  readonly zone: string;
  readonly unit: EnergyUnit;
  readonly intervalMinutes: number;
  readonly stamp: StampMark;
  readonly values: ValueKind;
  readonly flow: Flow;
  /** The known header that supplied what was not declared. */
  readonly profile?: string;
}

export interface ReadingSummary {
  readonly format: ReadingFormat;
  /** Rows, intervals or telegrams. */
  readonly rows: number;
  readonly meters: number;
  /** Slots with at least one reading. */
  readonly slots: number;
  readonly readings: number;
  /** Meter slots from the first to the last slot without a reading. */
  readonly missing: number;
  /** Start of the first slot and of the last, UTC; undefined without any. */
  readonly firstSlotStart?: string;
  readonly lastSlotStart?: string;
  /** How many readings have which quality; only those that occur. */
  readonly quality: Partial<Record<Quality, number>>;
  /** What was left out, by reason; only those that occur. */
  readonly dropped: Partial<Record<DropReason, number>>;
  /** One sentence for people for everything that was not taken exactly as it stood. */
  readonly notes: readonly string[];
}

/** What a counter showed last. */
export interface RegisterState {
  readonly meterId: string;
  /** UTC. */
  readonly time: string;
  readonly registerWh: number;
}

export interface Readings {
  readonly table: ReadingTable;
  readonly summary: ReadingSummary;
  /** Of P1 telegrams. Readings of their owner: not for logs. */
  readonly registers?: readonly RegisterState[];
}

/** @param notes - what to say beside what `issues` and the slots say */
export function summarise(
  table: ReadingTable,
  format: ReadingFormat,
  counted: { readonly rows: number; readonly issues: ReadingIssues; readonly offsetSeconds: number },
  notes: readonly string[],
): ReadingSummary {
  const { slotSeconds, slots, meterIds, readingCount } = table;
  const [first, last] = [slots[0], slots.at(-1)];
  const span = first === undefined || last === undefined ? 0 : last - first + 1;
  const empty = span - slots.length;
  return {
    format,
    rows: counted.rows,
    meters: meterIds.length,
    slots: slots.length,
    readings: readingCount,
    missing: meterIds.length * span - readingCount,
    ...(first === undefined ? {} : { firstSlotStart: slotStartIso(first, slotSeconds) }),
    ...(last === undefined ? {} : { lastSlotStart: slotStartIso(last, slotSeconds) }),
    quality: table.qualityCounts(),
    dropped: counted.issues.counts,
    notes: [
      ...notes,
      ...(empty > 0 ? [`${empty} slots between the first and the last have no reading at all.`] : []),
      ...(counted.offsetSeconds > 0 ? [offsetNote(slotSeconds, counted.offsetSeconds)] : []),
    ],
  };
}

function offsetNote(slotSeconds: number, offsetSeconds: number): string {
  return slotSeconds === 86_400
    ? 'Days are those of the file: each stands in the UTC day that its noon lies in.'
    : `Every interval starts ${offsetSeconds} s after the start of its slot: the zone is not in step with UTC.`;
}
