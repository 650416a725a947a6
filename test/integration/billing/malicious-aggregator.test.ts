/** The malicious AN of the demo over a month with gaps: the ledger and each customer name the shift, not that estimates were not signed yet. */
import assert from 'node:assert/strict';
import { setToyStage, type ToyStage } from './toy-stage.js';
import {
  checkBills,
  closePeriod,
  reportPeriod,
  submitBills,
} from '@gridveil/client/billing/billing-period.js';
import { shiftCharges } from '@gridveil/client/cli/demo/malicious-aggregator.js';

const METERS = ['m1', 'm2', 'm3'];

describe('malicious aggregator over a month with gaps', function () {
  this.timeout(60_000);
  let stage: ToyStage;

  before(async () => {
    // One gap each.
    stage = await setToyStage(
      { meterIds: METERS, proofsCheckedBy: 'aggregators', minAreaPercent: 80 },
      (meterId, position) => (position === METERS.indexOf(meterId) + 2 ? undefined : 10 * position),
    );
  });
  after(() => stage.close());

  it('is refused by the ledger and found by both customers, whose bills are right all the same', async () => {
    const { input } = stage;
    await reportPeriod(input);
    const { charges, refused } = await closePeriod(input);
    assert.deepEqual([charges.map(({ missing }) => missing.length), refused], [[1, 1, 1], []]);
    const shifted = await shiftCharges(input, charges);
    await submitBills(input, charges);
    const { ledgerRefusal, sentBills } = await shifted.checkSentBills();
    assert.equal(ledgerRefusal, 'CHARGE_MISMATCH');
    assert.deepEqual(
      sentBills.map(({ meter, signedByAggregator, found }) => [meter, signedByAggregator, found]),
      [
        ['m1', true, 'CHARGE_MISMATCH'],
        ['m2', true, 'CHARGE_MISMATCH'],
        ['m3', true, ''],
      ],
    );
    const bills = await checkBills(input, METERS);
    assert.deepEqual(
      bills.map(({ equal }) => equal),
      [true, true, true],
    );
  });
});
