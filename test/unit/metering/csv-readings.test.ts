import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ClientError, type ClientErrorCode } from '@gridveil/client/errors.js';
import { resolveFormat } from '@gridveil/client/metering/csv-format.js';
import { readCsv } from '@gridveil/client/metering/csv-readings.js';
import type { ReadingsDeclaration } from '@gridveil/client/metering/declaration.js';
import { readReadingsFile } from '@gridveil/client/metering/reading-file.js';
import type { Readings } from '@gridveil/client/metering/reading-summary.js';
import { ReadingCollector } from '@gridveil/client/metering/reading-collector.js';
import { listed } from '../../helpers/listed-readings.js';

const HOURLY: ReadingsDeclaration = { zone: 'UTC', unit: 'Wh', intervalMinutes: 60, stamp: 'start' };

const read = (lines: readonly string[], declared: ReadingsDeclaration = HOURLY): Promise<Readings> =>
  readCsv([lines.join('\n')], declared);

async function refused(
  lines: readonly string[],
  declared: ReadingsDeclaration,
  code: ClientErrorCode,
  facts: Record<string, string | number> = {},
): Promise<void> {
  await assert.rejects(read(lines, declared), (error) => {
    assert.ok(error instanceof ClientError, String(error));
    assert.equal(error.code, code);
    for (const [name, value] of Object.entries(facts)) assert.equal(error.facts[name], value, name);
    assert.ok(!error.sentence.includes('?'), `a fact is missing in: ${error.sentence}`);
    return true;
  });
}

