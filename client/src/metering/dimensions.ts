/**
 * What a meter measures in one slot, in several dimensions, and the bytes of a set of them: the plaintext of one part of a signcrypted report.
 *
 * Written by meters, read by the receivers a part is for; a receiver gets the dimensions it needs and no others. Source: paper 002 section III.C, IV.C (M = {M_1, …, M_v}).
 * Encoding: for each dimension, by ascending code, the code in 1 byte and the value in 4 bytes, signed, big-endian: 10 dimensions are 50 bytes, and the length tells their number only.
 */
import { refusal } from '@gridveil/chaincode/errors.js';

interface Dimension {
  /** Of the encoding; never changed, never used again. */
  readonly code: number;
  readonly min: number;
  readonly max: number;
}

const MAX_VOLTAGE_MILLI_V = 1_000_000_000;
const MAX_CURRENT_MILLI_A = 100_000_000;
const voltage = (code: number): Dimension => ({ code, min: 0, max: MAX_VOLTAGE_MILLI_V });
const current = (code: number): Dimension => ({ code, min: 0, max: MAX_CURRENT_MILLI_A });

/** Energy and power count from the grid to the customer; what flows back is negative. Voltages and currents are root mean squares of a phase. */
export const DIMENSIONS = {
  energyWh: { code: 1, min: -1_000_000_000, max: 1_000_000_000 },
  powerW: { code: 2, min: -1_000_000_000, max: 1_000_000_000 },
  reactivePowerVar: { code: 3, min: -1_000_000_000, max: 1_000_000_000 },
  voltageL1MilliV: voltage(4),
  voltageL2MilliV: voltage(5),
  voltageL3MilliV: voltage(6),
  currentL1MilliA: current(7),
  currentL2MilliA: current(8),
  currentL3MilliA: current(9),
  frequencyMilliHz: { code: 10, min: 0, max: 100_000 },
  /** Times 1000. */
  powerFactorPermille: { code: 11, min: -1000, max: 1000 },
  /** Hundredths of a degree Celsius. */
  temperatureCentiC: { code: 12, min: -10_000, max: 20_000 },
  /** One bit for each flag of a reading's quality. */
  qualityFlags: { code: 13, min: 0, max: 0xffff },
} as const satisfies Record<string, Dimension>;

export type DimensionName = keyof typeof DIMENSIONS;
export type Measurements = Readonly<Partial<Record<DimensionName, number>>>;

const ENTRY_BYTES = 5;
const NAMES = (Object.keys(DIMENSIONS) as DimensionName[]).sort(
  (a, b) => DIMENSIONS[a].code - DIMENSIONS[b].code,
);
const NAME_OF = new Map<number, DimensionName>(NAMES.map((name) => [DIMENSIONS[name].code, name]));

/** @throws RangeError for a value that is no integer in the range of its dimension; the value is not named. */
export function encodeMeasurements(measurements: Measurements): Uint8Array {
  const names = NAMES.filter((name) => measurements[name] !== undefined);
  const bytes = new Uint8Array(ENTRY_BYTES * names.length);
  const view = new DataView(bytes.buffer);
  names.forEach((name, i) => {
    const value = measurements[name] ?? 0;
    const { code, min, max } = DIMENSIONS[name];
    if (!Number.isInteger(value) || value < min || value > max)
      throw new RangeError(`"${name}" expected an integer from ${min} to ${max}`);
    view.setUint8(ENTRY_BYTES * i, code);
    view.setInt32(ENTRY_BYTES * i + 1, value);
  });
  return bytes;
}

/** Takes what `encodeMeasurements` writes and nothing else. @throws DecodeError TRUNCATED, BAD_FIELD; values are not named. */
export function decodeMeasurements(bytes: Uint8Array): Measurements {
  if (bytes.length % ENTRY_BYTES !== 0) throw refusal('TRUNCATED', { what: 'A list of measurements' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const measurements: Partial<Record<DimensionName, number>> = {};
  let last = 0;
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
    const [code, value] = [view.getUint8(at), view.getInt32(at + 1)];
    const name = NAME_OF.get(code);
    if (name === undefined || code <= last)
      throw refusal('BAD_FIELD', { field: 'dimension', expected: 'known codes, ascending, each once' });
    const { min, max } = DIMENSIONS[name];
    if (value < min || value > max)
      throw refusal('BAD_FIELD', { field: name, expected: `an integer from ${min} to ${max}` });
    measurements[name] = value;
    last = code;
  }
  return measurements;
}
