/**
 * T001-9, breaks B1.9 and B1.18: Algorithm 1 as printed prices one day of the month and charges the night as the peak; and nobody knows which prices the AN used.
 * Attacker: nobody needed; for B1.18 the ESP or the AN. That a table is fixed before its period, and no other one used, is tested with the billing contract.
 */
import assert from 'node:assert/strict';
import { recomputedCharge } from '../../papers/tou-billing/billing.js';
import { literalPrice, price } from '../../papers/tou-billing/tariff.js';
import { packetOf } from '@gridveil/chaincode/crypto/tou-billing.js';
import { findBadSignatures } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import { SLOT, toyBilling } from '../../helpers/toy-billing.js';
import { firstSlotOf, priceMicroPerWh, slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import { threePriceTariff } from '@gridveil/client/metering/tariffs/three-price.js';
import { refused } from '../../helpers/refused.js';
import { bills, ledger, open, PRICES, publicKey } from './printed.js';

describe('T001-9 prices', () => {
  it('succeeds on the printed form: at the borders of a month all hours but those of the last day have no price', () => {
    for (const omega of [28, 29, 30, 31]) {
      const z = 24 * omega;
      for (const gamma of [1, 24, 24 * 27, z - 24])
        assert.equal(literalPrice(PRICES, gamma, omega), undefined);
      for (const hour of [1, 2, 3, 4, 5, 6, 23, 24]) {
        const gamma = z - 24 + hour;
        assert.deepEqual(
          [literalPrice(PRICES, gamma, omega), price(PRICES, gamma)],
          [PRICES.high, PRICES.low],
        );
      }
    }
  });

  it('succeeds on the printed form: two price tables give two bills, and both verify', () => {
    const dearer = { ...PRICES, low: 91n };
    const slots = (ledger[0] ?? []).map(({ C }, h) => ({ C, price: price(dearer, h + 1) }));
    assert.ok(open(recomputedCharge(publicKey, slots)) > (bills[0] ?? 0n));
  });

  it('fails on the product: every hour of every month has the price of the corrected algorithm', () => {
    for (const month of ['2023-02', '2024-02', '2024-04', '2024-12']) {
      const terms = { month, zone: 'UTC', slotSeconds: 3600, name: month, currency: 'EUR' };
      const prices = { high: '0.42', normal: '0.15', low: '0.09', unit: 'currency/kWh' } as const;
      const { table } = threePriceTariff(terms, prices);
      const first = firstSlotOf(table);
      for (let gamma = 1; gamma <= slotCountOf(table); gamma++)
        assert.equal(BigInt(priceMicroPerWh(table, first + gamma - 1)), price(PRICES, gamma));
      for (const slot of [first - 1, first + slotCountOf(table)])
        assert.throws(() => priceMicroPerWh(table, slot), refused('SLOT_OUTSIDE_PERIOD'));
    }
  });

  it('fails on the product: reports name the hash of the table they were made under', async () => {
    const toy = await toyBilling();
    const packet = packetOf(toy.report('m1', 5));
    const other = { ...packet, tariffId: `${'ab'.repeat(31)}ac` };
    const codes = [packet, other].map((one) =>
      findBadSignatures(toy.scope, SLOT, [one], () => toy.keyOf('m1')).map(({ refusal }) => refusal.code),
    );
    assert.deepEqual(codes, [[], ['REPORT_BAD_SIGNATURE']]);
  });
});
