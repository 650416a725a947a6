import assert from 'node:assert/strict';
import { concatBytes } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeMeasurements,
  DIMENSIONS,
  encodeMeasurements,
  type DimensionName,
  type Measurements,
} from '@gridveil/client/metering/dimensions.js';
import { unhex } from '../../helpers/bls.js';
import { refused } from '../../helpers/refused.js';

const NAMES = Object.keys(DIMENSIONS) as DimensionName[];

describe('dimensions', () => {
  it('have codes of one byte, each its own', () => {
    const codes = NAMES.map((name) => DIMENSIONS[name].code);
    assert.equal(new Set(codes).size, NAMES.length);
    assert.ok(codes.every((code) => code >= 1 && code <= 255));
  });

  it('are written by ascending code, 5 bytes each', () => {
    const encoded = encodeMeasurements({ voltageL1MilliV: 230_100, powerW: -2, energyWh: 1 });
    assert.deepEqual(encoded, unhex('010000000102fffffffe04000382d4'));
    assert.equal(encodeMeasurements({}).length, 0);
  });

  it('come back as they were, at the borders of every range', () => {
    for (const bound of ['min', 'max'] as const) {
      const all = Object.fromEntries(NAMES.map((name) => [name, DIMENSIONS[name][bound]])) as Measurements;
      assert.deepEqual(decodeMeasurements(encodeMeasurements(all)), all);
    }
  });

  it('are refused outside their range, as fractions, and never named by value', () => {
    for (const name of NAMES) {
      const { code, min, max } = DIMENSIONS[name];
      for (const value of [min - 1, max + 1, 0.5, NaN, Infinity])
        assert.throws(() => encodeMeasurements({ [name]: value }), RangeError);
      const outside = new Uint8Array(5);
      new DataView(outside.buffer).setUint8(0, code);
      new DataView(outside.buffer).setInt32(1, max + 1);
      assert.throws(
        () => decodeMeasurements(outside),
        (error: Error) => {
          assert.ok(!error.message.includes(String(max + 1)));
          return refused('BAD_FIELD', { field: name })(error);
        },
      );
    }
  });

  it('are refused truncated, unknown, repeated and out of order', () => {
    const [energy, power] = [encodeMeasurements({ energyWh: 1 }), encodeMeasurements({ powerW: 1 })];
    assert.throws(() => decodeMeasurements(energy.subarray(1)), refused('TRUNCATED'));
    for (const bad of [
      concatBytes(power, energy),
      concatBytes(energy, energy),
      unhex('0000000001'),
      unhex('fe00000001'),
    ])
      assert.throws(() => decodeMeasurements(bad), refused('BAD_FIELD', { field: 'dimension' }));
  });
});
