import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, type Person, type TransactionName } from '../helpers/contract-bench.js';
import { transactionsOf } from '../helpers/access-table.js';
import { describeBadInput, type Call } from '../helpers/bad-input-table.js';
import * as bad from '../helpers/bad-values.js';
import { NOTICES, SigncryptionBench } from '../helpers/signcryption-bench.js';
import { EquipmentContract } from '@gridveil/chaincode/contracts/equipment.js';
import { RegulationContract } from '@gridveil/chaincode/contracts/regulation.js';
import { ReportsContract } from '@gridveil/chaincode/contracts/reports.js';

type SigncryptionCall = Call<SigncryptionBench>;

const zeros = (sizeBytes: number): string => Buffer.alloc(sizeBytes).toString('base64url');
const { identifier } = bad;
const slot = bad.integer(0, 9_999_999_999);
const version = bad.integer(1, 1_000_000);
const purpose = bad.oneOf('senders', 'Sender', 'toString');
const notice = bad.integer(1, 366 * 86_400);
const nonce = bad.oneOf('0'.repeat(15), '0'.repeat(17), 'F'.repeat(16), `${'0'.repeat(16)}\n`);
const signature = bad.bytes(64);

const call = (person: Person, values: object, fields: SigncryptionCall['fields']): SigncryptionCall => ({
  person,
  valid: ({ grid }) => ({ grid, ...values }),
  fields: { grid: identifier, ...fields },
});
const ofMeter = (person: Person, values: object, fields: SigncryptionCall['fields']): SigncryptionCall =>
  call(person, { meterId: 'm1', ...values }, { meterId: identifier, ...fields });
const query = (values: object, fields: SigncryptionCall['fields']): SigncryptionCall =>
  call('auditor1', values, fields);
const page = (values: object, fields: SigncryptionCall['fields']): SigncryptionCall => ({
  ...query(
    { ...values, pageSize: 5, bookmark: 'AA' },
    { ...fields, pageSize: bad.integer(1, 1000), bookmark: bad.text(1024) },
  ),
  optional: ['bookmark'],
});

const CALLS: Readonly<Record<TransactionName, SigncryptionCall>> = {
  'reports:OpenSigncryption': {
    person: 'kgc1',
    valid: (subject) => subject.terms(),
    fields: {
      grid: identifier,
      authorityKey: bad.bytes(32),
      slotSeconds: bad.integer(60, 86_400),
      maxSlotAgeSeconds: bad.integer(60, 10_000_000_000),
      storage: bad.oneOf('chain', 'Ledger'),
      regulator: identifier,
      minNoticeSeconds: notice,
    },
  },
  'reports:RegisterKeys': call(
    'kgc1',
    {
      keys: [
        {
          ...{ purpose: 'sender', id: 'm1', party: 'meter', epoch: 1 },
          ...{ publicKey: zeros(64), own: zeros(64), partial: zeros(64) },
        },
      ],
    },
    {
      keys: bad.list({}, 200),
      'keys.0.purpose': purpose,
      'keys.0.id': identifier,
      'keys.0.party': bad.oneOf('meters', 'Meter'),
      'keys.0.epoch': bad.integer(1, 1_000_000),
      'keys.0.publicKey': bad.bytes(64),
      'keys.0.own': bad.bytes(64),
      'keys.0.partial': bad.bytes(64),
    },
  ),
  'reports:RevokeKey': call('kgc1', { purpose: 'sender', id: 'm1' }, { purpose, id: identifier }),
  'reports:SubmitReports': call('accounting1', { slot: 5, root: zeros(32) }, { slot, root: bad.bytes(32) }),
  'reports:GetSigncryption': query({}, {}),
  'reports:GetKey': {
    ...query(
      { purpose: 'sender', id: 'm1', epoch: 1 },
      { purpose, id: identifier, epoch: bad.integer(1, 1_000_000) },
    ),
    optional: ['epoch'],
  },
  'reports:ListKeys': page({ purpose: 'sender' }, { purpose }),
  'reports:GetReportBlocks': query({ slot: 5 }, { slot }),
  'reports:GetReports': query({ slot: 5, root: zeros(32) }, { slot, root: bad.bytes(32) }),
  'reports:GetSealed': query({ digest: zeros(32) }, { digest: bad.bytes(32) }),
  'regulation:SetOperatorPolicy': ofMeter(
    'operator1',
    { version: 1, ...NOTICES },
    { version, arrearsNoticeSeconds: notice, tripNoticeSeconds: notice },
  ),
  'regulation:SetDevicePolicy': ofMeter(
    'customer1',
    { version: 1, signature: zeros(64) },
    { version, signature },
  ),
  'regulation:ConcludeConsumption': ofMeter(
    'operator1',
    { event: 'exceed' },
    { event: bad.oneOf('exceeds', 'pay', 'toString') },
  ),
  'regulation:RecordPayment': ofMeter(
    'operator1',
    { event: 'pay' },
    { event: bad.oneOf('appeal', 'exceed', 'Pay') },
  ),
  'regulation:AppealTrip': ofMeter('customer1', { signature: zeros(64) }, { signature }),
  'regulation:IssueAction': ofMeter(
    'operator1',
    { machine: 'payment', nonce: '0'.repeat(16), code: 'supply', expiresAtSeconds: 5 },
    {
      machine: bad.oneOf('payments', 'equipment'),
      nonce,
      code: bad.oneOf('explode', 'Trip'),
      expiresAtSeconds: bad.integer(1, 9_999_999_999_999),
    },
  ),
  'regulation:AcknowledgeAction': ofMeter(
    'accounting1',
    { nonce: '0'.repeat(16), signature: zeros(64) },
    { nonce, signature },
  ),
  'regulation:GetRegulation': query({ meterId: 'm1' }, { meterId: identifier }),
  'regulation:ListActions': page({ meterId: 'm1' }, { meterId: identifier }),
  'equipment:RegisterEquipment': call(
    'operator1',
    { deviceId: 'd', supplier: 'Org2MSP' },
    { deviceId: identifier, supplier: identifier },
  ),
  'equipment:FileEquipmentEvent': call(
    'supplier2',
    { deviceId: 'd', event: 'warn', number: 1 },
    { deviceId: identifier, event: bad.oneOf('warning', 'exceed'), number: bad.integer(1, 1_000_000_000) },
  ),
  'equipment:ListEquipment': page({}, {}),
  'equipment:ListEquipmentEvents': page({ deviceId: 'd' }, { deviceId: identifier }),
};

describe('bad input of signcryption and regulation', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let signcryption: SigncryptionBench;

  before(async () => {
    bench = await ContractBench.open();
    signcryption = await SigncryptionBench.open(bench);
  });
  after(() => bench.close());

  it('covers every transaction', () => {
    const all = transactionsOf({
      reports: ReportsContract,
      regulation: RegulationContract,
      equipment: EquipmentContract,
    });
    assert.deepEqual(Object.keys(CALLS).sort(), all.sort());
  });

  describeBadInput(CALLS, () => ({ bench, subject: signcryption }));
});
