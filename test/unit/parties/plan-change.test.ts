/** A period over whose meters much changes: every meter that was in the plan has its bill, or is named with the reason why not. */
import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, TOY_TARIFF_LIMITS } from '../../helpers/contract-bench.js';
import { BillingBench, METERS, PLAN } from '../../helpers/billing-bench.js';
import { BillingParties } from '../../helpers/billing-parties.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { exportBill } from '@gridveil/client/billing/export-bill.js';
import { verifyBill as verifyDocument } from '@gridveil/client/billing/verify-bill.js';
import { TOY_CHECK } from '../../helpers/billed-period.js';
import { verifyBill } from '@gridveil/client/parties/bill-check.js';

describe('a period in which meters change plans', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let billing: BillingBench;
  let parties: BillingParties;

  before(async () => {
    bench = await ContractBench.open();
    billing = await BillingBench.open(bench, { minAreaPercent: 50 });
    parties = await BillingParties.on(billing);
  });
  after(async () => {
    await parties.close();
    await bench.close();
  });

  /** The meter keeps reporting with the key it has. */
  async function change(meterId: string, plan: string): Promise<void> {
    const present = billing.meters.get(meterId);
    assert.ok(present);
    const meters = [billing.meterRegistration(meterId, 2, plan, generateBlsKey())];
    await bench.call('registrar1', 'billing:RegisterBillingMeters', { grid: billing.grid.id, meters });
    billing.meters.set(meterId, present);
  }

  it('loses no bill of the plan that they leave, inside the period or after it', async () => {
    const { tariffId, firstSlot } = billing;
    billing.passSlot(firstSlot);
    await change('m1', 'business');
    await change('m2', PLAN);
    await billing.reportPeriod((meterId, position) =>
      meterId === 'm4' || (meterId === 'm2' && position > 1) ? undefined : 10 * position,
    );
    billing.passPeriod();
    await change('m3', 'business');
    await parties.esp().closePeriod(tariffId);
    const node = parties.node('fogA');
    await node.sumParts(tariffId);
    const { charges, refused } = await node.computeCharges(tariffId);
    assert.deepEqual(
      charges.map(({ meterId }) => meterId),
      ['m1', 'm3'],
    );
    assert.deepEqual(
      refused.map(({ meterId, refusal }) => [meterId, refusal.code]),
      [
        ['m2', 'TOO_MANY_MISSING_SLOTS'],
        ['m4', 'BILL_UNKNOWN'],
      ],
      'every other meter of the plan is named',
    );
    assert.equal(charges.length + refused.length, METERS.length);
    await node.submitCharges(tariffId, charges);
    await parties.esp().openCharges(tariffId, ['m1', 'm3']);
    for (const meterId of ['m1', 'm3']) {
      const bill = verifyBill(await parties.reader().bill(meterId), TOY_TARIFF_LIMITS);
      assert.equal(bill.reports, 12);
      const ref = { grid: billing.grid.id, meterId, tariffId, period: '2025-06' };
      const { evidence } = await exportBill(bench.sessions.customer1, ref);
      assert.equal(verifyDocument(evidence, TOY_CHECK).energyChargeMicro, bill.chargeMicro);
    }
  });
});
