import assert from 'node:assert/strict';
import { slotsPerBand } from '@gridveil/chaincode/domain/tariff.js';
import {
  priceListTariff,
  readPriceList,
  type PriceListMeaning,
} from '@gridveil/client/metering/tariffs/price-list.js';
import { clientRefused, refused } from '../../../helpers/refused.js';

const MEANING: PriceListMeaning = {
  zone: 'UTC',
  unit: 'currency/MWh',
  intervalMinutes: 60,
  currency: 'EUR',
  minorDigits: 2,
};
const REQUEST = { name: 'day ahead', month: '2024-03', zone: 'Europe/Berlin', slotSeconds: 3600 };

/** Prices of some hours from 2024-02-29 on. */
function hours(count: number, price: (i: number) => string): string {
  const start = Date.UTC(2024, 1, 29);
  const rows = Array.from({ length: count }, (_, i) => {
    return `${new Date(start + i * 3_600_000).toISOString().slice(0, 16)},${price(i)}`;
  });
  return ['start,price', ...rows].join('\n');
}
const read = (csv: string, declared: Partial<PriceListMeaning> = MEANING) => readPriceList([csv], declared);

describe('price lists', () => {
  it('are rejected as long as something about them is not declared', async () => {
    for (const option of Object.keys(MEANING)) {
      const declared = { ...MEANING, [option]: undefined };
      await assert.rejects(
        readPriceList(['start,price\n2024-01-01T00:00,1'], declared),
        clientRefused('TARIFF_LIST_UNDECLARED', { option }),
      );
    }
    for (const [option, value] of [
      ['unit', 'EUR/kWh'],
      ['intervalMinutes', 7],
      ['intervalMinutes', 0],
      ['intervalMinutes', 1.5],
    ] as const)
      await assert.rejects(
        read('start,price\n', { ...MEANING, [option]: value }),
        clientRefused('TARIFF_LIST_UNDECLARED', { option }),
      );
  });

  it('are rejected with the line of what does not fit', async () => {
    const row = '2024-01-01T00:00,1';
    for (const [csv, place] of [
      ['', 'the file'],
      ['start,price', 'the file'],
      ['time,price\n', 'the header'],
      ['start,cost\n', 'the header'],
      ['start,price,price\n', 'the header'],
      [`start,price\n${row}\n${row}`, 'line 3'],
      ['start,price\n2024-01-01T00:30,1', 'line 2'],
    ] as const)
      await assert.rejects(read(csv), clientRefused('TARIFF_MALFORMED', { place }), csv);
    await assert.rejects(
      read('start,price\n2024-03-31T02:00,1', { ...MEANING, zone: 'Europe/Berlin' }),
      clientRefused('TARIFF_MALFORMED', { reason: 'clocks in this zone never showed its time' }),
    );
    await assert.rejects(
      read('start,price\n2024-01-01T00:00,dear'),
      clientRefused('TARIFF_BAD_NUMBER', { place: 'line 2' }),
    );
    await assert.rejects(read('start,price\nsoon,1'), clientRefused('READINGS_BAD_STAMP', { line: 2 }));
    await assert.rejects(
      read('start,price\n2024-01-01T00:00'),
      clientRefused('READINGS_RAGGED_ROW', { line: 2 }),
    );
    await assert.rejects(read('start,price\n"2024'), clientRefused('READINGS_BAD_CSV'));
  });

  it('price every slot of a month in another zone, clocks changing', async () => {
    const list = await read(hours(40 * 24, (i) => (i % 2 === 0 ? '60' : '90')));
    const { table, notes } = priceListTariff(list, REQUEST);
    assert.deepEqual(notes, []);
    assert.equal(table.bandOfSlot.length, 743);
    assert.deepEqual(table.bands, [
      { name: 'price 60', priceMicroPerWh: 60 },
      { name: 'price 90', priceMicroPerWh: 90 },
    ]);
    // 2024-03-01 00:00 in Berlin is 23:00 UTC, an odd hour of the list.
    assert.equal(table.bandOfSlot.slice(0, 4), '1010');
    assert.deepEqual(slotsPerBand(table), [371, 372]);
    const half = priceListTariff(list, { ...REQUEST, slotSeconds: 1800 }).table;
    assert.equal(half.bandOfSlot.slice(0, 8), '11001100');
  });

  it('take a band of one price as one, however the price is written', async () => {
    const list = await read(hours(40 * 24, (i) => (i % 2 === 0 ? '60' : '60.00')));
    const { table } = priceListTariff(list, { ...REQUEST, zone: 'UTC', slotSeconds: 7200 });
    assert.deepEqual(table.bands, [{ name: 'price 60', priceMicroPerWh: 60 }]);
  });

  it('with a known header need no declaration, and a declaration wins', async () => {
    const csv = 'time_gmt,band,pence_per_kWh,mean\n2013-01-01 00:00,Low,3.99,0.2\n2013-01-01 00:30,Low,3.99,';
    const known = await read(csv, {});
    assert.deepEqual([known.meaning.currency, known.meaning.unit], ['GBX', 'currency/kWh']);
    assert.deepEqual(
      [...known.quotes.values()].map(({ band }) => band),
      ['Low', 'Low'],
    );
    const pounds = await read(csv, { unit: 'hundredth/kWh', currency: 'GBP' });
    assert.deepEqual(pounds.meaning, { ...known.meaning, unit: 'hundredth/kWh', currency: 'GBP' });
  });

  it('are rejected where the month is not all there, or slots are longer than prices', async () => {
    const list = await read(hours(20 * 24, () => '60'));
    assert.throws(
      () => priceListTariff(list, REQUEST),
      clientRefused('TARIFF_PRICE_MISSING', { time: '2024-03-20T00:00:00Z' }),
    );
    const alternating = await read(hours(40 * 24, (i) => (i % 2 === 0 ? '60' : '90')));
    assert.throws(
      () => priceListTariff(alternating, { ...REQUEST, zone: 'UTC', slotSeconds: 7200 }),
      clientRefused('TARIFF_BAND_SPLITS_SLOT'),
    );
  });

  it('are rejected with a price for each hour, as a day-ahead market makes them', async () => {
    const list = await read(hours(40 * 24, (i) => String(60 + (i % 97))));
    assert.throws(
      () => priceListTariff(list, REQUEST),
      refused('TARIFF_TOO_MANY_PRICES', { prices: 97, limit: 8 }),
    );
    const negative = await read(hours(40 * 24, (i) => (i % 50 === 0 ? '-5' : '60')));
    assert.throws(() => priceListTariff(negative, REQUEST), clientRefused('TARIFF_NEGATIVE'));
  });

  it('tell the two hours of autumn apart by their order', async () => {
    const zone = 'Europe/Berlin';
    const rows = ['2024-10-27T02:00,60', '2024-10-27T02:00,90', '2024-10-27T03:00,70'];
    const { quotes } = await read(['start,price', ...rows].join('\n'), { ...MEANING, zone });
    const at = (iso: string) => quotes.get(Date.parse(iso) / 1000)?.band;
    assert.deepEqual(['2024-10-27T00:00Z', '2024-10-27T01:00Z', '2024-10-27T02:00Z'].map(at), [
      'price 60',
      'price 90',
      'price 70',
    ]);
    await assert.rejects(
      read(['start,price', ...rows, rows[0]].join('\n'), { ...MEANING, zone }),
      clientRefused('TARIFF_MALFORMED', { place: 'line 5' }),
    );
  });
});
