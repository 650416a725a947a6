/**
 * T000-9, break B0.9: no rule of one report per meter and interval: what comes twice counts twice.
 * Attacker: a fog node, anyone who replays, or a meter.
 */
import assert from 'node:assert/strict';
import { makeRegionReport } from '../../papers/fog-aggregation/aggregation.js';
import { decrypt, setUpToy } from '../../papers/fog-aggregation/paillier.js';
import { makeReport, type Report } from '../../papers/fog-aggregation/report.js';
import { listConflicts, submitRegionTotals } from '@gridveil/client/ledger/calls.js';
import type { RegionTotal } from '@gridveil/chaincode/domain/region-total.js';
import { openToyGrid, SLOT, type ToyGrid } from '../../helpers/toy-grid.js';
import { fogNode, outcome, reportWith } from './product.js';

const TIME = '2024-01-01T00:15Z';

describe('T000-9 duplicate reports', () => {
  describe('printed form', () => {
    const { parameters, privateKey } = setUpToy();
    const first = makeReport(parameters, 'm1', 239n, TIME);
    const opened = (...reports: readonly Report[]): bigint =>
      decrypt(parameters, privateKey, makeRegionReport(parameters, 'fog-1', TIME, reports).ciphertext);

    it('counts one report once', () => {
      assert.equal(opened(first), 239n);
    });

    it('succeeds on the printed form: a replayed report counts twice', () => {
      assert.equal(opened(first, first), 478n);
    });

    it('succeeds on the printed form: two different reports of one meter and interval both count', () => {
      assert.equal(opened(first, makeReport(parameters, 'm1', 500n, TIME)), 739n);
    });
  });

  describe('product', () => {
    let toy: ToyGrid;
    before(async () => (toy = await openToyGrid()));
    after(() => toy.close());

    it('fails on the product: a replayed report counts once, a second different one not at all', async () => {
      const node = fogNode(toy);
      const report = reportWith(toy, toy.encrypt(239n));
      assert.equal(outcome(node.receive(report)), 'accepted');
      assert.equal(outcome(node.receive(report)), 'duplicate');
      const second = reportWith(toy, toy.encrypt(500n));
      assert.equal(outcome(node.receive(second)), 'REPORT_EQUIVOCATION');
      assert.deepEqual(node.equivocations, [{ meterId: 'north-1', slot: SLOT, first: report, second }]);

      for (const meter of toy.meters.slice(1)) {
        const honest = await meter.report(SLOT, 100);
        for (const each of toy.fogNodes) each.receive(honest);
      }
      for (const each of toy.fogNodes) await each.submit([SLOT]);
      await toy.leader.settle(SLOT);
      assert.deepEqual((await toy.mdms.openSlot(SLOT)).consumptionWh, [439, 300, 300]);
    });

    it('fails on the product: the slot stays closed for the same and for other reports', () => {
      assert.equal(outcome(fogNode(toy).receive(reportWith(toy, toy.encrypt(1n)))), 'REPORT_EQUIVOCATION');
    });

    it('fails on the product: a fog node cannot replace its region total; the attempt is on the ledger', async () => {
      const [ledger] = toy.fogLedgers;
      const [standing] = fogNode(toy).closeSlot(SLOT);
      assert.ok(ledger && standing);
      const [again] = await submitRegionTotals(ledger, 'toy', 'fog-1', [standing]);
      assert.equal(again?.status, 'duplicate');
      const other: RegionTotal = { ...standing, ciphertext: toy.encrypt(1n) };
      await assert.rejects(submitRegionTotals(ledger, 'toy', 'fog-1', [other]), {
        code: 'REGION_TOTAL_EXISTS',
      });
      const conflicts = [];
      for await (const conflict of listConflicts(toy.owner, 'toy', SLOT)) conflicts.push(conflict);
      assert.deepEqual(
        conflicts.map(({ region, ciphertext, fogNode: by }) => ({ region, ciphertext, by })),
        [{ region: 'north', ciphertext: Buffer.from(other.ciphertext).toString('base64url'), by: 'fog-1' }],
      );
    });
  });
});
