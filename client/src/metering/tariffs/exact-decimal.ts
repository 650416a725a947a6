/**
 * Prices as they are written, exactly: decimal text to an integer and a power of ten, never through a float.
 *
 * 0.11253 USD/kWh is 112.53 micro-units (10⁻⁶ USD) per Wh. The ledger holds whole micro-units per Wh, so that such a price is
 * refused unless `half-even` rounding is declared: a bill 0.4 % off the tariff sheet is something an operator has to say,
 * not something software does by itself (the same rule as for readings finer than 1 Wh). Rounding is done once, on the final
 * price, and told in the notes. Finer prices on the ledger are no way out: they make a bill tell more about the bands
 * (chaincode/src/domain/tariff-prices.ts).
 */
import { divideHalfEven } from '@gridveil/chaincode/domain/money.js';
import { ClientError } from '../../errors.js';

/** digits / 10^decimals */
export interface ExactDecimal {
  readonly digits: bigint;
  /** May be negative: 12 = 12 / 10^0 = 1.2 / 10^-1. */
  readonly decimals: number;
}

export type PriceRounding = 'refuse' | 'half-even';
/** `hundredth`: cents, pence. */
export type PriceUnit = 'currency/kWh' | 'hundredth/kWh' | 'currency/MWh';

/** A price in `unit` times 10^this is in micro-units per Wh. */
const MICRO_PER_WH_POWER: Record<PriceUnit, number> = {
  'currency/kWh': 3,
  'hundredth/kWh': 1,
  'currency/MWh': 0,
};
export const PRICE_UNITS = Object.keys(MICRO_PER_WH_POWER) as readonly PriceUnit[];

const DECIMAL = /^(-?)(\d{1,20})(?:\.(\d{1,20}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** @throws ClientError TARIFF_BAD_NUMBER */
export function parseDecimal(text: string, place: string): ExactDecimal {
  const [, sign, whole, fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole === undefined) throw new ClientError('TARIFF_BAD_NUMBER', { place });
  const digits = BigInt(whole + fraction);
  return { digits: sign === '-' ? -digits : digits, decimals: fraction.length - Number(exponent) };
}

export function addDecimals(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  const decimals = Math.max(a.decimals, b.decimals);
  const widen = (x: ExactDecimal): bigint => x.digits * 10n ** BigInt(decimals - x.decimals);
  return { digits: widen(a) + widen(b), decimals };
}

export function timesInteger(a: ExactDecimal, factor: number): ExactDecimal {
  return { digits: a.digits * BigInt(factor), decimals: a.decimals };
}

export function timesTenTo(a: ExactDecimal, power: number): ExactDecimal {
  return { digits: a.digits, decimals: a.decimals - power };
}

/** A price in `unit` as micro-units per Wh, still exact. */
export function microPerWh(price: ExactDecimal, unit: PriceUnit): ExactDecimal {
  return timesTenTo(price, MICRO_PER_WH_POWER[unit]);
}

/** Plain decimal notation without trailing zeros. */
export function decimalText({ digits, decimals }: ExactDecimal): string {
  if (decimals <= 0) return String(digits * 10n ** BigInt(-decimals));
  const magnitude = String(digits < 0n ? -digits : digits).padStart(decimals + 1, '0');
  const fraction = magnitude.slice(-decimals).replace(/0+$/, '');
  const whole = magnitude.slice(0, -decimals);
  return `${digits < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * A non-negative amount as whole micro-units.
 * @throws ClientError TARIFF_NEGATIVE, TARIFF_TOO_FINE (under `refuse`), TARIFF_TOO_LARGE
 */
export function wholeMicro(
  amount: ExactDecimal,
  rounding: PriceRounding,
  place: string,
): { readonly micro: number; readonly rounded: boolean } {
  const { digits, decimals } = amount;
  if (digits < 0n) throw new ClientError('TARIFF_NEGATIVE', { place });
  const denominator = 10n ** BigInt(Math.max(decimals, 0));
  const numerator = digits * 10n ** BigInt(Math.max(-decimals, 0));
  const rounded = numerator % denominator !== 0n;
  if (rounded && rounding === 'refuse')
    throw new ClientError('TARIFF_TOO_FINE', { place, micro: decimalText(amount) });
  const micro = divideHalfEven(numerator, denominator);
  if (micro > BigInt(Number.MAX_SAFE_INTEGER)) throw new ClientError('TARIFF_TOO_LARGE', { place });
  return { micro: Number(micro), rounded };
}
