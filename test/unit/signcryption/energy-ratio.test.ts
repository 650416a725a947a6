import assert from 'node:assert/strict';
import { threePhaseHome, threePhaseMeasurements } from '@gridveil/client/metering/three-phase.js';
import { energyRatioSuspects } from '@gridveil/client/signcryption/energy-ratio.js';

const SLOT_SECONDS = 1800;
const SLOTS = 24;

/** Reports of meters; the energy of one is scaled from the middle on. */
function reports(meterIds: readonly string[], scaled?: string, share = 1, energyWh = 300) {
  return meterIds.flatMap((meterId) =>
    Array.from({ length: SLOTS }, (_, slot) => {
      const facts = { meterId, slot, energyWh: energyWh + 10 * slot, slotSeconds: SLOT_SECONDS };
      const measurements = threePhaseMeasurements('1', threePhaseHome('1', meterId), facts);
      const counted = meterId === scaled && slot >= SLOTS / 2 ? share : 1;
      return {
        meterId,
        slot,
        measurements: { ...measurements, energyWh: Math.floor(facts.energyWh * counted) },
      };
    }),
  );
}
const METERS = Array.from({ length: 40 }, (_, i) => `m${i}`);

describe('energy against voltages and currents', () => {
  it('names a meter whose register counts less than its currents tell, by how much', () => {
    for (const [share, missingPercent] of [
      [0.6, 40],
      [0.7, 30],
    ] as const)
      assert.deepEqual(energyRatioSuspects(reports(METERS, 'm7', share), SLOTS / 2, SLOT_SECONDS), [
        { meterId: 'm7', missingPercent },
      ]);
  });

  it('names nobody among honest meters, nor who used next to nothing, nor who reported once', () => {
    assert.deepEqual(energyRatioSuspects(reports(METERS), SLOTS / 2, SLOT_SECONDS), []);
    assert.deepEqual(energyRatioSuspects(reports(['m1'], 'm1', 0.5, 1), SLOTS / 2, SLOT_SECONDS * 0.01), []);
    assert.deepEqual(energyRatioSuspects(reports(['m1']).slice(0, 1), SLOTS / 2, SLOT_SECONDS), []);
  });

  it('does not see energy and currents that are lowered alike', () => {
    const quiet = reports(['m1']).map(({ slot, measurements, ...rest }) => {
      const share = slot >= SLOTS / 2 ? 0.5 : 1;
      const half = (value = 0) => Math.floor(value * share);
      const { energyWh, currentL1MilliA, currentL2MilliA, currentL3MilliA } = measurements;
      return {
        ...{ ...rest, slot },
        measurements: {
          ...measurements,
          energyWh: half(energyWh),
          currentL1MilliA: half(currentL1MilliA),
          currentL2MilliA: half(currentL2MilliA),
          currentL3MilliA: half(currentL3MilliA),
        },
      };
    });
    assert.deepEqual(energyRatioSuspects(quiet, SLOTS / 2, SLOT_SECONDS), []);
  });
});
