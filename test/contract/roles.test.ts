import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, type TransactionName } from '../helpers/contract-bench.js';
import {
  ADMINS,
  ANYBODY,
  describeAccess,
  FOG_A,
  FOG_B,
  OWNER_MDMS,
  OWNER_REGISTRAR,
  transactionsOf,
  withRole,
  type Row,
} from '../helpers/access-table.js';
import { AggregationContract } from '@gridveil/chaincode/contracts/aggregation.js';
import { LeadershipContract } from '@gridveil/chaincode/contracts/leadership.js';
import { RegistryContract } from '@gridveil/chaincode/contracts/registry.js';
import type { BenchGrid } from '../helpers/contract-grid.js';

const METER_READERS = withRole('fog', 'registrar', 'auditor');
const SLOT_READERS = withRole('fog', 'mdms', 'registrar', 'auditor');

const settled = async (grid: BenchGrid, bench: ContractBench) => {
  const regions = await grid.settledSlot(bench.slot);
  await bench.call('mdms1', 'aggregation:PublishOpening', grid.openingSubmission(regions));
};

const TABLE: Readonly<Record<TransactionName, Row<BenchGrid>>> = {
  'registry:GrantRole': {
    access: ADMINS,
    argument: (grid) => Promise.resolve({ subject: `CN=somebody of ${grid.id}`, role: 'auditor' }),
  },
  'registry:RevokeRole': {
    access: ADMINS,
    async argument(grid, bench) {
      const grant = { subject: `CN=somebody of ${grid.id}`, role: 'auditor' };
      await bench.call('admin1', 'registry:GrantRole', grant);
      await bench.call('admin2', 'registry:GrantRole', grant);
      return grant;
    },
  },
  'registry:CreateGrid': {
    access: withRole('mdms'),
    argument: (grid) =>
      Promise.resolve((person) => ({ ...grid.parameters, grid: `${grid.id} of ${person}` })),
  },
  'registry:RegisterFogNode': {
    access: OWNER_REGISTRAR,
    async argument(_, bench) {
      return (await bench.emptyGrid()).fogNodeRegistration('fogA', 'north');
    },
  },
  'registry:AssignRegion': {
    access: OWNER_REGISTRAR,
    argument: (grid) => Promise.resolve({ grid: grid.id, region: 'north', fogNode: 'fogB' }),
  },
  'registry:RegisterMeters': {
    access: OWNER_REGISTRAR,
    argument: (grid) => Promise.resolve({ grid: grid.id, meters: [{ ...grid.meter('m1', 'north') }] }),
  },
  'registry:RevokeMeter': {
    access: OWNER_REGISTRAR,
    async argument(grid, bench) {
      const meters = [{ ...grid.meter('m1', 'north') }];
      await bench.call('registrar1', 'registry:RegisterMeters', { grid: grid.id, meters });
      return { grid: grid.id, meterId: 'm1' };
    },
  },
  'registry:GetGrid': { access: ANYBODY, argument: (grid) => Promise.resolve({ grid: grid.id }) },
  'registry:ListGrids': { access: ANYBODY, argument: () => Promise.resolve({ pageSize: 2 }) },
  'registry:GetFogNode': {
    access: ANYBODY,
    argument: (grid) => Promise.resolve({ grid: grid.id, fogNode: 'fogA' }),
  },
  'registry:ListFogNodes': {
    access: ANYBODY,
    argument: (grid) => Promise.resolve({ grid: grid.id, pageSize: 2 }),
  },
  'registry:GetMeter': {
    access: METER_READERS,
    async argument(grid, bench) {
      const meters = [{ ...grid.meter('m1', 'north') }];
      await bench.call('registrar1', 'registry:RegisterMeters', { grid: grid.id, meters });
      return { grid: grid.id, meterId: 'm1' };
    },
  },
  'registry:ListMeters': {
    access: METER_READERS,
    argument: (grid) => Promise.resolve({ grid: grid.id, pageSize: 2 }),
  },
  'leadership:StartElection': { access: FOG_A, argument: (grid) => Promise.resolve(grid.term('fogA', 1)) },
  'leadership:CastVote': {
    access: FOG_B,
    async argument(grid, bench) {
      await bench.call('fogA', 'leadership:StartElection', grid.term('fogA', 1));
      return { ...grid.term('fogB', 1), candidate: 'fogA' };
    },
  },
  'leadership:ClaimLeadership': {
    access: FOG_A,
    async argument(grid, bench) {
      await bench.call('fogA', 'leadership:StartElection', grid.term('fogA', 1));
      await bench.call('fogB', 'leadership:CastVote', { ...grid.term('fogB', 1), candidate: 'fogA' });
      return grid.term('fogA', 1);
    },
  },
  'leadership:RenewLease': {
    access: FOG_A,
    async argument(grid) {
      await grid.elect('fogA');
      return grid.term('fogA', 1);
    },
  },
  'leadership:GetLeadership': { access: ANYBODY, argument: (grid) => Promise.resolve({ grid: grid.id }) },
  'aggregation:SubmitRegionTotals': {
    access: FOG_A,
    argument: (grid, bench) =>
      Promise.resolve(grid.submission('fogA', grid.total('north', bench.slot, { sum: 5, count: 3 }))),
  },
  'aggregation:SubmitTotal': {
    access: FOG_A,
    async argument(grid, bench) {
      const regions = await grid.commitRegions(bench.slot);
      await grid.elect('fogA');
      return grid.totalSubmission(regions);
    },
  },
  'aggregation:WithholdRegion': {
    access: OWNER_MDMS,
    async argument(grid, bench) {
      await grid.settledSlot(bench.slot);
      return { grid: grid.id, region: 'north', slot: bench.slot, reason: 'invalid' };
    },
  },
  'aggregation:PublishOpening': {
    access: OWNER_MDMS,
    async argument(grid, bench) {
      return grid.openingSubmission(await grid.settledSlot(bench.slot));
    },
  },
  'aggregation:GetConsumption': {
    access: SLOT_READERS,
    async argument(grid, bench) {
      await settled(grid, bench);
      return { grid: grid.id, region: 'north', slot: bench.slot };
    },
  },
  'aggregation:GetRegionTotal': {
    access: SLOT_READERS,
    async argument(grid, bench) {
      await grid.commitRegions(bench.slot);
      return { grid: grid.id, region: 'north', slot: bench.slot };
    },
  },
  'aggregation:GetSlot': {
    access: SLOT_READERS,
    async argument(grid, bench) {
      await settled(grid, bench);
      return { grid: grid.id, slot: bench.slot };
    },
  },
  ...Object.fromEntries(
    ['ListRegionTotals', 'ListTotals', 'ListOpenings', 'ListConflicts'].map((name) => [
      `aggregation:${name}`,
      {
        access: SLOT_READERS,
        argument: (grid: BenchGrid) => Promise.resolve({ grid: grid.id, fromSlot: 0, pageSize: 2 }),
      },
    ]),
  ),
};

