import assert from 'node:assert/strict';
import { ReadingTableBuilder } from '@gridveil/client/metering/reading.js';
import { assignRegions } from '@gridveil/client/metering/region-assignment.js';
import { selectReadings } from '@gridveil/client/metering/select-readings.js';

/** Meters a, b, c in slots 10 to 13; b misses slot 11, c has only slot 12. */
function sample() {
  const builder = new ReadingTableBuilder(900);
  for (const meterId of ['a', 'b', 'c']) builder.addMeter(meterId);
  for (const [column, slot] of [
    [0, 13],
    [0, 12],
    [0, 11],
    [0, 10],
    [1, 10],
    [1, 12],
    [1, 13],
    [2, 12],
  ] as const)
    builder.add(column, slot, slot * 10 + column);
  return builder.build();
}

describe('reading table', () => {
  it('rejects energy and columns out of range', () => {
    const builder = new ReadingTableBuilder(900);
    builder.addMeter('a');
    for (const energyWh of [-1, 0.5, 2 ** 31, NaN])
      assert.throws(() => builder.add(0, 1, energyWh), /"energyWh"/);
    for (const column of [-1, 1, NaN]) assert.throws(() => builder.add(column, 1, 1), /"column"/);
  });

  it('keeps the first of two readings', () => {
    const builder = new ReadingTableBuilder(900);
    builder.addMeter('a');
    assert.equal(builder.add(0, 1, 0), true);
    assert.equal(builder.add(0, 1, 7), false);
    assert.equal(builder.build().energyWh('a', 1), 0);
  });

  it('knows nothing of other meters and slots', () => {
    const table = sample();
    assert.deepEqual(table.slots, [10, 11, 12, 13]);
    assert.equal(table.energyWh('z', 10), undefined);
    assert.equal(table.energyWh('a', 9), undefined);
    assert.deepEqual(table.readingsOf(9), []);
    assert.deepEqual(table.readingsOf(11), [{ meterId: 'a', slot: 11, energyWh: 110 }]);
    assert.equal(table.readingCount, 8);
  });
});

describe('selection of readings', () => {
  it('rejects more than there is', () => {
    assert.throws(() => selectReadings(sample(), { meters: 4 }), { code: 'READINGS_TOO_FEW_METERS' });
    assert.throws(() => selectReadings(sample(), { slots: 5 }), { code: 'READINGS_TOO_FEW_SLOTS' });
    assert.throws(() => selectReadings(sample(), { meters: 2, slots: 4, completeOnly: true }), {
      code: 'READINGS_TOO_FEW_SLOTS',
      facts: { available: 3, wanted: 4 },
    });
    assert.throws(() => selectReadings(sample(), { meters: 0 }), RangeError);
  });

  it('rejects meters that never report together', () => {
    const builder = new ReadingTableBuilder(900);
    for (const [slot, meterId] of ['a', 'b'].entries()) builder.add(builder.addMeter(meterId), slot, 1);
    assert.throws(() => selectReadings(builder.build(), { completeOnly: true }), {
      code: 'READINGS_NO_COMPLETE_SLOT',
    });
  });

  it('takes the first meters and slots', () => {
    const part = selectReadings(sample(), { meters: 2, slots: 2 });
    assert.deepEqual([part.meterIds, part.slots, part.readingCount], [['a', 'b'], [10, 11], 3]);
    assert.equal(part.energyWh('b', 10), 101);
  });

  it('takes only complete slots on request', () => {
    assert.deepEqual(selectReadings(sample(), { meters: 2, completeOnly: true }).slots, [10, 12, 13]);
    assert.deepEqual(selectReadings(sample(), { completeOnly: true }).slots, [12]);
  });
});

describe('region assignment', () => {
  const meterIds = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

  it('rejects empty regions', () => {
    assert.throws(() => assignRegions(meterIds, 8), { code: 'REGIONS_TOO_MANY' });
    assert.throws(() => assignRegions(meterIds, 0), RangeError);
  });

  it('deals meters out', () => {
    assert.deepEqual(assignRegions(meterIds, 3), {
      regions: [
        ['a', 'd', 'g'],
        ['b', 'e'],
        ['c', 'f'],
      ],
      smallestGroup: 2,
    });
  });

  it('cuts runs', () => {
    assert.deepEqual(assignRegions(meterIds, 3, 'contiguous'), {
      regions: [
        ['a', 'b', 'c'],
        ['d', 'e'],
        ['f', 'g'],
      ],
      smallestGroup: 2,
    });
  });
});
