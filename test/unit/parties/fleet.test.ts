import assert from 'node:assert/strict';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { Fleet, type FleetOptions } from '@gridveil/client/parties/fleet.js';
import { encodeReportBatch } from '@gridveil/client/parties/fog-messages.js';
import { ReportSender } from '@gridveil/client/parties/report-sender.js';
import { encodeReceiptedAnswers } from '@gridveil/client/parties/fog-messages.js';
import { DurableBench } from '../../helpers/durable-bench.js';
import { ForgetfulDisk } from '../../helpers/forgetful-disk.js';
import { JOURNAL_KEY, JournalFolders } from '../../helpers/journal-folder.js';

describe('fleet', () => {
  const folders = new JournalFolders();
  let bench: DurableBench;
  let disk: ForgetfulDisk;
  let slot: number;
  beforeEach(async () => {
    bench = await DurableBench.open(folders);
    disk = new ForgetfulDisk();
    ({ slot } = bench.fog);
  });
  afterEach(() => folders.remove());

  const deliver: FleetOptions['deliver'] = (fogNode, reports) =>
    new ReportSender({
      fogNode,
      receiptKey: bench.receiptKey.publicKey,
      grid: bench.fog.grid,
      post: async (body) => ({
        status: 200,
        body: utf8(encodeReceiptedAnswers(await bench.node.handle(body))),
        retryAfterMs: undefined,
      }),
    }).deliver(reports);
  const open = async (change: Partial<FleetOptions> = {}) =>
    Fleet.open({
      grid: bench.fog.grid,
      journal: { folder: await folders.make(), key: JOURNAL_KEY, files: disk },
      deliver,
      ...change,
    });

  it('keeps reports before they are sent, and receipts of those that stand', async () => {
    const fleet = await open();
    const reports = [
      bench.fog.report('n1', 1n),
      bench.fog.report('n2', 1n),
      bench.fog.report('n3', 1n, {}, 'n4'),
    ];
    await fleet.keep('fog', slot, reports);
    assert.deepEqual(
      [fleet.waiting, fleet.isSealed(slot, 'n1'), fleet.isSealed(slot, 'n4')],
      [3, true, false],
    );
    const refused = [{ fogNode: 'fog', meterId: 'n3', slot, code: 'REPORT_BAD_TAG' }];
    assert.deepEqual([await fleet.send(), fleet.refused], [refused, refused]);
    assert.equal(fleet.waiting, 0);
    const [kept] = fleet.receipts;
    assert.ok(bench.holds(kept?.receipt, ...reports.slice(0, 2)));
    disk = disk.cutPower();
    const again = await open();
    assert.deepEqual([again.receipts, again.refused], [fleet.receipts, refused]);
    assert.equal(again.waiting, 0);
    assert.ok(again.isSealed(slot, 'n3'), 'a meter signs no second report for a slot');
  });

  it('sends the very same bytes again after a power cut in between', async () => {
    const sent: Uint8Array[] = [];
    const silent: FleetOptions['deliver'] = (_, reports) => {
      sent.push(encodeReportBatch(reports));
      return new Promise(() => undefined);
    };
    const fleet = await open({ deliver: silent });
    const report = bench.fog.report('n1', 1n);
    await fleet.keep('fog', slot, [report]);
    void fleet.send();
    await bench.send(report); // it arrived, the answer did not
    disk = disk.cutPower();
    const again = await open();
    assert.equal(again.waiting, 1);
    assert.deepEqual(sent, [encodeReportBatch([report])]);
    assert.deepEqual(await again.send(), []);
    assert.ok(bench.holds(again.receipts[0]?.receipt, report));
    assert.deepEqual(bench.node.openSlots(), [{ slot, reports: 1 }]);
  });

  it('sends nothing that its disk could not keep', async () => {
    const fleet = await open();
    disk.roomBytes = 0;
    await assert.rejects(fleet.keep('fog', slot, [bench.fog.report('n1', 1n)]), { code: 'JOURNAL_FULL' });
    assert.deepEqual([fleet.waiting, fleet.isSealed(slot, 'n1')], [0, false]);
  });

  it('does not grow with what is done, and remembers what it must', async () => {
    const options = { keptSlots: 3, compactAboveBytes: 20_000 };
    const fleet = await open(options);
    const slots = Array.from({ length: 60 }, (_, i) => bench.fog.slot - 60 + i);
    const first = slots[0] as number;
    await fleet.keep('fog', first, [bench.fog.report('n3', 1n, { slot: first }, 'n4')]);
    const refused = await fleet.send();
    for (const each of slots) {
      await fleet.keep('fog', each, [bench.fog.report('n1', 1n, { slot: each })]);
      await fleet.send();
      fleet.answersFiled(fleet.receipts.length - 1, 0);
    }
    const newest = slots.at(-1) as number;
    const late = bench.fog.report('n2', 1n, { slot: newest });
    await fleet.keep('fog', newest, [late]);
    assert.ok(fleet.journalBytes < 25_000, `${fleet.journalBytes} bytes`);
    disk = disk.cutPower();
    const again = await open(options);
    assert.equal(again.waiting, 1);
    assert.equal(refused.length, 1);
    assert.deepEqual(again.refused, refused);
    // Those that were filed since the last compaction come back; whoever files them knows them.
    assert.deepEqual(again.receipts.at(-1), fleet.receipts.at(-1));
    assert.ok(again.receipts.length < slots.length / 2, `${again.receipts.length} receipts`);
    for (const each of slots) assert.ok(again.isSealed(each, 'n1'), `slot ${each}`);
    await again.send();
    assert.ok(again.isSealed(newest - 3, 'n3'), 'no report is made any more for an old slot');
    assert.ok(!again.isSealed(newest - 2, 'n3'));
    assert.ok(bench.holds(again.receipts.at(-1)?.receipt, late));
  });
});
