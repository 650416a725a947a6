import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, isQuery, type Person, type TransactionName } from '../helpers/contract-bench.js';
import type { BenchGrid } from '../helpers/contract-grid.js';
import { describeBadInput, type Call } from '../helpers/bad-input-table.js';
import * as bad from '../helpers/bad-values.js';

const MAX_SLOT = 9_999_999_999;
const slot = bad.integer(0, MAX_SLOT);
const term = bad.integer(1, Number.MAX_SAFE_INTEGER);
const pageSize = bad.integer(1, 1000);
const bookmark = bad.text(1024);
const grid = bad.identifier;

const gridCall = (person: Person): Call<BenchGrid> => ({
  person,
  valid: ({ id }) => ({ grid: id }),
  fields: { grid },
});
const gridPage = (person: Person): Call<BenchGrid> => ({
  person,
  valid: ({ id }) => ({ grid: id, pageSize: 5, bookmark: 'AA' }),
  fields: { grid, pageSize, bookmark },
  optional: ['bookmark'],
});
const slotPage: Call<BenchGrid> = {
  person: 'auditor1',
  valid: ({ id }) => ({ grid: id, fromSlot: 0, pageSize: 5, bookmark: 'AA' }),
  fields: { grid, fromSlot: slot, pageSize, bookmark },
  optional: ['bookmark'],
};
const regionSlotCall: Call<BenchGrid> = {
  person: 'auditor1',
  valid: (toy, now) => ({ grid: toy.id, region: 'north', slot: now }),
  fields: { grid, region: bad.identifier, slot },
};
const termCall: Call<BenchGrid> = {
  person: 'fogA',
  valid: (toy) => toy.term('fogA', 1),
  fields: { grid, fogNode: bad.identifier, term },
};
const roleCall: Call<BenchGrid> = {
  person: 'admin1',
  valid: () => ({ subject: 'CN=x', role: 'fog' }),
  fields: { subject: bad.text(512), role: bad.oneOf('Fog', 'admin', 'fog ', 'toString') },
};

const CALLS: Readonly<Record<TransactionName, Call<BenchGrid>>> = {
  'registry:GrantRole': roleCall,
  'registry:RevokeRole': roleCall,
  'registry:CreateGrid': {
    person: 'mdms1',
    valid: (toy) => ({ ...toy.parameters }),
    fields: {
      grid,
      n: bad.decimal(1300),
      hN: bad.decimal(2600),
      modulusProof: bad.list('AA', 11),
      'modulusProof.0': bad.anyBytes,
      radixBits: bad.integer(8, 48),
      minGroup: bad.integer(0, 1_000_000),
      maxReadingWh: bad.integer(1, 100_000_000),
      maxMeters: bad.integer(1, 1_000_000),
      slotSeconds: bad.integer(60, 86_400),
      maxSlotAgeSeconds: bad.integer(60, 10_000_000_000),
      leaseSeconds: bad.integer(1, 86_400),
      regions: bad.list('r', 128),
      'regions.0': bad.identifier,
    },
  },
  'registry:RegisterFogNode': {
    person: 'registrar1',
    valid: (toy) => toy.fogNodeRegistration('fogA', 'north'),
    fields: {
      grid,
      fogNode: bad.identifier,
      mspId: bad.identifier,
      subject: bad.text(512),
      regions: bad.list('r', 128),
      'regions.0': bad.identifier,
      agreementKey: bad.bytes(32),
    },
  },
  'registry:AssignRegion': {
    person: 'registrar1',
    valid: (toy) => ({ grid: toy.id, region: 'north', fogNode: 'fogB' }),
    fields: { grid, region: bad.identifier, fogNode: bad.identifier },
  },
  'registry:RegisterMeters': {
    person: 'registrar1',
    valid: (toy) => ({ grid: toy.id, meters: [toy.meter('m1', 'north')] }),
    fields: {
      grid,
      meters: bad.list({}, 500),
      'meters.0.meterId': bad.identifier,
      'meters.0.region': bad.identifier,
      'meters.0.epoch': bad.integer(1, 1_000_000),
      'meters.0.agreementKey': bad.bytes(32),
      'meters.0.signingKey': bad.bytes(32),
      'meters.0.possession': bad.bytes(64),
    },
  },
  'registry:RevokeMeter': {
    person: 'registrar1',
    valid: ({ id }) => ({ grid: id, meterId: 'm1' }),
    fields: { grid, meterId: bad.identifier },
  },
  'registry:GetGrid': gridCall('stranger1'),
  'registry:ListGrids': {
    person: 'stranger1',
    valid: () => ({ pageSize: 5, bookmark: 'AA' }),
    fields: { pageSize, bookmark },
    optional: ['bookmark'],
  },
  'registry:GetFogNode': {
    person: 'stranger1',
    valid: ({ id }) => ({ grid: id, fogNode: 'fogA' }),
    fields: { grid, fogNode: bad.identifier },
  },
  'registry:ListFogNodes': gridPage('stranger1'),
  'registry:GetMeter': {
    person: 'auditor1',
    valid: ({ id }) => ({ grid: id, meterId: 'm1' }),
    fields: { grid, meterId: bad.identifier },
  },
  'registry:ListMeters': gridPage('auditor1'),
  'leadership:StartElection': termCall,
  'leadership:CastVote': {
    person: 'fogA',
    valid: (toy) => ({ ...toy.term('fogA', 1), candidate: 'fogB' }),
    fields: { ...termCall.fields, candidate: bad.identifier },
  },
  'leadership:ClaimLeadership': termCall,
  'leadership:RenewLease': termCall,
  'leadership:GetLeadership': gridCall('stranger1'),
  'aggregation:SubmitRegionTotals': {
    person: 'fogA',
    valid: (toy, now) => toy.submission('fogA', toy.total('north', now, { sum: 1, count: 3 })),
    fields: {
      grid,
      fogNode: bad.identifier,
      totals: bad.list({}, 200),
      'totals.0.region': bad.identifier,
      'totals.0.slot': slot,
      'totals.0.ciphertext': bad.anyBytes,
      'totals.0.count': bad.integer(0, 1_000_000),
      'totals.0.merkleRoot': bad.bytes(32),
    },
  },
  'aggregation:SubmitTotal': {
    person: 'fogA',
    valid: (toy, now) => ({ ...toy.term('fogA', 1), slot: now, ciphertext: 'AA' }),
    fields: { ...termCall.fields, slot, ciphertext: bad.anyBytes },
  },
  'aggregation:WithholdRegion': {
    person: 'mdms1',
    valid: (toy, now) => ({ grid: toy.id, region: 'north', slot: now, reason: 'invalid' }),
    fields: { grid, region: bad.identifier, slot, reason: bad.oneOf('Invalid', 'late', 'toString') },
  },
  'aggregation:PublishOpening': {
    person: 'mdms1',
    valid: (toy, now) => ({ grid: toy.id, slot: now, m: '1', rho: '1', checkRho: '1' }),
    fields: { grid, slot, m: bad.decimal(1300), rho: bad.decimal(1300), checkRho: bad.decimal(1300) },
  },
  'aggregation:GetConsumption': regionSlotCall,
  'aggregation:GetRegionTotal': regionSlotCall,
  'aggregation:GetSlot': {
    person: 'auditor1',
    valid: (toy, now) => ({ grid: toy.id, slot: now }),
    fields: { grid, slot },
  },
  'aggregation:ListRegionTotals': slotPage,
  'aggregation:ListTotals': slotPage,
  'aggregation:ListOpenings': slotPage,
  'aggregation:ListConflicts': slotPage,
};

