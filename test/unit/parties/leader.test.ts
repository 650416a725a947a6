import assert from 'node:assert/strict';
import { ContractBench } from '../../helpers/contract-bench.js';
import { readGrid, type GridView } from '@gridveil/client/parties/grid-view.js';
import { LeaderCandidate } from '@gridveil/client/parties/leader.js';
import type { BenchGrid, FogPerson } from '../../helpers/contract-grid.js';
import { refused } from '../../helpers/refused.js';

describe('leader candidate', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let grid: BenchGrid;
  let view: GridView;
  let a: LeaderCandidate;
  let b: LeaderCandidate;
  let c: LeaderCandidate;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());
  beforeEach(async () => {
    grid = await bench.grid();
    view = await readGrid(bench.sessions.auditor1, grid.id);
    [a, b, c] = (['fogA', 'fogB', 'fogC'] as const).map(
      (person: FogPerson) => new LeaderCandidate(person, bench.sessions[person], view, nowMs),
    ) as [LeaderCandidate, LeaderCandidate, LeaderCandidate];
  });
  const nowMs = () => bench.clock.nowSeconds * 1000;
  const expireLease = () => {
    bench.clock.nowSeconds += 61;
  };
  const electA = async () => {
    assert.equal(await a.stand(), 1);
    assert.equal(await b.vote(1, 'fogA'), true);
    assert.equal(await a.claim(1), true);
  };

  it('leads only with a majority', async () => {
    assert.equal(await a.stand(), 1);
    assert.equal(await a.claim(1), false);
    assert.equal(a.term, 0);
    assert.equal(await b.vote(1, 'fogA'), true);
    assert.equal(await a.claim(1), true);
    assert.equal(a.term, 1);
  });

  it('has one vote, and none for whom does not stand', async () => {
    await a.stand();
    assert.equal(await c.vote(1, 'fogB'), false);
    assert.equal(await a.vote(1, 'fogA'), true, 'its own vote again');
    expireLease();
    assert.equal(await b.stand(), 2);
    assert.equal(await b.vote(1, 'fogA'), false, 'the term has passed');
    assert.equal(await c.vote(2, 'fogB'), true);
    assert.equal(await a.claim(1), false);
    assert.equal(await b.claim(2), true);
  });

  it('joins a running election instead of superseding it', async () => {
    assert.equal(await a.stand(), 1);
    assert.equal(await b.stand(), 1);
    assert.equal(await c.vote(1, 'fogB'), true);
    assert.equal(await b.claim(1), true);
  });

  it('gives no vote against a lease that is valid by its own clock, whatever time others stamp', async () => {
    await electA();
    const own = nowMs();
    expireLease();
    assert.equal(await b.stand(), 2);
    const honest = new LeaderCandidate('fogC', bench.sessions.fogC, view, () => own + 60_000);
    assert.equal(await honest.vote(2, 'fogB'), false);
    await a.renew();
    assert.equal(await c.vote(2, 'fogB'), false);
    assert.equal(await b.claim(2), false);
    expireLease();
    assert.equal(await c.vote(2, 'fogB'), true);
    assert.equal(await b.claim(2), true);
  });

  it('waits while another holds the lease', async () => {
    await electA();
    assert.equal(await b.stand(), undefined);
    await a.renew();
    expireLease();
    assert.equal(await b.stand(), 2);
  });

  it('neither renews nor settles while it follows', async () => {
    await assert.rejects(a.renew(), refused('NOT_LEADER', { fogNode: 'fogA', term: 0 }));
    await grid.commitRegions(bench.slot);
    await assert.rejects(a.settle(bench.slot), refused('NOT_LEADER'));
  });

  it('follows again once a newer term has fenced it off', async () => {
    await electA();
    const { slot } = bench;
    await grid.commitRegions(slot);
    expireLease();
    await b.stand();
    await c.vote(2, 'fogB');
    await b.claim(2);
    await assert.rejects(a.renew(), refused('TERM_STALE', { term: 1, currentTerm: 2 }));
    assert.equal(a.term, 0);
    await assert.rejects(a.settle(slot), refused('NOT_LEADER'));
    await b.settle(slot);
  });

  it('settles a slot once every region is there, again without effect, and leaves it to the first leader', async () => {
    await electA();
    const { slot } = bench;
    await assert.rejects(a.settle(slot), refused('SLOT_UNKNOWN', { slot }));
    const north = grid.total('north', slot, { sum: 1, count: 3 });
    await bench.call('fogA', 'aggregation:SubmitRegionTotals', grid.submission('fogA', north));
    await assert.rejects(a.settle(slot), refused('REGION_TOTAL_MISSING', { region: 'south', slot }));
    const south = grid.total('south', slot, { sum: 2, count: 3 });
    await bench.call('fogB', 'aggregation:SubmitRegionTotals', grid.submission('fogB', south));
    const west = grid.total('west', slot, { sum: 3, count: 3 });
    await bench.call('fogC', 'aggregation:SubmitRegionTotals', grid.submission('fogC', west));
    await a.settle(slot);
    await a.settle(slot);
    expireLease();
    await b.stand();
    await c.vote(2, 'fogB');
    await b.claim(2);
    await assert.rejects(b.settle(slot), refused('TOTAL_EXISTS', { slot }));
  });

  it('lets failures of the ledger through', async () => {
    const lost = new LeaderCandidate('fogX', bench.sessions.fogA, view);
    await assert.rejects(lost.stand(), refused('FOG_NODE_UNKNOWN'));
    const stranger = new LeaderCandidate('fogA', bench.sessions.stranger1, view);
    await assert.rejects(stranger.vote(1, 'fogA'), refused('ROLE_REQUIRED'));
    await assert.rejects(stranger.claim(1), refused('ROLE_REQUIRED'));
  });
});
