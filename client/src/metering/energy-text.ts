/**
 * Energy as written in a file to whole watt-hours, on the digits of the text: 0.239 kWh is exactly 239 Wh, no float in between.
 */
import { ClientError } from '../errors.js';
import { MAX_ENERGY_WH } from './reading.js';

export type EnergyUnit = 'Wh' | 'kWh';
/** `refuse` values finer than 1 Wh, or round them to the nearest whole Wh (half up). */
export type Rounding = 'refuse' | 'nearest';

/** Where a value stands, for the error. */
export interface CellPlace {
  readonly line: number;
  readonly column: string;
}

const DECIMAL = /^(-?)(\d*)(?:\.(\d*))?$/;
const DECIMALS_OF: Record<EnergyUnit, number> = { Wh: 0, kWh: 3 };
/** More than MAX_ENERGY_WH has; keeps Number() exact. */
const MAX_DIGITS = 12;

/**
 * @returns the energy in Wh, and whether it had to be rounded.
 * @throws ClientError READINGS_BAD_NUMBER, READINGS_NEGATIVE, READINGS_TOO_MANY_DECIMALS, READINGS_VALUE_TOO_LARGE.
 */
export function parseEnergyWh(
  text: string,
  unit: EnergyUnit,
  rounding: Rounding,
  place: CellPlace,
): { readonly energyWh: number; readonly rounded: boolean } {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '')
    throw new ClientError('READINGS_BAD_NUMBER', { ...place });
  if (sign === '-' && /[1-9]/.test(whole + fraction))
    throw new ClientError('READINGS_NEGATIVE', { ...place });
  const decimals = DECIMALS_OF[unit];
  const dropped = fraction.slice(decimals);
  const rounded = /[1-9]/.test(dropped);
  if (rounded && rounding === 'refuse') throw new ClientError('READINGS_TOO_MANY_DECIMALS', { ...place });
  const energyWh =
    wholeNumber(whole + fraction.slice(0, decimals).padEnd(decimals, '0')) + (dropped >= '5' ? 1 : 0);
  if (energyWh > MAX_ENERGY_WH)
    throw new ClientError('READINGS_VALUE_TOO_LARGE', { ...place, limitWh: MAX_ENERGY_WH });
  return { energyWh, rounded };
}

/** Exact, or Infinity for more digits than any energy has. */
function wholeNumber(digits: string): number {
  const significant = digits.replace(/^0+/, '');
  return significant.length > MAX_DIGITS ? Infinity : Number(significant);
}
