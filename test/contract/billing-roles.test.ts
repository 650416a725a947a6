import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, type TransactionName } from '../helpers/contract-bench.js';
import {
  describeAccess,
  FOG_A,
  FOG_B,
  OWNER_REGISTRAR,
  transactionsOf,
  WithTransient,
  withRole,
  type Access,
  type Row,
} from '../helpers/access-table.js';
import { BillingBench, METERS } from '../helpers/billing-bench.js';
import { BillingRecordsContract } from '@gridveil/chaincode/contracts/billing-records.js';
import { BillingContract } from '@gridveil/chaincode/contracts/billing.js';
import { ChargesContract } from '@gridveil/chaincode/contracts/charges.js';
import type { JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';

const OWNER_ESP: Access = { allowed: ['esp1'], refused: { esp2: 'NOT_GRID_OWNER' } };
const READERS = withRole('esp', 'fog', 'mdms', 'registrar', 'auditor', 'customer');
const BILLED = METERS.slice(0, 2);

const at = (billing: BillingBench) => ({ grid: billing.grid.id, tariffId: billing.tariffId });

/** A block of the first slot. */
async function firstBlock(billing: BillingBench) {
  const slot = billing.firstSlot;
  const reports = METERS.map((meterId) => billing.report(meterId, slot, 7));
  billing.passSlot(slot);
  await billing.submit(slot, reports);
  return { slot, reports };
}

/** Two meters' period, closed and summed. @returns their charges */
async function summed(billing: BillingBench) {
  const sent = await billing.reportPeriod((_, position) => position, BILLED);
  await billing.closeAndSum(12);
  return [...sent].map(([meterId, slots]) => ({ meterId, charge: billing.charge(meterId, slots) }));
}

async function billed(billing: BillingBench, bench: ContractBench) {
  const charges = await summed(billing);
  await bench.call('fogA', 'charges:SubmitMonthlyCharges', billing.monthlyCharges(charges));
  return charges;
}

/** A query: what it is about needs to be there only as far as its argument says. */
const query = (argument: (billing: BillingBench, bench: ContractBench) => Promise<JsonValue>) => ({
  access: READERS,
  argument,
});
const page = { pageSize: 2 };

const TABLE: Readonly<Record<TransactionName, Row<BillingBench>>> = {
  'billing:OpenBilling': {
    access: OWNER_ESP,
    argument: async (_, bench) => (await BillingBench.unopened(bench)).terms(),
  },
  'billing:RegisterAggregator': {
    access: FOG_A,
    argument: (billing) => Promise.resolve(billing.aggregatorRegistration('fogA', 2)),
  },
  'billing:RegisterBillingMeters': {
    access: OWNER_REGISTRAR,
    argument: (billing) => {
      const meters = [billing.meterRegistration('m1', 2, 'household', generateBlsKey())];
      return Promise.resolve({ grid: billing.grid.id, meters });
    },
  },
  'billing:PublishTariff': {
    access: OWNER_ESP,
    argument: (billing) =>
      Promise.resolve(billing.publication('business', { ...billing.tariff, name: 'business' })),
  },
  'billing:SubmitSlotBlock': {
    access: FOG_A,
    argument: (billing) => {
      const slot = billing.firstSlot;
      billing.passSlot(slot);
      const { argument, transient } = billing.block(slot, [billing.report('m1', slot, 7)]);
      return Promise.resolve(new WithTransient(argument, transient));
    },
  },
  'billing:PublishAreaOpening': {
    access: OWNER_ESP,
    async argument(billing) {
      const { slot, reports } = await firstBlock(billing);
      return billing.areaOpening(slot, reports);
    },
  },
  'charges:CloseBillingPeriod': {
    access: OWNER_ESP,
    argument: (billing) => {
      billing.passPeriod();
      return Promise.resolve({ ...at(billing), slotsPerPart: 12 });
    },
  },
  'charges:SumChargePart': {
    access: FOG_B,
    async argument(billing, bench) {
      billing.passPeriod();
      await bench.call('esp1', 'charges:CloseBillingPeriod', { ...at(billing), slotsPerPart: 12 });
      return { ...at(billing), aggregator: 'fogB', part: 0 };
    },
  },
  'charges:RecordMissingSlots': {
    access: FOG_A,
    async argument(_, bench) {
      const tariff = { missingSlotRule: 'fixed', maxMissingSlots: 1, missingEstimateWh: 5 } as const;
      const billing = await BillingBench.open(bench, { tariff });
      const first = billing.firstSlot;
      await billing.reportPeriod((_meter, position) => (position === 0 ? undefined : 1), BILLED);
      await billing.closeAndSum(12);
      return billing.missingSlots([{ meterId: 'm1', missing: [{ slot: first, energyWh: 5 }] }]);
    },
  },
  'charges:SubmitMonthlyCharges': {
    access: FOG_A,
    argument: async (billing) => billing.monthlyCharges(await summed(billing)),
  },
  'charges:PublishChargeOpenings': {
    access: OWNER_ESP,
    argument: async (billing, bench) => billing.chargeOpenings(await billed(billing, bench)),
  },
  'charges:OpenDispute': {
    access: withRole('customer'),
    async argument(billing, bench) {
      await billed(billing, bench);
      return billing.dispute('m1', 'too much');
    },
  },
  'charges:ResolveDispute': {
    access: withRole('auditor'),
    async argument(billing, bench) {
      await billed(billing, bench);
      for (const meterId of BILLED)
        await bench.call('customer1', 'charges:OpenDispute', billing.dispute(meterId, 'too much'));
      const resolution = { ...at(billing), finding: 'bill-stands', explanation: 'as signed' };
      return (person) => ({ ...resolution, meterId: person === 'auditor2' ? 'm2' : 'm1' });
    },
  },
  'billing-records:GetBilling': query((billing) => Promise.resolve({ grid: billing.grid.id })),
  'billing-records:GetAggregator': query((billing) =>
    Promise.resolve({ grid: billing.grid.id, aggregator: 'fogA' }),
  ),
  'billing-records:GetBillingMeterKey': query((billing) =>
    Promise.resolve({ grid: billing.grid.id, meterId: 'm1', epoch: 1 }),
  ),
  'billing-records:GetTariff': query((billing) => Promise.resolve(at(billing))),
  'billing-records:ListPeriods': query((billing) =>
    Promise.resolve({ grid: billing.grid.id, plan: 'household', ...page }),
  ),
  'billing-records:GetSlotBlock': query(async (billing) => {
    const { slot } = await firstBlock(billing);
    return { grid: billing.grid.id, slot };
  }),
  'billing-records:GetSlotPackets': query(async (billing) => {
    const { slot } = await firstBlock(billing);
    return { grid: billing.grid.id, slot, part: 0 };
  }),
  'billing-records:ListMeterPackets': query(async (billing) => {
    const { slot } = await firstBlock(billing);
    return { grid: billing.grid.id, meterId: 'm1', fromSlot: slot, slots: 2 };
  }),
  'billing-records:GetBill': query(async (billing) => {
    await summed(billing);
    return { ...at(billing), meterId: 'm1' };
  }),
  'billing-records:ListBlockConflicts': query((billing) =>
    Promise.resolve({ grid: billing.grid.id, fromSlot: 0, ...page }),
  ),
  ...Object.fromEntries(
    ['ListAggregatorKeys', 'ListBillingMeters'].map((name) => [
      `billing-records:${name}`,
      query((billing) => Promise.resolve({ grid: billing.grid.id, ...page })),
    ]),
  ),
  ...Object.fromEntries(
    ['ListCharges', 'ListChargeOpenings', 'ListDisputes'].map((name) => [
      `billing-records:${name}`,
      query((billing) => Promise.resolve({ ...at(billing), ...page })),
    ]),
  ),
};

describe('who may run which transaction of billing', function () {
  this.timeout(60_000);
  let bench: ContractBench;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());

  it('is decided for every transaction there is', () => {
    const all = transactionsOf({
      billing: BillingContract,
      charges: ChargesContract,
      'billing-records': BillingRecordsContract,
    });
    assert.deepEqual(Object.keys(TABLE).sort(), all.sort());
  });

  describeAccess(
    TABLE,
    () => bench,
    () => BillingBench.open(bench),
  );
});
