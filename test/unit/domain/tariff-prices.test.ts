/** The price rules against B1.15: every vector that reads more than one number out of a bill is shown to do so, and refused. */
import assert from 'node:assert/strict';
import { checkTariff, TARIFF_LIMITS, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { checkTariffPrices } from '@gridveil/chaincode/domain/tariff-prices.js';
import { clearBill } from '@gridveil/client/metering/tariffs/clear-bill.js';
import { refused } from '../../helpers/refused.js';
import { alternatingPrices, JANUARY_2024, JANUARY_HOURS, tariffValues } from '../../helpers/tariff-values.js';

/** Readings of an ordinary home, a different one each hour. */
const reading = (slot: number) => 150 + ((slot * 7919) % 613);

function billOf(table: TariffTable) {
  const { energyChargeMicro, bands } = clearBill(table, reading);
  return { bill: energyChargeMicro, energies: bands.map(({ energyWh }) => energyWh) };
}

/** The bands of some hours of the month; all others are in band 0. */
function singledOut(bandOfHour: ReadonlyMap<number, number>, prices: readonly number[]): TariffTable {
  const bands = prices.map((priceMicroPerWh, k) => ({ name: `b${k}`, priceMicroPerWh }));
  const bandOfSlot = Array.from({ length: JANUARY_HOURS }, (_, i) => bandOfHour.get(i) ?? 0).join('');
  return tariffValues({ bands, bandOfSlot });
}

describe('price rules', () => {
  it('rejects the radix prices that turn a bill into single readings', () => {
    // Two hours of one evening, each with its own price; everything else is almost free.
    const evening = new Map([
      [17, 1],
      [18, 2],
    ]);
    const table = singledOut(evening, [1, 1_000_000, 1_000_000_000]);
    const { bill } = billOf(table);
    const first = JANUARY_2024 / 3600;
    assert.equal(bill / 1_000_000_000n, BigInt(reading(first + 18)), 'the attack works on these prices');
    assert.equal((bill / 1_000_000n) % 1000n, BigInt(reading(first + 17)));
    assert.throws(
      () => checkTariff(table),
      refused('TARIFF_BAND_TOO_SHORT', { slots: 1, bandSeconds: 3600 }),
    );
  });

  it('rejects radix prices of long bands', () => {
    const table = alternatingPrices([1, 1_000_000]);
    const { bill, energies } = billOf(table);
    assert.deepEqual([bill % 1_000_000n, bill / 1_000_000n], energies, 'the attack works on these prices');
    assert.throws(() => checkTariff(table), refused('TARIFF_PRICE_RATIO', { lowest: 1, highest: 1_000_000 }));
  });

  it('rejects prices that differ by little and give two energies all the same', () => {
    const table = alternatingPrices([1_000_000, 1_000_001]);
    const { bill, energies } = billOf(table);
    const [, second = 0n] = energies;
    assert.equal(bill % 1_000_000n, second, 'the attack works on these prices');
    assert.equal(bill / 1_000_000n - second, energies[0]);
    assert.throws(() => checkTariff(table), refused('TARIFF_BANDS_EXPOSED'));
  });

  it('rejects two hidden pairs that give two sums', () => {
    // Each pair hides its own energies; the residue modulo 10⁶ still separates the pairs.
    const table = alternatingPrices([1_000_000, 1_000_001, 2_000_000, 2_000_002]);
    const { bill, energies } = billOf(table);
    const [a = 0n, b = 0n, c = 0n, d = 0n] = energies;
    assert.equal(bill % 1_000_000n, b + 2n * d, 'the attack works on these prices');
    assert.equal(bill / 1_000_000n, a + b + 2n * (c + d));
    assert.throws(() => checkTariff(table), refused('TARIFF_BANDS_EXPOSED'));
  });

  it('rejects prices so coprime and fine that a small home has one answer only', () => {
    assert.throws(
      () => checkTariff(alternatingPrices([88_370, 118_830, 164_840])),
      refused('TARIFF_BANDS_EXPOSED'),
    );
    checkTariff(alternatingPrices([88, 119, 165]));
    checkTariff(alternatingPrices([88_000, 119_000, 165_000]));
  });

  it('takes eight prices, ratio 20 and six hours, and nothing beyond', () => {
    const eight = [100, 110, 120, 130, 140, 150, 160, 170];
    checkTariff(alternatingPrices(eight));
    assert.throws(
      () => checkTariff({ ...alternatingPrices(eight), bands: alternatingPrices([...eight, 180]).bands }),
      refused('TARIFF_TOO_MANY_PRICES', { prices: 9, limit: 8 }),
    );
    checkTariff(alternatingPrices([10, 200]));
    assert.throws(
      () => checkTariff(alternatingPrices([10, 201])),
      refused('TARIFF_PRICE_RATIO', { maxPriceRatio: 20 }),
    );
    const evening = (hours: number) =>
      singledOut(new Map(Array.from({ length: hours }, (_, i) => [i, 1])), [10, 20]);
    checkTariff(evening(6));
    assert.throws(() => checkTariff(evening(5)), refused('TARIFF_BAND_TOO_SHORT', { band: 'b1', slots: 5 }));
  });

  it('counts a short band in hours as well as in slots', () => {
    const bands = (slots: number) => [
      { name: 'a', priceMicroPerWh: 10, slots: 1000 },
      { name: 'b', priceMicroPerWh: 20, slots },
    ];
    checkTariffPrices(bands(24), 900);
    assert.throws(() => checkTariffPrices(bands(23), 900), refused('TARIFF_BAND_TOO_SHORT'));
    checkTariffPrices(bands(6), 86_400);
    assert.throws(() => checkTariffPrices(bands(5), 86_400), refused('TARIFF_BAND_TOO_SHORT'));
  });

  it('links bands at exactly sixteen moves of a quiet home, also through other bands', () => {
    // 6 hours of 100 W are 600 Wh: 16 moves of 37 Wh fit, of 38 Wh do not.
    const bands = (...prices: number[]) =>
      prices.map((priceMicroPerWh, k) => ({ name: `b${k}`, priceMicroPerWh, slots: 6 }));
    checkTariffPrices(bands(36, 37), 3600);
    assert.throws(() => checkTariffPrices(bands(37, 38), 3600), refused('TARIFF_BANDS_EXPOSED'));
    // 899 = 29·31 and 1110 = 30·37 have no common measure; 930 = 30·31 has one with each.
    assert.throws(
      () => checkTariffPrices(bands(899, 1110), 3600),
      refused('TARIFF_BANDS_EXPOSED', { band: 'b1' }),
    );
    checkTariffPrices(bands(899, 930, 1110), 3600);
    checkTariffPrices(bands(41), 3600);
  });

  it('links bands only if the moves fit into both of them', () => {
    const of = (first: number, second: number) => () =>
      checkTariffPrices(
        [
          { name: 'a', priceMicroPerWh: 100, slots: first },
          { name: 'b', priceMicroPerWh: 101, slots: second },
        ],
        3600,
      );
    assert.throws(of(1000, 6), refused('TARIFF_BANDS_EXPOSED', { band: 'b' }));
    assert.throws(of(6, 1000), refused('TARIFF_BANDS_EXPOSED', { band: 'b' }));
    of(17, 17)();
  });

  it('does not grow lax by a caller who passes limits', () => {
    assert.throws(
      () =>
        checkTariff(alternatingPrices([1, 2, 3, 4, 5, 6, 7, 8, 9].map((p) => p * 10)), {
          ...TARIFF_LIMITS,
          maxDistinctPrices: 99,
        }),
      refused('TARIFF_TOO_MANY_PRICES'),
    );
  });
});
