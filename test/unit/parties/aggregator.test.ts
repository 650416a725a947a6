import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../../helpers/contract-bench.js';
import { BillingBench, METERS } from '../../helpers/billing-bench.js';
import { BillingParties } from '../../helpers/billing-parties.js';
import { refused } from '../../helpers/refused.js';
import { makeBillingReport, sealBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { getSlotBlock, getSlotPackets } from '@gridveil/client/ledger/billing-queries.js';
import type { BillingHeader } from '@gridveil/chaincode/crypto/tou-billing.js';
import type { Aggregator, ReportChecker } from '@gridveil/client/parties/aggregator.js';
import {
  BILLING_REPORT_BATCH,
  decodeAnswers,
  encodeReportBatch,
  type ReportAnswer,
} from '@gridveil/client/parties/fog-messages.js';

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
  const codes = (answers: readonly ReportAnswer[]) =>
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
    const answers = decodeAnswers(await aggregator.handle(body));
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
    const answers = decodeAnswers(await aggregator.handle(Uint8Array.of(1, 2, 3)));
    assert.deepEqual(codes(answers), ['TRUNCATED']);
    const foreign = encodeReportBatch([report('m1')]);
    assert.deepEqual(codes(decodeAnswers(await aggregator.handle(foreign))), ['WRONG_LABEL']);
  });

  it('puts late reports into a supplement', async () => {
    await aggregator.receive([report('m1'), report('m2'), report('m3')]);
    await aggregator.submitSlot(slot);
    aggregator.forgetReports(slot);
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
