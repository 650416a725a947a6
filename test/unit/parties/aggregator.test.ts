import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../../helpers/contract-bench.js';
import { BillingBench, METERS } from '../../helpers/billing-bench.js';
import { BillingParties } from '../../helpers/billing-parties.js';
import { refused } from '../../helpers/refused.js';
import { makeBillingReport, sealBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { getSlotBlock, getSlotPackets } from '@gridveil/client/ledger/billing-queries.js';
import type { BillingHeader } from '@gridveil/chaincode/crypto/tou-billing.js';
import type { Aggregator, ReportChecker } from '@gridveil/client/parties/aggregator.js';
import {
  BILLING_REPORT_BATCH,
  decodeBillingAnswers,
  encodeReportBatch,
  type BillingAnswers,
} from '@gridveil/client/parties/fog-messages.js';
import { ReceiptBook } from '@gridveil/client/parties/receipt-book.js';

describe('aggregator', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let billing: BillingBench;
  let parties: BillingParties;
  let aggregator: Aggregator;
  let slot: number;
  const checked: number[] = [];

  before(async () => {
    bench = await ContractBench.open();
    billing = await BillingBench.open(bench);
    parties = await BillingParties.on(billing);
    slot = billing.firstSlot - 1;
  });
  after(() => bench.close());
  /** Each test has a slot that has just ended, and an aggregator that has nothing. */
  beforeEach(async () => {
    billing.passSlot(++slot);
    checked.length = 0;
    const counting: ReportChecker = (reports) => {
      checked.push(reports.length);
      return parties.check(reports);
    };
    aggregator = await parties.aggregator('fogA', 1, counting);
  });

  const report = (meterId: string, energyWh = 5, changes: Partial<BillingHeader> = {}): Uint8Array => {
    const header = billing.header(meterId, slot, changes);
    const key = billing.meters.get(meterId)?.bls ?? generateBlsKey();
    return makeBillingReport(billing.prover, key, header, energyWh);
  };
  const codes = ({ answers }: BillingAnswers) =>
    answers.map((answer) => (answer.status === 'refused' ? answer.code : answer.status));
  const onLedger = async (part = 0) =>
    (await getSlotPackets(bench.sessions.customer1, billing.grid.id, slot, part)).map(
      ({ meterId }) => meterId,
    );

  it('checks what comes together in one batch, and puts it into a block', async () => {
    const body = encodeReportBatch(
      METERS.map((meterId) => report(meterId)),
      BILLING_REPORT_BATCH,
    );
    const answers = decodeBillingAnswers(await aggregator.handle(body));
    assert.deepEqual(codes(answers), ['accepted', 'accepted', 'accepted', 'accepted']);
    assert.deepEqual(checked, [4]);
    assert.equal((await aggregator.submitSlot(slot))?.status, 'accepted');
    assert.deepEqual(await onLedger(), [...METERS]);
    assert.equal(await aggregator.submitSlot(slot), undefined, 'nothing new, nothing submitted');
  });

  it('names the bad reports among good ones and keeps nothing of them', async () => {
    const forged = makeBillingReport(billing.prover, generateBlsKey(), billing.header('m2', slot), 5);
    const { ciphertext, proof } = billing.report('m3', slot, 5);
    const wrongProof = proof.slice();
    wrongProof[wrongProof.length - 1] = (wrongProof.at(-1) ?? 0) ^ 1;
    const key = billing.meters.get('m3')?.bls;
    assert.ok(key);
    const unproven = sealBillingReport(billing.header('m3', slot), { ciphertext, proof: wrongProof }, key);
    const answers = await aggregator.receive([report('m1'), forged, unproven, report('m4')]);
    assert.deepEqual(codes(answers), ['accepted', 'REPORT_BAD_SIGNATURE', 'REPORT_BAD_PROOF', 'accepted']);
    assert.deepEqual(codes(await aggregator.receive([report('m2'), report('m3')])), ['accepted', 'accepted']);
    await aggregator.submitSlot(slot);
    assert.deepEqual(await onLedger(), [...METERS]);
  });

  it('refuses what is not for it, without any mathematics', async () => {
    const cases: [string, Uint8Array][] = [
      ['METER_UNKNOWN', report('nobody')],
      ['REPORT_WRONG_EPOCH', report('m1', 5, { epoch: 2 })],
      ['TARIFF_UNKNOWN', report('m1', 5, { tariffId: 'ab'.repeat(32) })],
      ['REPORT_WRONG_GRID', report('m1', 5, { grid: 'other' })],
      ['REPORT_WRONG_GRID', report('m1', 5, { channel: 'other' })],
      ['REPORT_FUTURE_SLOT', report('m1', 5, { slot: slot + 1 })],
      ['SLOT_OUTSIDE_PERIOD', report('m1', 5, { slot: billing.firstSlot - 1 })],
      ['WRONG_LABEL', report('m1').map((byte, i) => (i === 10 ? byte ^ 1 : byte))],
      ['TRUNCATED', report('m1').slice(0, -1)],
    ];
    const answers = await aggregator.receive(cases.map(([, bytes]) => bytes));
    assert.deepEqual(
      codes(answers),
      cases.map(([code]) => code),
    );
    assert.deepEqual(checked, []);
    assert.equal(await aggregator.submitSlot(slot), undefined);
  });

  it('counts a report once, and keeps both of a meter that sends two', async () => {
    const [first, second] = [report('m1', 5), report('m1', 6)];
    assert.deepEqual(codes(await aggregator.receive([first])), ['accepted']);
    assert.deepEqual(codes(await aggregator.receive([first, second])), ['duplicate', 'REPORT_EQUIVOCATION']);
    assert.deepEqual(aggregator.equivocations, [{ meterId: 'm1', slot, first, second }]);
    assert.deepEqual(aggregator.reportsOf(slot), [first]);
  });

  it('takes one of two reports of a meter that come in one message', async () => {
    const answers = await aggregator.receive([report('m1', 5), report('m1', 6)]);
    assert.deepEqual(codes(answers), ['accepted', 'REPORT_EQUIVOCATION']);
  });

  it('says what is wrong with a message that is none', async () => {
    const answers = decodeBillingAnswers(await aggregator.handle(Uint8Array.of(1, 2, 3)));
    assert.deepEqual(codes(answers), ['TRUNCATED']);
    const foreign = encodeReportBatch([report('m1')]);
    assert.deepEqual(codes(decodeBillingAnswers(await aggregator.handle(foreign))), ['WRONG_LABEL']);
  });

  describe('receipts', () => {
    const keyOf = () => blsBackend().decodePublicKey(billing.key('fogA').publicKey, 'The key');
    const keep = (book: ReceiptBook, reports: readonly Uint8Array[], answers: BillingAnswers) =>
      book.keep('fogA', keyOf(), reports, answers);

    it('are signed for reports that stand, again for those that come again, and for no other', async () => {
      const forged = makeBillingReport(billing.prover, generateBlsKey(), billing.header('m2', slot), 5);
      const first = [report('m1'), forged, report('m3')];
      const answered = await aggregator.receive(first);
      assert.deepEqual(
        answered.receipts.map((receipt) => receipt !== undefined),
        [true, false, true],
      );
      const book = new ReceiptBook(parties.view);
      keep(book, first, answered);
      assert.deepEqual([book.of('m1').length, book.of('m2').length, book.of('m3').length], [1, 0, 1]);
      const [kept] = book.of('m3');
      assert.deepEqual([kept?.aggregator, kept?.slot, kept?.packet.meterId], ['fogA', slot, 'm3']);
      const again = [report('m4'), first[2] as Uint8Array, report('m1', 6)];
      const second = await aggregator.receive(again);
      assert.deepEqual(codes(second), ['accepted', 'duplicate', 'REPORT_EQUIVOCATION']);
      keep(new ReceiptBook(parties.view), again, second);
    });

    it('are refused by the meter when they are of another report, another aggregator or not there', async () => {
      const reports = [report('m1'), report('m2')];
      const { answers, receipts } = await aggregator.receive(reports);
      const book = new ReceiptBook(parties.view);
      const [one, two] = receipts;
      for (const wrong of [[two, one], [one, undefined], [one], [one, two?.map((byte) => byte ^ 1)]])
        assert.throws(() => keep(book, reports, { answers, receipts: wrong }), {
          code: 'BILLING_RECEIPT_INVALID',
        });
      const other = blsBackend().decodePublicKey(billing.key('fogB').publicKey, 'The key');
      assert.throws(() => book.keep('fogB', other, reports, { answers, receipts }), {
        code: 'BILLING_RECEIPT_INVALID',
      });
      assert.deepEqual(book.of('m1'), [], 'nothing of a bad message is kept');
    });
  });

  it('puts late reports into a supplement', async () => {
    await aggregator.receive([report('m1'), report('m2'), report('m3')]);
    await aggregator.submitSlot(slot);
    await aggregator.forgetReports([slot]);
    await aggregator.receive([report('m4')]);
    assert.equal((await aggregator.submitSlot(slot))?.status, 'accepted');
    assert.deepEqual([await onLedger(0), await onLedger(1)], [['m1', 'm2', 'm3'], ['m4']]);
  });

  it('hands over to the next in office, who goes on where the ledger stands', async () => {
    await aggregator.receive([report('m1'), report('m2'), report('m3')]);
    await aggregator.submitSlot(slot);
    await aggregator.receive([report('m4')]);
    bench.clock.nowSeconds += 120;
    await billing.grid.elect('fogB', 2);
    await assert.rejects(aggregator.submitSlot(slot), refused('TERM_STALE', { currentTerm: 2 }));
    const next = await parties.aggregator('fogB', 2);
    assert.deepEqual(codes(await next.receive(aggregator.reportsOf(slot))), [
      'accepted',
      'accepted',
      'accepted',
      'accepted',
    ]);
    await next.submitSlot(slot);
    const { blocks } = await getSlotBlock(bench.sessions.customer1, billing.grid.id, slot);
    assert.deepEqual(
      blocks.map(({ aggregator: by, count }) => [by, count]),
      [
        ['fogA', 3],
        ['fogB', 1],
      ],
    );
    bench.clock.nowSeconds += 120;
    await billing.grid.elect('fogA', 3);
  });
});
