/** What a printed bill says, in every state a bill can be in. */
import assert from 'node:assert/strict';
import { billHtml } from '@gridveil/client/billing/bill-html.js';
import { billStatement, type BillVerdict } from '@gridveil/client/billing/bill-statement.js';
import { clearBill } from '@gridveil/client/metering/tariffs/clear-bill.js';
import { parseZone } from '@gridveil/client/metering/stamp.js';
import { statedEvidence } from '../../helpers/stated-bill.js';

const UTC = parseZone('UTC');
const RIGHT: BillVerdict = { holds: true, keyFingerprint: 'ef'.repeat(32), readingsCompared: false };
const SENTENCE = 'The bill of meter "m1" is wrong at charge.ciphertext: it is <not> what reports give';
const WRONG: BillVerdict = { holds: false, code: 'BILL_REJECTED', sentence: SENTENCE };
const DISPUTE = {
  ...{ meterId: 'm1', tariffId: 'c0ffee'.padEnd(64, '0'), epoch: 1 },
  ...{ reason: 'never <used> that', signature: 'Zm9v', txId: 'ab' },
};

describe('printed bill', () => {
  it('seals what bands used as long as nobody gives readings', () => {
    const page = billHtml(billStatement(statedEvidence(), RIGHT), UTC);
    assert.equal(page.match(/<td>sealed<\/td>/g)?.length, 2);
    assert.match(page, /the meter reported all 744 slots/);
    assert.match(page, /135\.46 USD/);
    assert.doesNotMatch(page, /estimated</);
  });

  it('states kWh and amounts of bands from own readings', () => {
    const evidence = statedEvidence();
    const own = clearBill(evidence.tariff.table, () => 250);
    const page = billHtml(billStatement(evidence, RIGHT, undefined, own), UTC);
    assert.doesNotMatch(page, /sealed/);
    // 155 peak hours of 250 Wh at 0.5
    assert.match(page, /<td>38\.750<\/td>\s*<td>19\.375000<\/td>/);
  });

  it('marks every missing slot and says what it counts as', () => {
    const statement = billStatement(statedEvidence([10, 300, 301]), RIGHT);
    const page = billHtml(statement, UTC);
    assert.equal(page.match(/class="missing"/g)?.length, 3);
    assert.match(page, /<td>2024-01-01 10:00 UTC<\/td>[^]*as much as on 2024-01-08 10:00 UTC/);
    assert.match(page, /3 of 744 slots have no report/);
    const paris = billHtml(statement, parseZone('Europe/Paris'));
    assert.match(paris, /2024-01-01 11:00 \+01:00/);
    const fixed = statedEvidence([10]);
    const missing = [{ slot: fixed.tariff.table.periodStartSeconds / 3600 + 10, energyWh: 1500 }];
    const changed = { ...fixed, missingSlots: fixed.missingSlots && { ...fixed.missingSlots, missing } };
    assert.match(billHtml(billStatement(changed, RIGHT), UTC), /<td>1\.500 kWh<\/td>/);
  });

  it('says in red that a bill is wrong, and no longer how it was checked', () => {
    const page = billHtml(billStatement(statedEvidence(), WRONG), UTC);
    assert.match(page, /verdict wrong/);
    assert.ok(page.includes('it is &lt;not&gt; what reports give'));
    assert.doesNotMatch(page, /How it was checked|this bill is right/);
  });

  it('shows a dispute and its answer', () => {
    const open = billHtml(billStatement(statedEvidence(), RIGHT, DISPUTE), UTC);
    assert.ok(open.includes('never &lt;used&gt; that') && open.includes('Not answered yet'));
    const resolution = {
      ...{ finding: 'bill-wrong' as const, explanation: 'the estimate' },
      ...{ mspId: 'Org2MSP', subject: 'CN=auditor', txId: 'cd' },
    };
    const page = billHtml(billStatement(statedEvidence(), RIGHT, { ...DISPUTE, resolution }), UTC);
    assert.match(page, /CN=auditor<\/bdi> of Org2MSP: the bill is wrong/);
  });

  it('holds all that is needed to check the bill by hand', () => {
    const evidence = statedEvidence();
    const page = billHtml(billStatement(evidence, RIGHT), UTC);
    for (const fact of [
      evidence.charge.ciphertext,
      evidence.opening.rho,
      evidence.tariff.tariffId,
      'ef'.repeat(32),
    ])
      assert.ok(page.includes(fact));
    assert.match(page, /npx gridveil evidence --bill m1 --period 2024-01 --out bill-2024-01\.json/);
  });

  it('quotes odd names for the shell', () => {
    const evidence = { ...statedEvidence(), meter: { ...statedEvidence().meter, meterId: "it's $(me)" } };
    const page = billHtml(billStatement(evidence, RIGHT), UTC);
    assert.ok(page.includes('--bill &#39;it&#39;\\&#39;&#39;s $(me)&#39; --period'));
  });
});
