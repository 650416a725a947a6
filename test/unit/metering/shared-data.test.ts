/** Real meter data against its README's checked facts and against sums made another way (floats, plain splitting). */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { readReadingsFile } from '@gridveil/client/metering/reading-file.js';
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
