/**
 * T001-15, break B1.15: the ESP chooses prices as the places of a number system, and the digits of one bill are the load profile; or it bills one month under two tables.
 * Attacker: the ESP, even if it can open nothing but bills. That the billing contract asks these rules before it fixes a table is tested there.
 */
import assert from 'node:assert/strict';
import { espOpens, recomputedCharge } from '../../papers/tou-billing/billing.js';
import { checkTariff, tariffTable, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { checkTariffPublication } from '@gridveil/chaincode/domain/tariff-publication.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { refused } from '../../helpers/refused.js';
import { alternatingPrices, JANUARY_HOURS, tariffValues } from '../../helpers/tariff-values.js';
import { ledger, privateKey, publicKey, readings } from './printed.js';

describe('T001-15 prices that read the meter', () => {
  const profile = (readings[1] ?? []).slice(0, 24);
  const slots = (ledger[1] ?? []).slice(0, 24);
  const bill = (priceOf: (h: number) => bigint) =>
    espOpens(
      publicKey,
      privateKey,
      recomputedCharge(
        publicKey,
        slots.map(({ C }, h) => ({ C, price: priceOf(h) })),
      ),
    );

  it('succeeds on the printed form: 24 prices of 2^(10h) show all 24 hours', () => {
    const charge = bill((h) => 2n ** BigInt(10 * h));
    assert.deepEqual(
      profile.map((_, h) => (charge >> BigInt(10 * h)) & 1023n),
      profile,
    );
  });

  it('succeeds on the printed form: a table changed for one hour inside the period shows that hour', () => {
    const flat = bill(() => 150n);
    for (const hour of [0, 7, 23])
      assert.equal(bill((h) => (h === hour ? 151n : 150n)) - flat, profile[hour]);
  });

  it('succeeds on the printed form: a price of 1 for one hour and 0 for the others', () => {
    assert.equal(
      bill((h) => (h === 20 ? 1n : 0n)),
      profile[20],
    );
  });

  describe('product', () => {
    const refusedWith = (code: ErrorCode, table: TariffTable) =>
      assert.throws(() => checkTariff(table), refused(code));
    const digits = (bandOf: (slot: number) => number) =>
      Array.from({ length: JANUARY_HOURS }, (_, i) => bandOf(i)).join('');

    it('fails on the product: prices as places of a number system', () => {
      refusedWith('TARIFF_PRICE_RATIO', alternatingPrices([1, 1024]));
      refusedWith('TARIFF_PRICE_RATIO', alternatingPrices([1, 20, 400]));
      refusedWith('TARIFF_TOO_MANY_PRICES', alternatingPrices([1, 2, 3, 4, 5, 6, 7, 8, 9]));
      refusedWith('TARIFF_BANDS_EXPOSED', alternatingPrices([1_000_000, 1_000_001]));
    });

    it('fails on the product: a price of its own for one hour, or of nothing for all others', () => {
      const bands = [150, 151].map((priceMicroPerWh, k) => ({ name: `b${k}`, priceMicroPerWh }));
      refusedWith(
        'TARIFF_BAND_TOO_SHORT',
        tariffValues({ bands, bandOfSlot: digits((i) => (i === 20 ? 1 : 0)) }),
      );
      const free = { ...tariffValues(), bands: [{ name: 'free', priceMicroPerWh: 0 }] };
      assert.throws(() => tariffTable(free, 'tariff'), refused('BAD_FIELD'));
    });

    it('fails on the product: another table for the period once it has begun, or for a part of it', () => {
      const { periodStartSeconds, periodEndSeconds } = tariffValues();
      const first = { tariffId: 'a', periodStartSeconds, periodEndSeconds };
      const second = { ...first, tariffId: 'b' };
      assert.throws(
        () => checkTariffPublication(second, [first], periodStartSeconds),
        refused('TARIFF_PERIOD_BEGUN'),
      );
      const later = { ...second, periodStartSeconds: periodStartSeconds + 86_400 };
      assert.throws(
        () => checkTariffPublication(later, [first], periodStartSeconds - 1),
        refused('TARIFF_PERIOD_TAKEN'),
      );
    });
  });
});
