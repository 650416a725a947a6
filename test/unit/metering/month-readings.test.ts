import assert from 'node:assert/strict';
import { generateHouseholds } from '@gridveil/client/metering/household-generator.js';
import { readingsOfMonth } from '@gridveil/client/metering/month-readings.js';
import { ReadingTableBuilder, type ReadingTable } from '@gridveil/client/metering/reading.js';
import { clientRefused } from '../../helpers/refused.js';

const HOUR = 3600;
const at = (iso: string): number => Date.parse(`${iso}Z`) / 1000;

/** Every meter uses as many Wh as the hour since the first has. */
function hours(firstIso: string, count: number, gaps: readonly number[] = []): ReadingTable {
  const builder = new ReadingTableBuilder(HOUR);
  const first = at(firstIso) / HOUR;
  builder.addMeter('a');
  for (let i = 0; i < count; i++) if (!gaps.includes(i)) builder.add(0, first + i, i);
  return builder.build();
}

const choice = { month: undefined, zone: 'UTC', slots: undefined };

describe('readings of a month', () => {
  it('takes the first month that the data covers whole', () => {
    const { period, table, notes } = readingsOfMonth(hours('2024-01-31T22:00', 24 * 40), choice);
    assert.deepEqual([period.label, table.slots.length, notes], ['2024-02', 29 * 24, []]);
    assert.equal(table.slots[0], at('2024-02-01T00:00') / HOUR);
    assert.equal(table.energyWh('a', table.slots[0] ?? 0), 2);
  });

  it('takes the month that is asked for, in its zone', () => {
    const { period, table } = readingsOfMonth(hours('2024-01-01T00:00', 24 * 100), {
      ...choice,
      month: '2024-03',
      zone: 'Europe/Berlin',
    });
    assert.equal(period.startSeconds, at('2024-02-29T23:00'));
    assert.equal(table.slots.length, 31 * 24 - 1, 'clocks went forward');
  });

  it('sums whole slots, and a slot with a gap is missing', () => {
    const { table } = readingsOfMonth(hours('2024-02-01T00:00', 29 * 24, [5]), { ...choice, slots: 29 * 6 });
    assert.equal(table.slotSeconds, 4 * HOUR);
    const first = at('2024-02-01T00:00') / (4 * HOUR);
    assert.equal(table.energyWh('a', first), 0 + 1 + 2 + 3);
    assert.equal(table.energyWh('a', first + 1), undefined);
    assert.equal(table.energyWh('a', first + 2), 8 + 9 + 10 + 11);
    assert.equal(table.readingCount, 29 * 6 - 1);
  });

  it('plays whole weeks again to fill a month, on the same days of the week, and says so', () => {
    const source = generateHouseholds({ seed: '1', meters: 2, slots: 24 * 15, slotMinutes: 60 });
    const { table, notes, period } = readingsOfMonth(source, choice);
    assert.equal(period.label, '2024-01');
    assert.match(notes.join(), /14 days of whole weeks: they are played again to fill 2024-01/);
    assert.equal(table.readingCount, 2 * 31 * 24);
    const first = table.slots[0] ?? 0;
    assert.equal(table.energyWh('m0002', first + 14 * 24 + 7), source.energyWh('m0002', first + 7));
  });

  it('refuses data of less than a week, and slots that do not fit', () => {
    assert.throws(
      () => readingsOfMonth(hours('2024-02-01T00:00', 24 * 6), choice),
      clientRefused('READINGS_NO_MONTH', { month: '2024-02' }),
    );
    const february = hours('2024-02-01T00:00', 29 * 24);
    for (const slots of [700, 29 * 24 * 2, 29 * 5, 58 * 24, 1])
      assert.throws(
        () => readingsOfMonth(february, { ...choice, slots }),
        clientRefused('MONTH_SLOTS', { most: 29 * 24, slots }),
        String(slots),
      );
  });
});