describe('who may run which transaction', function () {
  this.timeout(60_000);
  let bench: ContractBench;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());

  it('is decided for every transaction there is', () => {
    const all = transactionsOf({
      registry: RegistryContract,
      leadership: LeadershipContract,
      aggregation: AggregationContract,
    });
    assert.deepEqual(Object.keys(TABLE).sort(), all.sort());
  });

  describeAccess(
    TABLE,
    () => bench,
    () => bench.grid(),
  );

  it('a role that was revoked or granted by another organisation opens nothing', async () => {
    const grid = await bench.grid();
    const { subject } = bench.sessions.stranger1.identity;
    const registration = { grid: grid.id, meters: [{ ...grid.meter('m1', 'north') }] };
    const refuse = () =>
      bench.refuses('ROLE_REQUIRED', 'stranger1', 'registry:RegisterMeters', registration, {
        role: 'registrar',
        mspId: 'Org1MSP',
      });
    await bench.call('admin2', 'registry:GrantRole', { subject, role: 'registrar' });
    await refuse();
    await bench.call('admin1', 'registry:GrantRole', { subject, role: 'auditor' });
    await refuse();
    await bench.call('admin1', 'registry:GrantRole', { subject, role: 'registrar' });
    await bench.call('stranger1', 'registry:RegisterMeters', registration);
    await bench.call('admin1', 'registry:RevokeRole', { subject, role: 'registrar' });
    await refuse();
    await bench.call('admin1', 'registry:RevokeRole', { subject, role: 'auditor' });
  });

  it('a certificate after another one is nobody, whatever a peer makes of the first', async () => {
    const { ledger } = bench;
    const [client, admin] = [
      await ledger.membership.enrol('Org1MSP', 'stranger1'),
      await ledger.membership.admin('Org1MSP'),
    ];
    const args = ['registry:GrantRole', '{"role":"auditor","subject":"CN=x"}'];
    // A peer verifies the first block, whatever its type; Node would read the second.
    const first = client.certificatePem.replaceAll('CERTIFICATE', 'X');
    for (const [certificatePem, status] of [
      [admin.certificatePem, 200],
      [first + admin.certificatePem, 500],
      [client.certificatePem + admin.certificatePem, 500],
    ] as const) {
      const { bytes } = ledger.propose({ ...client, certificatePem }, args);
      assert.equal((await ledger.simulate(bytes)).status, status);
    }
  });

  it('a fog node needs the role as well as its registration', async () => {
    const grid = await bench.grid();
    const { subject } = bench.sessions.fogA.identity;
    await bench.call('admin1', 'registry:RevokeRole', { subject, role: 'fog' });
    await bench.refuses('ROLE_REQUIRED', 'fogA', 'leadership:StartElection', grid.term('fogA', 1));
    await bench.call('admin1', 'registry:GrantRole', { subject, role: 'fog' });
    await bench.call('fogA', 'leadership:StartElection', grid.term('fogA', 1));
  });

  it('a fog node commits regions of its own only', async () => {
    const grid = await bench.grid();
    const total = grid.total('south', bench.slot, { sum: 1, count: 3 });
    const own = grid.total('north', bench.slot, { sum: 1, count: 3 });
    for (const totals of [[total], [own, total]])
      await bench.refuses(
        'NOT_YOUR_REGION',
        'fogA',
        'aggregation:SubmitRegionTotals',
        grid.submission('fogA', ...totals),
        { region: 'south', fogNode: 'fogA' },
      );
  });
});
