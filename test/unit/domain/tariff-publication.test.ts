import assert from 'node:assert/strict';
import { checkTariffPublication } from '@gridveil/chaincode/domain/tariff-publication.js';
import { refused } from '../../helpers/refused.js';

const tariff = (tariffId: string, periodStartSeconds: number, periodEndSeconds: number) => ({
  tariffId,
  periodStartSeconds,
  periodEndSeconds,
});
const JUNE = tariff('june', 1000, 2000);

describe('tariff publication', () => {
  it('is refused from the first second of the period on', () => {
    for (const now of [1000, 1001, 1999, 5000])
      assert.throws(
        () => checkTariffPublication(JUNE, [], now),
        refused('TARIFF_PERIOD_BEGUN', { startSeconds: 1000, nowSeconds: now }),
      );
    assert.equal(checkTariffPublication(JUNE, [], 999), 'new');
  });

  it('is refused as a change once the period has begun, but the same again is no change', () => {
    const changed = tariff('june, dearer', 1000, 2000);
    assert.throws(() => checkTariffPublication(changed, [JUNE], 1000), refused('TARIFF_PERIOD_BEGUN'));
    assert.equal(checkTariffPublication(JUNE, [JUNE], 5000), 'same');
    assert.equal(checkTariffPublication(changed, [JUNE], 999), 'replaces');
  });

  it('is refused for a period that overlaps another one, since one slot has one tariff', () => {
    for (const [start, end] of [
      [1999, 3000],
      [900, 1001],
      [1200, 1300],
      [900, 3000],
      [1000, 2001],
    ] as const)
      assert.throws(
        () => checkTariffPublication(tariff('x', start, end), [JUNE], 0),
        refused('TARIFF_PERIOD_TAKEN', { tariffId: 'june', startSeconds: 1000, endSeconds: 2000 }),
      );
    assert.equal(checkTariffPublication(tariff('x', 2000, 3000), [JUNE], 0), 'new');
    assert.equal(checkTariffPublication(tariff('x', 500, 1000), [JUNE], 0), 'new');
    const split = [JUNE, tariff('july', 2000, 3000)];
    assert.throws(
      () => checkTariffPublication(tariff('x', 1000, 3000), split, 0),
      refused('TARIFF_PERIOD_TAKEN'),
    );
  });
});
