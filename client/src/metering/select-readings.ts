/**
 * A part of a reading table: the first meters and the first slots, as the demo and the replaying fleet need them.
 */
import { ClientError } from '../errors.js';
import { ReadingTableBuilder, type ReadingTable } from './reading.js';

export interface ReadingSelection {
  /** The first so many meters; all without it. */
  readonly meters?: number;
  /** The first so many slots; all without it. */
  readonly slots?: number;
  /** Count only slots in which every chosen meter has a reading. */
  readonly completeOnly?: boolean;
}

/**
 * @throws ClientError READINGS_TOO_FEW_METERS, READINGS_TOO_FEW_SLOTS, READINGS_NO_COMPLETE_SLOT; RangeError for a count below 1.
 */
export function selectReadings(table: ReadingTable, selection: ReadingSelection): ReadingTable {
  const meterCount = checkCount(selection.meters ?? table.meterIds.length, 'meters');
  if (meterCount > table.meterIds.length)
    throw new ClientError('READINGS_TOO_FEW_METERS', {
      available: table.meterIds.length,
      wanted: meterCount,
    });
  const meterIds = table.meterIds.slice(0, meterCount);
  const usable = table.slots.filter((slot) =>
    hasReadings(table, meterIds, slot, selection.completeOnly ?? false),
  );
  if (usable.length === 0 && selection.completeOnly === true)
    throw new ClientError('READINGS_NO_COMPLETE_SLOT', { meters: meterCount });
  const slotCount = checkCount(selection.slots ?? usable.length, 'slots');
  if (slotCount > usable.length)
    throw new ClientError('READINGS_TOO_FEW_SLOTS', { available: usable.length, wanted: slotCount });
  return copyOf(table, meterIds, usable.slice(0, slotCount));
}

function copyOf(table: ReadingTable, meterIds: readonly string[], slots: readonly number[]): ReadingTable {
  const builder = new ReadingTableBuilder(table.slotSeconds);
  for (const meterId of meterIds) builder.addMeter(meterId);
  for (const slot of slots) {
    for (const [column, meterId] of meterIds.entries()) {
      const energyWh = table.energyWh(meterId, slot);
      if (energyWh !== undefined) builder.add(column, slot, energyWh, table.quality(meterId, slot));
    }
  }
  return builder.build();
}

function hasReadings(table: ReadingTable, meterIds: readonly string[], slot: number, all: boolean): boolean {
  const present = (meterId: string): boolean => table.energyWh(meterId, slot) !== undefined;
  return all ? meterIds.every(present) : meterIds.some(present);
}

function checkCount(count: number, label: string): number {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`"${label}" expected an integer of at least 1`);
  return count;
}
