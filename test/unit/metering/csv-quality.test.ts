/** Files as they really come: what is dropped, repaired and estimated, and what is said of it. */
import assert from 'node:assert/strict';
import { readCsv } from '@gridveil/client/metering/csv-readings.js';
import type { ReadingsDeclaration } from '@gridveil/client/metering/declaration.js';
import type { Readings } from '@gridveil/client/metering/reading-summary.js';
import { selectReadings } from '@gridveil/client/metering/select-readings.js';
import { listed, marked } from '../../helpers/listed-readings.js';

const HOURLY: ReadingsDeclaration = { zone: 'UTC', unit: 'Wh', intervalMinutes: 60, stamp: 'start' };
const DROP: ReadingsDeclaration = { ...HOURLY, bad: 'drop' };
const REGISTER: ReadingsDeclaration = { zone: 'UTC', unit: 'kWh', intervalMinutes: 60, values: 'register' };

const read = (lines: readonly string[], declared: ReadingsDeclaration): Promise<Readings> =>
  readCsv([lines.join('\n')], declared);
/** One meter, from midnight, an hour each. */
const hours = (...cells: readonly string[]): string[] => [
  'time,m1',
  ...cells.map((cell, i) => `2024-01-01T${String(i).padStart(2, '0')}:00,${cell}`),
];

