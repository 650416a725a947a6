import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, type Person, type TransactionName } from '../helpers/contract-bench.js';
import { transactionsOf } from '../helpers/access-table.js';
import { describeBadInput, type Call } from '../helpers/bad-input-table.js';
import * as bad from '../helpers/bad-values.js';
import { BillingBench } from '../helpers/billing-bench.js';
import { BillingRecordsContract } from '@gridveil/chaincode/contracts/billing-records.js';
import { BillingContract } from '@gridveil/chaincode/contracts/billing.js';
import { ChargesContract } from '@gridveil/chaincode/contracts/charges.js';

type BillingCall = Call<BillingBench>;

const zeros = (sizeBytes: number): string => Buffer.alloc(sizeBytes).toString('base64url');
const slot = bad.integer(0, 9_999_999_999);
const term = bad.integer(1, Number.MAX_SAFE_INTEGER);
const epoch = bad.integer(1, 1_000_000);
const tariffId = bad.oneOf('ab'.repeat(31), 'ab'.repeat(33), 'AB'.repeat(32), `${'ab'.repeat(32)}\n`);
const { identifier } = bad;

const keyFields = {
  epoch,
  publicKey: bad.bytes(48),
  possession: bad.bytes(96),
  signature: bad.bytes(96),
};
const keyValues = { epoch: 1, publicKey: zeros(48), possession: zeros(96), signature: zeros(96) };

/** Fields of an item of a list. */
const inList = (list: string, fields: BillingCall['fields']): BillingCall['fields'] =>
  Object.fromEntries(Object.entries(fields).map(([name, values]) => [`${list}.0.${name}`, values]));

const call = (person: Person, values: object, fields: BillingCall['fields']): BillingCall => ({
  person,
  valid: (billing) => ({ grid: billing.grid.id, ...values }),
  fields: { grid: identifier, ...fields },
});
const underTariff = (person: Person, values: object, fields: BillingCall['fields']): BillingCall =>
  call(person, { tariffId: 'ab'.repeat(32), ...values }, { tariffId, ...fields });
const query = (values: object, fields: BillingCall['fields']): BillingCall =>
  call('customer1', values, fields);
const page = (values: object, fields: BillingCall['fields']): BillingCall => ({
  ...query(
    { ...values, pageSize: 5, bookmark: 'AA' },
    { ...fields, pageSize: bad.integer(1, 1000), bookmark: bad.text(1024) },
  ),
  optional: ['bookmark'],
});
const tariffPage = page({ tariffId: 'ab'.repeat(32) }, { tariffId });

