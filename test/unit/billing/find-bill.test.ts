/** From a meter and a month to a bill, or to one sentence that says what is not there yet. */
// First: it silences the contracts' decorators.
import { ContractBench } from '../../helpers/contract-bench.js';
import assert from 'node:assert/strict';
import { BillingBench } from '../../helpers/billing-bench.js';
import { chargedPeriod } from '../../helpers/billed-period.js';
import { clientRefused, refused } from '../../helpers/refused.js';
import { JANUARY_2024, tariffValues } from '../../helpers/tariff-values.js';
import type { TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { exportBill } from '@gridveil/client/billing/export-bill.js';
import { findBill, listMeterKeys, periodLabel } from '@gridveil/client/billing/find-bill.js';

describe('find a bill', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  before(async () => (bench = await ContractBench.open()));
  after(() => bench.close());

  it('labels a period by the month of its middle, whatever the zone', () => {
    const { periodStartSeconds, periodEndSeconds } = tariffValues();
    for (const hours of [-14, 0, 12])
      assert.equal(
        periodLabel({
          periodStartSeconds: periodStartSeconds + hours * 3600,
          periodEndSeconds: periodEndSeconds + hours * 3600,
        }),
        '2024-01',
      );
    assert.equal(
      periodLabel({ periodStartSeconds: JANUARY_2024 - 86_400, periodEndSeconds: JANUARY_2024 }),
      '2023-12',
    );
  });

  it('refuses unknown grids, meters and periods', async () => {
    const billing = await BillingBench.open(bench);
    const { id } = billing.grid;
    const { customer1, stranger1 } = bench.sessions;
    await assert.rejects(findBill(customer1, 'nowhere', 'm1', '2025-06'), refused('GRID_UNKNOWN'));
    await assert.rejects(
      findBill(customer1, id, 'm9', '2025-06'),
      refused('METER_UNKNOWN', { meterId: 'm9' }),
    );
    for (const period of ['2025-07', '2025-6', '', 'June', 'ab'.repeat(32)])
      await assert.rejects(
        findBill(customer1, id, 'm1', period),
        clientRefused('PERIOD_UNKNOWN', { meterId: 'm1', period, known: '2025-06' }),
      );
    await assert.rejects(findBill(stranger1, id, 'm1', '2025-06'), refused('ROLE_REQUIRED'));
    const ref = { grid: id, meterId: 'm1', tariffId: billing.tariffId, period: '2025-06' };
    assert.deepEqual(await findBill(customer1, id, 'm1', '2025-06'), ref);
    assert.deepEqual(await findBill(customer1, id, 'm1', billing.tariffId), ref);
  });

  it('finds every key of a meter and the periods of every plan it was in', async () => {
    const billing = await BillingBench.open(bench);
    const { id } = billing.grid;
    const { customer1 } = bench.sessions;
    const other = { ...billing.tariff, name: 'other' };
    await bench.call('esp1', 'billing:PublishTariff', billing.publication('cottage', other));
    const next = billing.meterRegistration('m1', 2, 'cottage', generateBlsKey());
    await bench.call('registrar1', 'billing:RegisterBillingMeters', { grid: id, meters: [next] });
    const keys = await listMeterKeys(customer1, id, 'm1');
    assert.deepEqual(
      keys.map(({ epoch, plan }) => [epoch, plan]),
      [
        [1, 'household'],
        [2, 'cottage'],
      ],
    );
    const { tariffId } = await findBill(customer1, id, 'm1', billing.tariffId);
    assert.equal(tariffId, billing.tariffId);
  });

  it('finds the period of the plan that the meter was in, before and after it changed the plan', async () => {
    const billing = await BillingBench.open(bench);
    const { id } = billing.grid;
    const { customer1 } = bench.sessions;
    const other = { ...billing.tariff, name: 'other' };
    const publish = (tariff: TariffTable, plan: string) =>
      bench.call<{ tariffId: string }>('esp1', 'billing:PublishTariff', billing.publication(plan, tariff));
    const cottage = await publish(other, 'cottage');
    const change = (meterId: string) => {
      const next = billing.meterRegistration(meterId, 2, 'cottage', generateBlsKey());
      return bench.call('registrar1', 'billing:RegisterBillingMeters', { grid: id, meters: [next] });
    };
    await change('m1');
    assert.equal((await findBill(customer1, id, 'm1', '2025-06')).tariffId, cottage.tariffId);
    billing.passSlot(billing.firstSlot);
    await change('m2');
    assert.equal((await findBill(customer1, id, 'm2', '2025-06')).tariffId, billing.tariffId);
    const lengthSeconds = other.periodEndSeconds - other.periodStartSeconds;
    const { tariffId } = await publish(
      {
        ...other,
        periodStartSeconds: other.periodEndSeconds,
        periodEndSeconds: other.periodEndSeconds + lengthSeconds,
      },
      'cottage',
    );
    await assert.rejects(
      findBill(customer1, id, 'm1', '2025-06'),
      clientRefused('PERIOD_AMBIGUOUS', { known: `${cottage.tariffId}, ${tariffId}` }),
    );
  });

  it('says of a bill that is not made yet what it waits for', async () => {
    const billing = await BillingBench.open(bench);
    const { customer1 } = bench.sessions;
    const ref = await findBill(customer1, billing.grid.id, 'm1', '2025-06');
    const waitsFor = (stage: RegExp) =>
      assert.rejects(exportBill(customer1, ref), (error) => {
        clientRefused('BILL_NOT_READY', { meterId: 'm1', period: '2025-06' })(error);
        assert.match(String((error as { facts: { stage: string } }).facts.stage), stage);
        return true;
      });
    await waitsFor(/period ends at 2025-06-01 \d\d:\d\d UTC and is not closed/);
    await billing.reportPeriod((meterId) => (meterId === 'm4' ? undefined : 1));
    await waitsFor(/not closed/);
    billing.passPeriod();
    const facts = { grid: ref.grid, tariffId: ref.tariffId };
    await bench.call('esp1', 'charges:CloseBillingPeriod', { ...facts, slotsPerPart: 5 });
    await waitsFor(/0 of 3 parts/);
    await billing.closeAndSum(5);
    await waitsFor(/aggregator has not signed/);
    const silent = { ...ref, meterId: 'm4' };
    await assert.rejects(exportBill(customer1, silent), refused('BILL_UNKNOWN', { meterId: 'm4' }));
  });

  it('says that a charge is not opened', async () => {
    const { billing } = await chargedPeriod(bench);
    const { customer1 } = bench.sessions;
    const ref = await findBill(customer1, billing.grid.id, 'm1', '2025-06');
    await assert.rejects(exportBill(customer1, ref), (error) => {
      clientRefused('BILL_NOT_READY', { stage: 'the ESP has not opened its charge' })(error);
      return true;
    });
  });
});
