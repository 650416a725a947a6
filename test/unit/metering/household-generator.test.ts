import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { generateHouseholds } from '@gridveil/client/metering/household-generator.js';
import type { ReadingTable } from '@gridveil/client/metering/reading.js';
import { slotStartIso } from '@gridveil/client/metering/slot.js';

function digestOf(table: ReadingTable): string {
  const text = table.slots.flatMap((slot) =>
    table.readingsOf(slot).map(({ meterId, energyWh }) => `${slot} ${meterId} ${energyWh}\n`),
  );
  return createHash('sha256').update(text.join('')).digest('hex');
}

const energyOf = (table: ReadingTable, meterId: string): number[] =>
  table.slots.map((slot) => table.energyWh(meterId, slot) ?? NaN);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('household generator', function () {
  this.timeout(20_000);

  it('rejects no meters, no slots and other slot lengths', () => {
    const good = { seed: 's', meters: 1, slots: 1, slotMinutes: 15 } as const;
    for (const bad of [{ meters: 0 }, { slots: 0 }, { meters: 1.5 }, { slotMinutes: 10 as 15 }])
      assert.throws(() => generateHouseholds({ ...good, ...bad }), RangeError);
  });

  it('gives these very readings for this seed, on every platform', () => {
    const table = generateHouseholds({ seed: 'gridveil', meters: 20, slots: 200, slotMinutes: 15 });
    assert.equal(digestOf(table), 'a714940b2445aa9109570d05f3e0fd8cae9cb00376b27d4b2dc1786ba1e22084');
  });

  it('starts on Monday 2024-01-01 and leaves nothing out', () => {
    const table = generateHouseholds({ seed: 's', meters: 3, slots: 5, slotMinutes: 30 });
    assert.equal(slotStartIso(table.slots[0] ?? 0, 1800), '2024-01-01T00:00:00Z');
    assert.deepEqual(table.meterIds, ['m0001', 'm0002', 'm0003']);
    assert.equal(table.readingCount, 15);
  });

  it('gives other readings for another seed', () => {
    const [a, b] = ['a', 'b'].map((seed) =>
      digestOf(generateHouseholds({ seed, meters: 2, slots: 96, slotMinutes: 15 })),
    );
    assert.notEqual(a, b);
  });

  it('keeps readings when more meters and slots are asked for', () => {
    const small = generateHouseholds({ seed: 's', meters: 3, slots: 30, slotMinutes: 15 });
    const large = generateHouseholds({ seed: 's', meters: 9, slots: 300, slotMinutes: 15 });
    for (const meterId of small.meterIds)
      assert.deepEqual(energyOf(small, meterId), energyOf(large, meterId).slice(0, 30));
  });

  it('sums quarters to half hours and hours', () => {
    const quarters = generateHouseholds({ seed: 's', meters: 4, slots: 192, slotMinutes: 15 });
    for (const slotMinutes of [30, 60] as const) {
      const parts = slotMinutes / 15;
      const table = generateHouseholds({ seed: 's', meters: 4, slots: 192 / parts, slotMinutes });
      for (const meterId of table.meterIds) {
        const fine = energyOf(quarters, meterId);
        assert.deepEqual(
          energyOf(table, meterId),
          Array.from({ length: 192 / parts }, (_, i) => sum(fine.slice(i * parts, (i + 1) * parts))),
        );
      }
    }
  });

  it('looks like homes: yearly use, evening above night, weekends differ, no absurd peak', () => {
    const meters = 200;
    const table = generateHouseholds({ seed: 's', meters, slots: 24 * 28, slotMinutes: 60 });
    const yearlyKwh = table.meterIds.map((meterId) => (sum(energyOf(table, meterId)) / 1000) * (365 / 28));
    const mean = sum(yearlyKwh) / meters;
    assert.ok(mean > 2500 && mean < 5500, `mean ${mean} kWh a year`);
    assert.ok(Math.min(...yearlyKwh) > 800 && Math.max(...yearlyKwh) < 20_000);
    const byHour = (hour: number, days: (day: number) => boolean): number =>
      sum(
        table.slots
          .filter((_, i) => i % 24 === hour && days(Math.floor(i / 24) % 7))
          .flatMap((slot) => table.readingsOf(slot).map(({ energyWh }) => energyWh)),
      );
    const weekday = (day: number) => day < 5;
    assert.ok(byHour(19, weekday) > 3 * byHour(3, weekday));
    assert.ok(byHour(11, (day) => day >= 5) / 2 > (1.3 * byHour(11, weekday)) / 5);
    assert.ok(
      table.meterIds.every((meterId) => energyOf(table, meterId).every((wh) => wh > 0 && wh < 12_000)),
    );
  });
});
