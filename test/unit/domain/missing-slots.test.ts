import assert from 'node:assert/strict';
import {
  checkMissingSlotRule,
  missingSlotEstimates,
  type MissingSlotTerms,
} from '@gridveil/chaincode/domain/missing-slots.js';
import { refused } from '../../helpers/refused.js';

const WEEK = 168;
const terms = (change: Partial<MissingSlotTerms>): MissingSlotTerms => ({
  slotSeconds: 3600,
  missingSlotRule: 'refuse',
  maxMissingSlots: 0,
  missingEstimateWh: 0,
  ...change,
});
const without =
  (...missing: number[]) =>
  (slot: number) =>
    !missing.includes(slot);

describe('missing slots', () => {
  it('rejects rules that contradict themselves', () => {
    for (const change of [
      { maxMissingSlots: 1 },
      { missingEstimateWh: 1 },
      { missingSlotRule: 'fixed' },
      { missingSlotRule: 'fixed', maxMissingSlots: 75 },
      { missingSlotRule: 'other-week' },
      { missingSlotRule: 'other-week', maxMissingSlots: 5, missingEstimateWh: 1 },
      { missingSlotRule: 'other-week', maxMissingSlots: 5, slotSeconds: 1001 },
    ] as const)
      assert.throws(
        () => checkMissingSlotRule(terms(change), 744),
        refused('BAD_MISSING_SLOT_RULE'),
        JSON.stringify(change),
      );
    checkMissingSlotRule(terms({}), 744);
    checkMissingSlotRule(
      terms({ missingSlotRule: 'fixed', maxMissingSlots: 74, missingEstimateWh: 300 }),
      744,
    );
    checkMissingSlotRule(terms({ missingSlotRule: 'other-week', maxMissingSlots: 1 }), 744);
  });

  it('rejects an incomplete period under the rule refuse', () => {
    assert.deepEqual(missingSlotEstimates(terms({}), 100, 744, without(99, 844)), []);
    assert.throws(
      () => missingSlotEstimates(terms({}), 100, 744, without(100)),
      refused('TOO_MANY_MISSING_SLOTS', { missing: 1, limit: 0 }),
    );
  });

  it('counts a fixed amount for each missing slot, up to the limit', () => {
    const fixed = terms({ missingSlotRule: 'fixed', maxMissingSlots: 2, missingEstimateWh: 250 });
    assert.deepEqual(missingSlotEstimates(fixed, 0, 744, without(743, 0)), [
      { slot: 0, energyWh: 250 },
      { slot: 743, energyWh: 250 },
    ]);
    assert.throws(
      () => missingSlotEstimates(fixed, 0, 744, without(1, 2, 3)),
      refused('TOO_MANY_MISSING_SLOTS', { missing: 3, limit: 2 }),
    );
  });

  it('copies the nearest week that was reported, the earlier of two', () => {
    const rule = terms({ missingSlotRule: 'other-week', maxMissingSlots: 9 });
    const copies = (...missing: number[]) =>
      missingSlotEstimates(rule, 0, 744, without(...missing)).map((estimate) =>
        'copyOfSlot' in estimate ? [estimate.slot, estimate.copyOfSlot] : estimate,
      );
    assert.deepEqual(copies(5), [[5, 5 + WEEK]]);
    assert.deepEqual(copies(5 + WEEK), [[5 + WEEK, 5]]);
    assert.deepEqual(copies(743), [[743, 743 - WEEK]]);
    assert.deepEqual(copies(5 + WEEK, 5), [
      [5, 5 + 2 * WEEK],
      [5 + WEEK, 5 + 2 * WEEK],
    ]);
    assert.deepEqual(copies(5 + 2 * WEEK, 5 + WEEK, 5 + 3 * WEEK), [
      [5 + WEEK, 5],
      [5 + 2 * WEEK, 5],
      [5 + 3 * WEEK, 5 + 4 * WEEK],
    ]);
  });

  it('rejects a slot that is missing in every week', () => {
    const rule = terms({ missingSlotRule: 'other-week', maxMissingSlots: 9 });
    const every = [0, 1, 2, 3, 4].map((week) => 5 + week * WEEK);
    assert.throws(
      () => missingSlotEstimates(rule, 0, 744, without(...every)),
      refused('SLOT_NOT_ESTIMABLE', { slot: 5 }),
    );
  });
});
