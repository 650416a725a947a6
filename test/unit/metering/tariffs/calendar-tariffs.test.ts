/** Tariffs by calendar: paper 001's three prices and SCE TOU-D-PRIME. */
import assert from 'node:assert/strict';
import {
  bandOfSlot,
  firstSlotOf,
  slotsPerBand,
  TARIFF_LIMITS,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import { calendarTariff } from '@gridveil/client/metering/tariffs/calendar-tariff.js';
import { parseDecimal } from '@gridveil/client/metering/tariffs/exact-decimal.js';
import { sceTouDPrime } from '@gridveil/client/metering/tariffs/sce-tou-d-prime.js';
import { threePriceBand, threePriceTariff } from '@gridveil/client/metering/tariffs/three-price.js';
import { clientRefused, refused } from '../../../helpers/refused.js';

const PRICES = { high: '0.30', normal: '0.20', low: '0.10', unit: 'currency/kWh' } as const;
const REQUEST = {
  name: 'paper',
  currency: 'EUR',
  month: '2024-02',
  zone: 'UTC+1',
  slotSeconds: 3600,
} as const;

/** Names of the bands from one slot on. */
function bandsFrom(table: TariffTable, offset: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const band = bandOfSlot(table, firstSlotOf(table) + offset + i);
    return table.bands[band]?.name ?? '';
  });
}

describe('three-price tariff (paper 001, Algorithm 1)', () => {
  it('rejects zones in which a day may not have 24 hours', () => {
    assert.throws(
      () => threePriceTariff({ ...REQUEST, zone: 'Europe/Berlin' }, PRICES),
      clientRefused('TARIFF_FIXED_OFFSET_NEEDED', { zone: 'Europe/Berlin' }),
    );
  });

  it('has the band of each of the 24 hours as the corrected algorithm says', () => {
    const expected = [
      ...Array<string>(6).fill('low'), // h = 1 … 6
      ...Array<string>(4).fill('high'), // 7 … 10
      ...Array<string>(8).fill('normal'), // 11 … 18
      ...Array<string>(4).fill('high'), // 19 … 22
      ...Array<string>(2).fill('low'), // 23, 24
    ];
    assert.deepEqual(
      Array.from({ length: 24 }, (_, i) => threePriceBand(i + 1)),
      expected,
    );
    const { table, notes } = threePriceTariff(REQUEST, PRICES);
    assert.deepEqual(notes, []);
    assert.deepEqual(table.bands, [
      { name: 'low', priceMicroPerWh: 100 },
      { name: 'normal', priceMicroPerWh: 200 },
      { name: 'high', priceMicroPerWh: 300 },
    ]);
    // The first, the 28th and the last day of a leap February; slot 1 begins at local midnight.
    for (const day of [1, 28, 29])
      assert.deepEqual(bandsFrom(table, (day - 1) * 24, 24), expected, `day ${day}`);
    assert.equal(table.periodStartSeconds, Date.UTC(2024, 0, 31, 23) / 1000);
  });

  it('has z = 24 times the days of the month, whatever the month', () => {
    for (const [month, days] of [
      ['2023-02', 28],
      ['2024-02', 29],
      ['2024-03', 31],
      ['2024-10', 31],
      ['2024-11', 30],
    ] as const) {
      const { table } = threePriceTariff({ ...REQUEST, month }, PRICES);
      assert.deepEqual(slotsPerBand(table), [8 * days, 8 * days, 8 * days], month);
    }
  });

  it('prices half and quarter hours by the hour they lie in', () => {
    const { table } = threePriceTariff({ ...REQUEST, slotSeconds: 900 }, PRICES);
    assert.equal(
      table.bandOfSlot.slice(0, 96),
      [...'000000222211111111222200'].map((digit) => digit.repeat(4)).join(''),
    );
  });

  it('rejects prices that the ledger would refuse, with its own code', () => {
    const of = (change: object) => () => threePriceTariff(REQUEST, { ...PRICES, ...change });
    assert.throws(of({ high: '3' }), refused('TARIFF_PRICE_RATIO', { lowest: 100, highest: 3000 }));
    assert.throws(of({ low: '0' }), refused('BAD_FIELD', { field: 'priceMicroPerWh' }));
    assert.throws(of({ high: '10001' }), refused('BAD_FIELD', { field: 'priceMicroPerWh' }));
    assert.throws(of({ low: '-0.1' }), clientRefused('TARIFF_NEGATIVE'));
    assert.throws(of({ low: '0.1005' }), clientRefused('TARIFF_TOO_FINE', { micro: '100.5' }));
    assert.throws(of({ low: 'cheap' }), clientRefused('TARIFF_BAD_NUMBER', { place: 'the low price' }));
    assert.throws(() => threePriceTariff({ ...REQUEST, name: '' }, PRICES), refused('BAD_IDENTIFIER'));
    assert.throws(() => threePriceTariff({ ...REQUEST, currency: 'euro' }, PRICES), refused('BAD_FIELD'));
  });

  it('makes bands of one price one band, and says so', () => {
    const { table, notes } = threePriceTariff(REQUEST, { ...PRICES, normal: '0.1' });
    assert.deepEqual(
      table.bands.map(({ name }) => name),
      ['low / normal', 'high'],
    );
    assert.deepEqual(notes, ['Bands low, normal cost the same in this period: they are one band.']);
  });

  it('carries its missing-slot rule to the ledger', () => {
    const terms = { missingSlotRule: 'other-week', maxMissingSlots: 12 } as const;
    const { table } = threePriceTariff({ ...REQUEST, ...terms }, PRICES);
    assert.deepEqual([table.missingSlotRule, table.maxMissingSlots], ['other-week', 12]);
    assert.throws(
      () => threePriceTariff({ ...REQUEST, missingSlotRule: 'fixed' }, PRICES),
      refused('BAD_MISSING_SLOT_RULE'),
    );
  });
});

