import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ClientError } from '@gridveil/client/errors.js';
import { readCsv } from '@gridveil/client/metering/csv-readings.js';
import { parseEnergyWh } from '@gridveil/client/metering/energy-text.js';
import { MAX_ENERGY_WH } from '@gridveil/client/metering/reading.js';
import { assignRegions } from '@gridveil/client/metering/region-assignment.js';
import { slotAt, slotStartSeconds } from '@gridveil/client/metering/slot.js';
import { parseZone, StampReader } from '@gridveil/client/metering/stamp.js';

const PLACE = { line: 1, column: 'm1' };
const slotSecondsArb = fc.integer({ min: 1, max: 86_400 });

/** A local time as a clock in the zone shows it, by the platform's own formatter. */
function clockText(utcSeconds: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
    utcSeconds * 1000,
  );
}

describe('metering properties', function () {
  this.timeout(20_000);

  it('a slot holds exactly its own seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 33 }), slotSecondsArb, (utcSeconds, slotSeconds) => {
        const slot = slotAt(utcSeconds, slotSeconds);
        const start = slotStartSeconds(slot, slotSeconds);
        assert.ok(start <= utcSeconds && utcSeconds < start + slotSeconds);
      }),
    );
  });

  it('kWh text is exact Wh, with any zeros around', () => {
    const zeros = fc.nat({ max: 5 }).map((count) => '0'.repeat(count));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_ENERGY_WH }), zeros, zeros, (energyWh, before, after) => {
        const text = `${before}${Math.floor(energyWh / 1000)}.${String(energyWh % 1000).padStart(3, '0')}${after}`;
        assert.deepEqual(
          parseEnergyWh(text, { unit: 'kWh', slotSeconds: 900, rounding: 'refuse' }, MAX_ENERGY_WH, PLACE),
          { energyWh, rounded: false },
        );
      }),
    );
  });

  it('declared rounding is to the nearest Wh, half up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000_000_000 }),
        fc.integer({ min: 1, max: 999 }),
        (energyWh, extra) => {
          const text = `${energyWh}.${String(extra).padStart(3, '0')}`;
          const expected = { energyWh: energyWh + (extra >= 500 ? 1 : 0), rounded: true };
          assert.deepEqual(
            parseEnergyWh(text, { unit: 'Wh', slotSeconds: 900, rounding: 'nearest' }, MAX_ENERGY_WH, PLACE),
            expected,
          );
        },
      ),
    );
  });

  it('a clock reading names the instant it was taken from, in every zone, also on the days clocks change', () => {
    const zones = [
      'Europe/London',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
      'Africa/Casablanca',
      'America/Sao_Paulo',
    ];
    const readers = new Map(zones.map((zone) => [zone, new StampReader(parseZone(zone))]));
    const instant = fc.integer({ min: 0, max: 60 * 365 * 96 }).map((quarter) => quarter * 900);
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, utcSeconds) => {
        const text = clockText(utcSeconds, zone);
        const instants = readers.get(zone)?.instants(text, 1) ?? [];
        assert.ok(instants.includes(utcSeconds), `${zone} ${text}`);
        for (const other of instants) assert.equal(clockText(other, zone), text);
      }),
      { numRuns: 400 },
    );
  });

  it('finds both instants of every repeated quarter hour and none of a skipped one', () => {
    const reader = new StampReader(parseZone('Europe/London'));
    assert.deepEqual(reader.instants('2024-10-27 01:15', 1), [1_729_988_100, 1_729_991_700]);
    assert.deepEqual(reader.instants('2024-03-31 01:15', 1), []);
    assert.equal(reader.instants('2024-10-27 00:45', 1).length, 1);
    assert.equal(reader.instants('2024-10-27 02:00', 1).length, 1);
  });

  it('random text gives readings or a ClientError, never anything else', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        'start',
        'meter',
        'wh',
        'slot',
        '2024-01-01T00:00',
        '0.5',
        '',
        '"',
        'reading_datetime',
        'h1',
      ),
      fc.string({ maxLength: 8 }),
    );
    const text = fc
      .array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 6 })
      .map((rows) => rows.map((row) => row.join(',')).join('\n'));
    await fc.assert(
      fc.asyncProperty(text, async (csv) => {
        try {
          const { table } = await readCsv([csv], {
            zone: 'UTC',
            unit: 'kWh',
            intervalMinutes: 30,
            stamp: 'start',
          });
          assert.ok(table.readingCount > 0);
        } catch (error) {
          assert.ok(error instanceof ClientError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('wide and long files of the same readings give the same table', async () => {
    const cellArb = fc.option(fc.nat({ max: 100_000 }), { freq: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cellArb, cellArb, cellArb), { minLength: 1, maxLength: 30 }),
        async (rows) => {
          fc.pre(rows.some((row) => row.some((value) => value !== null)));
          const declared = { zone: 'UTC+3', unit: 'Wh', intervalMinutes: 15, stamp: 'start' } as const;
          const time = (i: number) => new Date(Date.UTC(2024, 0, 1) + i * 900_000).toISOString().slice(0, 16);
          const meters = ['a', 'b', 'c'];
          const wide = rows.map((row, i) => [time(i), ...row.map((value) => value ?? '')].join(','));
          const long = meters.flatMap((meter, m) =>
            rows.map((row, i) => `${meter},${time(i)},${row[m] ?? ''}`),
          );
          const [w, l] = await Promise.all([
            readCsv([['start,a,b,c', ...wide].join('\n')], declared),
            readCsv([['meter,start,wh', ...long].join('\n')], declared),
          ]);
          assert.deepEqual(l.table.slots, w.table.slots);
          for (const slot of w.table.slots)
            assert.deepEqual(l.table.readingsOf(slot), w.table.readingsOf(slot));
          assert.deepEqual({ ...l.summary, format: 0, rows: 0 }, { ...w.summary, format: 0, rows: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('regions share meters out evenly and lose none', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 60 }),
        fc.nat(),
        fc.constantFrom('round-robin' as const, 'contiguous' as const),
        (meterIds, pick, pattern) => {
          const { regions, smallestGroup } = assignRegions(meterIds, 1 + (pick % meterIds.length), pattern);
          assert.deepEqual(new Set(regions.flat()), new Set(meterIds));
          assert.equal(regions.flat().length, meterIds.length);
          assert.equal(smallestGroup, Math.floor(meterIds.length / regions.length));
          assert.ok(regions.every((region) => region.length - smallestGroup <= 1));
        },
      ),
    );
  });
});
