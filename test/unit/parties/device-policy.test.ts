import assert from 'node:assert/strict';
import { mergePolicies, type Circumstances } from '@gridveil/client/parties/device-policy.js';
import type { DeviceRule } from '@gridveil/client/parties/sealed-texts.js';

const LIMITS = { maxPowerW: 5000, savingPowerW: 2000 };
const NOW: Circumstances = { consumption: 'normal', tripped: false, minuteOfDay: 720, priceMicroPerWh: 300 };
const rule = (device: string, powerW: number, more: Partial<DeviceRule> = {}): DeviceRule => ({
  ...{ maxPriceMicroPerWh: undefined, fromMinute: undefined, toMinute: undefined },
  ...{ device, powerW, ...more },
});
const merge = (devices: DeviceRule[], circumstances: Partial<Circumstances> = {}) =>
  mergePolicies(LIMITS, { devices }, { ...NOW, ...circumstances });

describe('device policies', () => {
  it('leave a meter without a user policy to its operator', () => {
    assert.deepEqual(mergePolicies(LIMITS, undefined, NOW), { limitW: 5000, running: [] });
  });

  it('never raise the limit of the operator', () => {
    assert.deepEqual(merge([rule('oven', 6000)]), { limitW: 5000, running: [] });
    assert.deepEqual(merge([rule('oven', 2500)], { consumption: 'saving' }), { limitW: 2000, running: [] });
    const odd = mergePolicies({ maxPowerW: 1000, savingPowerW: 9000 }, undefined, {
      ...NOW,
      consumption: 'saving',
    });
    assert.equal(odd.limitW, 1000);
  });

  it('fill the limit in the order of the user', () => {
    const devices = [rule('heating', 3000), rule('car', 2500), rule('oven', 2000)];
    assert.deepEqual(merge(devices).running, ['heating', 'oven']);
    assert.deepEqual(merge(devices, { consumption: 'saving' }).running, ['oven']);
  });

  it('take a device off above its price', () => {
    const car = [rule('car', 1000, { maxPriceMicroPerWh: 300 })];
    assert.deepEqual(merge(car).running, ['car']);
    assert.deepEqual(merge(car, { priceMicroPerWh: 301 }).running, []);
  });

  it('keep to hours, over midnight, too; equal ends are no limit', () => {
    const at = (minuteOfDay: number, fromMinute?: number, toMinute?: number) =>
      merge([rule('car', 1000, { fromMinute, toMinute })], { minuteOfDay }).running.length;
    assert.deepEqual(
      [at(719, 720, 780), at(720, 720, 780), at(779, 720, 780), at(780, 720, 780)],
      [0, 1, 1, 0],
    );
    assert.deepEqual(
      [at(1319, 1320, 360), at(1320, 1320, 360), at(359, 1320, 360), at(360, 1320, 360)],
      [0, 1, 1, 0],
    );
    assert.deepEqual([at(5, 60, 60), at(5), at(5, 6), at(5, 5)], [1, 1, 0, 1]);
  });

  it('run nothing once the meter is tripped', () => {
    assert.deepEqual(merge([rule('lamp', 1)], { tripped: true }), { limitW: 0, running: [] });
  });
});
