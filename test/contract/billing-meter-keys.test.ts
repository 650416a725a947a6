/** Meters that change keys or plans while reports and bills are under way: nothing that was signed in time is lost, and no key that was replaced speaks for its meter. */
import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import { chargedPeriod } from '../helpers/billed-period.js';
import { BillingBench, METERS, PLAN } from '../helpers/billing-bench.js';
import type { BillingMeterRecord } from '@gridveil/chaincode/domain/billing-parties.js';
import type { BillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';

describe('contract billing: keys and plans over time', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let billing: BillingBench;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());

  const refusesBlock = (code: ErrorCode, slot: number, reports: readonly BillingReport[], facts = {}) => {
    const { argument, transient } = billing.block(slot, reports);
    return bench.refuses(code, 'fogA', 'billing:SubmitSlotBlock', argument, facts, transient);
  };
  const register = (meterId: string, epoch: number, plan = PLAN) =>
    bench.call('registrar1', 'billing:RegisterBillingMeters', {
      grid: billing.grid.id,
      meters: [billing.meterRegistration(meterId, epoch, plan, generateBlsKey())],
    });
  /** Registers the next key; the meter goes on with the one it had. @returns what lets it use the new one */
  const registerForLater = async (meterId: string, epoch: number, plan: string) => {
    const present = billing.meters.get(meterId);
    assert.ok(present);
    await register(meterId, epoch, plan);
    const next = billing.meters.get(meterId);
    billing.meters.set(meterId, present);
    return () => void (next && billing.meters.set(meterId, next));
  };
  const meter = async (meterId: string) => {
    const { items } = await bench.call<{ items: BillingMeterRecord[] }>(
      'auditor1',
      'billing-records:ListBillingMeters',
      { grid: billing.grid.id, pageSize: 10 },
    );
    return items.find((each) => each.meterId === meterId);
  };
  /** The period of another plan that begins `slots` slots after this one has ended. */
  const periodOf = (plan: string, slots = 0) => {
    const { tariff } = billing;
    const shift = tariff.periodEndSeconds - tariff.periodStartSeconds + slots * tariff.slotSeconds;
    return billing.publication(plan, {
      ...tariff,
      name: plan,
      periodStartSeconds: tariff.periodStartSeconds + shift,
      periodEndSeconds: tariff.periodEndSeconds + shift,
    });
  };

  describe('a new key', () => {
    beforeEach(async () => (billing = await BillingBench.open(bench)));

    it('lets reports in that the key before it had signed, until the period is closed', async () => {
      const { firstSlot } = billing;
      billing.passSlot(firstSlot + 1);
      const late = [billing.report('m1', firstSlot, 5), billing.report('m1', firstSlot + 1, 6)] as const;
      await register('m1', 2);
      await billing.submit(firstSlot, [late[0]]);
      billing.passPeriod();
      await billing.submit(firstSlot + 1, [late[1]]);
      await billing.closeAndSum();
      const { items } = await bench.call<{ items: { slot: number; epoch: number }[] }>(
        'customer1',
        'billing-records:ListMeterPackets',
        { grid: billing.grid.id, meterId: 'm1', fromSlot: firstSlot, slots: 12 },
      );
      assert.deepEqual(
        items.map(({ slot, epoch }) => [slot, epoch]),
        [
          [firstSlot, 1],
          [firstSlot + 1, 1],
        ],
      );
    });

    it('signs from then on, for open slots before it, too; the old one signs no later slot', async () => {
      const { firstSlot } = billing;
      billing.passSlot(firstSlot);
      const use = await registerForLater('m1', 2, PLAN);
      billing.passSlot(firstSlot + 2);
      const stolen = billing.report('m1', firstSlot + 2, 5);
      await refusesBlock('REPORT_KEY_OTHER_SLOTS', firstSlot + 2, [stolen], {
        ...{ meterId: 'm1', epoch: 1 },
        slot: firstSlot + 2,
      });
      const lastOfOld = billing.report('m1', firstSlot + 1, 5);
      await billing.submit(firstSlot + 1, [lastOfOld]);
      use();
      await billing.submit(firstSlot, [billing.report('m1', firstSlot, 5, { epoch: 2 })]);
      await billing.submit(firstSlot + 2, [billing.report('m1', firstSlot + 2, 5, { epoch: 2 })]);
    });

    it('signs only under its own epoch', async () => {
      const { firstSlot } = billing;
      await register('m1', 2);
      billing.passSlot(firstSlot);
      const forged = billing.report('m1', firstSlot, 5, { epoch: 1 });
      await refusesBlock('REPORT_KEY_OTHER_SLOTS', firstSlot, [forged]);
      await refusesBlock('REPORT_WRONG_EPOCH', firstSlot, [billing.report('m1', firstSlot, 5, { epoch: 3 })]);
    });
  });

  describe('a new plan', () => {
    beforeEach(async () => {
      billing = await BillingBench.open(bench);
      billing.passSlot(billing.firstSlot);
    });

    it('counts from the end of the running period: the one before is reported and priced as it was', async () => {
      const { firstSlot, slots } = billing;
      const { tariffId } = await bench.call<{ tariffId: string }>(
        'esp1',
        'billing:PublishTariff',
        periodOf('business'),
      );
      const use = await registerForLater('m1', 2, 'business');
      const next = firstSlot + slots.length;
      assert.deepEqual(
        [(await meter('m1'))?.fromSlot, (await meter('m1'))?.earlier?.map(({ lastSlot }) => lastSlot)],
        [next, [next - 1]],
      );
      billing.passSlot(firstSlot + 3);
      await billing.submit(firstSlot + 3, [billing.report('m1', firstSlot + 3, 5)]);
      use();
      const early = billing.report('m1', firstSlot + 2, 5, { epoch: 2 });
      await refusesBlock('REPORT_KEY_OTHER_SLOTS', firstSlot + 2, [early], { meterId: 'm1', epoch: 2 });
      billing.passSlot(next);
      await refusesBlock('REPORT_WRONG_TARIFF', next, [billing.report('m1', next, 5, { epoch: 2 })], {
        plan: 'business',
      });
      await billing.submit(next, [billing.report('m1', next, 5, { epoch: 2, tariffId })]);
    });

    it('is refused where a period of it would have begun by then', async () => {
      await bench.call('esp1', 'billing:PublishTariff', periodOf('business', -2));
      await bench.refuses(
        'PLAN_PERIODS_CROSS',
        'registrar1',
        'billing:RegisterBillingMeters',
        {
          grid: billing.grid.id,
          meters: [billing.meterRegistration('m1', 2, 'business', generateBlsKey())],
        },
        { meterId: 'm1', fromSeconds: billing.tariff.periodEndSeconds },
      );
    });

    it('counts at once for a meter whose plan has no running period, and may be taken back before it counts', async () => {
      const { firstSlot, slots } = billing;
      const now = firstSlot + 1;
      await register('m2', 2, 'business');
      assert.deepEqual((await meter('m2'))?.fromSlot, firstSlot + slots.length);
      await register('m2', 3, PLAN);
      const { plan, epoch, fromSlot, earlier } = (await meter('m2')) ?? {};
      assert.deepEqual(
        [plan, epoch, earlier?.map((key) => [key.epoch, key.lastSlot])],
        [PLAN, 3, [[1, now]]],
      );
      assert.ok((fromSlot ?? 0) < firstSlot, 'as before the change');
      billing.passSlot(firstSlot + slots.length);
      await register('m2', 4, 'business');
      assert.equal((await meter('m2'))?.fromSlot, firstSlot + slots.length + 1);
    });
  });

  describe('a dispute', () => {
    let open: (epoch: number, reason: string) => ReturnType<BillingBench['dispute']>;
    const dispute = async () => {
      const { grid, tariffId } = billing;
      const { dispute: stored } = await bench.call<{
        dispute?: { epoch: number; reason: string; earlier?: { epoch: number; reason: string }[] };
      }>('customer1', 'billing-records:GetBill', { grid: grid.id, tariffId, meterId: 'm2' });
      return stored;
    };

    before(async () => {
      ({ billing } = await chargedPeriod(bench));
      const old = billing.meters.get('m2');
      assert.ok(old);
      open = (epoch, reason) => {
        const present = billing.meters.get('m2');
        assert.ok(present);
        billing.meters.set('m2', epoch === 1 ? old : present);
        const signed = billing.dispute('m2', reason, epoch);
        billing.meters.set('m2', present);
        return signed;
      };
    });

    it('that a stolen key filed does not keep the meter from contesting with its newest one', async () => {
      await bench.call('customer1', 'charges:OpenDispute', open(1, 'nothing to see here'));
      await register('m2', 2);
      await bench.refuses('DISPUTE_EXISTS', 'customer1', 'charges:OpenDispute', open(1, 'once more'));
      await bench.call('customer1', 'charges:OpenDispute', open(2, 'I was on holiday'));
      const stored = await dispute();
      assert.deepEqual(
        [stored?.epoch, stored?.reason, stored?.earlier?.map(({ epoch, reason }) => [epoch, reason])],
        [2, 'I was on holiday', [[1, 'nothing to see here']]],
      );
    });

    it('of a key that was replaced is refused', async () => {
      const facts = { meterId: 'm2', epoch: 1, newestEpoch: 2 };
      const late = open(1, 'nothing to see here');
      await bench.refuses('DISPUTE_OLD_KEY', 'customer1', 'charges:OpenDispute', late, facts);
      await bench.writesNothing('customer1', 'charges:OpenDispute', open(2, 'I was on holiday'));
      await bench.refuses('DISPUTE_EXISTS', 'customer1', 'charges:OpenDispute', open(2, 'and ill'));
    });
  });

  it('counts as registered who can report in the slot', async () => {
    billing = await BillingBench.open(bench, { minAreaPercent: 75 });
    const slot = billing.firstSlot;
    billing.passSlot(slot);
    const reports = METERS.slice(0, 3).map((meterId) => billing.report(meterId, slot, 5));
    const { id: grid } = billing.grid;
    await bench.call('registrar1', 'registry:RevokeMeter', { grid, meterId: 'm4' });
    await billing.submit(slot, reports);
    const { blocks } = await bench.call<{ blocks: { registered: number }[] }>(
      'auditor1',
      'billing-records:GetSlotBlock',
      { grid, slot },
    );
    assert.deepEqual(
      blocks.map(({ registered }) => registered),
      [3],
    );
  });
});
