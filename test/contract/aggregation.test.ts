import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, type TransactionName } from '../helpers/contract-bench.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { CLOCK_SKEW_SECONDS, type RegionTotal } from '@gridveil/chaincode/domain/region-total.js';
import type { RegionTotalRecord } from '@gridveil/chaincode/domain/region-total.js';
import { slotRegions, type SlotOpening } from '@gridveil/chaincode/domain/slot-total.js';
import { EMPTY_MERKLE_ROOT } from '@gridveil/chaincode/crypto/merkle.js';
import type { SlotRecord } from '@gridveil/client/ledger/calls.js';
import type { BenchGrid } from '../helpers/contract-grid.js';
import { RADIX, SLOT_SECONDS, type Region, type RegionSum } from '../helpers/bench-values.js';

interface Receipts {
  readonly receipts: readonly { region: string; slot: number; status: string; txId: string }[];
}

/** What a withheld region adds up to. */
const NONE: RegionSum = { sum: 0, count: 0 };

describe('contract aggregation', function () {
  this.timeout(60_000);
  let bench: ContractBench;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());

  describe('region totals', () => {
    let grid: BenchGrid;
    let slot: number;
    let good: RegionTotal;

    beforeEach(async () => {
      grid = await bench.grid();
      slot = bench.slot;
      good = grid.total('north', slot, { sum: 77, count: 3 });
    });

    const submit = (...totals: readonly RegionTotal[]) =>
      bench.call<Receipts>('fogA', 'aggregation:SubmitRegionTotals', grid.submission('fogA', ...totals));
    const refuses = (code: ErrorCode, totals: readonly RegionTotal[], facts = {}) =>
      bench.refuses(
        code,
        'fogA',
        'aggregation:SubmitRegionTotals',
        grid.submission('fogA', ...totals),
        facts,
      );
    const conflicts = () =>
      bench.call<{ items: (RegionTotalRecord & { firstTxId: string })[] }>(
        'auditor1',
        'aggregation:ListConflicts',
        { grid: grid.id, fromSlot: 0, pageSize: 10 },
      );
    const committed = async () =>
      (await bench.call<SlotRecord>('auditor2', 'aggregation:GetSlot', { grid: grid.id, slot })).regionTotals;

    it('refuses ciphertexts that are no units modulo N²', async () => {
      const { publicKey, p } = bench.key;
      const { n, nSquared, ciphertextBytes } = publicKey;
      for (const ciphertext of [0n, 1n, n, 5n * n, p, p * p, nSquared - n, nSquared, nSquared + 1n]) {
        const bytes = bigintToBytes(ciphertext, ciphertextBytes);
        const other = grid.total('north', slot - 1, { sum: 1, count: 3 });
        await refuses('INVALID_CIPHERTEXT', [other, { ...good, ciphertext: bytes }], {
          owner: 'region "north"',
        });
      }
      const all = new Uint8Array(ciphertextBytes).fill(255);
      await refuses('INVALID_CIPHERTEXT', [{ ...good, ciphertext: all }]);
    });

    it('accepts N² - 1 and any other unit', async () => {
      const { publicKey } = bench.key;
      const ciphertext = encodeCiphertext(publicKey, publicKey.nSquared - 1n);
      assert.equal((await submit({ ...good, ciphertext })).receipts[0]?.status, 'accepted');
      assert.equal(bench.lastEvent, 'RegionTotalsSubmitted');
    });

    it('refuses ciphertexts of another width', async () => {
      const { ciphertext } = good;
      const widths = [new Uint8Array(0), ciphertext.slice(1), Uint8Array.of(0, ...ciphertext)];
      for (const bytes of [...widths, new Uint8Array(100_000).fill(1)])
        await refuses('BAD_LENGTH', [{ ...good, ciphertext: bytes }], { actualBytes: bytes.length });
    });

    it('refuses groups below minGroup, above maxMeters, and totals that are withheld in part only', async () => {
      await refuses('GROUP_TOO_SMALL', [{ ...good, count: 1 }], { count: 1, minGroup: 3 });
      await refuses('GROUP_TOO_SMALL', [{ ...good, count: 2 }]);
      await refuses('TOO_MANY_METERS', [{ ...good, count: 61 }], { maxMeters: 60 });
      const withheld = grid.total('north', slot, { sum: 0, count: 0 });
      await refuses('BAD_FIELD', [{ ...good, count: 0 }], { field: 'count' });
      await refuses('BAD_FIELD', [{ ...withheld, ciphertext: good.ciphertext }]);
      await refuses('BAD_FIELD', [{ ...withheld, merkleRoot: good.merkleRoot }]);
      await refuses('INVALID_CIPHERTEXT', [{ ...withheld, count: 3 }]);
      await submit(withheld);
      assert.deepEqual(
        (await committed()).map(({ count, merkleRoot }) => [count, merkleRoot]),
        [[0, Buffer.from(EMPTY_MERKLE_ROOT).toString('base64url')]],
      );
    });

    it('accepts slots from the oldest still open to the one that ends within the clock skew', async () => {
      const { nowSeconds } = bench.clock;
      const newest = Math.floor((nowSeconds + CLOCK_SKEW_SECONDS) / SLOT_SECONDS) - 1;
      const oldest = Math.ceil((nowSeconds - 10 * 86_400) / SLOT_SECONDS) - 1;
      const of = (each: number) => grid.total('north', each, { sum: 1, count: 3 });
      for (const late of [newest + 1, newest + 2, 9_999_999_999])
        await refuses('SLOT_IN_FUTURE', [good, of(late)], { slot: late });
      for (const early of [oldest - 1, 0])
        await refuses('SLOT_TOO_OLD', [good, of(early)], { slot: early, maxAgeSeconds: 864_000 });
      await submit(of(oldest), of(newest));
    });

    it('refuses unknown regions, grids and fog nodes, and repeated entries', async () => {
      await refuses('REGION_UNKNOWN', [good, { ...good, region: 'east' }], { region: 'east' });
      await refuses('BAD_FIELD', [good, good], { field: 'totals' });
      await refuses('BAD_FIELD', [good, grid.total('north', slot, { sum: 1, count: 4 })], {
        field: 'totals',
      });
      const submission = grid.submission('fogA', good);
      const transaction = 'aggregation:SubmitRegionTotals';
      await bench.refuses('GRID_UNKNOWN', 'fogA', transaction, { ...submission, grid: 'nowhere' });
      await bench.refuses('FOG_NODE_UNKNOWN', 'fogA', transaction, { ...submission, fogNode: 'fogX' });
      await bench.refuses('NOT_YOUR_FOG_NODE', 'fogA', transaction, { ...submission, fogNode: 'fogB' });
    });

    it('takes the same total again and writes nothing', async () => {
      const first = await submit(good);
      const again = await bench.writesNothing<Receipts>(
        'fogA',
        'aggregation:SubmitRegionTotals',
        grid.submission('fogA', good),
      );
      assert.deepEqual(again.receipts, [{ ...first.receipts[0], status: 'duplicate' }]);
    });

    it('lets the first total stand and keeps the first other one as evidence', async () => {
      const [first] = (await submit(good)).receipts;
      const other = grid.total('north', slot, { sum: 78, count: 3 });
      const fresh = grid.total('north', slot - 1, { sum: 1, count: 3 });
      const mixed = await submit(other, fresh);
      assert.deepEqual(
        mixed.receipts.map(({ status }) => status),
        ['conflict', 'accepted'],
      );
      assert.equal(mixed.receipts[0]?.txId, first?.txId);
      const others = [
        { ...good, count: 4 },
        { ...good, merkleRoot: other.merkleRoot },
        grid.total('north', slot, { sum: 0, count: 0 }),
      ];
      for (const each of [other, ...others])
        await bench.writesNothing('fogA', 'aggregation:SubmitRegionTotals', grid.submission('fogA', each));

      const standing = await committed();
      assert.deepEqual(
        standing.map(({ ciphertext, txId }) => [ciphertext, txId]),
        [[Buffer.from(good.ciphertext).toString('base64url'), first?.txId]],
      );
      const { items } = await conflicts();
      assert.deepEqual(
        items.map((item) => [item.ciphertext, item.count, item.merkleRoot, item.firstTxId, item.fogNode]),
        [
          [
            Buffer.from(other.ciphertext).toString('base64url'),
            other.count,
            Buffer.from(other.merkleRoot).toString('base64url'),
            first?.txId,
            'fogA',
          ],
        ],
      );
    });
  });

  describe('slot totals', () => {
    const transaction = 'aggregation:SubmitTotal';

    it('refuses everybody but the leader of the current term', async () => {
      const grid = await bench.grid();
      const regions = await grid.commitRegions(bench.slot);
      const submission = grid.totalSubmission(regions);
      await bench.refuses('NOT_LEADER', 'fogA', transaction, submission, { term: 1 });
      await grid.elect('fogA');
      await bench.refuses('NOT_LEADER', 'fogB', transaction, grid.totalSubmission(regions, 'fogB', 1));
      await bench.refuses('NOT_LEADER', 'fogA', transaction, { ...submission, term: 2 });
      bench.clock.nowSeconds += 61;
      await grid.elect('fogB', 2);
      await bench.refuses('TERM_STALE', 'fogA', transaction, submission, { term: 1, currentTerm: 2 });
      await bench.refuses('NOT_LEADER', 'fogA', transaction, { ...submission, term: 2 });
      const accepted = await bench.call('fogB', transaction, grid.totalSubmission(regions, 'fogB', 2));
      assert.equal(accepted.status, 'accepted');
      assert.equal(bench.lastEvent, 'TotalSubmitted');
    });

    it('refuses any total but the Horner sum of the committed region totals', async () => {
      const grid = await bench.grid();
      const slot = bench.slot;
      const regions = await grid.commitRegions(slot);
      await grid.elect('fogA');
      const { publicKey } = bench.key;
      const right = grid.totalSubmission(regions);
      const [north, south, west] = regions.ciphertexts as [bigint, bigint, bigint];
      const wrongTotals = {
        'plus 5 Wh': [north * (1n + 5n * publicKey.n), south, west],
        'one region omitted': [north, 1n, west],
        'regions exchanged': [south, north, west],
        'a region counted twice': [north * north, south, west],
      };
      for (const [what, ciphertexts] of Object.entries(wrongTotals)) {
        const wrong = grid.totalSubmission({
          ...regions,
          ciphertexts: ciphertexts.map((c) => c % publicKey.nSquared),
        });
        assert.notDeepEqual(wrong.ciphertext, right.ciphertext, what);
        await bench.refuses('TOTAL_MISMATCH', 'fogA', transaction, wrong, { slot });
      }
      const mutations = [new Uint8Array(0), right.ciphertext.slice(1), Uint8Array.of(0, ...right.ciphertext)];
      const zero = new Uint8Array(publicKey.ciphertextBytes);
      for (const ciphertext of [...mutations, zero])
        await bench.refuses('TOTAL_MISMATCH', 'fogA', transaction, { ...right, ciphertext });
      await bench.call('fogA', transaction, right);
    });

    it('waits for every region', async () => {
      const grid = await bench.grid();
      await grid.elect('fogA');
      const slot = bench.slot;
      const total = { ...grid.term('fogA', 1), slot, ciphertext: new Uint8Array(64) };
      await bench.refuses('REGION_TOTAL_MISSING', 'fogA', transaction, total, { region: 'north', slot });
      const north = grid.submission('fogA', grid.total('north', slot, { sum: 1, count: 3 }));
      await bench.call('fogA', 'aggregation:SubmitRegionTotals', north);
      await bench.refuses('REGION_TOTAL_MISSING', 'fogA', transaction, total, { region: 'south' });
    });

    it('takes the total of a slot once', async () => {
      const grid = await bench.grid();
      const regions = await grid.commitRegions(bench.slot);
      await grid.elect('fogA');
      const submission = grid.totalSubmission(regions);
      const first = await bench.call<{ txId: string }>('fogA', transaction, submission);
      const again = await bench.writesNothing<{ txId: string; status: string }>(
        'fogA',
        transaction,
        submission,
      );
      assert.deepEqual(again, { ...first, status: 'duplicate' });
      await bench.refuses('TOTAL_EXISTS', 'fogA', transaction, {
        ...submission,
        ciphertext: new Uint8Array(64),
      });
      bench.clock.nowSeconds += 61;
      await grid.elect('fogB', 2);
      await bench.refuses('TOTAL_EXISTS', 'fogB', transaction, grid.totalSubmission(regions, 'fogB', 2));
      // What a leader did in its term stays done, even when it asks after the term.
      await bench.writesNothing('fogA', transaction, submission);
    });
  });

  describe('withheld regions', () => {
    const transaction = 'aggregation:WithholdRegion';
    const north = (grid: BenchGrid, reason: string, slot = bench.slot) => ({
      grid: grid.id,
      region: 'north',
      slot,
      reason,
    });
    const slotOf = (grid: BenchGrid, slot = bench.slot) =>
      bench.call<SlotRecord>('auditor1', 'aggregation:GetSlot', { grid: grid.id, slot });

    it('refuses regions and grids that are not there, and reasons that do not hold', async () => {
      const grid = await bench.grid();
      await bench.refuses('REGION_UNKNOWN', 'mdms1', transaction, { ...north(grid, 'invalid'), region: 'x' });
      await bench.refuses('GRID_UNKNOWN', 'mdms1', transaction, { ...north(grid, 'invalid'), grid: 'x' });
      await bench.refuses('REGION_TOTAL_MISSING', 'mdms1', transaction, north(grid, 'invalid'));
      await grid.settledSlot(bench.slot);
      await bench.refuses('REGION_TOTAL_EXISTS', 'mdms1', transaction, north(grid, 'missing'));
    });

    it('replaces an impossible total, keeps it as evidence, and lets the leader settle the slot anew', async () => {
      const grid = await bench.grid();
      const { slot } = bench;
      await grid.settledSlot(slot, { north: { sum: 30_001, count: 3 } });
      const [bad] = (await slotOf(grid)).regionTotals;
      const { txId } = await bench.call<{ txId: string }>('mdms1', transaction, north(grid, 'invalid'));
      assert.equal(bench.lastEvent, 'RegionWithheld');
      const { regionTotals, total } = await slotOf(grid);
      assert.equal(total, undefined);
      const { ciphertext, merkleRoot } = grid.total('north', slot, { sum: 0, count: 0 });
      assert.deepEqual(regionTotals[0], {
        region: 'north',
        slot,
        count: 0,
        ciphertext: Buffer.from(ciphertext).toString('base64url'),
        merkleRoot: Buffer.from(merkleRoot).toString('base64url'),
        fogNode: 'fogA',
        txId,
      });
      const { items } = await bench.call<{ items: object[] }>('auditor1', 'aggregation:ListConflicts', {
        grid: grid.id,
        fromSlot: slot,
        pageSize: 5,
      });
      assert.deepEqual(items, [{ ...bad, withheldTxId: txId }]);
      const again = await bench.writesNothing<{ txId: string }>('mdms1', transaction, north(grid, 'invalid'));
      assert.deepEqual(again, { status: 'duplicate', region: 'north', slot, txId });

      const regions = slotRegions(bench.key.publicKey, slot, regionTotals);
      await bench.call('fogA', 'aggregation:SubmitTotal', grid.totalSubmission(regions));
      await bench.call('mdms1', 'aggregation:PublishOpening', grid.openingSubmission(regions));
      assert.deepEqual((await slotOf(grid)).opening?.consumptionWh, { north: 0, south: 0, west: 29_999 });
    });

    it('gives a silent region a whole slot more', async () => {
      const grid = await bench.grid();
      const { slot } = bench;
      const endSeconds = (slot + 1) * SLOT_SECONDS;
      bench.clock.nowSeconds = Math.max(bench.clock.nowSeconds, endSeconds + SLOT_SECONDS);
      const missing = north(grid, 'missing', slot);
      await bench.refuses('REGION_NOT_LATE', 'mdms1', transaction, missing, { region: 'north', slot });
      bench.clock.nowSeconds += 1;
      await bench.call('mdms1', transaction, missing);
      assert.deepEqual(
        (await slotOf(grid, slot)).regionTotals.map(({ region, count, fogNode }) => [region, count, fogNode]),
        [['north', 0, 'fogA']],
      );
      const late = grid.submission('fogA', grid.total('north', slot, { sum: 1, count: 3 }));
      const { receipts } = await bench.call<Receipts>('fogA', 'aggregation:SubmitRegionTotals', late);
      assert.equal(receipts[0]?.status, 'conflict');
    });

    it('changes no slot that has been opened', async () => {
      const grid = await bench.grid();
      const regions = await grid.settledSlot(bench.slot);
      await bench.call('mdms1', 'aggregation:PublishOpening', grid.openingSubmission(regions));
      const invalid = north(grid, 'invalid');
      await bench.refuses('OPENING_EXISTS', 'mdms1', transaction, invalid, { slot: bench.slot });
    });
  });

  describe('openings', () => {
    const transaction = 'aggregation:PublishOpening';

    it('refuses to open what has no total', async () => {
      const grid = await bench.grid();
      const slot = bench.slot;
      const opening = { grid: grid.id, slot, m: '0', rho: '1', checkRho: '1' };
      await bench.refuses('TOTAL_MISSING', 'mdms1', transaction, opening, { slot });
      const regions = await grid.commitRegions(slot);
      await bench.refuses('TOTAL_MISSING', 'mdms1', transaction, grid.openingSubmission(regions));
      await bench.refuses('GRID_UNKNOWN', 'mdms1', transaction, { ...opening, grid: 'nowhere' });
    });

    it('refuses every wrong (m, rho, checkRho), then accepts the right one, once', async () => {
      const grid = await bench.grid();
      const slot = bench.slot;
      const regions = await grid.settledSlot(slot);
      const right = grid.openingSubmission(regions);
      const { m, rho, checkRho } = right;
      const { n } = bench.key.publicKey;
      const wrong: readonly (readonly [ErrorCode, Partial<SlotOpening>])[] = [
        ['WRONG_OPENING', { m: m + 1n }],
        ['WRONG_OPENING', { m: m - 1n }],
        ['WRONG_OPENING', { m: 0n }],
        ['WRONG_OPENING', { m: m + n }],
        ['WRONG_OPENING', { m: n - 1n }],
        ['WRONG_OPENING', { rho: rho + 1n }],
        ['WRONG_OPENING', { rho: rho + n }],
        ['WRONG_OPENING', { rho: n - rho }],
        ['WRONG_OPENING', { rho: 0n }],
        ['WRONG_OPENING', { rho: bench.key.p }],
        ['WRONG_OPENING', { rho: n }],
        ['DIGIT_CHECK_FAILED', { checkRho: checkRho + 1n }],
        ['DIGIT_CHECK_FAILED', { checkRho: checkRho + n }],
        ['DIGIT_CHECK_FAILED', { checkRho: 0n }],
        ['DIGIT_CHECK_FAILED', { checkRho: rho }],
      ];
      for (const [code, change] of wrong)
        await bench.refuses(code, 'mdms1', transaction, { ...right, ...change }, { slot });

      assert.equal((await bench.call('mdms1', transaction, right)).status, 'accepted');
      assert.equal(bench.lastEvent, 'SlotOpened');
      assert.equal((await bench.writesNothing('mdms1', transaction, right)).status, 'duplicate');
      for (const change of [{ m: m + 1n }, { rho: rho + 1n }, { checkRho: checkRho + 1n }])
        await bench.refuses('OPENING_EXISTS', 'mdms1', transaction, { ...right, ...change });
      const use = (region: string) => ({ grid: grid.id, region, slot });
      for (const [region, energyWh] of [
        ['north', 1234],
        ['south', 0],
        ['west', 29_999],
      ] as const) {
        const answer = await bench.call<object>('fogB', 'aggregation:GetConsumption', use(region));
        assert.deepEqual(answer, {
          ...use(region),
          energyWh,
          count: regions.facts.find((total) => total.region === region)?.count,
        });
      }
    });

    it('opens a slot of withheld regions to nothing', async () => {
      const grid = await bench.grid();
      const regions = await grid.settledSlot(bench.slot, { north: NONE, south: NONE, west: NONE });
      const opening = grid.openingSubmission(regions);
      assert.deepEqual([opening.m, opening.rho], [0n, 1n]);
      await bench.call('mdms1', transaction, opening);
    });

    describe('refuses totals a dishonest meter bent, although (m, rho) is right', () => {
      const honest: RegionSum = { sum: 900, count: 3 };
      type Sums = Partial<Record<Region, RegionSum>>;
      const cases: readonly (readonly [string, ErrorCode, Sums])[] = [
        [
          'd = R + 50 in region 1',
          'DIGIT_CHECK_FAILED',
          { north: { sum: RADIX + 50n, count: 3 }, south: honest },
        ],
        [
          'd = 2R + 50 in region 2',
          'DIGIT_CHECK_FAILED',
          { south: { sum: 2n * RADIX + 50n, count: 3 }, west: honest },
        ],
        ['d = -301 in region 1', 'DIGIT_OVERFLOW', { north: { sum: -301, count: 3 }, south: honest }],
        [
          'a borrow that leaves a plausible digit',
          'DIGIT_CHECK_FAILED',
          { north: { sum: 5n - RADIX, count: 3 }, south: honest },
        ],
        [
          'd = R + 50 below a withheld region',
          'DIGIT_OVERFLOW',
          { north: { sum: RADIX + 50n, count: 3 }, south: { sum: 0, count: 0 } },
        ],
        ['d one above the ceiling', 'DIGIT_OVERFLOW', { north: { sum: 30_001, count: 3 } }],
        ['d = R in the last region', 'DIGIT_OVERFLOW', { west: { sum: RADIX, count: 3 } }],
        ['d = -1 in the last region', 'DIGIT_OVERFLOW', { west: { sum: -1, count: 3 } }],
      ];
      for (const [what, code, sums] of cases)
        it(what, async () => {
          const grid = await bench.grid();
          const regions = await grid.settledSlot(bench.slot, sums);
          await bench.refuses(code, 'mdms1', transaction, grid.openingSubmission(regions), {
            slot: bench.slot,
          });
        });

      it('accepts a region at its ceiling', async () => {
        const grid = await bench.grid();
        const regions = await grid.settledSlot(bench.slot, { north: { sum: 30_000, count: 3 } });
        await bench.call('mdms1', transaction, grid.openingSubmission(regions));
      });
    });
  });

  describe('queries', () => {
    it('refuse what is not there', async () => {
      const grid = await bench.grid();
      const { slot } = bench;
      const at = { grid: grid.id, slot };
      await bench.refuses('SLOT_UNKNOWN', 'auditor1', 'aggregation:GetSlot', at, { slot });
      const consumption = (region: string) => ({ ...at, region });
      await bench.refuses('SLOT_UNKNOWN', 'fogA', 'aggregation:GetConsumption', consumption('north'), {
        slot,
      });
      await bench.refuses('REGION_UNKNOWN', 'fogA', 'aggregation:GetConsumption', consumption('east'));
      await grid.settledSlot(slot);
      await bench.refuses('SLOT_UNKNOWN', 'fogA', 'aggregation:GetConsumption', consumption('north'));
      const regionTotal = 'aggregation:GetRegionTotal';
      const early = { ...consumption('north'), slot: slot - 1 };
      await bench.refuses('REGION_TOTAL_MISSING', 'mdms2', regionTotal, early, { slot: slot - 1 });
      await bench.refuses('REGION_UNKNOWN', 'mdms2', regionTotal, consumption('east'), { region: 'east' });
      await bench.refuses('GRID_UNKNOWN', 'mdms2', regionTotal, { ...early, grid: 'nowhere' });
      const lists = ['ListRegionTotals', 'ListTotals', 'ListOpenings', 'ListConflicts'];
      for (const name of lists.map((each) => `aggregation:${each}` as TransactionName))
        await bench.refuses('GRID_UNKNOWN', 'auditor1', name, { grid: 'nowhere', fromSlot: 0, pageSize: 1 });
    });

    it('give one region total as it was submitted, by whom and when, and a withheld one', async () => {
      const grid = await bench.grid();
      const { slot } = bench;
      const ask = (region: string) =>
        bench.call<RegionTotalRecord>('auditor2', 'aggregation:GetRegionTotal', {
          grid: grid.id,
          region,
          slot,
        });
      const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
      const totals = [
        grid.total('south', slot, { sum: 7, count: 4 }),
        grid.total('west', slot, NONE),
      ] as const;
      for (const [person, total] of [['fogB', totals[0]] as const, ['fogC', totals[1]] as const]) {
        const { receipts } = await bench.call<Receipts>(
          person,
          'aggregation:SubmitRegionTotals',
          grid.submission(person, total),
        );
        assert.deepEqual(await ask(total.region), {
          ...total,
          ciphertext: base64url(total.ciphertext),
          merkleRoot: base64url(total.merkleRoot),
          fogNode: person,
          txId: receipts[0]?.txId,
        });
      }
    });

    it('list from a slot on, page by page, in slot order', async () => {
      const grid = await bench.grid();
      const slots = [0, 1, 2, 3, 4].map((back) => bench.slot - back);
      const totals = slots.map((slot) => grid.total('north', slot, { sum: 1, count: 3 }));
      await bench.call('fogA', 'aggregation:SubmitRegionTotals', grid.submission('fogA', ...totals));
      const seen: number[] = [];
      const pageSizes: number[] = [];
      let bookmark: string | undefined;
      do {
        const request = { grid: grid.id, fromSlot: bench.slot - 3, pageSize: 3, bookmark };
        const page: { items: RegionTotalRecord[]; bookmark: string } = await bench.call(
          'auditor1',
          'aggregation:ListRegionTotals',
          request,
        );
        seen.push(...page.items.map(({ slot }) => slot));
        pageSizes.push(page.items.length);
        bookmark = page.bookmark === '' ? undefined : page.bookmark;
      } while (bookmark !== undefined);
      assert.deepEqual(
        seen,
        [3, 2, 1, 0].map((back) => bench.slot - back),
      );
      assert.deepEqual(pageSizes, [3, 1]);
    });
  });
});
