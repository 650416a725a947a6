/** Late, missing and corrected data: when slots close, what becomes of what comes after, and who is told. */
import assert from 'node:assert/strict';
import { FogMetrics } from '@gridveil/client/operations/fog-metrics.js';
import { startOperations } from '@gridveil/client/operations/operations-server.js';
import { listExceptions } from '@gridveil/client/parties/fog-exceptions.js';
import { LateReports } from '@gridveil/client/parties/late-reports.js';
import { SlotSettler } from '@gridveil/client/programs/slot-settler.js';
import { SLOT_SECONDS } from '../../helpers/bench-values.js';
import { DurableBench } from '../../helpers/durable-bench.js';
import { NORTH, type FogMeter } from '../../helpers/fog-bench.js';
import { JournalFolders } from '../../helpers/journal-folder.js';

const GRACE_SECONDS = 60;

describe('late, missing and corrected data', () => {
  const folders = new JournalFolders();
  let bench: DurableBench;
  let slot: number;
  let settler: SlotSettler;
  beforeEach(async () => {
    bench = await DurableBench.open(folders);
    ({ slot } = bench.fog);
    settler = new SlotSettler(bench.node, SLOT_SECONDS, GRACE_SECONDS);
  });
  afterEach(() => folders.remove());

  const report = (meterId: FogMeter, inSlot = slot) => bench.fog.report(meterId, 1n, { slot: inSlot });
  const codes = async (...reports: Uint8Array[]): Promise<string[]> =>
    (await bench.send(...reports)).answers.map((answer) =>
      answer.status === 'refused' ? answer.code : answer.status,
    );
  const step = (seconds: number) => settler.step((bench.fog.nowSeconds = seconds));
  const end = () => (slot + 1) * SLOT_SECONDS;
  const late = () => bench.node.late.all.map(({ slot: at, meterId }) => `${at - slot} ${meterId}`);

  describe('a slot closes', () => {
    it('a grace period after its end, not before', async () => {
      bench.fog.nowSeconds = end() - 100;
      assert.deepEqual(await codes(report('n1')), ['accepted']);
      assert.deepEqual(await step(end() - 100), []);
      assert.deepEqual(await step(end() + GRACE_SECONDS - 1), []);
      assert.deepEqual(await codes(report('n2')), ['accepted'], 'still within the grace');
      assert.deepEqual(await step(end() + GRACE_SECONDS), [{ slot, outcome: 'stored' }]);
    });

    it('a grace period after its first report where that came later', async () => {
      const seen = end() + 10_000;
      bench.fog.nowSeconds = seen;
      assert.deepEqual(await codes(report('n1')), ['accepted']);
      assert.deepEqual(await step(seen), []);
      assert.deepEqual(await step(seen + GRACE_SECONDS - 1), []);
      assert.deepEqual(await step(seen + GRACE_SECONDS), [{ slot, outcome: 'stored' }]);
    });

    it('with the reports it has: a region with a missing meter is published with its count', async () => {
      await bench.send(...NORTH.slice(0, 4).map((meterId) => report(meterId)));
      bench.fog.nowSeconds = end();
      await step(end());
      await step(end() + GRACE_SECONDS);
      assert.equal(bench.ledger.total('north', slot)?.count, 4);
      assert.equal(bench.opened('north', slot), 4n);
    });

    it('below minGroup to a region that is withheld, carried as such, never to a sum', async () => {
      await bench.send(...NORTH.slice(0, 2).map((meterId) => report(meterId)));
      await step(end());
      await step(end() + GRACE_SECONDS);
      assert.equal(bench.fog.grid.record.minGroup > 2, true);
      for (const region of ['north', 'south']) {
        const total = bench.ledger.total(region, slot);
        assert.equal(total?.count, 0);
        assert.equal(bench.opened(region, slot), 0n);
      }
    });
  });

  describe('a report after that', () => {
    beforeEach(async () => {
      await bench.send(...NORTH.slice(0, 4).map((meterId) => report(meterId)));
      await step(end());
      await step(end() + GRACE_SECONDS);
    });

    it('is refused with its code, changes no total and is listed once, with its time', async () => {
      const n5 = report('n5');
      const { count, merkleRoot } = bench.ledger.total('north', slot) ?? {};
      assert.deepEqual(await codes(n5, report('n5'), n5, report('s1')), Array(4).fill('REPORT_STALE_SLOT'));
      assert.deepEqual(late(), ['0 n5', '0 s1']);
      assert.equal(bench.node.late.all[0]?.atSeconds, bench.fog.nowSeconds);
      await step(end() + 10 * GRACE_SECONDS);
      const after = bench.ledger.total('north', slot);
      assert.deepEqual([after?.count, after?.merkleRoot], [count, merkleRoot]);
    });

    it('stays listed over a restart and a compaction', async () => {
      await codes(report('n5'));
      assert.deepEqual(await codes(report('n1', slot - 5)), ['accepted'], 'on the disk with all before it');
      await bench.restart();
      assert.deepEqual(late(), ['0 n5']);
      await bench.node.compact();
      await bench.restart();
      assert.deepEqual(late(), ['0 n5']);
      assert.deepEqual(await codes(report('n5')), ['REPORT_STALE_SLOT']);
      assert.deepEqual(late(), ['0 n5']);
    });

    it('is refused and listed on a full disk, too', async () => {
      bench.disk.roomBytes = 0;
      assert.deepEqual(await codes(report('n5')), ['REPORT_STALE_SLOT']);
      assert.deepEqual(late(), ['0 n5']);
      await assert.rejects(bench.send(report('s1'), report('s2', slot - 1)), { code: 'JOURNAL_FULL' });
      assert.deepEqual(late(), ['0 n5', '0 s1']);
    });

    it('of the same meter, corrected, is refused and kept as evidence; the first one stands', async () => {
      assert.deepEqual(await codes(bench.fog.report('n1', 7n)), ['REPORT_EQUIVOCATION']);
      assert.deepEqual(late(), []);
      assert.equal(bench.opened('north', slot), 4n);
      assert.deepEqual(listExceptions(bench.node).contradicted, [{ slot, meterId: 'n1' }]);
    });

    it('that no key vouches for is not listed', async () => {
      assert.deepEqual(await codes(bench.fog.report('n5', 1n, {}, 'n4')), ['REPORT_BAD_TAG']);
      assert.deepEqual(late(), []);
    });
  });

  it('tells the operator which meters a total lacks, and of late ones', async () => {
    await bench.send(...NORTH.slice(0, 4).map((meterId) => report(meterId)));
    await step(end());
    await step(end() + GRACE_SECONDS);
    await codes(report('n5'));
    const operations = await startOperations({
      host: '127.0.0.1',
      port: 0,
      metrics: new FogMetrics(() => ({ openSlots: 0, unsettledSlots: 0, journalBytes: 0 })).registry,
      health: () => ({ ready: true }),
      exceptions: () => listExceptions(bench.node),
    });
    try {
      const listing: unknown = await (await fetch(new URL('/exceptions', operations.url))).json();
      assert.deepEqual(listing, {
        schema: 'gridveil/fog-exceptions/v1',
        fogNode: 'fog',
        slots: [
          {
            slot,
            regions: [
              { region: 'north', count: 4, reported: 4 },
              { region: 'south', count: 0, reported: 0 },
            ],
            missing: ['n5', 's1', 's2'],
          },
        ],
        lateReports: 1,
        late: [{ slot, meterId: 'n5', atSeconds: bench.fog.nowSeconds }],
        contradicted: [],
        struckOut: [],
      });
    } finally {
      await operations.close();
    }
    bench.fog.revoke('s1');
    await bench.node.syncMeters();
    assert.deepEqual(bench.node.missingMeters(slot), ['n5', 's2'], 'a revoked meter is not missed');
    assert.equal(bench.node.missingMeters(slot + 1), undefined);
  });

  it('lists a bounded number, and forgets with the slots', () => {
    const reports = new LateReports(3);
    const leaf = new Uint8Array(32);
    const add = (at: number, meterId: string) => reports.add({ slot: at, meterId, leaf, atSeconds: 1 });
    assert.deepEqual(
      [add(1, 'a'), add(1, 'a'), add(1, 'b'), add(2, 'a'), add(3, 'a')],
      [true, false, true, true, false],
    );
    reports.forget(1);
    assert.deepEqual(
      reports.all.map(({ slot: at }) => at),
      [2],
    );
    assert.deepEqual([add(3, 'a'), add(3, 'b'), add(3, 'c')], [true, true, false]);
  });
});
