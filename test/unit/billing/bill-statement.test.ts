/** What a bill states, before it takes one of its forms; the document is of the published schema in every state. */
import assert from 'node:assert/strict';
import { assertValid } from '../../e2e/schemas.js';
import { statedEvidence } from '../../helpers/stated-bill.js';
import { JANUARY_2024 } from '../../helpers/tariff-values.js';
import {
  billDocument,
  billStatement,
  missingSlotRuleText,
  type BillVerdict,
} from '@gridveil/client/billing/bill-statement.js';
import { clearBill } from '@gridveil/client/metering/tariffs/clear-bill.js';

const RIGHT: BillVerdict = { holds: true, keyFingerprint: 'ef'.repeat(32), readingsCompared: false };
const WRONG: BillVerdict = { holds: false, code: 'BILL_REJECTED', sentence: 'It is wrong.' };
const FIRST = JANUARY_2024 / 3600;
const DISPUTE = {
  ...{ meterId: 'm1', tariffId: 'c0ffee'.padEnd(64, '0'), epoch: 2 },
  ...{ reason: 'never used that', signature: 'Zm9v', txId: 'ab' },
};

describe('statement of a bill', () => {
  it('has the hours and the price of each band, and how many slots of it are estimates', () => {
    // 16:00 is a peak hour.
    const { bands, period, missing } = billStatement(statedEvidence([10, 16]), RIGHT);
    assert.equal(period, '2024-01');
    assert.deepEqual(
      bands.map(({ name, slots, seconds, estimatedSlots, own }) => [
        ...[name, slots, seconds, estimatedSlots],
        own,
      ]),
      [
        ['off-peak', 31 * 19, 31 * 19 * 3600, 1, undefined],
        ['peak', 31 * 5, 31 * 5 * 3600, 1, undefined],
      ],
    );
    assert.deepEqual(missing[1], {
      ...{ slot: FIRST + 16, startSeconds: JANUARY_2024 + 16 * 3600, band: 1 },
      countsAs: { copyOfStartSeconds: JANUARY_2024 + (16 + 168) * 3600 },
    });
  });

  it('has the amounts of the opening with the fixed charge', () => {
    const { energyChargeMicro, fixedChargeMicro, totalMicro, payableMinor } = billStatement(
      statedEvidence(),
      RIGHT,
    );
    assert.deepEqual(
      [energyChargeMicro, fixedChargeMicro, totalMicro, payableMinor],
      [123_456_789n, 12_000_000n, 135_456_789n, 13_546n],
    );
  });

  it('has what bands used only from own readings', () => {
    const evidence = statedEvidence();
    const own = clearBill(evidence.tariff.table, () => 250);
    const { bands } = billStatement(evidence, RIGHT, undefined, own);
    const peakWh = 31n * 5n * 250n;
    assert.deepEqual(bands[1]?.own, { energyWh: peakWh, chargeMicro: peakWh * 500n });
  });

  it('leaves out missing slots that are none of the period: a bill that does not hold may say anything', () => {
    const evidence = statedEvidence([10]);
    assert.ok(evidence.missingSlots);
    const missing = [
      { slot: FIRST - 1, energyWh: 1 },
      { slot: FIRST + 744, energyWh: 1 },
      { slot: FIRST + 1, copyOfSlot: FIRST + 744 },
      { slot: FIRST + 3, energyWh: 1500 },
    ];
    const statement = billStatement(
      { ...evidence, missingSlots: { ...evidence.missingSlots, missing } },
      WRONG,
    );
    assert.deepEqual(
      statement.missing.map(({ slot, countsAs }) => [slot, countsAs]),
      [[FIRST + 3, { energyWh: 1500 }]],
    );
  });

  it('says what becomes of missing slots, for each rule', () => {
    const texts = (['refuse', 'fixed', 'other-week'] as const).map(missingSlotRuleText);
    assert.equal(new Set(texts).size, 3);
    for (const text of texts) assert.match(text, /^The tariff .*\.$/);
  });

  describe('document', () => {
    const own = () => clearBill(statedEvidence().tariff.table, () => 250);
    const resolution = {
      ...{ finding: 'bill-wrong' as const, explanation: 'the estimate' },
      ...{ mspId: 'Org2MSP', subject: 'CN=auditor', txId: 'cd' },
    };
    const earlier = [{ ...DISPUTE, epoch: 1, resolution }];

    for (const [state, statement] of [
      ['right', () => billStatement(statedEvidence(), RIGHT)],
      ['wrong', () => billStatement(statedEvidence([10]), WRONG)],
      ['compared', () => billStatement(statedEvidence(), RIGHT, undefined, own())],
      ['contested', () => billStatement(statedEvidence(), RIGHT, DISPUTE)],
      ['contested again', () => billStatement(statedEvidence(), RIGHT, { ...DISPUTE, resolution, earlier })],
    ] as const)
      it(`of a bill that is ${state} is of the published schema`, () =>
        assertValid('bill', JSON.parse(JSON.stringify(billDocument(statement())))));

    it('has integers beyond 2^53 as decimal strings, and nothing of readings without them', () => {
      const document = JSON.stringify(billDocument(billStatement(statedEvidence(), RIGHT)));
      assert.match(document, /"totalMicro":"135456789","payableMinor":"13546"/);
      assert.doesNotMatch(document, /energyWh|"dispute"/);
      const compared = JSON.stringify(billDocument(billStatement(statedEvidence(), RIGHT, DISPUTE, own())));
      assert.match(compared, /"energyWh":"38750","chargeMicro":"19375000"/);
      assert.match(compared, /"dispute":\{/);
    });
  });
});
