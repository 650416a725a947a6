import assert from 'node:assert/strict';
import { slotAt, slotStartIso, slotStartSeconds } from '@gridveil/client/metering/slot.js';

describe('slot', () => {
  it('rejects lengths and instants that are none', () => {
    for (const slotSeconds of [0, -1, 1.5, 86_401, NaN])
      assert.throws(() => slotAt(0, slotSeconds), /"slotSeconds"/);
    for (const utcSeconds of [-1, 0.5, NaN, 2 ** 53])
      assert.throws(() => slotAt(utcSeconds, 900), /"utcSeconds"/);
    for (const slot of [-1, 0.5, 2 ** 53 - 1]) assert.throws(() => slotStartSeconds(slot, 900), /"slot"/);
  });

  it('begins a slot at its first second', () => {
    assert.deepEqual(
      [899, 900, 1799, 1800].map((seconds) => slotAt(seconds, 900)),
      [0, 1, 1, 2],
    );
    assert.equal(slotStartSeconds(2, 900), 1800);
  });

  it('prints UTC', () => {
    assert.equal(slotStartIso(slotAt(1_704_067_200, 1800), 1800), '2024-01-01T00:00:00Z');
  });
});
