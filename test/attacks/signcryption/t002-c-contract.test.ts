/**
 * T002-C, break B2.11: Algorithm 1 keeps meter_value in public state, lets anyone call, and trips whom it likes.
 * Attacker: any member of the channel, who reads what the signcryption hid, or cuts a home off. The product's rules are tried here; test/contract/regulation.test.ts tries its contract, regulation-secrecy.test.ts looks for values in all that it writes.
 */
import assert from 'node:assert/strict';
import { GridOperatorFeedback } from '../../papers/signcryption/operator-contract.js';
import {
  afterConsumptionEvent,
  firstConsumption,
} from '@gridveil/chaincode/domain/regulation-consumption.js';
import {
  afterPaymentEvent,
  firstPayment,
  type PaymentEvent,
  type PaymentRecord,
  type RegulationRole,
} from '@gridveil/chaincode/domain/regulation-payment.js';
import { refused } from '../../helpers/refused.js';

const POLICY = { arrearsNoticeSeconds: 1000, tripNoticeSeconds: 500 };

describe('T002-C forced trip and readable state', () => {
  it('succeeds on the printed form: anybody sets the bill, and the meter is told to trip; again and again, paid or not', () => {
    const contract = new GridOperatorFeedback({
      ...{ meter_value: 4711, threshold_value: 5000, electricity_bill: 'paid', meter_prepaid: 'enough' },
      ...{ GridOperator: 'GO', meter: 'm1' },
    });
    // Public and unguarded, as printed.
    contract.state.electricity_bill = 'serious arrears';
    for (let i = 0; i < 3; i++) assert.match(contract.cost(), /Forced trip/);
  });

  it('succeeds on the printed form: every node reads the reading', () => {
    const state = {
      ...({
        meter_value: 4711,
        threshold_value: 5000,
        electricity_bill: 'paid',
        meter_prepaid: 'enough',
      } as const),
      ...{ GridOperator: 'GO', meter: 'm1' },
    };
    assert.ok(JSON.stringify(new GridOperatorFeedback(state)).includes('4711'));
  });

  describe('product', () => {
    const step = (
      record: PaymentRecord,
      [role, event]: readonly [RegulationRole, PaymentEvent],
      nowSeconds: number,
      identity = `the ${role}`,
    ) => afterPaymentEvent('m1', record, event, { role, identity, nowSeconds }, POLICY);
    const run = (...steps: readonly (readonly [RegulationRole, PaymentEvent])[]) =>
      steps.reduce((record, each, i) => step(record, each, 10_000 * (i + 1)), firstPayment(0));
    const REQUESTED = [
      ['operator', 'fall-behind'],
      ['operator', 'fall-far-behind'],
      ['operator', 'request-trip'],
    ] as const;

    it('fails on the product: a trip by the customer, by the operator alone, twice, or after payment', () => {
      const requested = run(...REQUESTED);
      assert.throws(() => step(requested, ['customer', 'trip'], 99_999), refused('DECIDED_BY_OTHER_ROLE'));
      assert.throws(() => step(requested, ['operator', 'trip'], 99_999), refused('TRANSITION_FORBIDDEN'));
      assert.throws(
        () => step(requested, ['operator', 'approve-trip'], 99_999),
        refused('DECIDED_BY_OTHER_ROLE'),
      );
      assert.throws(
        () => step(requested, ['regulator', 'approve-trip'], 99_999, 'the operator'),
        refused('TRIP_NEEDS_TWO'),
      );
      const tripped = run(...REQUESTED, ['regulator', 'approve-trip'], ['operator', 'trip']);
      assert.equal(tripped.state, 'tripped');
      assert.throws(() => step(tripped, ['operator', 'trip'], 99_999), refused('TRANSITION_FORBIDDEN'));
      const paid = run(...REQUESTED, ['regulator', 'approve-trip'], ['operator', 'pay']);
      assert.throws(() => step(paid, ['operator', 'trip'], 99_999), refused('TRANSITION_FORBIDDEN'));
    });

    it('fails on the product: records have no place for a value', () => {
      const records = [
        run(...REQUESTED),
        run(...REQUESTED, ['customer', 'appeal']),
        afterConsumptionEvent('m1', firstConsumption(0), 'exceed', 1),
      ];
      const allowed = ['state', 'sinceSeconds', 'requestedBy', 'noticeEndsAtSeconds', 'appealed'];
      for (const record of records)
        for (const name of Object.keys(record)) assert.ok(allowed.includes(name), name);
    });
  });
});
