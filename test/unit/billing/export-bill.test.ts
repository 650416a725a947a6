/** Evidence of a bill as it is taken from a ledger: all that proves it, of the keys that were used, and nothing more. What is not there yet, find-bill.test.ts asks for. */
import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../../helpers/contract-bench.js';
import { assertValid } from '../../e2e/schemas.js';
import type { BillingBench } from '../../helpers/billing-bench.js';
import { billedPeriod, chargedPeriod, ESTIMATE_WH, LOST, TOY_CHECK } from '../../helpers/billed-period.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { parseBillEvidence } from '@gridveil/client/billing/bill-evidence.js';
import { exportBill } from '@gridveil/client/billing/export-bill.js';
import { verifyBill } from '@gridveil/client/billing/verify-bill.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';

describe('export of a bill', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let billing: BillingBench;
  before(async () => {
    bench = await ContractBench.open();
    billing = await billedPeriod(bench);
  });
  after(() => bench.close());

  const exported = (meterId: string) =>
    exportBill(bench.sessions.customer1, {
      ...{ grid: billing.grid.id, meterId, tariffId: billing.tariffId },
      period: '2025-06',
    });

  it('is a document of the published schema that survives being written and read', async () => {
    for (const meterId of ['m1', 'm2']) {
      const { evidence, dispute } = await exported(meterId);
      const text = JSON.stringify(evidence);
      assertValid('bill-evidence', JSON.parse(text));
      assert.deepEqual(parseBillEvidence(text), JSON.parse(text));
      assert.equal(dispute, undefined);
    }
  });

  it('has the packets of the meter in order, and what its missing slots count as', async () => {
    const { evidence } = await exported('m1');
    assert.deepEqual(
      evidence.packets.map(({ slot }) => slot),
      billing.slots.filter((_, position) => position !== LOST),
    );
    assert.deepEqual(evidence.missingSlots?.missing, [
      { slot: billing.firstSlot + LOST, energyWh: ESTIMATE_WH },
    ]);
    const other = await exported('m2');
    assert.deepEqual([other.evidence.packets.length, other.evidence.missingSlots], [12, undefined]);
  });

  it('names the keys that were used, whatever was registered since', async () => {
    const { id } = billing.grid;
    const used = billing.key('fogA').publicKey;
    const next = billing.aggregatorRegistration('fogA', 2);
    await bench.call('fogA', 'billing:RegisterAggregator', next);
    const meters = [billing.meterRegistration('m2', 2, undefined, generateBlsKey())];
    await bench.call('registrar1', 'billing:RegisterBillingMeters', { grid: id, meters });
    const { evidence } = await exported('m2');
    assert.deepEqual(
      evidence.aggregators.map(({ aggregator, epoch, publicKey }) => [aggregator, epoch, publicKey]),
      [['fogA', 1, toBase64url(used)]],
    );
    assert.deepEqual(
      evidence.meter.keys.map(({ epoch, plan }) => [epoch, plan]),
      [[1, 'household']],
    );
    assert.equal(evidence.charge.epoch, 1);
    verifyBill(evidence, TOY_CHECK);
  });

  it('gives a dispute beside the evidence, not in it', async () => {
    ({ billing } = await chargedPeriod(bench));
    const { tariffId } = billing;
    const { id: grid } = billing.grid;
    await bench.call('customer1', 'charges:OpenDispute', billing.dispute('m3', 'too much'));
    const { charge } = await bench.call<{ charge: { charge: string } }>(
      'customer1',
      'billing-records:GetBill',
      { grid, tariffId, meterId: 'm3' },
    );
    const opened = { meterId: 'm3', charge: Buffer.from(charge.charge, 'base64url') };
    await bench.call('esp1', 'charges:PublishChargeOpenings', billing.chargeOpenings([opened]));
    const { evidence, dispute } = await exported('m3');
    assert.equal(dispute?.reason, 'too much');
    assert.doesNotMatch(JSON.stringify(evidence), /too much/, 'a dispute proves no bill');
    verifyBill(evidence, TOY_CHECK);
  });
});
