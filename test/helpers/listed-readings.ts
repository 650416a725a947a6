/** Everything in a table of readings, as tests write it down. */
import type { ReadingTable } from '@gridveil/client/metering/reading.js';
import { slotStartIso } from '@gridveil/client/metering/slot.js';

/** `[slot start, meter, Wh]`. */
export function listed(table: ReadingTable): [string, string, number][] {
  return table.slots.flatMap((slot) =>
    table
      .readingsOf(slot)
      .map(({ meterId, energyWh }): [string, string, number] => [
        slotStartIso(slot, table.slotSeconds),
        meterId,
        energyWh,
      ]),
  );
}

/** `hh:mm Wh quality` of the only meter. */
export function marked(table: ReadingTable): string[] {
  const [meterId = ''] = table.meterIds;
  return table.slots.map((slot) => {
    const time = slotStartIso(slot, table.slotSeconds).slice(11, 16);
    return `${time} ${table.energyWh(meterId, slot)} ${table.quality(meterId, slot)}`;
  });
}
