import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../../helpers/contract-bench.js';
import { BillingBench } from '../../helpers/billing-bench.js';
import { BillingParties } from '../../helpers/billing-parties.js';
import { ForgetfulDisk } from '../../helpers/forgetful-disk.js';
import { JOURNAL_KEY, JournalFolders } from '../../helpers/journal-folder.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { makeBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { getSlotPackets } from '@gridveil/client/ledger/billing-queries.js';
import type { Aggregator } from '@gridveil/client/parties/aggregator.js';
import {
  AggregatorJournal,
  type AggregatorJournalOptions,
} from '@gridveil/client/parties/aggregator-journal.js';
import type { BillingAnswers } from '@gridveil/client/parties/fog-messages.js';

describe('an aggregator with a journal', function () {
  this.timeout(60_000);
  const folders = new JournalFolders();
  let bench: ContractBench;
  let billing: BillingBench;
  let parties: BillingParties;
  let aggregator: Aggregator;
  let disk: ForgetfulDisk;
  let slot: number;

  before(async () => {
    bench = await ContractBench.open();
    billing = await BillingBench.open(bench);
    parties = await BillingParties.on(billing);
    slot = billing.firstSlot - 1;
  });
  after(async () => {
    await folders.remove();
    await bench.close();
  });
  beforeEach(() => {
    billing.passSlot(++slot);
    disk = new ForgetfulDisk();
    return start();
  });

  const report = (meterId: string, energyWh = 5): Uint8Array => {
    const key = billing.meters.get(meterId)?.bls;
    assert.ok(key);
    return makeBillingReport(billing.prover, key, billing.header(meterId, slot), energyWh);
  };
  const codes = ({ answers }: BillingAnswers) =>
    answers.map((answer) => (answer.status === 'refused' ? answer.code : answer.status));
  const onLedger = async (part = 0) =>
    (await getSlotPackets(bench.sessions.customer1, billing.grid.id, slot, part)).map(
      ({ meterId }) => meterId,
    );
  async function start(options: Partial<AggregatorJournalOptions> = {}): Promise<void> {
    const { publicKey } = bench.key;
    const folder = await folders.make();
    const journal = { folder, key: JOURNAL_KEY, files: disk, segmentBytes: 20_000, ...options };
    const opened = await AggregatorJournal.open(journal, publicKey);
    aggregator = await parties.aggregator('fogA', 1, parties.check, opened);
  }
  async function restart(keptOfRest = 0): Promise<void> {
    disk = disk.cutPower(keptOfRest);
    await start();
  }

  it('has after a power cut what it has signed receipts for, and makes the block of it', async () => {
    const reports = [report('m1'), report('m2')];
    await aggregator.receive(reports);
    await restart();
    assert.deepEqual(aggregator.reportsOf(slot).map(toBase64url), reports.map(toBase64url));
    assert.deepEqual(codes(await aggregator.receive([report('m3'), ...reports])), [
      'accepted',
      'duplicate',
      'duplicate',
    ]);
    await restart(0.5);
    await aggregator.submitSlot(slot);
    assert.deepEqual(await onLedger(), ['m1', 'm2', 'm3']);
  });

  it('signs nothing before it is on the disk', async () => {
    const [own, other] = [report('m1'), report('m2')];
    let synced = false;
    disk.beforeSync = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      synced = true;
    };
    const first = aggregator.receive([own]);
    const again = aggregator.receive([own, other]);
    const { answers, receipts } = await again;
    assert.ok(synced && receipts[0] !== undefined, 'a copy waits for the first one, too');
    assert.equal((await first).answers.length + answers.length, 3);
  });

  it('counts nothing of a message that found no room, and takes it later', async () => {
    disk.roomBytes = 100;
    await assert.rejects(aggregator.receive([report('m1')]), { code: 'JOURNAL_FULL' });
    assert.deepEqual(aggregator.reportsOf(slot), []);
    disk.roomBytes = Infinity;
    assert.deepEqual(codes(await aggregator.receive([report('m1')])), ['accepted']);
  });

  it('lets go of slots that are on the ledger, keeps what meters did wrong, and rewrites itself', async () => {
    await start({ compactAboveBytes: 1000 });
    const [first, second] = [report('m1', 5), report('m1', 6)];
    await aggregator.receive([first, second, report('m2'), report('m3')]);
    await aggregator.submitSlot(slot);
    await aggregator.forgetReports([slot]);
    await aggregator.receive([report('m4')]);
    await restart();
    assert.equal(aggregator.reportsOf(slot).length, 1);
    assert.deepEqual(
      aggregator.equivocations.map(({ meterId, slot: at }) => [meterId, at]),
      [['m1', slot]],
    );
    assert.equal((await aggregator.submitSlot(slot))?.status, 'accepted');
    assert.deepEqual(await onLedger(1), ['m4']);
  });
});
