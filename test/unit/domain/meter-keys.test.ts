import assert from 'node:assert/strict';
import { refused } from '../../helpers/refused.js';
import type { BillingMeterRecord } from '@gridveil/chaincode/domain/billing-parties.js';
import {
  canReport,
  firstSlotOfPlan,
  keyOfEpoch,
  keyOfReport,
  meterKeyChange,
  plansOf,
  wasInPlan,
  withMeterKey,
} from '@gridveil/chaincode/domain/meter-keys.js';

const HOUR = 3600;

/** A key of a plan that signs from a slot on, after those of `existing`. */
function next(
  existing: BillingMeterRecord | undefined,
  plan: string,
  fromSlot: number,
  replacedAt: number,
): BillingMeterRecord {
  const epoch = (existing?.epoch ?? 0) + 1;
  return withMeterKey(
    { meterId: 'm1', plan, epoch, publicKey: `key-${epoch}`, fromSlot },
    existing,
    replacedAt,
  );
}

const period = (tariffId: string, fromHour: number, toHour: number) => ({
  ...{ tariffId, periodStartSeconds: fromHour * HOUR, periodEndSeconds: toHour * HOUR },
});

describe('keys of a meter over time', () => {
  const first = next(undefined, 'a', 10, 10);
  const rotated = next(first, 'a', 10, 15);
  const moved = next(rotated, 'b', 20, 19);

  it('start with the slot of the first registration', () => {
    assert.deepEqual(first, {
      ...{ meterId: 'm1', plan: 'a', epoch: 1, publicKey: 'key-1', fromSlot: 10, revoked: false },
    });
    assert.throws(() => keyOfReport(first, 1, 9), refused('REPORT_KEY_OTHER_SLOTS', { slot: 9 }));
    assert.equal(keyOfReport(first, 1, 10).publicKey, 'key-1');
  });

  it('give each epoch its slots, and each slot its plan', () => {
    const signing = (slot: number) =>
      [1, 2, 3].filter((epoch) => {
        try {
          return keyOfReport(moved, epoch, slot).epoch === epoch;
        } catch {
          return false;
        }
      });
    assert.deepEqual([9, 10, 15, 16, 19, 20, 999].map(signing), [[], [1, 2], [1, 2], [2], [2], [3], [3]]);
    assert.deepEqual([keyOfReport(moved, 2, 19).plan, keyOfReport(moved, 3, 20).plan], ['a', 'b']);
    assert.throws(
      () => keyOfReport(moved, 4, 20),
      refused('REPORT_WRONG_EPOCH', { meterId: 'm1', epoch: 4 }),
    );
    assert.equal(keyOfEpoch(moved, 1)?.publicKey, 'key-1');
    assert.deepEqual(plansOf(moved), ['b', 'a']);
  });

  it('tell in which periods of a plan a meter was', () => {
    const cases: [string, number, number, boolean][] = [
      ['a', 0, 10, false],
      ['a', 0, 11, true],
      ['a', 12, 8, true],
      ['a', 20, 10, false],
      ['b', 10, 10, false],
      ['b', 10, 11, true],
      ['b', 20, 10, true],
      ['c', 0, 99, false],
    ];
    for (const [plan, from, count, was] of cases)
      assert.equal(wasInPlan(moved, plan, from, count), was, `${plan} ${from} ${count}`);
  });

  it('report in no slot before the first one, and in none when revoked', () => {
    assert.deepEqual([canReport(moved, 9), canReport(moved, 10), canReport(moved, 99)], [false, true, true]);
    assert.equal(canReport({ ...moved, revoked: true }, 10), false);
  });

  it('drop a key that was replaced before it could sign', () => {
    const back = next(moved, 'a', 10, 17);
    assert.deepEqual(
      back.earlier?.map(({ epoch, lastSlot }) => [epoch, lastSlot]),
      [
        [2, 17],
        [1, 15],
      ],
    );
  });

  describe('a registration', () => {
    it('is a first key, a key of the present plan, or another plan', () => {
      assert.deepEqual(meterKeyChange({ plan: 'a' }, undefined, 5), { kind: 'first' });
      assert.deepEqual(meterKeyChange({ plan: 'a' }, rotated, 16), { kind: 'key', fromSlot: 10 });
      assert.deepEqual(meterKeyChange({ plan: 'b' }, rotated, 16), { kind: 'plan', leaves: 'a' });
      assert.deepEqual(meterKeyChange({ plan: 'a' }, moved, 19), { kind: 'key', fromSlot: 10 });
      assert.deepEqual(meterKeyChange({ plan: 'a' }, moved, 20), { kind: 'plan', leaves: 'b' });
    });

    const now = (hour: number) => ({ slot: hour, nowSeconds: hour * HOUR + 5, slotSeconds: HOUR });
    const old = [period('t1', 0, 10), period('t2', 10, 20), period('t4', 30, 40)];

    it('makes a plan count after the period that is running under the old one', () => {
      assert.equal(firstSlotOfPlan('m1', now(12), old, []), 20);
      assert.equal(firstSlotOfPlan('m1', now(10), old, [period('n', 10, 20), period('o', 20, 30)]), 20);
      assert.equal(firstSlotOfPlan('m1', now(19), old, [period('n', 25, 30)]), 20);
    });

    it('makes it count at once where none is running', () => {
      assert.equal(firstSlotOfPlan('m1', now(25), old, [period('n', 20, 30)]), 25);
    });

    it('is refused where a period of the new plan would have begun by then', () => {
      assert.throws(
        () => firstSlotOfPlan('m1', now(12), old, [period('n', 15, 25)]),
        refused('PLAN_PERIODS_CROSS', { meterId: 'm1', tariffId: 'n', fromSeconds: 20 * HOUR }),
      );
    });
  });
});
