import assert from 'node:assert/strict';
import {
  checkPeriodOver,
  partCount,
  slotsOfPart,
  suggestedSlotsPerPart,
} from '@gridveil/chaincode/domain/billing-tariff.js';
import { firstSlotOf, tariffId } from '@gridveil/chaincode/domain/tariff.js';
import { refused } from '../../helpers/refused.js';
import { JANUARY_2024, JANUARY_HOURS, tariffValues } from '../../helpers/tariff-values.js';

const tariff = tariffValues();
const record = {
  ...{ tariffId: tariffId(tariff), plan: 'household', tariff },
  ...{ publishedAtSeconds: JANUARY_2024 - 1, txId: 't' },
};

describe('parts of a billing period', () => {
  it('rejects a part that the period does not have', () => {
    for (const [slotsPerPart, part] of [
      [200, 4],
      [744, 1],
      [1, 744],
    ] as const)
      assert.throws(() => slotsOfPart(record, { slotsPerPart }, part), refused('CHARGE_PART_UNKNOWN'));
  });

  it('cover every slot once, in order', () => {
    for (const slotsPerPart of [1, 7, 168, 200, 743, 744, 900]) {
      const parts = partCount(tariff, { slotsPerPart });
      const slots = Array.from({ length: parts }, (_, part) => slotsOfPart(record, { slotsPerPart }, part));
      const all = Array.from({ length: JANUARY_HOURS }, (_, i) => firstSlotOf(tariff) + i);
      assert.deepEqual(slots.flat(), all, `${slotsPerPart}`);
    }
  });

  it('are as long as a transaction can read', () => {
    for (const [meters, ciphertextBytes, expected] of [
      [0, 768, 200],
      [100, 768, 200],
      [1000, 768, 20],
      [1_000_000, 768, 1],
    ] as const)
      assert.equal(suggestedSlotsPerPart(meters, ciphertextBytes), expected);
  });
});

describe('closing a period', () => {
  it('waits a day for late reports, or less where slots close sooner', () => {
    const end = JANUARY_2024 + JANUARY_HOURS * 3600;
    for (const [maxSlotAgeSeconds, graceSeconds] of [
      [864_000, 86_400],
      [600, 600],
    ] as const) {
      const early = () => checkPeriodOver(record, { maxSlotAgeSeconds }, end + graceSeconds - 1);
      assert.throws(early, refused('PERIOD_OPEN'));
      checkPeriodOver(record, { maxSlotAgeSeconds }, end + graceSeconds);
    }
  });
});
