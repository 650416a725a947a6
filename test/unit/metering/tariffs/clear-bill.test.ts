import assert from 'node:assert/strict';
import { firstSlotOf } from '@gridveil/chaincode/domain/tariff.js';
import { clearBill } from '@gridveil/client/metering/tariffs/clear-bill.js';
import { refused } from '../../../helpers/refused.js';
import { tariffValues } from '../../../helpers/tariff-values.js';

describe('clear bill', () => {
  it('adds up by band, adds the fixed charge, and rounds once', () => {
    // 744 hours of 1001 Wh: 155 at 500, 589 at 210 micro-USD.
    const bill = clearBill(tariffValues(), () => 1001);
    assert.deepEqual(bill, {
      bands: [
        {
          name: 'off-peak',
          priceMicroPerWh: 210,
          slots: 589,
          seconds: 589 * 3600,
          energyWh: 589_589n,
          chargeMicro: 123_813_690n,
        },
        {
          name: 'peak',
          priceMicroPerWh: 500,
          slots: 155,
          seconds: 155 * 3600,
          energyWh: 155_155n,
          chargeMicro: 77_577_500n,
        },
      ],
      estimates: [],
      energyWh: 744_744n,
      energyChargeMicro: 201_391_190n,
      fixedChargeMicro: 12_000_000n,
      totalMicro: 213_391_190n,
      payable: 21_339n,
    });
  });

  it('rejects readings that are no whole, non-negative watt-hours', () => {
    for (const energyWh of [-1, 0.5, NaN, Infinity, 2 ** 53])
      assert.throws(() => clearBill(tariffValues(), () => energyWh), RangeError);
  });

  it('rejects an incomplete month unless the tariff has a rule for it', () => {
    const first = firstSlotOf(tariffValues());
    const readings = (slot: number) => (slot === first + 16 ? undefined : 100);
    assert.throws(() => clearBill(tariffValues(), readings), refused('TOO_MANY_MISSING_SLOTS'));
    const bill = (change: object) => clearBill(tariffValues({ maxMissingSlots: 3, ...change }), readings);
    const complete = clearBill(tariffValues(), () => 100);
    const fixed = bill({ missingSlotRule: 'fixed', missingEstimateWh: 40 });
    assert.equal(fixed.energyChargeMicro, complete.energyChargeMicro - 60n * 500n);
    assert.deepEqual(fixed.estimates, [{ slot: first + 16, energyWh: 40 }]);
    const copied = bill({ missingSlotRule: 'other-week' });
    assert.equal(copied.energyChargeMicro, complete.energyChargeMicro);
    assert.deepEqual(copied.estimates, [{ slot: first + 16, copyOfSlot: first + 16 + 168 }]);
  });
});