describe('SCE TOU-D-PRIME', () => {
  const sce = (month: string, change: object = {}) =>
    sceTouDPrime({ name: 'sce', month, zone: 'America/Los_Angeles', slotSeconds: 3600, ...change }).table;

  it('follows the local clock over the change of clocks', () => {
    // 2024-11-03: clocks go back at 02:00, so that the day has 25 hours and the peak begins at its 18th.
    const november = sce('2024-11');
    assert.deepEqual(slotsPerBand(november), [721 - 150, 150]);
    assert.equal(bandsFrom(november, 2 * 24, 25).indexOf('winter peak'), 17);
    // 2024-03-10: 23 hours.
    const march = sce('2024-03');
    assert.deepEqual(slotsPerBand(march), [743 - 155, 155]);
    assert.equal(bandsFrom(march, 9 * 24, 23).indexOf('winter peak'), 15);
  });

  it('prices holidays that are named as weekend days', () => {
    const fourth = (table: TariffTable) => bandsFrom(table, 3 * 24 + 16, 5);
    assert.deepEqual(fourth(sce('2017-07')), Array(5).fill('summer weekday peak'));
    assert.deepEqual(
      fourth(sce('2017-07', { holidays: ['2017-07-04'] })),
      Array(5).fill('summer weekend peak'),
    );
    for (const date of ['2017-7-4', '2017-02-30', '', '2017-13-01', '2017-07-04T00:00'])
      assert.throws(
        () => sce('2017-07', { holidays: [date] }),
        clientRefused('TARIFF_BAD_HOLIDAY', { date }),
      );
  });

  it('rejects slots in which the price changes', () => {
    // 2 h slots in step with UTC: at UTC-8 the peak begins and ends with a slot, but 5 hours are no whole number of them.
    assert.throws(
      () => sce('2017-02', { slotSeconds: 7200 }),
      clientRefused('TARIFF_BAND_SPLITS_SLOT', { time: '2017-02-02T04:00:00Z', slotSeconds: 7200 }),
    );
  });
});

describe('tariffs by calendar', () => {
  const hourly = (price: (hour: number) => string) => {
    const quotes = Array.from({ length: 24 }, (_, hour) => ({
      band: 'hour',
      microPerWh: parseDecimal(price(hour), 'p'),
    }));
    return () => calendarTariff(REQUEST, (_month, _rest, hour) => quotes[hour] ?? assert.fail());
  };

  it('reject a price for each hour of the day, which is a load profile', () => {
    assert.throws(
      hourly((hour) => String(100 + 5 * hour)),
      refused('TARIFF_TOO_MANY_PRICES', { prices: 24, limit: TARIFF_LIMITS.maxDistinctPrices }),
    );
  });

  it('give bands with one name and two prices their numbers', () => {
    const { table } = hourly((hour) => (hour < 12 ? '100' : '150'))();
    assert.deepEqual(
      table.bands.map(({ name }) => name),
      ['band 1', 'band 2'],
    );
  });
});
