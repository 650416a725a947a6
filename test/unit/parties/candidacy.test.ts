import assert from 'node:assert/strict';
import { Candidacy } from '@gridveil/client/parties/candidacy.js';
import { LeaderCandidate } from '@gridveil/client/parties/leader.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { openToyGrid, type ToyGrid } from '../../helpers/toy-grid.js';

const LEASE_SECONDS = 60;

describe('candidacy', function () {
  this.timeout(30_000);
  let toy: ToyGrid;
  let aheadMs: number;
  const nowMs = () => Date.now() + aheadMs;
  beforeEach(async () => {
    toy = await openToyGrid();
    aheadMs = 0;
  });
  afterEach(() => toy.close());

  const pass = (seconds: number) => {
    toy.passTime(seconds);
    aheadMs += seconds * 1000;
  };
  const run = (j: number) => {
    const ledger = toy.fogLedgers[j] as Ledger;
    const candidate = new LeaderCandidate(`fog-${j + 1}`, ledger, toy.grid, nowMs);
    return new Candidacy(candidate, ledger, toy.grid, nowMs);
  };
  /** Steps of all nodes in turn, a second apart, until one leads. */
  async function elect(nodes: readonly Candidacy[]): Promise<{ winner: number; term: number }> {
    for (let second = 0; second < 3 * LEASE_SECONDS; second++) {
      for (const [winner, node] of nodes.entries()) {
        const term = await node.step();
        if (term !== undefined) return { winner, term };
      }
      pass(1);
    }
    throw new Error('nobody was elected');
  }

  it('goes on with its term after a restart, and the others follow', async () => {
    assert.deepEqual(
      [await run(0).step(), await run(1).step(), await run(2).step()],
      [1, undefined, undefined],
    );
  });

  it('keeps its lease by renewing it', async () => {
    const nodes = [run(0), run(1), run(2)];
    for (let i = 0; i < 20; i++) {
      assert.deepEqual(
        [await nodes[0]?.step(), await nodes[1]?.step(), await nodes[2]?.step()],
        [1, undefined, undefined],
      );
      pass(LEASE_SECONDS / 4);
    }
  });

  it('takes over from a leader that is gone; when it comes back, it follows', async () => {
    const gone = run(0);
    assert.equal(await gone.step(), 1);
    pass(LEASE_SECONDS + 1);
    const others = [run(1), run(2)];
    const { winner, term } = await elect(others);
    assert.ok(term > 1);
    assert.equal(await gone.step(), undefined);
    assert.equal(await others[winner]?.step(), term);
    assert.equal(await others[1 - winner]?.step(), undefined);
  });

  it('goes on when everybody was gone', async () => {
    pass(10 * LEASE_SECONDS);
    const { winner, term } = await elect([run(0), run(1), run(2)]);
    assert.ok(term >= 1 && winner >= 0);
  });
});
