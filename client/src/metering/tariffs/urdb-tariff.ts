/**
 * Tariffs from URDB rates: time-of-use energy prices and fixed charges; everything else is refused or left out by declaration.
 *
 * Run by the ESP. What a bill on ciphertext cannot hold, and why:
 * - Tiers (a price that depends on how much was used so far) need comparisons of sums, which additive encryption does not give.
 * - Demand charges (the highest power of a month) need the maximum of readings that nobody can see.
 * - Minimum charges compare the bill with a floor; fuel adjustments by month are prices the schedule does not show.
 * Tiers and units other than kWh are always refused. The others are refused unless `omit` names them: then the table is the
 * energy part of the tariff, and a note says what the bill lacks. Credits for export (`sell`) are noted and left out: readings are imports.
 * Fixed charges are taken: they are in clear and say nothing about consumption. URDB's weekend schedule also prices the
 * holidays that the operator names; URDB itself has none.
 */
import { ClientError } from '../../errors.js';
import { localClock, type BillingPeriod } from './billing-period.js';
import { calendarTariff, type CalendarTariffRequest } from './calendar-tariff.js';
import {
  addDecimals,
  microPerWh,
  parseDecimal,
  timesInteger,
  timesTenTo,
  type ExactDecimal,
} from './exact-decimal.js';
import type { FixedCharge, QuotedPrice, TariffDraft } from './tariff-draft.js';
import type { UrdbRate, UrdbTier } from './urdb-rate.js';

/** Charges that may be left out of the bill, with the URDB fields that hold them. */
const CHARGE_FIELDS = {
  'demand-charges': [
    'flatdemandstructure',
    'demandratestructure',
    'coincidentratestructure',
    'demandreactivepowercharge',
  ],
  'minimum-charges': ['minmonthlycharge', 'annualmincharge', 'mincharge'],
  'fuel-adjustments': ['fueladjustmentsmonthly'],
} as const;
const WHY_NOT: Record<UrdbOmission, string> = {
  'demand-charges': 'the highest power of a month cannot be found in encrypted readings',
  'minimum-charges': 'a bill on ciphertext has no comparison with a floor',
  'fuel-adjustments': 'they change prices outside of the schedule',
};

export type UrdbOmission = keyof typeof CHARGE_FIELDS;
export const URDB_OMISSIONS = Object.keys(CHARGE_FIELDS) as readonly UrdbOmission[];

export interface UrdbTariffRequest extends Omit<CalendarTariffRequest, 'name' | 'currency'> {
  /** Default: the rate's own name, cut to what an id may have. */
  readonly name?: string;
  /** Default USD for rates of the USA and of no country. */
  readonly currency?: string;
  readonly omit?: readonly UrdbOmission[];
}

/**
 * @throws ClientError TARIFF_TIERED, TARIFF_UNIT, TARIFF_CHARGE_UNSUPPORTED, TARIFF_NOT_IN_FORCE, TARIFF_CURRENCY_UNDECLARED,
 *   TARIFF_MALFORMED, TARIFF_FIXED_CHARGE_UNIT; ClientError and GridveilError as calendarTariff.
 */
export function urdbTariff(rate: UrdbRate, request: UrdbTariffRequest): TariffDraft {
  const { omit = [], ...rest } = request;
  const omitted = URDB_OMISSIONS.filter((charge) => hasCharge(rate, charge));
  const refused = omitted.find((charge) => !omit.includes(charge));
  if (refused)
    throw new ClientError('TARIFF_CHARGE_UNSUPPORTED', { charge: refused, reason: WHY_NOT[refused] });
  const quotes = rate.energyratestructure.map((tiers, period) => quoteOf(tiers, period));
  const [weekday, restDay] = [rate.energyweekdayschedule, rate.energyweekendschedule];
  const price = (month: number, isRestDay: boolean, hour: number): QuotedPrice => {
    const period = (isRestDay ? restDay : weekday)[month - 1]?.[hour] ?? -1;
    const quote = quotes[period];
    const place = `schedule of month ${month}, hour ${hour}`;
    if (!quote)
      throw new ClientError('TARIFF_MALFORMED', { format: 'URDB', place, reason: `no period ${period}` });
    return quote;
  };
  const named = {
    ...rest,
    name: request.name ?? nameOf(rate),
    currency: request.currency ?? currencyOf(rate),
  };
  const draft = calendarTariff(named, price, (period) => {
    checkInForce(rate, period);
    return fixedChargeOf(rate, period, named.currency);
  });
  return { table: draft.table, notes: [...draft.notes, ...omissionNotes(rate, omitted)] };
}

