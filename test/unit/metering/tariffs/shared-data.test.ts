/** Every real tariff in reach becomes a table that the ledger takes, with the bands its README and other means say. */
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  checkTariff,
  priceMicroPerWh,
  slotsPerBand,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import { readReadingsFile } from '@gridveil/client/metering/reading-file.js';
import { clearBill } from '@gridveil/client/metering/tariffs/clear-bill.js';
import { priceListTariff, readPriceList } from '@gridveil/client/metering/tariffs/price-list.js';
import { sceTouDPrime } from '@gridveil/client/metering/tariffs/sce-tou-d-prime.js';
import { parseUrdbRate } from '@gridveil/client/metering/tariffs/urdb-rate.js';
import { urdbTariff, type UrdbTariffRequest } from '@gridveil/client/metering/tariffs/urdb-tariff.js';
import { clientRefused, refused } from '../../../helpers/refused.js';
import { sharedDataFile } from '../../../helpers/shared-data.js';

const MONTHS_OF_2013 = Array.from({ length: 12 }, (_, i) => `2013-${String(i + 1).padStart(2, '0')}`);
const FONTANA_MONTHS = Array.from({ length: 12 }, (_, i) => {
  const month = ((i + 7) % 12) + 1;
  return `${month >= 8 ? 2016 : 2017}-${String(month).padStart(2, '0')}`;
});
const pricesOf = (table: TariffTable) => table.bands.map((band) => band.priceMicroPerWh);

