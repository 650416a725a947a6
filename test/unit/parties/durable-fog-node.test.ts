import assert from 'node:assert/strict';
import { reportLeaf, decodeReport } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { verifyMerkleProof } from '@gridveil/chaincode/crypto/merkle.js';
import { bigintToBytes, fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { ClientError } from '@gridveil/client/errors.js';
import { DurableBench } from '../../helpers/durable-bench.js';
import { NORTH } from '../../helpers/fog-bench.js';
import { JournalFolders } from '../../helpers/journal-folder.js';

const turns = async (count = 20) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};
const full = (error: unknown) => error instanceof ClientError && error.code === 'JOURNAL_FULL';

describe('durable fog node', () => {
  const folders = new JournalFolders();
  let bench: DurableBench;
  let slot: number;
  beforeEach(async () => {
    bench = await DurableBench.open(folders);
    ({ slot } = bench.fog);
  });
  afterEach(() => folders.remove());

  const report = (meterId: (typeof NORTH)[number], energyWh: bigint, inSlot = slot) =>
    bench.fog.report(meterId, energyWh, { slot: inSlot });
  const statuses = async (...reports: Uint8Array[]) =>
    (await bench.send(...reports)).answers.map((answer) =>
      answer.status === 'refused' ? answer.code : answer.status,
    );
  const reportNorth = (inSlot = slot) =>
    bench.send(...NORTH.map((meterId, i) => report(meterId, 1n << BigInt(i), inSlot)));

  describe('receipts', () => {
    it('cover exactly the reports that stand', async () => {
      const [a, b] = [report('n1', 1n), report('n2', 2n)];
      const { answers, receipt } = await bench.send(a, Uint8Array.of(1), b, a);
      assert.deepEqual(
        answers.map(({ status }) => status),
        ['accepted', 'refused', 'accepted', 'duplicate'],
      );
      assert.ok(bench.holds(receipt, a, b, a));
      assert.ok(!bench.holds(receipt, a, b));
      assert.ok(!bench.holds(receipt, b, a, a));
      assert.ok(
        !bench.holds(
          receipt?.map((byte) => byte ^ 1),
          a,
          b,
          a,
        ),
      );
      assert.equal((await bench.send(Uint8Array.of(1))).receipt, undefined);
    });

    it('are given when the disk has the report, not before, to whoever sends it', async () => {
      let confirm = () => undefined as void;
      bench.disk.beforeSync = () => new Promise((resolve) => (confirm = resolve));
      const a = report('n1', 1n);
      const answered: string[] = [];
      const first = bench.send(a).then(() => answered.push('first'));
      const again = bench.send(a).then(() => answered.push('again'));
      await turns();
      assert.deepEqual(answered, []);
      confirm();
      await Promise.all([first, again]);
      assert.equal(answered.length, 2);
    });

    it('are not given when the disk is full: nothing counts, and it may be sent again', async () => {
      await bench.send(report('n1', 1n));
      bench.disk.roomBytes = 0;
      const b = report('n2', 2n);
      const both = await Promise.allSettled([bench.send(b), bench.send(b), bench.send(report('n3', 4n), b)]);
      assert.ok(both.every((each) => each.status === 'rejected' && full(each.reason)));
      assert.deepEqual(bench.node.openSlots(), [{ slot, reports: 1 }]);
      bench.disk.roomBytes = Infinity;
      assert.deepEqual(await statuses(b, report('n3', 4n)), ['accepted', 'accepted']);
      await bench.node.settle([slot]);
      assert.equal(bench.opened('north', slot), 7n);
    });
  });

  describe('after a power cut', () => {
    it('holds every report it gave a receipt for, and none that it did not', async () => {
      const [a, b] = [report('n1', 1n), report('n2', 2n)];
      await bench.send(a);
      bench.disk.beforeSync = () => new Promise(() => undefined);
      void bench.send(b);
      await turns();
      await bench.restart();
      assert.deepEqual(bench.node.openSlots(), [{ slot, reports: 1 }]);
      assert.deepEqual(await statuses(a, b), ['duplicate', 'accepted']);
    });

    it('counts an unconfirmed report that reached the disk once', async () => {
      bench.disk.beforeSync = () => new Promise(() => undefined);
      const a = report('n1', 1n);
      void bench.send(a);
      await turns();
      await bench.restart(1);
      assert.deepEqual(await statuses(a), ['duplicate']);
    });

    it('submits the same totals again and takes the old receipt', async () => {
      await reportNorth();
      bench.ledger.losesAnswers = true;
      await assert.rejects(bench.node.settle([slot]), { code: 'OUTCOME_UNKNOWN' });
      bench.ledger.losesAnswers = false;
      for (let round = 0; round < 2; round++) {
        await bench.restart();
        assert.deepEqual(bench.node.unsettledSlots(), [slot]);
        assert.deepEqual(await statuses(report('n1', 9n)), ['REPORT_EQUIVOCATION']);
      }
      assert.deepEqual(await bench.node.settle(bench.node.unsettledSlots()), [{ slot, outcome: 'stored' }]);
      assert.deepEqual([bench.ledger.conflicts, bench.opened('north', slot)], [0, 31n]);
      await bench.restart();
      assert.deepEqual(bench.node.unsettledSlots(), []);
      const before = bench.ledger.submissions;
      await bench.node.settle([slot]);
      assert.equal(bench.ledger.submissions, before, 'nothing is left to do');
    });

    it('still answers for closed slots: duplicates, evidence, inclusion', async () => {
      const reports = NORTH.map((meterId, i) => report(meterId, BigInt(i)));
      await bench.send(...reports, bench.fog.report('s1', 1n));
      await bench.node.settle([slot]);
      await bench.restart();
      assert.deepEqual(await statuses(reports[0] as Uint8Array, report('n1', 9n), report('n5', 9n, slot)), [
        'duplicate',
        'REPORT_EQUIVOCATION',
        'REPORT_EQUIVOCATION',
      ]);
      assert.deepEqual(await statuses(bench.fog.report('s2', 1n)), ['REPORT_STALE_SLOT']);
      const root = fromBase64url(bench.ledger.total('north', slot)?.merkleRoot ?? '', 'root');
      for (const [i, bytes] of reports.entries()) {
        const { ciphertext, tag } = decodeReport(bytes, bench.fog.grid.publicKey.ciphertextBytes);
        const leaf = reportLeaf(NORTH[i] as string, ciphertext, tag);
        const shown = bench.node.inclusionProof(slot, NORTH[i] as string);
        assert.ok(shown && verifyMerkleProof(root, leaf, shown.index, shown.count, shown.proof));
      }
      assert.equal(bench.node.inclusionProof(slot, 's1'), undefined, 'withheld');
      assert.deepEqual(await statuses(bench.fog.report('s1', 2n)), ['REPORT_EQUIVOCATION']);
    });

    it('keeps evidence: two reports of a meter, reports that encrypt nothing', async () => {
      const { n } = bench.fog.key.publicKey;
      const unit = bigintToBytes(n, bench.fog.grid.publicKey.ciphertextBytes);
      const [first, second] = [report('n1', 1n), report('n1', 2n)];
      await bench.send(first, second, bench.fog.report('n2', unit));
      await bench.node.closeSlot(slot);
      await bench.restart();
      assert.deepEqual(
        bench.node.equivocations.map((proof) => ({ ...proof })),
        [{ meterId: 'n1', slot, first, second }],
      );
      assert.deepEqual(
        bench.node.struckOut.map(({ meterId }) => meterId),
        ['n2'],
      );
    });
  });

  describe('a slot', () => {
    it('is submitted when its close is on the disk, not before', async () => {
      await reportNorth();
      let confirm = () => undefined as void;
      bench.disk.beforeSync = () => new Promise((resolve) => (confirm = resolve));
      const settled = bench.node.settle([slot]);
      await turns();
      assert.equal(bench.ledger.submissions, 0);
      assert.deepEqual(await statuses(bench.fog.report('s1', 1n)), ['REPORT_STALE_SLOT']);
      bench.disk.beforeSync = () => Promise.resolve();
      confirm();
      await settled;
      assert.equal(bench.ledger.submissions, 1);
    });

    it('counts a report that was on its way when it closed', async () => {
      const reports = NORTH.map((meterId) => report(meterId, 1n));
      const sent = bench.send(...reports);
      await bench.node.settle([slot]);
      const { receipt } = await sent;
      assert.ok(bench.holds(receipt, ...reports));
      assert.equal(bench.opened('north', slot), 5n);
    });

    it('is not submitted while the disk is full, and closes to the same totals later', async () => {
      await reportNorth();
      bench.disk.roomBytes = 0;
      await assert.rejects(bench.node.settle([slot]), full);
      assert.equal(bench.ledger.submissions, 0);
      assert.deepEqual(await statuses(bench.fog.report('s1', 1n)), ['REPORT_STALE_SLOT']);
      bench.disk.roomBytes = Infinity;
      await bench.node.settle([slot]);
      assert.equal(bench.opened('north', slot), 31n);
    });

    it('for which another total stands, or that the ledger takes no more, is over; the others go on', async () => {
      const slots = [slot - 3, slot - 2, slot - 1, slot];
      for (const each of slots) await reportNorth(each);
      const other = { region: 'north', slot: slot - 1, ciphertext: 'AQ', count: 3, merkleRoot: '' };
      bench.ledger.totals.set(`north/${slot - 1}`, other);
      bench.ledger.tooOldThrough = slot - 3;
      const outcomes = await bench.node.settle(slots);
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        ['too-old', 'stored', 'conflict', 'stored'],
      );
      assert.deepEqual(bench.node.unsettledSlots(), []);
      assert.deepEqual([bench.opened('north', slot), bench.opened('north', slot - 3)], [31n, undefined]);
    });

    it('goes out in the same transaction again when nobody knows what became of it', async () => {
      const sent: number[][] = [];
      const { submit } = bench.ledger;
      bench.options = {
        ledger: {
          ...bench.fog.options().ledger,
          submit: (transaction) => {
            const { totals } = JSON.parse(transaction.argument) as { totals: { slot: number }[] };
            sent.push([...new Set(totals.map(({ slot: of }) => of))]);
            return submit(transaction);
          },
        },
      };
      await bench.restart();
      const slots = [bench.fog.slot - 2, bench.fog.slot - 1, bench.fog.slot];
      bench.ledger.losesAnswers = true;
      await assert.rejects(bench.node.settle(slots.slice(1, 2)), { code: 'OUTCOME_UNKNOWN' });
      bench.ledger.losesAnswers = false;
      await bench.node.settle(slots);
      assert.deepEqual(sent, [[slots[1]], [slots[1]], [slots[0], slots[2]]]);
      assert.equal(bench.ledger.conflicts, 0);
    });

    it('waits for a ledger that is away', async () => {
      await reportNorth();
      bench.ledger.away = true;
      await assert.rejects(bench.node.settle([slot]), { code: 'UNAVAILABLE' });
      assert.deepEqual(bench.node.unsettledSlots(), [slot]);
      bench.ledger.away = false;
      await bench.node.settle([slot]);
      assert.equal(bench.opened('north', slot), 31n);
    });
  });

  describe('its journal', () => {
    it('is rewritten when it has grown, and holds the same state', async () => {
      bench.options = { compactAboveBytes: 5_000, archivedSegments: 0 };
      await bench.restart();
      const slots = [slot - 4, slot - 3, slot - 2, slot - 1];
      for (const each of slots) {
        await reportNorth(each);
        await bench.node.settle([each]);
      }
      await bench.send(report('n1', 1n), report('n2', 2n));
      await bench.send(report('n1', 7n));
      const bytes = bench.node.journalBytes;
      await bench.node.compact();
      assert.ok(bench.node.journalBytes < bytes);
      await bench.restart();
      assert.deepEqual(bench.node.openSlots(), [{ slot, reports: 2 }]);
      assert.equal(bench.node.equivocations.length, 1);
      assert.deepEqual(bench.node.unsettledSlots(), []);
      for (const each of slots) assert.ok(bench.node.inclusionProof(each, 'n3'));
      await bench.send(report('n3', 4n));
      await bench.node.settle([slot]);
      assert.equal(bench.opened('north', slot), 7n);
    });

    it('may be rewritten while reports come in', async () => {
      const sent = NORTH.map((meterId, i) => bench.send(report(meterId, 1n << BigInt(i))));
      await Promise.all([bench.node.compact(), ...sent, bench.node.compact()]);
      await bench.restart();
      await bench.node.settle([slot]);
      assert.equal(bench.opened('north', slot), 31n);
    });

    it('loses slots that were settled long ago, and takes no report of them any more', async () => {
      bench.options = { keptSlots: 2, compactAboveBytes: 3_000, archivedSegments: 0 };
      await bench.restart();
      const late = report('s1', 1n, slot - 5);
      for (let each = slot - 6; each < slot; each++) {
        await reportNorth(each);
        await bench.node.settle([each]);
      }
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await statuses(late), ['REPORT_STALE_SLOT']);
        assert.ok(bench.node.isClosed(slot - 5));
        assert.equal(bench.node.inclusionProof(slot - 5, 'n1'), undefined);
        assert.ok(bench.node.inclusionProof(slot - 1, 'n1'));
        await bench.node.compact();
        await bench.restart();
      }
    });
  });
});
