/** Real meter data against its README's checked facts and against sums made another way (floats, plain splitting). */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { inspectReadingsFile, readReadingsFile } from '@gridveil/client/metering/reading-file.js';
import type { ClientError } from '@gridveil/client/errors.js';
import type { ReadingTable } from '@gridveil/client/metering/reading.js';
import { selectReadings } from '@gridveil/client/metering/select-readings.js';
import { sharedDataFile } from '../../helpers/shared-data.js';

interface Column {
  readonly count: number;
  readonly zeros: number;
  readonly sumWh: number;
  readonly maxWh: number;
}

function describeColumn(values: readonly number[]): Column {
  return {
    count: values.length,
    zeros: values.filter((value) => value === 0).length,
    sumWh: values.reduce((sum, value) => sum + value, 0),
    maxWh: Math.max(...values),
  };
}

function columnsOf(table: ReadingTable): Map<string, Column> {
  return new Map(
    table.meterIds.map((meterId) => [
      meterId,
      describeColumn(
        table.slots.map((slot) => table.energyWh(meterId, slot)).filter((value) => value !== undefined),
      ),
    ]),
  );
}

async function columnsBySplitting(file: string): Promise<Map<string, Column>> {
  const [header = [], ...rows] = (await readFile(file, 'utf8'))
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  return new Map(
    header.slice(1).map((meterId, i) => [
      meterId,
      describeColumn(
        rows
          .map((row) => row[i + 1] ?? '')
          .filter((cell) => cell !== '')
          .map((cell) => Math.round(parseFloat(cell) * 1000)),
      ),
    ]),
  );
}

