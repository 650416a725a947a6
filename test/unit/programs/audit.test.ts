import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeReport, reportLeaf } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { GridveilError, refusal } from '@gridveil/chaincode/errors.js';
import { generateSigningKey } from '@gridveil/client/crypto/curve25519.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { decodeReportBatch } from '@gridveil/client/parties/fog-messages.js';
import { encodeRecountRequest, RecountDesk } from '@gridveil/client/parties/recount-request.js';
import { encodeItem } from '@gridveil/client/parties/fleet-records.js';
import { signReceipts, type ReceiptItem } from '@gridveil/client/parties/receipt.js';
import { Audit, type ShowReport, type ShowReports, type Verdict } from '@gridveil/client/programs/audit.js';
import type { FogIdentity } from '@gridveil/client/programs/secret-files.js';
import { DurableBench } from '../../helpers/durable-bench.js';
import { NORTH } from '../../helpers/fog-bench.js';
import { JournalFolders } from '../../helpers/journal-folder.js';

describe('audit', () => {
  const folders = new JournalFolders();
  let bench: DurableBench;
  let slot: number;
  let items: ReceiptItem[];
  let receipt: Uint8Array;

  beforeEach(async () => {
    bench = await DurableBench.open(folders);
    ({ slot } = bench.fog);
    const reports = NORTH.map((meterId) => bench.fog.report(meterId, 1n));
    items = reports.map((bytes) => {
      const { header, ciphertext, tag } = decodeReport(bytes, bench.fog.grid.publicKey.ciphertextBytes);
      return { slot, leaf: reportLeaf(header.meterId, ciphertext, tag) };
    });
    receipt = (await bench.send(...reports)).receipt as Uint8Array;
  });
  afterEach(() => folders.remove());

  /** Reads totals as the contract answers them. */
  const ledger = (): Ledger => ({
    ...bench.fog.options().ledger,
    evaluate: ({ name, argument }) => {
      if (name === 'GetGrid') return Promise.resolve(JSON.stringify(bench.fog.grid.record));
      if (name === 'ListMeters') return bench.fog.options().ledger.evaluate({ contract: '', name, argument });
      const regionTotals = ['north', 'south'].flatMap((region) => {
        const total = bench.ledger.total(region, slot);
        return total ? { ...total, fogNode: 'fog', txId: 't' } : [];
      });
      if (regionTotals.length === 0) return Promise.reject(refusal('SLOT_UNKNOWN', { slot }));
      return Promise.resolve(JSON.stringify({ slot, regionTotals }));
    },
  });
  const honest: ShowReport = (_, item) => Promise.resolve(bench.node.inclusionOf(item));
  const audit = (show: ShowReport = honest, receiptKey = bench.receiptKey.publicKey) => {
    const identity = { fogNode: 'fog', receiptKey } as FogIdentity;
    return new Audit(ledger(), bench.fog.grid.record.grid, [identity], show);
  };
  const verdicts = async (under: Audit): Promise<Partial<Record<Verdict, number>>> => {
    await under.take('fog', items, receipt);
    const { reports, holds, findings } = under.report();
    assert.equal(holds, findings.length === 0);
    return Object.fromEntries(Object.entries(reports).filter(([, count]) => count > 0));
  };

  it('finds every receipted report under the committed root, once, however often it was receipted', async () => {
    assert.deepEqual(await verdicts(audit()), { 'not yet on the ledger': 5 });
    await bench.node.settle([slot]);
    const twice = audit();
    await twice.take('fog', items, receipt);
    assert.deepEqual(await verdicts(twice), { counted: 5 });
  });

  it('names a report that the fog node has left out, or does not show', async () => {
    await bench.node.settle([slot]);
    const leftOut = { slot, leaf: new Uint8Array(32).fill(7) };
    const { channel, record } = bench.fog.grid;
    const issuer = { channel, grid: record.grid, fogNode: 'fog' };
    const [own] = signReceipts(bench.receiptKey, issuer, [[leftOut]]) as [Uint8Array];
    const under = audit();
    await under.take('fog', [leftOut], own);
    const leaf = Buffer.from(leftOut.leaf).toString('hex');
    assert.deepEqual(under.report().findings, [{ verdict: 'missing', fogNode: 'fog', slot, leaf }]);
    assert.deepEqual(await verdicts(audit(() => Promise.resolve(undefined))), { missing: 5 });
  });

  it('believes no proof that does not lead to the root of the ledger', async () => {
    await bench.node.settle([slot]);
    const bent: ShowReport = async (fogNode, item) => {
      const shown = await honest(fogNode, item);
      return shown && { ...shown, proof: shown.proof.map((hash) => hash.map((byte) => byte ^ 1)) };
    };
    assert.deepEqual(await verdicts(audit(bent)), { missing: 5 });
    const shrunk: ShowReport = async (fogNode, item) => {
      const shown = await honest(fogNode, item);
      return shown && { ...shown, count: shown.count - 1 };
    };
    assert.deepEqual(await verdicts(audit(shrunk)), { missing: 5 });
  });

  it('tells a withheld region from a lost report', async () => {
    const south = bench.fog.report('s1', 1n);
    const sent = await bench.send(south);
    const { header, ciphertext, tag } = decodeReport(south, bench.fog.grid.publicKey.ciphertextBytes);
    await bench.node.settle([slot]);
    items = [{ slot, leaf: reportLeaf(header.meterId, ciphertext, tag) }];
    receipt = sent.receipt as Uint8Array;
    assert.deepEqual(await verdicts(audit()), { withheld: 1 });
  });

  it('lists reports that were refused beside the receipts of the others', async () => {
    await bench.node.settle([slot]);
    const file = join(await folders.make(), 'receipts.jsonl');
    const refused = { fogNode: 'fog', meterId: 's1', slot, code: 'REPORT_STALE_SLOT' };
    const kept = {
      fogNode: 'fog',
      items: items.map((item) => toBase64url(encodeItem(item))),
      receipt: toBase64url(receipt),
    };
    await writeFile(file, `${JSON.stringify({ refused })}\n${JSON.stringify(kept)}\n`);
    const under = audit();
    await under.readFile(file);
    const { reports, holds, refused: listed } = under.report();
    assert.deepEqual([reports.counted, holds, listed], [5, true, [refused]]);
    for (const line of ['{"refused":{}}', '{"refused":1}', JSON.stringify({ ...kept, refused }), '{', '[]']) {
      await writeFile(file, `${line}\n`);
      await assert.rejects(audit().readFile(file), { code: 'RECEIPTS_MALFORMED' });
    }
  });

  it('counts no receipt that the fog node did not sign', async () => {
    await bench.node.settle([slot]);
    assert.deepEqual(await verdicts(audit(honest, generateSigningKey().publicKey)), { 'bad receipt': 5 });
    receipt = receipt.map((byte, i) => (i === 10 ? byte ^ 1 : byte));
    assert.deepEqual(await verdicts(audit()), { 'bad receipt': 5 });
  });

  describe('recounts', () => {
    const shown: ShowReports = async (_, { slot: of, region, from }) =>
      (await bench.node.countedReports(of, region))?.slice(from, from + 2);
    const recounted = async (show: ShowReports) => {
      const under = audit();
      await under.take('fog', items, receipt);
      await under.recount(show);
      const { recounted, differing, findings, holds } = under.report();
      assert.deepEqual([findings, recounted], [[], 1]);
      assert.equal(holds, differing.length === 0);
      return differing.map(({ reason }) => reason);
    };
    /** Shows other reports than it should. */
    const bent =
      (bend: (reports: readonly Uint8Array[]) => readonly Uint8Array[]): ShowReports =>
      async (_, { slot: of, region, from }) =>
        bend((await bench.node.countedReports(of, region)) ?? []).slice(from);

    beforeEach(() => bench.node.settle([slot]));

    it('a region total from the reports behind it, page by page, also after a restart and a compaction', async () => {
      assert.deepEqual(await recounted(shown), []);
      await bench.restart();
      await bench.node.compact();
      assert.deepEqual(await recounted(shown), []);
    });

    it('names what is left out, put in, exchanged, doubled or not shown', async () => {
      const other = bench.fog.report('n1', 1n);
      const elsewhere = bench.fog.report('n1', 1n, { slot: slot - 1 });
      const stranger = bench.fog.report('w1', 1n);
      const swap = (with_: Uint8Array) => bent((reports) => [with_, ...reports.slice(1)]);
      assert.deepEqual(await recounted(() => Promise.resolve(undefined)), ['it shows no reports']);
      assert.deepEqual(await recounted(bent((reports) => reports.slice(1))), ['it shows no reports']);
      assert.deepEqual(await recounted(bent((reports) => [...reports, ...reports])), [
        'meter "n1" stands twice, or out of order',
      ]);
      assert.deepEqual(await recounted(bent((reports) => [...reports].reverse())), [
        'meter "n4" stands twice, or out of order',
      ]);
      assert.deepEqual(await recounted(swap(other)), ['the Merkle root is that of other reports']);
      assert.deepEqual(await recounted(swap(elsewhere)), ['a report is of another region or slot']);
      assert.deepEqual(await recounted(swap(stranger)), ['a report is of another region or slot']);
      assert.deepEqual(await recounted(swap(new Uint8Array(3))), ['a report is malformed (TRUNCATED)']);
      bench.fog.register('n1', 'south');
      assert.deepEqual(await recounted(shown), ['meter "n1" is not registered in the region']);
      bench.fog.register('n1', 'south', 2);
      assert.deepEqual(await recounted(shown), []);
    });

    it('shows reports to the auditors that are named, for five minutes, and to nobody else', async () => {
      const auditor = generateSigningKey();
      const { channel, record } = bench.fog.grid;
      const issuer = { channel, grid: record.grid, fogNode: 'fog' };
      const desk = new RecountDesk({
        issuer,
        auditors: [auditor.publicKey],
        nowSeconds: () => bench.fog.nowSeconds,
        reportsOf: (of, region) => bench.node.countedReports(of, region),
      });
      const about = { region: 'north', slot, from: 0 };
      const { nowSeconds } = bench.fog;
      const request = encodeRecountRequest(auditor, issuer, about, nowSeconds);
      assert.equal(decodeReportBatch((await desk.handle(request)) as Uint8Array).length, 5);
      const after = encodeRecountRequest(auditor, issuer, { ...about, from: 5 }, nowSeconds);
      assert.equal(await desk.handle(after), undefined);
      const refused = [
        encodeRecountRequest(generateSigningKey(), issuer, about, nowSeconds),
        encodeRecountRequest(auditor, { ...issuer, fogNode: 'fog-2' }, about, nowSeconds),
        encodeRecountRequest(auditor, issuer, about, nowSeconds - 301),
        encodeRecountRequest(auditor, issuer, about, nowSeconds + 301),
        request.map((byte, i) => (i === request.length - 1 ? byte ^ 1 : byte)),
      ];
      for (const body of refused) await assert.rejects(desk.handle(body), { code: 'RECOUNT_REFUSED' });
      for (const body of [new Uint8Array(0), request.subarray(1), new Uint8Array(1024).fill(255)])
        await assert.rejects(desk.handle(body), (error) => error instanceof GridveilError);
    });
  });
});