const CALLS: Readonly<Record<TransactionName, BillingCall>> = {
  'billing:OpenBilling': call(
    'esp1',
    { proofsCheckedBy: 'endorsers', minAreaPercent: 80 },
    { proofsCheckedBy: bad.oneOf('nobody', 'Endorsers', 'toString'), minAreaPercent: bad.integer(50, 100) },
  ),
  'billing:RegisterAggregator': call(
    'fogA',
    { aggregator: 'fogA', ...keyValues },
    { aggregator: identifier, ...keyFields },
  ),
  'billing:RegisterBillingMeters': call(
    'registrar1',
    { meters: [{ meterId: 'm1', plan: 'p', ...keyValues, binding: zeros(64) }] },
    {
      meters: bad.list({}, 100),
      ...inList('meters', { meterId: identifier, plan: identifier, ...keyFields, binding: bad.bytes(64) }),
    },
  ),
  'billing:PublishTariff': {
    person: 'esp1',
    valid: (billing) => billing.publication(),
    fields: {
      grid: identifier,
      plan: identifier,
      'tariff.name': identifier,
      'tariff.currency': bad.oneOf('EURO', 'eur', 'EU', 'ÄÖÜ'),
      'tariff.periodStartSeconds': bad.integer(0, 9_999_999_999_999),
      'tariff.periodEndSeconds': bad.integer(1, 9_999_999_999_999),
      'tariff.slotSeconds': bad.integer(60, 86_400),
      'tariff.bands': bad.list({}, 64),
      'tariff.bands.0.name': identifier,
      'tariff.bands.0.priceMicroPerWh': bad.integer(1, 10_000_000),
      'tariff.bandOfSlot': bad.oneOf('8', '0 1', '01\n', '0'.repeat(44_761)),
      'tariff.fixedChargeMicro': bad.integer(0, 1_000_000_000_000_000),
      'tariff.minorDigits': bad.integer(0, 6),
      'tariff.missingSlotRule': bad.oneOf('ignore', 'Refuse'),
      'tariff.maxMissingSlots': bad.integer(0, 44_760),
      'tariff.missingEstimateWh': bad.integer(0, 100_000_000),
    },
  },
  'billing:SubmitSlotBlock': call(
    'fogA',
    {
      ...{ aggregator: 'fogA', term: 1, slot: 5, part: 0, count: 1 },
      ...{ root: zeros(32), signature: zeros(96) },
    },
    {
      ...{ aggregator: identifier, term, slot },
      ...{ part: bad.integer(0, 1_000_000), count: bad.integer(1, 1000) },
      ...{ root: bad.bytes(32), signature: bad.bytes(96) },
    },
  ),
  'billing:PublishAreaOpening': call(
    'esp1',
    { slot: 5, m: '1', rho: '1' },
    { slot, m: bad.decimal(1300), rho: bad.decimal(1300) },
  ),
  'charges:CloseBillingPeriod': underTariff(
    'esp1',
    { slotsPerPart: 5 },
    { slotsPerPart: bad.integer(1, 200) },
  ),
  'charges:SumChargePart': underTariff(
    'fogA',
    { aggregator: 'fogA', part: 0 },
    { aggregator: identifier, part: bad.integer(0, 100_000) },
  ),
  'charges:RecordMissingSlots': underTariff(
    'fogA',
    { aggregator: 'fogA', term: 1, records: [{ meterId: 'm1', signature: zeros(96) }] },
    {
      ...{ aggregator: identifier, term, records: bad.list({}, 100) },
      ...inList('records', { meterId: identifier, signature: bad.bytes(96) }),
    },
  ),
  'charges:SubmitMonthlyCharges': underTariff(
    'fogA',
    { aggregator: 'fogA', term: 1, charges: [{ meterId: 'm1', charge: 'AA', signature: zeros(96) }] },
    {
      ...{ aggregator: identifier, term, charges: bad.list({}, 100) },
      ...inList('charges', { meterId: identifier, charge: bad.anyBytes, signature: bad.bytes(96) }),
    },
  ),
  'charges:PublishChargeOpenings': underTariff(
    'esp1',
    { openings: [{ meterId: 'm1', m: '1', rho: '1' }] },
    {
      openings: bad.list({}, 100),
      ...inList('openings', { meterId: identifier, m: bad.decimal(1300), rho: bad.decimal(1300) }),
    },
  ),
  'charges:OpenDispute': underTariff(
    'customer1',
    { meterId: 'm1', epoch: 1, reason: 'r', signature: zeros(96) },
    { meterId: identifier, epoch, reason: bad.text(500), signature: bad.bytes(96) },
  ),
  'charges:ResolveDispute': underTariff(
    'auditor1',
    { meterId: 'm1', finding: 'bill-stands', explanation: 'e' },
    { meterId: identifier, finding: bad.oneOf('stands', 'Bill-stands'), explanation: bad.text(500) },
  ),
  'billing-records:GetBilling': query({}, {}),
  'billing-records:GetAggregator': query({ aggregator: 'fogA' }, { aggregator: identifier }),
  'billing-records:ListAggregatorKeys': page({}, {}),
  'billing-records:ListBillingMeters': page({}, {}),
  'billing-records:GetBillingMeterKey': query({ meterId: 'm1', epoch: 1 }, { meterId: identifier, epoch }),
  'billing-records:GetTariff': underTariff('customer1', {}, {}),
  'billing-records:ListPeriods': page({ plan: 'p' }, { plan: identifier }),
  'billing-records:GetSlotBlock': query({ slot: 5 }, { slot }),
  'billing-records:GetSlotPackets': query({ slot: 5, part: 0 }, { slot, part: bad.integer(0, 1_000_000) }),
  'billing-records:ListMeterPackets': query(
    { meterId: 'm1', fromSlot: 5, slots: 2 },
    { meterId: identifier, fromSlot: slot, slots: bad.integer(1, 200) },
  ),
  'billing-records:GetBill': underTariff('customer1', { meterId: 'm1' }, { meterId: identifier }),
  'billing-records:ListCharges': tariffPage,
  'billing-records:ListChargeOpenings': tariffPage,
  'billing-records:ListDisputes': tariffPage,
  'billing-records:ListBlockConflicts': page({ fromSlot: 0 }, { fromSlot: slot }),
};

describe('bad input of billing', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let billing: BillingBench;

  before(async () => {
    bench = await ContractBench.open();
    billing = await BillingBench.open(bench);
  });
  after(() => bench.close());

  it('covers every transaction', () => {
    const all = transactionsOf({
      billing: BillingContract,
      charges: ChargesContract,
      'billing-records': BillingRecordsContract,
    });
    assert.deepEqual(Object.keys(CALLS).sort(), all.sort());
  });

  describeBadInput(CALLS, () => ({ bench, subject: billing }));

  it('refuses what a bookmark of another page would lead to', async () => {
    const bookmark = Buffer.from('\u0000role\u0000').toString('base64url');
    const lists = Object.keys(CALLS).filter((name) => name.includes(':List') && !name.endsWith('Packets'));
    assert.equal(lists.length, 7);
    for (const name of lists as TransactionName[]) {
      const argument = { ...CALLS[name]?.valid(billing, 0), bookmark };
      await bench.refuses('BAD_FIELD', 'customer1', name, argument, { field: 'bookmark' });
    }
  });
});
