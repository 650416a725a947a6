import assert from 'node:assert/strict';
import { encodeMeasurements, decodeMeasurements } from '@gridveil/client/metering/dimensions.js';
import { threePhaseHome, threePhaseMeasurements } from '@gridveil/client/metering/three-phase.js';

const FACTS = { meterId: 'm1', slot: 5, energyWh: 1150, slotSeconds: 1800 };

describe('three phases around a reading', () => {
  it('are the same for the same seed, and others for another', () => {
    const of = (seed: string) => threePhaseMeasurements(seed, threePhaseHome(seed, 'm1'), FACTS);
    assert.deepEqual(of('1'), of('1'));
    assert.notDeepEqual(of('1'), of('2'));
  });

  it('keep the energy, and their powers add up to it', () => {
    for (const energyWh of [0, 1, 1150, 5000]) {
      const home = threePhaseHome('1', 'm1');
      const measured = threePhaseMeasurements('1', home, { ...FACTS, energyWh });
      assert.equal(measured.energyWh, energyWh);
      assert.deepEqual(decodeMeasurements(encodeMeasurements(measured)), measured);
      const { powerW = 0, powerFactorPermille = 0 } = measured;
      const apparent = [1, 2, 3].reduce((sum, phase) => {
        const values: Readonly<Record<string, number | undefined>> = measured;
        return (
          sum + ((values[`voltageL${phase}MilliV`] ?? 0) * (values[`currentL${phase}MilliA`] ?? 0)) / 1e6
        );
      }, 0);
      // Voltages drop along the line, so that a little less arrives.
      const arrived = (apparent * powerFactorPermille) / 1000;
      assert.ok(arrived <= powerW + 1 && arrived >= powerW * 0.94 - 1, `${arrived} of ${powerW} W`);
    }
  });
});
