/** A bill that counts as missing what an aggregator has signed a receipt for. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// First: it silences the contracts' decorators.
import { ContractBench } from '../../helpers/contract-bench.js';
import { billedPeriod, LOST, TOY_CHECK } from '../../helpers/billed-period.js';
import type { BillingBench } from '../../helpers/billing-bench.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { BillEvidence } from '@gridveil/client/billing/bill-evidence.js';
import { exportBill } from '@gridveil/client/billing/export-bill.js';
import { checkLeftOut, withReceipts } from '@gridveil/client/billing/left-out-reports.js';
import { readReceiptsFile, writeReceiptsFile } from '@gridveil/client/billing/receipts-file.js';
import { verifyBill } from '@gridveil/client/billing/verify-bill.js';
import type { ReceiptedReport } from '@gridveil/client/parties/billing-receipt.js';
import { receiptedReport } from '../../helpers/receipted-report.js';
import { strangerVerifyBill } from '../../helpers/stranger-bill.js';
import { TOY_BITS } from '../../helpers/bench-values.js';

describe('reports that a bill leaves out', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let billing: BillingBench;
  let bare: BillEvidence;
  let lost: ReceiptedReport;
  let folder: string;

  const receipted = (meterId: string, slot: number): ReceiptedReport =>
    receiptedReport(billing, meterId, slot, 'fogB');

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gridveil-receipts-'));
    bench = await ContractBench.open();
    billing = await billedPeriod(bench);
    const { tariffId } = billing;
    const ref = { grid: billing.grid.id, meterId: 'm1', tariffId, period: 'June' };
    bare = (await exportBill(bench.sessions.customer1, ref)).evidence;
    lost = receipted('m1', billing.firstSlot + LOST);
  });
  after(async () => {
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const attach = (...reports: readonly ReceiptedReport[]) =>
    withReceipts(bench.sessions.customer1, bare, reports);
  const check = (evidence: BillEvidence): void =>
    checkLeftOut(evidence, verifyBill(evidence, TOY_CHECK).keyFingerprint);
  const rejected = (place: string) => (error: { code?: string; facts?: { place?: string } }) => {
    assert.deepEqual([error.code, error.facts?.place], ['BILL_REJECTED', place]);
    return true;
  };

  it('are named with the aggregator that signed for them, by this program and a stranger’s', async () => {
    const evidence = await attach(lost);
    assert.deepEqual(
      evidence.aggregators.map(({ aggregator }) => aggregator),
      ['fogA', 'fogB'],
      'the key that the receipt is under comes with it',
    );
    assert.throws(
      () => check(evidence),
      (error: { code?: string; facts?: object }) => {
        assert.equal(error.code, 'BILL_REPORTS_LEFT_OUT');
        const seconds = (billing.firstSlot + LOST) * billing.tariff.slotSeconds;
        const time = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
        assert.deepEqual(error.facts, { meterId: 'm1', slots: 1, aggregator: 'fogB', time });
        return true;
      },
    );
    const found: string[] = [];
    assert.equal(strangerVerifyBill(JSON.stringify(evidence), [TOY_BITS], found), undefined);
    assert.deepEqual(found, ['fogB']);
  });

  it('are none where the receipts are for slots that the bill has, or for other bills', async () => {
    const slot = billing.firstSlot;
    assert.deepEqual(await attach(), bare);
    assert.deepEqual(await attach(receipted('m1', slot), receipted('m2', slot + LOST)), bare);
    const other = { ...lost, packet: { ...lost.packet, tariffId: 'ab'.repeat(32) } };
    assert.deepEqual(await attach(other), bare);
    check(bare);
  });

  it('are not proven by anything else than a receipt for this very report', async () => {
    const evidence = await attach(lost);
    const [item] = evidence.leftOut ?? [];
    assert.ok(item);
    const changed = (changes: Partial<typeof item>) => ({ ...evidence, leftOut: [{ ...item, ...changes }] });
    const again = receipted('m1', billing.firstSlot + LOST);
    const cases: readonly (readonly [string, Partial<typeof item>])[] = [
      ['leftOut[0].receipt', { receipt: toBase64url(again.receipt) }],
      ['leftOut[0].receipt', { receipt: '' }],
      ['leftOut[0].receipt', { aggregator: 'fogA' }],
      ['leftOut[0].receipt', { aggregator: 'nobody' }],
      ['leftOut[0].signature', { signature: toBase64url(again.packet.signature) }],
      ['leftOut[0].signature', { ciphertext: toBase64url(again.packet.ciphertext) }],
      ['leftOut[0].signature', { epoch: 2 }],
      ['leftOut[0]', { proofDigest: 'AQ' }],
      ['leftOut[0]', { signature: 'AQ' }],
      ['leftOut[0]', { slot: billing.firstSlot }],
    ];
    for (const [place, changes] of cases) {
      assert.throws(() => check(changed(changes)), rejected(place), JSON.stringify(changes));
      assert.notEqual(strangerVerifyBill(JSON.stringify(changed(changes)), [TOY_BITS]), undefined);
    }
    assert.throws(() => check({ ...evidence, leftOut: [item, item] }), rejected('leftOut[1]'));
  });

  it('come back from the file they were kept in; what is no receipt is named by its line', async () => {
    const file = join(folder, 'm1.receipts');
    const both = [receipted('m1', billing.firstSlot), lost];
    await writeReceiptsFile(file, both);
    assert.deepEqual(
      (await readReceiptsFile(file)).map(({ slot, receipt }) => [slot, toBase64url(receipt)]),
      both.map(({ slot, receipt }) => [slot, toBase64url(receipt)]),
    );
    await assert.rejects(writeReceiptsFile(file, both), { code: 'FILE_EXISTS' });
    const [first = '', second = ''] = readFileSync(file, 'utf8').split('\n');
    const bad = join(folder, 'bad.receipts');
    for (const line of [
      '{',
      '{}',
      second.replace('"slot":', '"Slot":'),
      second.replace(/"receipt":"./, '"receipt":"='),
    ]) {
      writeFileSync(bad, `${first}\n${line}\n`);
      await assert.rejects(readReceiptsFile(bad), (error: { code?: string; facts?: object }) => {
        assert.equal(error.code, 'BILLING_RECEIPTS_MALFORMED', line);
        assert.deepEqual(error.facts, { file: bad, line: 2 });
        return true;
      });
    }
    await assert.rejects(readReceiptsFile(join(folder, 'nowhere')), { code: 'FILE_UNREADABLE' });
  });
});
