/**
 * Random histories of leaders that are replaced without noticing, and of regions of any size, on the real contracts: only the leader of the current term
 * commits a total, and no total over fewer than `minGroup` reports is ever taken.
 */
import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import { slotRegions } from '@gridveil/chaincode/domain/slot-total.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import type { SlotRecord } from '@gridveil/client/ledger/calls.js';
import fc from 'fast-check';
import type { BenchGrid, FogPerson } from '../helpers/contract-grid.js';
import { REGIONS } from '../helpers/bench-values.js';
import { fuzz } from '../helpers/fuzz.js';

const PEOPLE: readonly FogPerson[] = ['fogA', 'fogB', 'fogC'];
const SLOTS = 3;
const LEASE_SECONDS = 60;

const slot = fc.nat(SLOTS - 1);
const who = fc.constantFrom(...PEOPLE);
const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      slot,
      counts: fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('elect' as const), who }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), who, slot }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A grid and what its nodes believe. */
class History {
  /** The term each node was last elected for; it may have been replaced since. */
  readonly #offices = new Map<FogPerson, number>();
  #term = 0;
  #leader: FogPerson | undefined;
  readonly seen = { fenced: 0, settled: 0, tooSmall: 0 };

  constructor(
    private readonly bench: ContractBench,
    private readonly grid: BenchGrid,
    private readonly firstSlot: number,
  ) {}

  async play(what: Step): Promise<void> {
    switch (what.kind) {
      case 'commit':
        return this.#commit(this.firstSlot + what.slot, what.counts);
      case 'elect':
        return this.#elect(what.who);
      case 'settle':
        return this.#settle(what.who, this.firstSlot + what.slot);
    }
  }

  async #commit(slot: number, counts: readonly number[]): Promise<void> {
    for (const [j, region] of REGIONS.entries()) {
      const count = counts[j] ?? 0;
      const total = this.grid.total(region, slot, { sum: count, count });
      const submission = this.grid.submission(PEOPLE[j] as FogPerson, total);
      const accepted = await this.#try(() =>
        this.bench.call(PEOPLE[j] as FogPerson, 'aggregation:SubmitRegionTotals', submission),
      );
      const isGroup = count === 0 || count >= this.grid.parameters.minGroup;
      if (!isGroup) this.seen.tooSmall += 1;
      assert.ok(isGroup || !accepted, `a total over ${count} reports was taken`);
    }
  }

  async #elect(who: FogPerson): Promise<void> {
    this.bench.clock.nowSeconds += LEASE_SECONDS + 1;
    await this.grid.elect(who, ++this.#term);
    this.#leader = who;
    this.#offices.set(who, this.#term);
  }

  async #settle(who: FogPerson, slot: number): Promise<void> {
    const term = this.#offices.get(who);
    const record = await this.#slot(slot);
    if (term === undefined || record?.regionTotals.length !== REGIONS.length) return;
    const regions = slotRegions(this.bench.key.publicKey, slot, record.regionTotals);
    const isLeader = who === this.#leader && term === this.#term;
    const had = record.total !== undefined;
    const accepted = await this.#try(() =>
      this.bench.call(who, 'aggregation:SubmitTotal', this.grid.totalSubmission(regions, who, term)),
    );
    if (!isLeader && !had) this.seen.fenced += 1;
    if (accepted && !had) this.seen.settled += 1;
    assert.ok(isLeader || had || !accepted, `${who} committed a total in term ${term} of ${this.#term}`);
  }

  async #slot(slot: number): Promise<SlotRecord | undefined> {
    const found = await this.#try(() =>
      this.bench.call<SlotRecord>('auditor1', 'aggregation:GetSlot', { grid: this.grid.id, slot }),
    );
    return found || undefined;
  }

  /** @returns false when the contract refuses. */
  async #try<T>(call: () => Promise<T>): Promise<T | false> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof GridveilError) return false;
      throw error;
    }
  }
}

describe('histories of leaders and groups', function () {
  this.timeout(120_000);
  let bench: ContractBench;
  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());

  it('let only the leader of the term commit, and only groups', async () => {
    const seen = { fenced: 0, settled: 0, tooSmall: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
        const history = new History(bench, await bench.grid(), bench.slot - SLOTS);
        for (const what of steps) await history.play(what);
        for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += history.seen[key];
      }),
      fuzz(20),
    );
    assert.ok(seen.fenced > 0 && seen.settled > 0 && seen.tooSmall > 0, JSON.stringify(seen));
  });
});