/** The price of a URDB period: rate plus adjustment of its only tier. */
function quoteOf(tiers: readonly UrdbTier[], period: number): QuotedPrice {
  const [tier, second] = tiers;
  if (tier === undefined || second !== undefined || (tier.max ?? undefined) !== undefined)
    throw new ClientError('TARIFF_TIERED', { period, tiers: tiers.length });
  const { unit = 'kWh', rate = '0', adj = '0' } = tier;
  if (unit !== 'kWh') throw new ClientError('TARIFF_UNIT', { period, unit });
  const place = `energyratestructure.${period}.0`;
  const perKwh = addDecimals(parseDecimal(rate, place), parseDecimal(adj, place));
  return { band: `period ${period}`, microPerWh: microPerWh(perKwh, 'currency/kWh') };
}

function hasCharge(rate: UrdbRate, charge: UrdbOmission): boolean {
  return CHARGE_FIELDS[charge].some((field) => holdsAmount(rate[field]));
}

/** Whether a number other than 0 stands anywhere below, apart from the upper ends of tiers. */
function holdsAmount(value: unknown): boolean {
  if (typeof value === 'string') return /[1-9]/.test(value.split(/[eE]/)[0] ?? '');
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, field]) => !['max', 'unit'].includes(name) && holdsAmount(field));
}

function nameOf({ utility, name }: UrdbRate): string {
  const full = [utility, name].filter(Boolean).join(': ') || 'URDB rate';
  const plain = full.normalize('NFC').replace(/\p{Cc}/gu, ' ');
  let cut = '';
  for (const character of plain) {
    if (Buffer.byteLength(cut + character) > 64) break;
    cut += character;
  }
  return cut;
}

function currencyOf({ country = 'USA' }: UrdbRate): string {
  if (country !== 'USA') throw new ClientError('TARIFF_CURRENCY_UNDECLARED', { country });
  return 'USD';
}

/** URDB writes the first and the last day of a rate as instants of its own clock: only their date is meant. */
function checkInForce(
  { startdate, enddate }: UrdbRate,
  { label, startSeconds, endSeconds, zone }: BillingPeriod,
): void {
  const from = startdate === undefined ? '' : urdbDate(startdate, 'startdate');
  const to = enddate === undefined ? '9999-12-31' : urdbDate(enddate, 'enddate');
  const first = localClock(startSeconds, zone).date;
  const last = localClock(endSeconds - 1, zone).date;
  if (first < from || last > to)
    throw new ClientError('TARIFF_NOT_IN_FORCE', { month: label, from: from || 'ever', to });
}

function urdbDate(secondsText: string, place: string): string {
  const seconds = Number(secondsText);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 253_402_300_799)
    throw new ClientError('TARIFF_MALFORMED', { format: 'URDB', place, reason: 'no seconds since 1970' });
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function fixedChargeOf(rate: UrdbRate, { days }: BillingPeriod, currency: string): FixedCharge | undefined {
  const text = rate.fixedchargefirstmeter ?? rate.fixedmonthlycharge;
  if (text === undefined || !holdsAmount(text)) return undefined;
  const unit = rate.fixedchargefirstmeter === undefined ? '$/month' : (rate.fixedchargeunits ?? '$/month');
  const amount = timesTenTo(parseDecimal(text, 'fixed charge'), 6);
  if (unit === '$/month') return { micro: amount, source: `${text} ${currency} a month` };
  if (unit === '$/day') return perDay(amount, days, `${text} ${currency} a day`);
  throw new ClientError('TARIFF_FIXED_CHARGE_UNIT', { unit });
}

function perDay(amount: ExactDecimal, days: number, source: string): FixedCharge {
  return { micro: timesInteger(amount, days), source: `${source} for ${days} days` };
}

function omissionNotes(rate: UrdbRate, omitted: readonly UrdbOmission[]): string[] {
  const notes = omitted.map((charge) => `Bills are without the ${charge} of the rate: ${WHY_NOT[charge]}.`);
  const sells = rate.energyratestructure.some((tiers) => tiers.some(({ sell = '0' }) => holdsAmount(sell)));
  return sells ? [...notes, 'Bills are without the credits of the rate for exported energy.'] : notes;
}