describe('dirty CSV readings', () => {
  it('are refused unless dropping was declared', async () => {
    await assert.rejects(read(hours('1', '-2'), HOURLY), { code: 'READINGS_NEGATIVE' });
    await assert.rejects(read(hours('1'), { ...HOURLY, bad: 'ignore' as 'drop' }), {
      code: 'READINGS_BAD_OPTION',
    });
    await assert.rejects(read(hours('2000'), { ...HOURLY, maxPowerKw: 1 }), {
      code: 'READINGS_VALUE_TOO_LARGE',
      facts: { line: 2, column: 'm1', limitWh: 1000 },
    });
    for (const maxPowerKw of [0, -1, NaN, 1e9])
      await assert.rejects(read(hours('1'), { ...HOURLY, maxPowerKw }), { code: 'READINGS_BAD_OPTION' });
  });

  it('are dropped by reason, each counted, the first place named', async () => {
    const { table, summary } = await read(hours('1', '-2', 'n/a', '99999999999', '1001', '', '7', '-3'), {
      ...DROP,
      maxPowerKw: 1,
    });
    assert.deepEqual(marked(table), ['00:00 1 valid', '06:00 7 valid']);
    assert.deepEqual(summary.dropped, { negative: 2, 'not-a-number': 1, absurd: 2 });
    assert.deepEqual(summary.notes.slice(0, 3), [
      '2 readings were dropped, they are negative, the first in line 3.',
      '1 values were dropped, they are no numbers, the first in line 4.',
      '2 readings were dropped, they are larger than can be, the first in line 5.',
    ]);
    assert.doesNotMatch(JSON.stringify(summary), /99999|1001/, 'no reading is repeated');
  });

  it('stand once when they stand twice, and not at all when they contradict each other', async () => {
    const { table, summary } = await read(
      [
        'meter,start,wh',
        'a,2024-01-01T00:00,1',
        'a,2024-01-01T00:00,1',
        'a,2024-01-01T01:00,5',
        'a,2024-01-01T01:00,6',
        'a,2024-01-01T01:00,5',
        'b,2024-01-01T01:00,9',
        'a,2024-01-01T02:00,3',
      ],
      DROP,
    );
    assert.deepEqual(
      listed(table).map(([, meterId, wh]) => `${meterId} ${wh}`),
      ['a 1', 'b 9', 'a 3'],
    );
    assert.deepEqual(summary.dropped, { duplicate: 1, conflict: 1 });
  });

  it('leave no slot behind that holds nothing', async () => {
    const lines = ['time,m1', '2024-01-01T00:00,1', '2024-01-01T01:00,2', '2024-01-01T01:00,3'];
    const { table, summary } = await read(lines, DROP);
    assert.deepEqual([table.slots.length, summary.slots, summary.missing], [1, 1, 0]);
  });

  it('out of step are dropped', async () => {
    const lines = ['time,m1', '2024-01-01T00:00,1', '2024-01-01T00:07,2', '2024-01-01T01:00,3'];
    const { table, summary } = await read(lines, DROP);
    assert.deepEqual([marked(table).length, summary.dropped], [2, { irregular: 1 }]);
  });

  it('keep the quality the file states, also in a selection', async () => {
    const { table, summary } = await read(
      [
        'meter,start,wh,quality',
        'a,2024-01-01T00:00,1,',
        'a,2024-01-01T01:00,2,Estimated',
        'a,2024-01-01T02:00,3,manual',
        'a,2024-01-01T03:00,4,missing',
        'a,2024-01-01T04:00,5,questionable',
      ],
      HOURLY,
    );
    const expected = ['00:00 1 valid', '01:00 2 estimated', '02:00 3 edited', '04:00 5 questionable'];
    assert.deepEqual(marked(table), expected);
    assert.deepEqual(marked(selectReadings(table, { slots: 2 })), expected.slice(0, 2));
    assert.deepEqual(summary.quality, { valid: 1, edited: 1, estimated: 1, questionable: 1 });
    assert.deepEqual(summary.dropped, { 'marked-missing': 1 });
    assert.equal(table.quality('a', 0), undefined);
    await assert.rejects(read(['meter,start,wh,quality', 'a,2024-01-01T00:00,1,good'], HOURLY), {
      code: 'READINGS_BAD_QUALITY',
    });
  });

  describe('as mean powers', () => {
    it('become energy exactly, or rounded where declared', async () => {
      const quarter = { zone: 'UTC', intervalMinutes: 15, stamp: 'start' } as const;
      const lines = ['time,m1', '2024-01-01T00:00,2.5', '2024-01-01T00:15,0.004'];
      const { table } = await read(lines, { ...quarter, unit: 'kW' });
      assert.deepEqual(marked(table), ['00:00 625 valid', '00:15 1 valid']);
      await assert.rejects(read(['time,m1', '2024-01-01T00:00,2'], { ...quarter, unit: 'W' }), {
        code: 'READINGS_TOO_MANY_DECIMALS',
      });
      const rounded = await read(['time,m1', '2024-01-01T00:00,2', '2024-01-01T00:15,1.9'], {
        ...quarter,
        unit: 'W',
        rounding: 'nearest',
      });
      assert.deepEqual(marked(rounded.table), ['00:00 1 valid', '00:15 0 valid']);
    });

    it('of a million digits are refused without any arithmetic on them', async () => {
      for (const cell of ['9'.repeat(1_000_000), `0.${'9'.repeat(1_000_000)}`])
        await assert.rejects(
          read(['time,m1', `2024-01-01T00:00,${cell}`], HOURLY),
          /READINGS_(VALUE_TOO_LARGE|TOO_MANY_DECIMALS)/,
        );
    });
  });

  describe('as registers', () => {
    it('become the energy between two values, whatever the stamp is called', async () => {
      const { table, summary } = await read(
        ['end,m1', ...hours('10.5', '10.75', '11', '13').slice(1)],
        REGISTER,
      );
      assert.deepEqual(marked(table), ['00:00 250 valid', '01:00 250 valid', '02:00 2000 valid']);
      assert.equal(summary.format.values, 'register');
    });

    it('keep gaps and resets apart from energy', async () => {
      const { table, summary } = await read(hours('10', '11', '', '12', '13', '2', '3'), REGISTER);
      assert.deepEqual(marked(table), ['00:00 1000 valid', '03:00 1000 valid', '05:00 1000 valid']);
      assert.deepEqual(summary.dropped, { 'counter-reset': 1 });
      assert.equal(summary.missing, 3);
    });

    it('spread a gap and count over an overflow where that is declared', async () => {
      const declared = { ...REGISTER, gaps: 'spread', registerDigits: 3 } as const;
      const { table } = await read(hours('998', '', '', '999.5', '0.5', '1'), declared);
      assert.deepEqual(marked(table), [
        '00:00 500 estimated',
        '01:00 500 estimated',
        '02:00 500 estimated',
        '03:00 1000 repaired',
        '04:00 500 valid',
      ]);
    });

    it('of a zone out of step with UTC keep their own hours', async () => {
      const { table, summary } = await read(hours('1', '2', '4'), { ...REGISTER, zone: 'Asia/Kolkata' });
      assert.deepEqual(
        listed(table).map(([start, , wh]) => [start, wh]),
        [
          ['2023-12-31T18:00:00Z', 1000],
          ['2023-12-31T19:00:00Z', 2000],
        ],
      );
      assert.match(summary.notes.join(), /starts 1800 s after/);
    });

    it('over the two hours of autumn and the missing one of spring', async () => {
      const amsterdam = { ...REGISTER, zone: 'Europe/Amsterdam' };
      const autumn = ['01:00,1', '02:00,2', '02:00,3', '03:00,4'].map((row) => `2024-10-27T${row}`);
      assert.deepEqual(
        listed((await read(['time,m1', ...autumn], amsterdam)).table).map(([start, , wh]) => [
          start.slice(11, 16),
          wh,
        ]),
        [
          ['23:00', 1000],
          ['00:00', 1000],
          ['01:00', 1000],
        ],
      );
      const spring = ['01:00,1', '03:00,2', '04:00,3'].map((row) => `2024-03-31T${row}`);
      assert.deepEqual(
        listed((await read(['time,m1', ...spring], amsterdam)).table).map(([start, , wh]) => [
          start.slice(11, 16),
          wh,
        ]),
        [
          ['00:00', 1000],
          ['01:00', 1000],
        ],
      );
    });

    it('are refused as powers, and with digits that are none', async () => {
      await assert.rejects(read(hours('1'), { ...REGISTER, unit: 'kW' }), { code: 'READINGS_BAD_OPTION' });
      for (const registerDigits of [0, 1.5, 13])
        await assert.rejects(read(hours('1'), { ...REGISTER, registerDigits }), {
          code: 'READINGS_BAD_OPTION',
        });
    });
  });

  describe('by the day', () => {
    const daily = { zone: 'Europe/London', unit: 'Wh', intervalMinutes: 1440, stamp: 'start' } as const;
    it('have a slot for each local day, of 23, 24 or 25 hours', async () => {
      for (const [zone, dates] of [
        ['Europe/London', ['2024-03-30', '2024-03-31', '2024-04-01', '2024-04-02']],
        ['Europe/Amsterdam', ['2024-10-26', '2024-10-27', '2024-10-28']],
        ['America/New_York', ['2024-11-02', '2024-11-03', '2024-11-04']],
      ] as const) {
        const { table } = await read(['time,m1', ...dates.map((date, i) => `${date},${i}`)], {
          ...daily,
          zone,
        });
        assert.deepEqual(
          listed(table).map(([start]) => start.slice(0, 10)),
          dates,
          zone,
        );
      }
    });
  });

  it('takes epoch seconds for what they are', async () => {
    const { table } = await read(['meter,start_epoch_utc,wh', 'a,1704067200,5', 'a,1704070800,6'], {
      intervalMinutes: 60,
    });
    assert.deepEqual(marked(table), ['00:00 5 valid', '01:00 6 valid']);
    await assert.rejects(read(['meter,start_epoch_utc,wh', 'a,17040672000000,5'], { intervalMinutes: 60 }), {
      code: 'READINGS_BAD_STAMP',
    });
  });
});
