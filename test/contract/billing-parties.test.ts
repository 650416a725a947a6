import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import { BillingBench, PLAN } from '../helpers/billing-bench.js';
import { tariffId, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { generateSigningKey } from '@gridveil/client/crypto/curve25519.js';

describe('contract billing: parties and tariffs', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let billing: BillingBench;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());
  beforeEach(async () => {
    billing = await BillingBench.open(bench);
  });

  describe('terms', () => {
    it('are fixed for good', async () => {
      assert.equal(
        (await bench.writesNothing('esp1', 'billing:OpenBilling', billing.terms())).status,
        'duplicate',
      );
      for (const change of [{ proofsCheckedBy: 'aggregators' }, { minAreaPercent: 50 }]) {
        const other = { ...billing.terms(), ...change };
        await bench.refuses('BILLING_EXISTS', 'esp1', 'billing:OpenBilling', other);
      }
    });

    it('come before everything else', async () => {
      billing = await BillingBench.unopened(bench);
      const { id } = billing.grid;
      const registration = billing.aggregatorRegistration('fogA');
      await bench.refuses('BILLING_UNKNOWN', 'fogA', 'billing:RegisterAggregator', registration, {
        grid: id,
      });
      await bench.refuses('BILLING_UNKNOWN', 'esp1', 'billing:PublishTariff', billing.publication());
      await bench.refuses('BILLING_UNKNOWN', 'customer1', 'billing-records:GetBilling', { grid: id });
    });
  });

  describe('meters', () => {
    type Registration = ReturnType<BillingBench['meterRegistration']>;
    const argument = (...meters: Registration[]) => ({ grid: billing.grid.id, meters });
    const refuses = (code: ErrorCode, registration: Registration, facts = {}) =>
      bench.refuses(code, 'registrar1', 'billing:RegisterBillingMeters', argument(registration), facts);
    /** For a meter that has no billing key yet. */
    const fresh = async (meterId = 'n1') => {
      const keys = billing.meters.get('m1')?.keys;
      assert.ok(keys);
      const meters = [{ ...billing.grid.meter(meterId, 'north', 1, keys) }];
      await bench.call('registrar1', 'registry:RegisterMeters', { grid: billing.grid.id, meters });
      billing.meters.set(meterId, { keys, bls: generateBlsKey() });
      return billing.meterRegistration(meterId);
    };

    it('need proofs that they hold their key, made for this channel, grid, id and epoch (T001-3)', async () => {
      const registration = await fresh();
      const other = await fresh('n2');
      for (const [proof, change] of [
        ['possession', { possession: other.possession }],
        ['possession', { possession: registration.signature }],
        ['signature', { signature: other.signature }],
        ['signature', { signature: registration.possession }],
      ] as const)
        await refuses('BAD_BLS_POSSESSION', { ...registration, ...change }, { id: 'n1', proof });
      await refuses('BAD_BLS_POSSESSION', { ...other, meterId: 'n1' }, { id: 'n1', proof: 'signature' });
      await bench.call('registrar1', 'billing:RegisterBillingMeters', argument(registration, other));
      assert.equal(bench.lastEvent, 'BillingMetersRegistered');
    });

    it('refuses keys and proofs that are no points of the group, the identity among them (T001-4, T001-12)', async () => {
      const registration = await fresh();
      const identity = (sizeBytes: number) => {
        const bytes = new Uint8Array(sizeBytes);
        bytes[0] = 0b1100_0000;
        return bytes;
      };
      await refuses('BAD_BLS_POINT', { ...registration, publicKey: identity(48) });
      await refuses('BAD_BLS_POINT', { ...registration, possession: identity(96) });
      await refuses('BAD_BLS_POINT', { ...registration, signature: identity(96) });
      await refuses('BAD_BLS_POINT', { ...registration, publicKey: new Uint8Array(48) });
    });

    it('sign the key with the signing key of their registration, too', async () => {
      const registration = await fresh();
      const keys = billing.meters.get('n1')?.keys;
      assert.ok(keys);
      billing.meters.set('n1', { keys: { ...keys, signing: generateSigningKey() }, bls: generateBlsKey() });
      await refuses('BAD_METER_BINDING', billing.meterRegistration('n1'), { meterId: 'n1' });
      await refuses('BAD_METER_BINDING', { ...registration, binding: new Uint8Array(64) });
    });

    it('are meters of the registry that still count', async () => {
      const registration = await fresh();
      await refuses('METER_UNKNOWN', { ...registration, meterId: 'n9' }, { meterId: 'n9' });
      await bench.call('registrar1', 'registry:RevokeMeter', { grid: billing.grid.id, meterId: 'n1' });
      await refuses('METER_REVOKED', registration, { meterId: 'n1' });
      await bench.refuses('BAD_FIELD', 'registrar1', 'billing:RegisterBillingMeters', {
        ...argument(registration, registration),
      });
    });

    it('change keys with the next epoch, one at a time', async () => {
      const { bls } = billing.meters.get('m1') ?? {};
      assert.ok(bls);
      const first = billing.meterRegistration('m1');
      await bench.writesNothing('registrar1', 'billing:RegisterBillingMeters', argument(first));
      await refuses('METER_EXISTS', billing.meterRegistration('m1', 2), { meterId: 'm1' });
      await refuses('METER_EXISTS', billing.meterRegistration('m1', 1, 'business', bls));
      await refuses('METER_EXISTS', billing.meterRegistration('m1', 3, PLAN, generateBlsKey()));
      await refuses('METER_EXISTS', billing.meterRegistration('m1', 1, PLAN, generateBlsKey()));
      const second = billing.meterRegistration('m1', 2, 'business', generateBlsKey());
      await bench.call('registrar1', 'billing:RegisterBillingMeters', argument(second));
      for (const epoch of [1, 2])
        assert.equal(
          (
            await bench.call<{ epoch: number }>('customer1', 'billing-records:GetBillingMeterKey', {
              ...{ grid: billing.grid.id, meterId: 'm1' },
              epoch,
            })
          ).epoch,
          epoch,
        );
    });

    it('that are revoked in the registry report no more', async () => {
      const slot = billing.firstSlot;
      await bench.call('registrar1', 'registry:RevokeMeter', { grid: billing.grid.id, meterId: 'm2' });
      billing.passSlot(slot);
      const { argument: block, transient } = billing.block(slot, [billing.report('m2', slot, 5)]);
      const facts = { meterId: 'm2' };
      await bench.refuses('METER_REVOKED', 'fogA', 'billing:SubmitSlotBlock', block, facts, transient);
    });
  });

  describe('aggregators', () => {
    it('need the same proofs, and change keys with the next epoch', async () => {
      const used = billing.key('fogB');
      const registration = billing.aggregatorRegistration('fogC');
      const refuses = (code: ErrorCode, change: object) =>
        bench.refuses(code, 'fogC', 'billing:RegisterAggregator', { ...registration, ...change });
      const other = billing.aggregatorRegistration('fogB', 2);
      await refuses('BAD_BLS_POSSESSION', { possession: other.possession });
      await refuses('BAD_BLS_POSSESSION', { signature: other.signature });
      await refuses('AGGREGATOR_EXISTS', { epoch: 2 });
      const same = billing.aggregatorRegistration('fogB', 1, used);
      await bench.writesNothing('fogB', 'billing:RegisterAggregator', same);
      const later = billing.aggregatorRegistration('fogB', 2, used);
      await bench.refuses('AGGREGATOR_EXISTS', 'fogB', 'billing:RegisterAggregator', later);
      await bench.call('fogB', 'billing:RegisterAggregator', other);
      await bench.call('fogC', 'billing:RegisterAggregator', registration);
    });

    it('submit blocks only once they are registered', async () => {
      // Behind the lease of fogA.
      bench.clock.nowSeconds += 120;
      await bench.call('fogC', 'leadership:StartElection', billing.grid.term('fogC', 2));
      await bench.call('fogB', 'leadership:CastVote', { ...billing.grid.term('fogB', 2), candidate: 'fogC' });
      await bench.call('fogC', 'leadership:ClaimLeadership', billing.grid.term('fogC', 2));
      const slot = billing.firstSlot;
      billing.passSlot(slot);
      const changes = { person: 'fogC', term: 2, key: generateBlsKey() } as const;
      const { argument, transient } = billing.block(slot, [billing.report('m1', slot, 5)], changes);
      const facts = { aggregator: 'fogC' };
      await bench.refuses(
        'AGGREGATOR_UNKNOWN',
        'fogC',
        'billing:SubmitSlotBlock',
        argument,
        facts,
        transient,
      );
      const stale = billing.block(slot, [billing.report('m1', slot, 5)]);
      await bench.refuses(
        'TERM_STALE',
        'fogA',
        'billing:SubmitSlotBlock',
        stale.argument,
        { term: 1, currentTerm: 2 },
        stale.transient,
      );
    });
  });

  describe('tariffs', () => {
    const publish = (code: ErrorCode, tariff: TariffTable, facts = {}, plan = PLAN) =>
      bench.refuses(code, 'esp1', 'billing:PublishTariff', billing.publication(plan, tariff), facts);

    it('are fixed before their period, and may be replaced until it begins', async () => {
      const { tariff } = billing;
      await bench.writesNothing('esp1', 'billing:PublishTariff', billing.publication());
      const dearer = {
        ...tariff,
        bands: tariff.bands.map((b) => ({ ...b, priceMicroPerWh: 2 * b.priceMicroPerWh })),
      };
      await bench.call('esp1', 'billing:PublishTariff', billing.publication(PLAN, dearer));
      assert.equal(bench.lastEvent, 'TariffPublished');
      await bench.refuses('TARIFF_UNKNOWN', 'customer1', 'billing-records:GetTariff', {
        ...{ grid: billing.grid.id, tariffId: billing.tariffId },
      });
      bench.clock.nowSeconds = tariff.periodStartSeconds;
      await publish('TARIFF_PERIOD_BEGUN', tariff);
      await bench.writesNothing('esp1', 'billing:PublishTariff', billing.publication(PLAN, dearer));
      const { items } = await bench.call<{ items: { tariffId: string }[] }>(
        'customer1',
        'billing-records:ListPeriods',
        { grid: billing.grid.id, plan: PLAN, pageSize: 5 },
      );
      assert.deepEqual(
        items.map((item) => item.tariffId),
        [tariffId(dearer)],
      );
    });

    it('never price a slot of a plan twice (T001-15)', async () => {
      const { tariff } = billing;
      const shifted = {
        ...tariff,
        name: 'shifted',
        periodStartSeconds: tariff.periodStartSeconds + 900,
        periodEndSeconds: tariff.periodEndSeconds + 900,
      };
      await publish('TARIFF_PERIOD_TAKEN', shifted, { tariffId: billing.tariffId });
      await bench.call('esp1', 'billing:PublishTariff', billing.publication('business', shifted));
      await publish('TARIFF_OF_OTHER_PLAN', tariff, { plan: PLAN }, 'business-2');
    });

    it('refuse prices that would turn a bill into a load profile (T001-15), and what does not fit the grid', async () => {
      const { tariff } = billing;
      const priced = (...prices: number[]) => ({
        ...tariff,
        bands: prices.map((priceMicroPerWh, k) => ({ name: `b${k}`, priceMicroPerWh })),
      });
      await publish('TARIFF_PRICE_RATIO', priced(1, 1_000_000));
      await publish('TARIFF_BANDS_EXPOSED', priced(1_000_000, 1_000_001));
      await publish('TARIFF_SLOT_COUNT', { ...tariff, bandOfSlot: '0101' });
      const halves = { ...tariff, slotSeconds: 450, bandOfSlot: tariff.bandOfSlot.repeat(2) };
      await publish('TARIFF_SLOT_LENGTH', halves, { actualSeconds: 450, expectedSeconds: 900 });
    });
  });
});
