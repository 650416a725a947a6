/** Statistics of devices from their events, counted by hand. */
import assert from 'node:assert/strict';
import {
  EQUIPMENT_TRANSITIONS,
  type EquipmentEvent,
  type EquipmentState,
} from '@gridveil/chaincode/domain/regulation-equipment.js';
import {
  deviceStatistics,
  fleetStatistics,
  lifetimesOf,
  type DeviceHistory,
} from '@gridveil/client/equipment/equipment-statistics.js';

/** A history by the contract's own table. */
function history(
  deviceId: string,
  sinceSeconds: number,
  ...steps: readonly (readonly [EquipmentEvent, number])[]
): DeviceHistory {
  let state: EquipmentState = 'normal';
  const events = steps.map(([event, atSeconds], i) => {
    state = EQUIPMENT_TRANSITIONS[state][event] ?? assert.fail(`${event} in ${state}`);
    return { deviceId, number: i + 1, event, state, atSeconds };
  });
  return { deviceId, sinceSeconds, events };
}

const WORN = history(
  'pump',
  100,
  ['warn', 200], // alarm
  ['escalate', 250], // emergency: a second alarm
  ['ease', 260],
  ['fail', 300], // after 200 s in service
  ['begin-repair', 320],
  ['restore', 350], // 50 s down
  ['begin-repair', 450], // planned, after 100 s
  ['restore', 500],
);
const SOUND = history('valve', 0);
const DOWN = history('fuse', 0, ['fail', 600], ['begin-repair', 700]);

describe('equipment statistics', () => {
  it('counts alarms, failures and time of a device', () => {
    assert.deepEqual(deviceStatistics(WORN, 1000), {
      deviceId: 'pump',
      ...{ alarms: 2, failures: 1, serviceSeconds: 200 + 100 + 500, downtimeSeconds: 50 },
      ...{ repairs: 1, repairSeconds: 50, ageSeconds: 500 },
    });
  });

  it('counts the time of a device that is down, and gives it no age', () => {
    assert.deepEqual(deviceStatistics(DOWN, 1000), {
      deviceId: 'fuse',
      ...{ alarms: 0, failures: 1, serviceSeconds: 600, downtimeSeconds: 400, repairs: 0, repairSeconds: 0 },
    });
  });

  it('counts planned work as neither failure nor downtime, and a failure during it as downtime only', () => {
    const planned = history('p', 0, ['begin-repair', 10], ['restore', 30]);
    assert.deepEqual(deviceStatistics(planned, 100), {
      deviceId: 'p',
      ...{
        alarms: 0,
        failures: 0,
        serviceSeconds: 80,
        downtimeSeconds: 0,
        repairs: 0,
        repairSeconds: 0,
        ageSeconds: 70,
      },
    });
    const spoilt = history('p', 0, ['begin-repair', 10], ['fail', 20], ['begin-repair', 25], ['restore', 30]);
    const { failures, downtimeSeconds, repairs, repairSeconds } = deviceStatistics(spoilt, 100);
    assert.deepEqual([failures, downtimeSeconds, repairs, repairSeconds], [0, 10, 1, 10]);
  });

  it('gives lifetimes that failed, and that were censored by planned work or by the end', () => {
    assert.deepEqual(lifetimesOf([WORN, SOUND, DOWN], 1000), [
      { time: 200, failed: true },
      { time: 100, failed: false },
      { time: 500, failed: false },
      { time: 1000, failed: false },
      { time: 600, failed: true },
    ]);
    assert.deepEqual(lifetimesOf([history('new', 1000)], 1000), []);
  });

  it('sums up a fleet', () => {
    const fleet = fleetStatistics([WORN, SOUND, DOWN].map((one) => deviceStatistics(one, 1000)));
    assert.deepEqual(fleet, {
      ...{ devices: 3, alarms: 2, failures: 2, failedShare: 2 / 3, downtimeSeconds: 450 },
      failuresPerYear: (2 * 365.25 * 86_400) / 2400,
      unavailability: 450 / 2850,
      mtbfSeconds: 1200,
      mttrSeconds: 50,
    });
    const sound = fleetStatistics([deviceStatistics(SOUND, 1000)]);
    assert.equal(sound.mtbfSeconds, Infinity);
    assert.ok(Number.isNaN(sound.mttrSeconds));
  });

  it('refuses events that are not one history', () => {
    const [first, second] = WORN.events;
    assert.ok(first && second);
    for (const events of [
      [second],
      [first, first],
      [{ ...first, deviceId: 'other' }],
      [first, { ...second, atSeconds: 150 }],
    ])
      assert.throws(() => deviceStatistics({ ...WORN, events }, 1000), RangeError);
    assert.throws(() => deviceStatistics(WORN, 499), RangeError);
  });
});
