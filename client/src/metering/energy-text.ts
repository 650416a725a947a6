/**
 * Energy as written in a file to whole watt-hours, on the digits of the text: 0.239 kWh is exactly 239 Wh, no float in between.
 */
import { ClientError } from '../errors.js';

/** W and kW are mean powers of the interval. */
export const ENERGY_UNITS = ['Wh', 'kWh', 'W', 'kW'] as const;
export type EnergyUnit = (typeof ENERGY_UNITS)[number];
/** `refuse` values finer than 1 Wh, or round them to the nearest whole Wh (half up). */
export type Rounding = 'refuse' | 'nearest';

/** Where a value stands, for the error. */
export interface CellPlace {
  readonly line: number;
  readonly column: string;
}

/** How the values of a file are written. */
export interface EnergyForm {
  readonly unit: EnergyUnit;
  /** Length of the interval that a mean power is of. */
  readonly slotSeconds: number;
  readonly rounding: Rounding;
}

const DECIMAL = /^(-?)(\d*)(?:\.(\d*))?$/;
const WH_PER_UNIT: Record<EnergyUnit, bigint> = { Wh: 1n, kWh: 1000n, W: 1n, kW: 1000n };
const SECONDS_PER_HOUR = 3600n;
/** More than any value has; bounds the arithmetic. */
const MAX_WHOLE_DIGITS = 15;
const MAX_FRACTION_DIGITS = 30;

/**
 * @returns the energy in Wh, and whether it had to be rounded.
 * @throws ClientError READINGS_BAD_NUMBER, READINGS_NEGATIVE, READINGS_TOO_MANY_DECIMALS, READINGS_VALUE_TOO_LARGE above `limitWh`.
 */
export function parseEnergyWh(
  text: string,
  form: EnergyForm,
  limitWh: number,
  place: CellPlace,
): { readonly energyWh: number; readonly rounded: boolean } {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '')
    throw new ClientError('READINGS_BAD_NUMBER', { ...place });
  if (sign === '-' && /[1-9]/.test(whole + fraction))
    throw new ClientError('READINGS_NEGATIVE', { ...place });
  const { energyWh, exact } = energyOf(whole.replace(/^0+/, ''), fraction.replace(/0+$/, ''), form);
  if (!exact && form.rounding === 'refuse') throw new ClientError('READINGS_TOO_MANY_DECIMALS', { ...place });
  if (energyWh > limitWh) throw new ClientError('READINGS_VALUE_TOO_LARGE', { ...place, limitWh });
  return { energyWh, rounded: !exact };
}

/** Half up; Infinity for more digits than any energy has. */
function energyOf(
  whole: string,
  fraction: string,
  { unit, slotSeconds }: EnergyForm,
): { readonly energyWh: number; readonly exact: boolean } {
  if (whole.length > MAX_WHOLE_DIGITS) return { energyWh: Infinity, exact: true };
  const digits = fraction.slice(0, MAX_FRACTION_DIGITS);
  const isPower = unit === 'W' || unit === 'kW';
  const numerator =
    BigInt(`${whole}${digits}` || '0') * WH_PER_UNIT[unit] * (isPower ? BigInt(slotSeconds) : 1n);
  const denominator = 10n ** BigInt(digits.length) * (isPower ? SECONDS_PER_HOUR : 1n);
  const rest = numerator % denominator;
  const energyWh = Number(numerator / denominator) + (2n * rest >= denominator ? 1 : 0);
  return { energyWh, exact: rest === 0n && fraction.length <= MAX_FRACTION_DIGITS };
}