describe('shared tariffs', function () {
  this.timeout(60_000);

  const urdb = async (file: string, request: UrdbTariffRequest) =>
    urdbTariff(parseUrdbRate(await readFile(file, 'utf8')), {
      rounding: 'half-even',
      omit: ['demand-charges'],
      ...request,
    });

  for (const [name, request, prices, fixedChargeMicro] of [
    ['pge_e19_tou_secondary', { month: '2019-05', zone: 'America/Los_Angeles' }, [88, 119, 165], 611_088_430],
    ['pge_e19_tou_secondary', { month: '2019-06', zone: 'America/Los_Angeles' }, [88, 119, 165], 591_375_900],
    ['psco_residential_demand_rd', { month: '2018-11', zone: 'America/Denver' }, [48], 15_910_000],
    [
      'sce_gs2_tou_b_single_phase',
      { month: '2015-09', zone: 'America/Los_Angeles' },
      [66, 89, 136],
      259_200_000,
    ],
    ['sce_gs2_tou_b_single_phase', { month: '2015-12', zone: 'America/Los_Angeles' }, [71, 94], 259_200_000],
  ] as const)
    it(`URDB ${name} ${request.month}: its energy part, as declared`, async function () {
      const file = sharedDataFile(this, 'urdb-tariffs', `${name}.json`);
      const { table, notes } = await urdb(file, { ...request, slotSeconds: 1800 });
      assert.deepEqual(pricesOf(table), prices);
      assert.equal(table.fixedChargeMicro, fixedChargeMicro);
      assert.match(notes.join('\n'), /without the demand-charges/);
      const strict = urdb(file, { ...request, slotSeconds: 1800, omit: [] });
      await assert.rejects(strict, clientRefused('TARIFF_CHARGE_UNSUPPORTED', { charge: 'demand-charges' }));
      const exact = urdb(file, { ...request, slotSeconds: 1800, rounding: 'refuse' });
      await assert.rejects(exact, clientRefused('TARIFF_TOO_FINE'));
    });

  it('URDB summer peaks of PG&E E-19: weekdays from noon to 18:00', async function () {
    const file = sharedDataFile(this, 'urdb-tariffs', 'pge_e19_tou_secondary.json');
    const { table } = await urdb(file, { month: '2019-05', zone: 'America/Los_Angeles', slotSeconds: 3600 });
    // 23 weekdays: 6 hours of peak, 7 of part-peak.
    assert.deepEqual(slotsPerBand(table), [744 - 23 * 13, 23 * 7, 23 * 6]);
    const memorialDay = await urdb(file, {
      month: '2019-05',
      zone: 'America/Los_Angeles',
      slotSeconds: 3600,
      holidays: ['2019-05-27'],
    });
    assert.deepEqual(slotsPerBand(memorialDay.table), [744 - 22 * 13, 22 * 7, 22 * 6]);
  });

  it('London 2013: every month in exact pence, on the clock of the meters and of the city', async function () {
    const file = sharedDataFile(this, 'lcl-dynamic-tariff-2013', 'lcl_dtou_2013_30min.csv');
    const list = await readPriceList(createReadStream(file));
    const slots = { Low: 0, Normal: 0, High: 0 };
    for (const month of MONTHS_OF_2013) {
      for (const zone of ['UTC', 'Europe/London']) {
        const { table, notes } = priceListTariff(list, { name: 'dToU', month, zone, slotSeconds: 1800 });
        assert.deepEqual(notes, []);
        assert.deepEqual(table.bands, [
          { name: 'Low', priceMicroPerWh: 3990 },
          { name: 'Normal', priceMicroPerWh: 11_760 },
          { name: 'High', priceMicroPerWh: 67_200 },
        ]);
        if (zone !== 'UTC') continue;
        const [low = 0, normal = 0, high = 0] = slotsPerBand(table);
        slots.Low += low;
        slots.Normal += normal;
        slots.High += high;
      }
    }
    assert.deepEqual(slots, { Low: 1660, Normal: 15_072, High: 788 }, 'as its README counts');
  });

  it('London 2013 in pounds: rounded to whole micro-pounds per Wh, and said so', async function () {
    const file = sharedDataFile(this, 'lcl-dynamic-tariff-2013', 'lcl_dtou_2013_30min.csv');
    const pounds = { unit: 'hundredth/kWh', currency: 'GBP', minorDigits: 2 } as const;
    const list = await readPriceList(createReadStream(file), pounds);
    const request = { name: 'dToU', month: '2013-08', zone: 'Europe/London', slotSeconds: 1800 };
    assert.throws(() => priceListTariff(list, request), clientRefused('TARIFF_TOO_FINE', { micro: '117.6' }));
    const { table, notes } = priceListTariff(list, { ...request, rounding: 'half-even' });
    assert.deepEqual(pricesOf(table), [40, 118, 672]);
    assert.deepEqual(notes, [
      'The price of band "Normal", 117.6 micro-GBP per Wh, is rounded to 118.',
      'The price of band "Low", 39.9 micro-GBP per Wh, is rounded to 40.',
    ]);
    // The tightest of the twelve months: the high price was sent for twelve half hours.
    assert.equal(slotsPerBand(table)[2], 12);
    const fewer = table.bandOfSlot.replace('2', '1');
    assert.throws(
      () => checkTariff({ ...table, bandOfSlot: fewer }),
      refused('TARIFF_BAND_TOO_SHORT', { band: 'High', slots: 11 }),
    );
  });

  it('SCE TOU-D-PRIME by rule gives the published price of every hour of the year', async function () {
    const file = sharedDataFile(this, 'fontana-homes', 'sce_tou_d_prime_and_carbon_hourly.csv');
    const list = await readPriceList(createReadStream(file));
    for (const month of FONTANA_MONTHS) {
      const request = { name: 'sce', month, zone: 'UTC-8', slotSeconds: 3600 };
      const published = priceListTariff(list, request).table;
      const byRule = sceTouDPrime(request).table;
      assert.deepEqual(pricesOf(byRule), pricesOf(published), month);
      assert.equal(byRule.bandOfSlot, published.bandOfSlot, month);
    }
  });

  it('bills of the nine Fontana homes equal kWh times dollars, made with floats', async function () {
    const load = sharedDataFile(this, 'fontana-homes', 'fontana9_load_kwh_hourly.csv');
    const prices = sharedDataFile(this, 'fontana-homes', 'sce_tou_d_prime_and_carbon_hourly.csv');
    const rows = async (file: string) =>
      (await readFile(file, 'utf8'))
        .trim()
        .split(/\r?\n/)
        .map((line) => line.split(','));
    const [[header = [], ...kwh], [, ...usd]] = [await rows(load), await rows(prices)];
    const { table: readings } = await readReadingsFile(load);
    for (const month of FONTANA_MONTHS) {
      const { table } = sceTouDPrime({ name: 'sce', month, zone: 'UTC-8', slotSeconds: 3600 });
      for (const [column, meterId] of [...header.entries()].slice(1)) {
        const dollars = kwh.reduce((sum, row, i) => {
          const inMonth = row[0]?.startsWith(month) ?? false;
          return inMonth ? sum + Number(row[column]) * Number(usd[i]?.[1]) : sum;
        }, 0);
        const bill = clearBill(table, (slot) => readings.energyWh(meterId, slot));
        // Floats are good for far less than half a micro-dollar here, but only the bill is exact.
        assert.equal(bill.totalMicro, BigInt(Math.round(dollars * 1e6)), `${meterId} ${month}`);
        const direct = readings.slots
          .filter((slot) => slot * 3600 >= table.periodStartSeconds && slot * 3600 < table.periodEndSeconds)
          .reduce(
            (sum, slot) =>
              sum + BigInt(readings.energyWh(meterId, slot) ?? 0) * BigInt(priceMicroPerWh(table, slot)),
            0n,
          );
        assert.equal(bill.energyChargeMicro, direct);
      }
    }
  });
});