/** Kind of state a list is of. */
const KIND_LISTED: Readonly<Record<string, string>> = {
  'registry:ListGrids': 'grid',
  'registry:ListFogNodes': 'fog-node',
  'registry:ListMeters': 'meter',
  'aggregation:ListRegionTotals': 'region-total',
  'aggregation:ListTotals': 'total',
  'aggregation:ListOpenings': 'opening',
  'aggregation:ListConflicts': 'region-total-conflict',
};

describe('bad input', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let toy: BenchGrid;

  before(async () => {
    bench = await ContractBench.open();
    toy = await bench.grid();
  });
  after(() => bench.close());

  describeBadInput(CALLS, () => ({ bench, subject: toy }));

  it('refuses an unknown item field', async () => {
    const { meters } = CALLS['registry:RegisterMeters']?.valid(toy, 0) as { meters: object[] };
    const argument = { grid: toy.id, meters: [{ ...meters[0], extra: 1 }] };
    await bench.refuses('UNKNOWN_FIELD', 'registrar1', 'registry:RegisterMeters', argument, {
      field: 'extra',
    });
  });

  it('refuses what a bookmark of another page would lead to', async () => {
    const other = await bench.grid();
    const keys = [
      '\u0000role\u0000',
      '\u0000zone\u0000',
      `\u0000fog-node\u0000${other.id}\u0000`,
      'x',
      '\ufeff',
    ];
    const bookmarks = [...keys.map((key) => Buffer.from(key).toString('base64url')), '_w', 'AA==', 'A'];
    for (const [name, kind] of Object.entries(KIND_LISTED)) {
      const list = name as TransactionName;
      const call = CALLS[list] as Call<BenchGrid>;
      const { grid: named } = call.valid(toy, 0) as { grid?: string };
      const below = `\u0000${kind}\u0000${named === undefined ? '' : `${named}\u0000`}`;
      const above = ['\u{10ffff}', '\u{10ffff}x'].map((end) =>
        Buffer.from(`${below}${end}`).toString('base64url'),
      );
      for (const bookmark of [...bookmarks, ...above])
        await bench.refuses(
          'BAD_FIELD',
          call.person,
          list,
          { ...call.valid(toy, 0), bookmark },
          {
            field: 'bookmark',
          },
        );
    }
  });

  it('refuses other numbers of arguments, other transactions and other contracts', async () => {
    const { ledger } = bench;
    const creator = await ledger.membership.enrol('Org1MSP', 'mdms1');
    const calls = [
      ['registry:GetGrid'],
      ['registry:GetGrid', '{}', '{}'],
      ['registry:Nothing', '{}'],
      ['registry:constructor', '{}'],
      ['registry:registerMeter', '{}'],
      ['leadership:recordVote', '{}'],
      ['registry:unknownTransaction', '{}'],
      ['nothing:GetGrid', '{}'],
      ['GetGridless', '{}'],
      [''],
    ];
    for (const args of calls) {
      const { status, writes } = await ledger.simulate(ledger.propose(creator, args).bytes);
      assert.deepEqual([status, writes], [500, []], args.join(' '));
    }
  });

  it('covers every transaction that writes', () => {
    assert.equal(Object.keys(CALLS).filter((name) => !isQuery(name as TransactionName)).length, 15);
  });
});