describe('shared meter data', function () {
  this.timeout(60_000);

  it('reads ten homes for 52 weeks without a declaration', async function () {
    const file = sharedDataFile(this, 'sgsc-households', 'sgsc10_30min_52weeks.csv');
    const { table, summary } = await readReadingsFile(file);
    const columns = columnsOf(table);
    assert.deepEqual(columns, await columnsBySplitting(file));
    assert.deepEqual(
      [summary.rows, summary.meters, summary.slots, summary.missing, summary.firstSlotStart],
      [17_472, 10, 17_472, 752 + 820, '2013-02-17T13:30:00Z'],
    );
    assert.match(summary.notes.join(), /END of their half hour/);
    assert.equal(columns.get('h10017554')?.count, 17_472 - 752);
    assert.equal(columns.get('h10017562')?.count, 17_472 - 820);
    assert.equal(columns.get('h10017554')?.zeros, 3292);
    assert.equal(columns.get('h10017994')?.zeros, 2396);
    assert.equal(Math.max(...[...columns.values()].map(({ maxWh }) => maxWh)), 5177);
    const means = [...columns.values()].map(({ sumWh, count }) => Math.round(sumWh / count));
    // Upper mean 0.489453 by awk; the README says 0.490.
    assert.deepEqual([Math.min(...means), Math.max(...means)], [73, 489]);
  });

  it('reads the hundred virtual meters into the same slots as the homes they were cut from', async function () {
    const file = sharedDataFile(this, 'sgsc-households', 'sgsc_virtual100_30min_14days.csv');
    const homes = await readReadingsFile(sharedDataFile(this, 'sgsc-households', 'sgsc10_30min_52weeks.csv'));
    const { table, summary } = await readReadingsFile(file);
    assert.deepEqual([summary.meters, summary.slots, summary.missing], [100, 672, 0]);
    assert.deepEqual(columnsOf(table), await columnsBySplitting(file));
    // Per README's key file, v001, v011 and v021 are the first fortnights of these homes.
    for (const [virtual, home] of [
      ['v001', 'h10006414'],
      ['v011', 'h10006486'],
      ['v021', 'h10006704'],
    ] as const)
      for (const slot of table.slots)
        assert.equal(table.energyWh(virtual, slot), homes.table.energyWh(home, slot), `${virtual} ${slot}`);
    assert.equal(table.energyWh('v001', table.slots[0] ?? 0), 239);
  });

  it('reads load and PV of nine homes for a year without a declaration', async function () {
    const load = sharedDataFile(this, 'fontana-homes', 'fontana9_load_kwh_hourly.csv');
    const pv = sharedDataFile(this, 'fontana-homes', 'fontana9_pv_kwh_hourly.csv');
    const { table, summary } = await readReadingsFile(load);
    const columns = columnsOf(table);
    assert.deepEqual(columns, await columnsBySplitting(load));
    assert.deepEqual([summary.meters, summary.slots, summary.missing], [9, 8760, 0]);
    assert.deepEqual(
      [summary.firstSlotStart, summary.lastSlotStart],
      ['2016-08-01T08:00:00Z', '2017-08-01T07:00:00Z'],
    );
    // Counted and summed by awk, too; the README says 1,159 hours, and 6.5 to 14.7 MWh a year.
    assert.equal(columns.get('b07')?.zeros, 1150);
    const yearlyWh = [...columns.values()].map(({ sumWh }) => sumWh);
    assert.deepEqual(
      yearlyWh,
      [10583334, 9353573, 7170440, 10793143, 8807617, 10388002, 7856330, 8836317, 7304824],
    );
    assert.deepEqual(columnsOf((await readReadingsFile(pv)).table), await columnsBySplitting(pv));
  });

  it('reads Green Button feeds of hours and of days, and the same homes as CSV', async function () {
    const valuesOf = async (file: string): Promise<number[]> =>
      [...(await readFile(file, 'utf8')).matchAll(/<value>(\d+)<\/value>\s*<\/IntervalReading>/g)].map(
        ([, value]) => Number(value),
      );
    for (const [name, rows, first, last] of [
      ['gb_hourly_9days.xml', 216, '2014-01-01T05:00:00Z', '2014-01-10T04:00:00Z'],
      // Local days of 23, 24 and 25 hours, each in a slot of its own.
      ['gb_daily_1year.xml', 444, '2013-01-01T00:00:00Z', '2014-03-20T00:00:00Z'],
    ] as const) {
      const file = sharedDataFile(this, 'green-button', name);
      const { table, summary } = await readReadingsFile(file);
      assert.deepEqual(
        [
          summary.rows,
          summary.slots,
          summary.readings,
          summary.missing,
          summary.firstSlotStart,
          summary.lastSlotStart,
        ],
        [rows, rows, rows, 0, first, last],
      );
      const [meterId = ''] = table.meterIds;
      assert.deepEqual(
        table.slots.map((slot) => table.energyWh(meterId, slot)),
        await valuesOf(file),
      );
    }
    const csv = sharedDataFile(this, 'green-button', 'gb_six_customers_hourly_2011.csv');
    const { table, summary } = await readReadingsFile(csv);
    assert.deepEqual([summary.meters, summary.slots, summary.missing], [6, 8760, 0]);
    const all = [...columnsOf(table).values()];
    assert.deepEqual(
      [Math.max(...all.map(({ maxWh }) => maxWh)), summary.firstSlotStart],
      [3650, '2011-01-01T08:00:00Z'],
    );
  });

  it('reads P1 telegrams, whose registers are no intervals yet', async function () {
    for (const [name, meterId, time, registerWh] of [
      ['telegram_v4_2.txt', '3960221976967177082151037881335713', '2016-11-13T19:57:57Z', 3_016_829],
      ['telegram_v5.txt', 'K8EG004046395507', '2017-01-02T18:20:02Z', 6_825],
      ['telegram_v5_two_mbus.txt', 'METER000000000001', '2020-04-26T20:33:25Z', 2_375_582],
    ] as const) {
      const file = sharedDataFile(this, 'dsmr-p1-telegrams', name);
      const { registers, summary } = await inspectReadingsFile(file);
      assert.deepEqual(registers, [{ meterId, time, registerWh }]);
      assert.deepEqual([summary.rows, summary.readings, summary.dropped], [1, 0, {}]);
      await assert.rejects(readReadingsFile(file), { code: 'READINGS_NO_INTERVAL' });
    }
  });

  it('reads one home and one works by the quarter of an hour, and the home by the minute', async function () {
    const home = await readReadingsFile(sharedDataFile(this, 'uci-household-power', 'uci_15min_13days.csv'));
    const minutes = await readReadingsFile(
      sharedDataFile(this, 'uci-household-power', 'uci_1min_13days.csv'),
    );
    const steel = await readReadingsFile(sharedDataFile(this, 'uci-steel-15min', 'steel_15min_91days.csv'));
    assert.deepEqual([home.summary.readings, home.summary.meters, home.summary.missing], [1248, 1, 0]);
    assert.deepEqual([minutes.summary.readings, minutes.summary.missing], [18_718, 2]);
    assert.deepEqual([steel.summary.readings, steel.summary.missing], [8736, 0]);
    const sums = [home, minutes, steel].map(({ table }) => [...columnsOf(table).values()][0]?.sumWh ?? 0);
    // Two summations of one home differ by rounding alone: half a Wh at most for each value.
    assert.ok(Math.abs((sums[0] ?? 0) - (sums[1] ?? 0)) <= (1248 + 18_718) / 2, String(sums));
    assert.equal([...columnsOf(steel.table).values()][0]?.maxWh, 153_140);
    assert.deepEqual(
      [home, minutes, steel].map(({ summary }) => summary.firstSlotStart),
      ['2006-12-16T23:00:00Z', '2006-12-16T23:00:00Z', '2017-12-31T15:00:00Z'],
    );
  });

  it('reads the sum of a group, synthetic profiles and a model, each called what it is', async function () {
    const group = await readReadingsFile(
      sharedDataFile(this, 'lcl-dynamic-tariff-2013', 'lcl_dtou_2013_30min.csv'),
    );
    const feeder = await readReadingsFile(
      sharedDataFile(this, 'lv-feeder-european', 'profiles100_15min_kWh_1day.csv'),
    );
    const model = await readReadingsFile(sharedDataFile(this, 'bdew-standard-profiles', 'selp_series.csv'));
    const facts = [group, feeder, model].map(({ summary }) => [
      summary.meters,
      summary.slots,
      summary.missing,
    ]);
    assert.deepEqual(facts, [
      [1, 17_520, 0],
      [100, 96, 0],
      [11, 2016, 0],
    ]);
    for (const [{ summary }, says] of [
      [group, /sum of a group of homes/],
      [feeder, /synthetic/],
      [model, /MODEL/],
    ] as const)
      assert.match(summary.notes.join(), says);
  });

  it('refuses files beside them that hold no readings', async function () {
    for (const path of [
      ['lv-feeder-european', 'feeder_customers.csv'],
      ['sgsc-households', 'sgsc_virtual100_key.csv'],
      ['fontana-homes', 'sce_tou_d_prime_and_carbon_hourly.csv'],
      ['bdew-standard-profiles', 'h25.csv'],
    ])
      await assert.rejects(readReadingsFile(sharedDataFile(this, ...path)), (error) => {
        assert.match((error as ClientError).code, /READINGS_(UNDECLARED|UNKNOWN_COLUMN)/);
        return true;
      });
  });

  it('lets declarations override a known header', async function () {
    const file = sharedDataFile(this, 'fontana-homes', 'fontana9_load_kwh_hourly.csv');
    const { summary } = await readReadingsFile(file, { zone: 'UTC', stamp: 'end' });
    assert.equal(summary.firstSlotStart, '2016-07-31T23:00:00Z');
  });

  it('finds complete slots where a home has gaps', async function () {
    const { table } = await readReadingsFile(
      sharedDataFile(this, 'sgsc-households', 'sgsc10_30min_52weeks.csv'),
    );
    const complete = selectReadings(table, { completeOnly: true });
    assert.ok(complete.slots.length < 17_472 && complete.slots.length > 15_000);
    assert.equal(complete.readingCount, complete.slots.length * 10);
  });
});
