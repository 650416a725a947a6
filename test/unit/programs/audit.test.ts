import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeReport, reportLeaf } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import { generateSigningKey } from '@gridveil/client/crypto/curve25519.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { encodeItem } from '@gridveil/client/parties/fleet-records.js';
import { signReceipts, type ReceiptItem } from '@gridveil/client/parties/receipt.js';
import { Audit, type ShowReport, type Verdict } from '@gridveil/client/programs/audit.js';
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
    evaluate: () => {
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
});
