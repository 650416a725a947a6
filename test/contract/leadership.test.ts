import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, type TransactionName } from '../helpers/contract-bench.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { FOG_OF, type FogPerson, type BenchGrid } from '../helpers/contract-grid.js';

const LEASE_SECONDS = 60;

describe('contract leadership', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let grid: BenchGrid;

  before(async () => {
    bench = await ContractBench.open();
  });
  beforeEach(async () => {
    grid = await bench.grid();
  });
  after(() => bench.close());

  const vote = (voter: FogPerson, term: number, candidate: string) => ({
    ...grid.term(voter, term),
    candidate,
  });
  const start = (who: FogPerson, term: number) =>
    bench.call(who, 'leadership:StartElection', grid.term(who, term));
  const cast = (voter: FogPerson, term: number, candidate: string) =>
    bench.call(voter, 'leadership:CastVote', vote(voter, term, candidate));
  const claim = (who: FogPerson, term: number) =>
    bench.call(who, 'leadership:ClaimLeadership', grid.term(who, term));
  const refuses = (code: ErrorCode, who: FogPerson, name: string, term: number, facts = {}) =>
    bench.refuses(code, who, `leadership:${name}` as TransactionName, grid.term(who, term), facts);
  const refusesVote = (code: ErrorCode, voter: FogPerson, term: number, candidate: string, facts = {}) =>
    bench.refuses(code, voter, 'leadership:CastVote', vote(voter, term, candidate), facts);
  const state = () => bench.call<object>('stranger1', 'leadership:GetLeadership', { grid: grid.id });
  const expireLease = () => {
    bench.clock.nowSeconds += LEASE_SECONDS + 1;
  };

  it('starts without a leader', async () => {
    assert.deepEqual(await state(), { term: 0, leader: '', leaseEndsAtMs: 0, electionTerm: 0 });
    await refuses('NOT_LEADER', 'fogA', 'RenewLease', 1);
    await refuses('TERM_STALE', 'fogA', 'ClaimLeadership', 1, { currentTerm: 0 });
    await refusesVote('TERM_STALE', 'fogB', 1, 'fogA');
  });

  it('starts the next term and no other', async () => {
    for (const term of [2, 3, Number.MAX_SAFE_INTEGER])
      await refuses('TERM_NOT_NEXT', 'fogA', 'StartElection', term, { nextTerm: 1 });
    await start('fogA', 1);
    assert.equal(bench.lastEvent, 'ElectionStarted');
    for (const term of [2, 3]) await refuses('TERM_NOT_NEXT', 'fogB', 'StartElection', term, { nextTerm: 1 });
    expireLease();
    await refuses('TERM_NOT_NEXT', 'fogB', 'StartElection', 3, { nextTerm: 2 });
    await start('fogB', 2);
    await refuses('TERM_NOT_NEXT', 'fogC', 'StartElection', 1, { nextTerm: 2 });
  });

  it('gives every node one vote in a term, the candidate its own', async () => {
    await start('fogA', 1);
    await start('fogB', 1);
    await refusesVote('ALREADY_VOTED', 'fogA', 1, 'fogB', { fogNode: 'fogA', term: 1 });
    await refusesVote('ALREADY_VOTED', 'fogB', 1, 'fogA');
    await cast('fogC', 1, 'fogB');
    assert.equal(bench.lastEvent, 'VoteCast');
    await refusesVote('ALREADY_VOTED', 'fogC', 1, 'fogA');
    await refuses('ALREADY_VOTED', 'fogC', 'StartElection', 1);
    assert.equal(
      (await bench.writesNothing('fogC', 'leadership:CastVote', vote('fogC', 1, 'fogB'))).status,
      'duplicate',
    );
    assert.equal(
      (await bench.writesNothing('fogA', 'leadership:StartElection', grid.term('fogA', 1))).status,
      'duplicate',
    );
  });

  it('takes votes for candidates of the running term only', async () => {
    await start('fogA', 1);
    for (const candidate of ['fogB', 'fogX', 'Admin'])
      await refusesVote('NOT_A_CANDIDATE', 'fogC', 1, candidate, { fogNode: candidate });
    await refusesVote('TERM_STALE', 'fogC', 2, 'fogA', { currentTerm: 1 });
    expireLease();
    await start('fogB', 2);
    await refusesVote('TERM_STALE', 'fogC', 1, 'fogA', { currentTerm: 2 });
    await refusesVote('NOT_A_CANDIDATE', 'fogC', 2, 'fogA');
  });

  it('needs more than half of the registered nodes', async () => {
    await start('fogA', 1);
    await refuses('NO_MAJORITY', 'fogA', 'ClaimLeadership', 1, { votes: 1, needed: 2 });
    await refuses('NO_MAJORITY', 'fogB', 'ClaimLeadership', 1, { votes: 0, needed: 2 });
    await cast('fogC', 1, 'fogA');
    await claim('fogA', 1);
    assert.equal(bench.lastEvent, 'LeaderElected');
    assert.deepEqual(await state(), {
      term: 1,
      leader: 'fogA',
      leaseEndsAtMs: (bench.clock.nowSeconds + LEASE_SECONDS) * 1000,
      electionTerm: 1,
    });
    assert.equal(
      (await bench.writesNothing('fogA', 'leadership:ClaimLeadership', grid.term('fogA', 1))).status,
      'duplicate',
    );
  });

  it('counts nodes that are registered late: two of four are no majority', async () => {
    grid = await bench.emptyGrid({ regions: ['north', 'south', 'west', 'east'] });
    await grid.registerFogNodes();
    await start('fogA', 1);
    const fourth = { ...grid.fogNodeRegistration('fogC', 'east'), fogNode: '\u{fffd}fogD' };
    await bench.call('registrar1', 'registry:RegisterFogNode', fourth);
    await cast('fogB', 1, 'fogA');
    await refuses('NO_MAJORITY', 'fogA', 'ClaimLeadership', 1, { votes: 2, needed: 3 });
    await bench.call('fogC', 'leadership:CastVote', { ...vote('fogC', 1, 'fogA'), fogNode: '\u{fffd}fogD' });
    await claim('fogA', 1);
  });

  it('gets over a split vote in the next term', async () => {
    for (const who of Object.values(FOG_OF)) await start(who, 1);
    for (const who of Object.values(FOG_OF))
      await refuses('NO_MAJORITY', who, 'ClaimLeadership', 1, { votes: 1 });
    expireLease();
    await start('fogB', 2);
    await refuses('TERM_STALE', 'fogA', 'ClaimLeadership', 1, { currentTerm: 2 });
    await cast('fogA', 2, 'fogB');
    await claim('fogB', 2);
  });

  it('lets one of two candidates win, and never the other of the same term', async () => {
    await start('fogA', 1);
    await start('fogB', 1);
    await cast('fogC', 1, 'fogB');
    await refuses('NO_MAJORITY', 'fogA', 'ClaimLeadership', 1);
    await claim('fogB', 1);
    await refuses('TERM_STALE', 'fogA', 'ClaimLeadership', 1, { currentTerm: 1 });
    await refuses('NOT_LEADER', 'fogA', 'RenewLease', 1);
  });

  it('holds off elections to the last second of the lease, renewals included', async () => {
    await grid.elect('fogA');
    const held = { leader: 'fogA', term: 1 };
    await refuses('LEASE_HELD', 'fogB', 'StartElection', 2, held);
    bench.clock.nowSeconds += LEASE_SECONDS;
    await refuses('LEASE_HELD', 'fogB', 'StartElection', 2, held);
    await bench.call('fogA', 'leadership:RenewLease', grid.term('fogA', 1));
    assert.equal(bench.lastEvent, 'LeaseRenewed');
    bench.clock.nowSeconds += LEASE_SECONDS;
    await refuses('LEASE_HELD', 'fogB', 'StartElection', 2, held);
    bench.clock.nowSeconds += 1;
    await start('fogB', 2);
  });

  it('fences the old leader off once a newer one is elected, not by an election alone', async () => {
    await grid.elect('fogA');
    for (const term of [2, 7]) await refuses('NOT_LEADER', 'fogA', 'RenewLease', term);
    await refuses('NOT_LEADER', 'fogB', 'RenewLease', 1);
    expireLease();
    await start('fogB', 2);
    await bench.call('fogA', 'leadership:RenewLease', grid.term('fogA', 1));
    await refuses('NOT_LEADER', 'fogB', 'RenewLease', 2);
    await cast('fogC', 2, 'fogB');
    await claim('fogB', 2);
    await refuses('TERM_STALE', 'fogA', 'RenewLease', 1, { currentTerm: 2 });
    await refuses('TERM_STALE', 'fogA', 'ClaimLeadership', 1, { currentTerm: 2 });
  });

  it('gives nobody a lease beyond one lease time by renewals stamped ahead', async () => {
    await grid.elect('fogA');
    const { nowSeconds } = bench.clock;
    bench.clock.nowSeconds += 15 * 60;
    await bench.call('fogA', 'leadership:RenewLease', grid.term('fogA', 1));
    bench.clock.nowSeconds = nowSeconds + 2 * LEASE_SECONDS + 1;
    await start('fogB', 2);
  });

  it('counts only nodes that still hold the role, as voters and for the majority', async () => {
    const role = (person: FogPerson) => ({ subject: bench.sessions[person].identity.subject, role: 'fog' });
    await start('fogA', 1);
    await cast('fogB', 1, 'fogA');
    await bench.call('admin2', 'registry:RevokeRole', role('fogB'));
    await refuses('NO_MAJORITY', 'fogA', 'ClaimLeadership', 1, { votes: 1, needed: 2 });
    await bench.call('admin2', 'registry:RevokeRole', role('fogC'));
    await claim('fogA', 1);
    for (const person of ['fogB', 'fogC'] as const)
      await bench.call('admin2', 'registry:GrantRole', role(person));
  });

  it('does not carry votes into a later term', async () => {
    await start('fogA', 1);
    await cast('fogB', 1, 'fogA');
    expireLease();
    await start('fogA', 2);
    await refuses('NO_MAJORITY', 'fogA', 'ClaimLeadership', 2, { votes: 1 });
  });

  it('lets only one of two concurrent claims or candidates through', async () => {
    await start('fogA', 1);
    await start('fogB', 1);
    const votes = await Promise.allSettled([cast('fogC', 1, 'fogA'), cast('fogC', 1, 'fogB')]);
    assert.deepEqual(votes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const claims = await Promise.allSettled([claim('fogA', 1), claim('fogB', 1)]);
    assert.deepEqual(claims.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('refuses grids and fog nodes that do not exist', async () => {
    for (const name of ['StartElection', 'ClaimLeadership', 'RenewLease'] as const) {
      const transaction = `leadership:${name}` as TransactionName;
      await bench.refuses('GRID_UNKNOWN', 'fogA', transaction, { ...grid.term('fogA', 1), grid: 'nowhere' });
      await bench.refuses('FOG_NODE_UNKNOWN', 'fogA', transaction, { ...grid.term('fogA', 1), fogNode: 'x' });
    }
    await bench.refuses('GRID_UNKNOWN', 'fogA', 'leadership:CastVote', {
      ...vote('fogA', 1, 'fogA'),
      grid: 'x',
    });
    await bench.refuses('GRID_UNKNOWN', 'stranger1', 'leadership:GetLeadership', { grid: 'nowhere' });
  });
});