describe('CSV readings', function () {
  this.timeout(20_000);

  describe('refuses', () => {
    const wide = (cell: string) => ['start,m1', '2024-01-01T00:00,1', `2024-01-01T01:00,${cell}`];
    const rows: [string, string[], ReadingsDeclaration, ClientErrorCode, Record<string, string | number>][] =
      [
        ['nothing at all', [''], HOURLY, 'READINGS_EMPTY', {}],
        ['a header alone', ['start,m1'], HOURLY, 'READINGS_EMPTY', {}],
        ['empty cells alone', ['start,m1', '2024-01-01T00:00,'], HOURLY, 'READINGS_EMPTY', {}],
        ['no meter column', ['start', '2024-01-01T00:00'], HOURLY, 'READINGS_MISSING_COLUMN', {}],
        ['one meter twice', ['start,m1,m1'], HOURLY, 'READINGS_DUPLICATE_COLUMN', { column: 'm1' }],
        ['a nameless meter', ['start,m1,'], HOURLY, 'READINGS_BAD_METER_ID', { line: 1, column: 3 }],
        [
          'a meter id of 65 bytes',
          [`start,${'x'.repeat(65)}`],
          HOURLY,
          'READINGS_BAD_METER_ID',
          { column: 2 },
        ],
        ['a control character in an id', ['start,m\u0001'], HOURLY, 'READINGS_BAD_METER_ID', { column: 2 }],
        ['an id that is not NFC', ['start,e\u0301'], HOURLY, 'READINGS_BAD_METER_ID', { column: 2 }],
        ['text', wide('high'), HOURLY, 'READINGS_BAD_NUMBER', { line: 3, column: 'm1' }],
        ['a plus sign', wide('+1'), HOURLY, 'READINGS_BAD_NUMBER', { line: 3 }],
        ['an exponent', wide('1e3'), HOURLY, 'READINGS_BAD_NUMBER', { line: 3 }],
        ['hexadecimal', wide('0x10'), HOURLY, 'READINGS_BAD_NUMBER', { line: 3 }],
        ['a lone point', wide('.'), HOURLY, 'READINGS_BAD_NUMBER', { line: 3 }],
        ['NaN', wide('NaN'), HOURLY, 'READINGS_BAD_NUMBER', { line: 3 }],
        ['negative energy', wide('-1'), HOURLY, 'READINGS_NEGATIVE', { line: 3, column: 'm1' }],
        ['a fraction of 1 Wh', wide('1.5'), HOURLY, 'READINGS_TOO_MANY_DECIMALS', { line: 3 }],
        ['2^31 Wh', wide('2147483648'), HOURLY, 'READINGS_VALUE_TOO_LARGE', { line: 3 }],
        ['a very long number', wide('9'.repeat(400)), HOURLY, 'READINGS_VALUE_TOO_LARGE', { line: 3 }],
        [
          'a missing cell',
          ['start,m1,m2', '2024-01-01T00:00,1'],
          HOURLY,
          'READINGS_RAGGED_ROW',
          { line: 2, actual: 2, expected: 3 },
        ],
        ['an extra cell', ['start,m1', '2024-01-01T00:00,1,2'], HOURLY, 'READINGS_RAGGED_ROW', { line: 2 }],
        ['an open quote', ['start,m1', '2024-01-01T00:00,"1'], HOURLY, 'READINGS_BAD_CSV', {}],
        [
          'a line without end',
          [`start,${'m'.repeat(2 ** 20)}`],
          HOURLY,
          'READINGS_LINE_TOO_LONG',
          { line: 1 },
        ],
        [
          'the same time twice',
          ['start,m1', '2024-01-01T00:00,1', '2024-01-01T00:00,1'],
          HOURLY,
          'READINGS_DUPLICATE_STAMP',
          { line: 3, meterId: 'm1' },
        ],
        [
          'a time out of step',
          ['start,m1', '2024-01-01T00:00,1', '2024-01-01T00:30,1'],
          HOURLY,
          'READINGS_IRREGULAR_INTERVAL',
          { line: 3 },
        ],
        [
          'a day that does not exist',
          ['start,m1', '2023-02-29T00:00,1'],
          HOURLY,
          'READINGS_BAD_STAMP',
          { line: 2 },
        ],
        ['hour 24', ['start,m1', '2024-01-01T24:00,1'], HOURLY, 'READINGS_BAD_STAMP', { line: 2 }],
        ['a time before 1970', ['start,m1', '1969-12-31T23:00,1'], HOURLY, 'READINGS_BAD_STAMP', { line: 2 }],
        [
          'an interval from before 1970',
          ['end,m1', '1970-01-01T00:00,1'],
          { ...HOURLY, stamp: 'end' },
          'READINGS_BAD_STAMP',
          { line: 2 },
        ],
        [
          'a date in another order',
          ['start,m1', '01/02/2024 00:00,1'],
          HOURLY,
          'READINGS_BAD_STAMP',
          { line: 2 },
        ],
        [
          'a slot number that is none',
          ['slot,m1', '-1,1'],
          { ...HOURLY, firstStamp: '2024-01-01' },
          'READINGS_BAD_STAMP',
          { line: 2 },
        ],
        [
          'a local time without zone',
          ['start,m1', '2024-01-01T00:00,1'],
          { unit: 'Wh', intervalMinutes: 60 },
          'READINGS_NO_ZONE',
          { line: 2 },
        ],
        [
          'a zone that is none',
          ['start,m1'],
          { ...HOURLY, zone: 'Europe/Atlantis' },
          'READINGS_ZONE_UNKNOWN',
          { zone: 'Europe/Atlantis' },
        ],
        [
          'the zone of the machine',
          ['start,m1'],
          { ...HOURLY, zone: 'local' },
          'READINGS_ZONE_UNKNOWN',
          { zone: 'local' },
        ],
        ['an offset of 15 hours', ['start,m1'], { ...HOURLY, zone: 'UTC+15' }, 'READINGS_ZONE_UNKNOWN', {}],
        [
          'no unit',
          ['start,m1'],
          { zone: 'UTC', intervalMinutes: 60 },
          'READINGS_UNDECLARED',
          { option: 'unit' },
        ],
        [
          'no interval',
          ['start,m1'],
          { zone: 'UTC', unit: 'Wh' },
          'READINGS_UNDECLARED',
          { option: 'intervalMinutes' },
        ],
        [
          'no mark',
          ['time,m1'],
          { zone: 'UTC', unit: 'Wh', intervalMinutes: 60 },
          'READINGS_UNDECLARED',
          { option: 'stamp' },
        ],
        ['no time of slot 0', ['slot,m1'], HOURLY, 'READINGS_UNDECLARED', { option: 'firstStamp' }],
        [
          'an unknown unit',
          ['start,m1'],
          { ...HOURLY, unit: 'MWh' as 'Wh' },
          'READINGS_BAD_OPTION',
          { option: 'unit' },
        ],
        [
          'an interval of 7 minutes',
          ['start,m1'],
          { ...HOURLY, intervalMinutes: 7 },
          'READINGS_BAD_OPTION',
          { option: 'intervalMinutes' },
        ],
        [
          'slot 0 at a time that exists twice',
          ['slot,m1'],
          { ...HOURLY, zone: 'Europe/London', firstStamp: '2024-10-27T01:00' },
          'READINGS_BAD_OPTION',
          { option: 'firstStamp' },
        ],
        [
          'a long file with a strange column',
          ['meter,start,wh,colour'],
          HOURLY,
          'READINGS_UNKNOWN_COLUMN',
          { column: 'colour' },
        ],
        [
          'a long file without value',
          ['meter,start'],
          HOURLY,
          'READINGS_MISSING_COLUMN',
          { role: 'the energy' },
        ],
        [
          'a long file with two times',
          ['meter,start,end,wh'],
          HOURLY,
          'READINGS_UNKNOWN_COLUMN',
          { column: 'end' },
        ],
        [
          'a wide file declared long',
          ['start,m1'],
          { ...HOURLY, layout: 'long' },
          'READINGS_UNKNOWN_COLUMN',
          { column: 'm1' },
        ],
        [
          'prices beside known times',
          ['hour_start_local,usd_per_kwh'],
          {},
          'READINGS_UNKNOWN_COLUMN',
          { column: 'usd_per_kwh' },
        ],
        [
          'prices, declared in part',
          ['hour_start_local,usd_per_kwh'],
          { unit: 'kWh' },
          'READINGS_UNKNOWN_COLUMN',
          { column: 'usd_per_kwh' },
        ],
        [
          'a column named like an object property',
          ['constructor,m1'],
          { zone: 'UTC', unit: 'Wh', intervalMinutes: 60 },
          'READINGS_UNDECLARED',
          { option: 'stamp' },
        ],
      ];
    for (const [what, lines, declared, code, facts] of rows)
      it(what, () => refused(lines, declared, code, facts));

    it('the first bad line, not a later one', () =>
      refused(['start,m1', '2024-01-01T00:00,-1', '2024-01-01T01:00'], HOURLY, 'READINGS_NEGATIVE', {
        line: 2,
      }));

    it('more meters or meter slots than it has memory for', () => {
      const format = resolveFormat(['start', 'm1'], HOURLY);
      const collector = new ReadingCollector(format, {}, { meters: 2, cells: 32 });
      for (const meterId of ['m1', 'm2']) collector.addMeter(meterId, 1, 2);
      assert.throws(
        () => collector.addMeter('m3', 1, 4),
        (error: ClientError) => error.code === 'READINGS_TOO_MANY' && error.facts['limit'] === 2,
      );
      for (const start of [0, 3600]) collector.add(0, start, '1', 2, 'm1');
      assert.throws(
        () => collector.add(0, 7200, '1', 4, 'm1'),
        (error: ClientError) => error.code === 'READINGS_TOO_MANY' && error.facts['limit'] === 32,
      );
    });

    it('without repeating a reading in the message', async () => {
      for (const cell of ['-4711', '4711x', '4711.5', '4711471147'])
        await assert.rejects(read(['start,m1', `2024-01-01T00:00,${cell}`]), (error: Error) => {
          assert.doesNotMatch(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`, /4711/);
          return true;
        });
    });

    it('an unending line without reading all of it', async () => {
      let chunks = 0;
      const source = Readable.from(
        (function* () {
          for (; chunks < 10_000; chunks++) yield 'x'.repeat(65_536);
        })(),
      );
      await assert.rejects(readCsv(source, HOURLY), { code: 'READINGS_LINE_TOO_LONG' });
      assert.ok(chunks < 200, `${chunks} chunks were read`);
    });
  });

  describe('reads a file', () => {
    let folder = '';
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'gridveil-csv-'));
    });
    after(() => rm(folder, { recursive: true }));

    it('unless it is missing', () =>
      assert.rejects(readReadingsFile(join(folder, 'none.csv')), { code: 'READINGS_FILE_MISSING' }));
    it('unless it is a folder', () =>
      assert.rejects(readReadingsFile(folder), { code: 'READINGS_FILE_UNREADABLE' }));
    it('unless it is huge', async () => {
      const file = join(folder, 'huge.csv');
      await writeFile(file, 'start,m1\n');
      await truncate(file, 2 ** 30 + 1);
      await assert.rejects(readReadingsFile(file, HOURLY), { code: 'READINGS_FILE_TOO_LARGE' });
    });
    it('unless it is no text', async () => {
      const file = join(folder, 'binary.csv');
      await writeFile(
        file,
        Uint8Array.from({ length: 5000 }, (_, i) => (i * 131) & 0xff),
      );
      await assert.rejects(readReadingsFile(file, HOURLY), ClientError);
    });
    it('with byte order mark, CRLF, quotes, blanks and empty lines', async () => {
      const file = join(folder, 'good.csv');
      await writeFile(file, '\ufeffstart, "m,1" ,m2\r\n\r\n2024-01-01 00:00 ,7, 8 \r\n');
      const { table } = await readReadingsFile(file, HOURLY);
      assert.deepEqual(listed(table), [
        ['2024-01-01T00:00:00Z', 'm,1', 7],
        ['2024-01-01T00:00:00Z', 'm2', 8],
      ]);
    });
  });

  describe('wide', () => {
    it('keeps missing readings absent and counts them', async () => {
      const { table, summary } = await read([
        'start,m1,m2',
        '2024-01-01T00:00,1,',
        '2024-01-01T01:00,0,3',
        '2024-01-01T04:00,5,6',
      ]);
      assert.deepEqual(listed(table), [
        ['2024-01-01T00:00:00Z', 'm1', 1],
        ['2024-01-01T01:00:00Z', 'm1', 0],
        ['2024-01-01T01:00:00Z', 'm2', 3],
        ['2024-01-01T04:00:00Z', 'm1', 5],
        ['2024-01-01T04:00:00Z', 'm2', 6],
      ]);
      assert.equal(table.energyWh('m2', table.slots[0] ?? 0), undefined);
      assert.deepEqual(summary, {
        format: {
          kind: 'csv',
          layout: 'wide',
          zone: 'UTC',
          unit: 'Wh',
          intervalMinutes: 60,
          stamp: 'start',
          values: 'energy',
          flow: 'import',
        },
        rows: 3,
        meters: 2,
        slots: 3,
        readings: 5,
        missing: 5,
        firstSlotStart: '2024-01-01T00:00:00Z',
        lastSlotStart: '2024-01-01T04:00:00Z',
        quality: { valid: 5 },
        dropped: {},
        notes: ['2 slots between the first and the last have no reading at all.'],
      });
    });

    it('moves end stamps to the start of their interval', async () => {
      const { table } = await read(['end,m1', '2024-01-01T00:00,7'], { ...HOURLY, stamp: 'end' });
      assert.deepEqual(listed(table), [['2023-12-31T23:00:00Z', 'm1', 7]]);
    });

    it('lets a declaration win over the name of the column', async () => {
      const { table } = await read(['end,m1', '2024-01-01T00:00,7']);
      assert.deepEqual(listed(table), [['2024-01-01T00:00:00Z', 'm1', 7]]);
    });

    it('takes offsets in the times without a zone', async () => {
      const { table, summary } = await read(['start,m1', '2024-01-01T00:00+05:00,7', '2024-01-01T00:00Z,8'], {
        unit: 'Wh',
        intervalMinutes: 60,
      });
      assert.deepEqual(listed(table), [
        ['2023-12-31T19:00:00Z', 'm1', 7],
        ['2024-01-01T00:00:00Z', 'm1', 8],
      ]);
      assert.equal(summary.format.zone, 'in the times');
    });

    it('notes a zone out of step with UTC slots', async () => {
      const { table, summary } = await read(['start,m1', '2024-01-01T00:00,7', '2024-01-01T01:00,8'], {
        ...HOURLY,
        zone: 'Asia/Kolkata',
      });
      assert.deepEqual(listed(table), [
        ['2023-12-31T18:00:00Z', 'm1', 7],
        ['2023-12-31T19:00:00Z', 'm1', 8],
      ]);
      assert.match(summary.notes.join(), /starts 1800 s after/);
    });

    it('counts interval numbers from the declared first time', async () => {
      const { table } = await read(['slot,m1', '0,7', '25,8'], { ...HOURLY, firstStamp: '2024-01-01' });
      assert.deepEqual(listed(table), [
        ['2024-01-01T00:00:00Z', 'm1', 7],
        ['2024-01-02T01:00:00Z', 'm1', 8],
      ]);
    });

    it('rounds when declared and says how often', async () => {
      const { table, summary } = await read(['start,m1,m2,m3', '2024-01-01T00:00,0.2394,0.2395,0.2390'], {
        ...HOURLY,
        unit: 'kWh',
        rounding: 'nearest',
      });
      assert.deepEqual(
        listed(table).map(([, , energyWh]) => energyWh),
        [239, 240, 239],
      );
      assert.deepEqual(summary.notes, ['2 values were rounded to whole Wh, as declared.']);
    });
  });

  describe('long', () => {
    it('reads mixed meters in any column order, unit and mark from the header', async () => {
      const { table, summary } = await read(
        [
          'kWh,end,meter_id',
          '0.5,2024-01-01T01:00,b',
          '1,2024-01-01T01:00,a',
          '2.25,2024-01-01T02:00,b',
          ',2024-01-01T02:00,a',
        ],
        { zone: 'UTC', intervalMinutes: 60 },
      );
      assert.deepEqual(listed(table), [
        ['2024-01-01T00:00:00Z', 'b', 500],
        ['2024-01-01T00:00:00Z', 'a', 1000],
        ['2024-01-01T01:00:00Z', 'b', 2250],
      ]);
      assert.deepEqual([summary.format.layout, summary.format.unit, summary.missing], ['long', 'kWh', 1]);
    });

    it('refuses the same meter and interval twice, even far apart', () =>
      refused(
        ['meter,start,wh', 'a,2024-01-01T00:00,1', 'b,2024-01-01T00:00,1', 'a,2024-01-01T00:00,2'],
        HOURLY,
        'READINGS_DUPLICATE_STAMP',
        { line: 4, meterId: 'a' },
      ));

    it('grows beyond its first capacity of meters', async () => {
      const rows = Array.from({ length: 100 }, (_, i) => `meter-${i},2024-01-01T0${i % 2}:00,${i}`);
      const { table } = await read(['meter,start,wh', ...rows]);
      assert.equal(table.meterIds.length, 100);
      for (const [i, meterId] of table.meterIds.entries())
        assert.equal(table.energyWh(meterId, table.slots[i % 2] ?? 0), i);
    });
  });

  describe('daylight saving in Europe/London', () => {
    const london: ReadingsDeclaration = {
      zone: 'Europe/London',
      unit: 'Wh',
      intervalMinutes: 30,
      stamp: 'start',
    };
    const dayOf = (date: string, times: readonly string[]) => [
      'time,m1',
      ...times.map((time, i) => `${date} ${time},${i}`),
    ];
    const clock = Array.from(
      { length: 48 },
      (_, i) => `${String(i >> 1).padStart(2, '0')}:${i % 2 === 0 ? '00' : '30'}`,
    );
    const expected = (first: string, count: number): [string, number][] =>
      Array.from({ length: count }, (_, i) => [
        new Date(Date.parse(first) + i * 1_800_000).toISOString().replace('.000Z', 'Z'),
        i,
      ]);
    const series = (readings: Readings) =>
      listed(readings.table).map(([start, , energyWh]) => [start, energyWh]);

    it('reads the day of 23 hours', async () => {
      const times = clock.filter((time) => !time.startsWith('01'));
      const readings = await read(dayOf('2024-03-31', times), london);
      assert.deepEqual(series(readings), expected('2024-03-31T00:00Z', 46));
      assert.deepEqual(readings.summary.notes, []);
    });

    it('drops and counts times that clocks skipped', async () => {
      const readings = await read(dayOf('2024-03-31', clock), london);
      assert.equal(readings.summary.readings, 46);
      assert.match(readings.summary.notes.join(), /^2 rows were dropped, the first in line 4: clocks in/);
    });

    it('reads the day of 25 hours by the order of its rows', async () => {
      const times = [...clock.slice(0, 4), ...clock.slice(2)];
      const readings = await read(dayOf('2024-10-27', times), london);
      assert.deepEqual(series(readings), expected('2024-10-26T23:00Z', 50));
      assert.match(
        readings.summary.notes.join(),
        /^4 rows have times that clocks in Europe\/London showed twice/,
      );
    });

    it('reads the day of 25 hours with end stamps', async () => {
      const times = [...clock.slice(1, 4), ...clock.slice(2)];
      const readings = await read(dayOf('2024-10-27', times), { ...london, stamp: 'end' });
      assert.deepEqual(series(readings), expected('2024-10-26T23:00Z', 49));
    });

    it('notes an autumn hour that stands only once, and leaves the other absent', async () => {
      const readings = await read(dayOf('2024-10-27', clock), london);
      assert.equal(readings.summary.readings, 48);
      assert.equal(readings.summary.missing, 2);
      assert.equal(readings.summary.notes.length, 2);
    });

    it('keeps the two hours of each meter apart in a long file', async () => {
      const hours = ['00:00', '01:00', '01:00', '02:00'];
      const lines = [
        'meter,start,wh',
        ...['a', 'b'].flatMap((m) => hours.map((h, i) => `${m},2024-10-27 ${h},${i}`)),
      ];
      const { table } = await read(lines, { ...london, intervalMinutes: 60 });
      for (const meterId of ['a', 'b'])
        assert.deepEqual(
          table.slots.map((slot) => table.energyWh(meterId, slot)),
          [0, 1, 2, 3],
        );
    });
  });
});
