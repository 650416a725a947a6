import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, type TransactionName } from '../helpers/contract-bench.js';
import {
  describeAccess,
  transactionsOf,
  withRole,
  WithTransient,
  type Access,
  type Row,
} from '../helpers/access-table.js';
import { SigncryptionBench } from '../helpers/signcryption-bench.js';
import { EquipmentContract } from '@gridveil/chaincode/contracts/equipment.js';
import { RegulationContract } from '@gridveil/chaincode/contracts/regulation.js';
import { ReportsContract } from '@gridveil/chaincode/contracts/reports.js';
import type { JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';

const OWNER_KGC: Access = { allowed: ['kgc1'], refused: { kgc2: 'NOT_GRID_OWNER' } };
const OWNER_OPERATOR: Access = { allowed: ['operator1'], refused: { operator2: 'NOT_GRID_OWNER' } };
const READERS = withRole(
  ...['kgc', 'accounting', 'operator', 'regulator', 'supplier'],
  ...['customer', 'auditor', 'registrar'],
);

type SigncryptionRow = Row<SigncryptionBench>;

const query = (argument: (subject: SigncryptionBench) => JsonValue): SigncryptionRow => ({
  access: READERS,
  argument: (subject) => Promise.resolve(argument(subject)),
});
const withSealed = ({
  argument,
  transient,
}: {
  argument: JsonValue;
  transient: Readonly<Record<string, Uint8Array>>;
}) => new WithTransient(argument, transient);
const page = { pageSize: 2 };

const TABLE: Readonly<Record<TransactionName, SigncryptionRow>> = {
  'reports:OpenSigncryption': {
    // An owner cannot be the regulator of its own grid.
    access: { allowed: ['kgc1'], refused: { kgc2: 'BAD_FIELD' } },
    argument: async (_, bench) => (await SigncryptionBench.unopened(bench)).terms(),
  },
  'reports:RegisterKeys': {
    access: OWNER_KGC,
    async argument(subject) {
      await subject.makeKey({ purpose: 'sender', id: 'm1' }, 2);
      return { grid: subject.grid, keys: [subject.registration('sender', 'm1', 'meter')] };
    },
  },
  'reports:RevokeKey': {
    access: OWNER_KGC,
    argument: ({ grid }) => Promise.resolve({ grid, purpose: 'sender', id: 'm1' }),
  },
  'reports:SubmitReports': {
    access: withRole('accounting'),
    async argument(subject) {
      const { argument, encoded } = subject.block([await subject.report('m1')]);
      return new WithTransient(argument, { reports: encoded });
    },
  },
  'reports:GetSigncryption': query(({ grid }) => ({ grid })),
  'reports:GetKey': query(({ grid }) => ({ grid, purpose: 'receiver', id: 'supplier' })),
  'reports:ListKeys': query(({ grid }) => ({ grid, purpose: 'receiver', ...page })),
  'reports:GetReportBlocks': query(({ grid, slot }) => ({ grid, slot })),
  'reports:GetReports': {
    access: READERS,
    async argument(subject) {
      const report = await subject.report('m1');
      await subject.submit([report]);
      return subject.block([report]).argument;
    },
  },
  'reports:GetSealed': {
    access: READERS,
    async argument(subject, bench) {
      await subject.setPolicy();
      const { operatorPolicy } = await bench.call<{ operatorPolicy: { digest: string } }>(
        'auditor1',
        'regulation:GetRegulation',
        { grid: subject.grid, meterId: 'm1' },
      );
      return { grid: subject.grid, digest: operatorPolicy.digest };
    },
  },
  'regulation:SetOperatorPolicy': {
    access: OWNER_OPERATOR,
    argument: async (subject) => withSealed(await subject.operatorPolicy()),
  },
  'regulation:SetDevicePolicy': {
    access: withRole('customer'),
    argument: async (subject) => withSealed(await subject.devicePolicy()),
  },
  'regulation:ConcludeConsumption': {
    access: OWNER_OPERATOR,
    async argument(subject) {
      await subject.setPolicy();
      return { grid: subject.grid, meterId: 'm1', event: 'exceed' };
    },
  },
  'regulation:RecordPayment': {
    access: {
      allowed: ['operator1'],
      refused: {
        operator2: 'NOT_GRID_OWNER',
        regulator2: 'DECIDED_BY_OTHER_ROLE',
        customer1: 'DECIDED_BY_OTHER_ROLE',
      },
    },
    async argument(subject) {
      await subject.setPolicy();
      return { grid: subject.grid, meterId: 'm1', event: 'fall-behind' };
    },
  },
  'regulation:AppealTrip': {
    access: {
      allowed: ['customer1'],
      refused: {
        operator1: 'DECIDED_BY_OTHER_ROLE',
        operator2: 'NOT_GRID_OWNER',
        regulator2: 'DECIDED_BY_OTHER_ROLE',
      },
    },
    async argument(subject) {
      await subject.setPolicy();
      return subject.appeal(await subject.requestTrip());
    },
  },
  'regulation:IssueAction': {
    access: OWNER_OPERATOR,
    argument: async (subject) => withSealed(await subject.action('payment', 'supply')),
  },
  'regulation:AcknowledgeAction': {
    access: withRole('accounting', 'operator', 'customer'),
    async argument(subject) {
      // One action for each of those who bring what a meter signed.
      const actions = new Map<string, JsonValue>();
      for (const [person, meterId, machine] of [
        ['accounting1', 'm1', 'payment'],
        ['operator1', 'm1', 'consumption'],
        ['operator2', 'm2', 'payment'],
        ['customer1', 'm3', 'payment'],
      ] as const) {
        const code = machine === 'payment' ? 'supply' : 'run-as-usual';
        const { nonce, digest } = await subject.issue(machine, code, { meterId });
        actions.set(person, subject.acknowledgement(nonce, digest, meterId));
      }
      return (person) => actions.get(person) ?? actions.get('accounting1') ?? {};
    },
  },
  'regulation:GetRegulation': query(({ grid }) => ({ grid, meterId: 'm1' })),
  'regulation:ListActions': query(({ grid }) => ({ grid, meterId: 'm1', ...page })),
  'equipment:RegisterEquipment': {
    access: OWNER_OPERATOR,
    argument: ({ grid }) => Promise.resolve({ grid, deviceId: 'transformer-1', supplier: 'Org2MSP' }),
  },
  'equipment:FileEquipmentEvent': {
    access: { allowed: ['supplier2', 'operator1'] },
    async argument(subject) {
      await subject.registerEquipment();
      const first = withSealed(await subject.equipmentEvent('warn', 1));
      const second = withSealed(await subject.equipmentEvent('fail', 2));
      return (person) => (person === 'operator1' ? second : first);
    },
  },
  'equipment:ListEquipment': query(({ grid }) => ({ grid, ...page })),
  'equipment:ListEquipmentEvents': query(({ grid }) => ({ grid, deviceId: 'transformer-1', ...page })),
};

describe('who may run which transaction of signcryption and regulation', function () {
  this.timeout(60_000);
  let bench: ContractBench;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());

  it('is decided for every transaction there is', () => {
    const all = transactionsOf({
      reports: ReportsContract,
      regulation: RegulationContract,
      equipment: EquipmentContract,
    });
    assert.deepEqual(Object.keys(TABLE).sort(), all.sort());
  });

  describeAccess(
    TABLE,
    () => bench,
    () => SigncryptionBench.open(bench),
  );
});
