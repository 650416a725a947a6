/**
 * Tariffs by calendar: a price for each month, kind of day and hour of the local clock.
 *
 * Run by the ESP. Holidays are dates that the operator gives, priced as weekend days: which days a utility counts, and
 * whether one that falls on a Sunday moves to Monday, differs from tariff sheet to tariff sheet.
 * On the day clocks go back an hour of the clock comes twice and both are priced by it; on the day they go forward one is left out.
 */
import { ClientError } from '../../errors.js';
import { billingMonth, localClock, type BillingPeriod } from './billing-period.js';
import {
  draftTariff,
  type FixedCharge,
  type QuotedPrice,
  type TariffDraft,
  type TariffTerms,
} from './tariff-draft.js';

/** What a tariff by calendar is made for. */
export interface CalendarTariffRequest extends TariffTerms {
  /** `2024-03` */
  readonly month: string;
  /** Zone of the local clock: IANA name, UTC or a fixed offset. */
  readonly zone: string;
  readonly slotSeconds: number;
  /** Local dates such as `2024-07-04`, priced as weekend days. */
  readonly holidays?: readonly string[];
}

/** @param month - 1 to 12 @param restDay - weekend or holiday @param hour - 0 to 23 */
export type CalendarPrices = (month: number, restDay: boolean, hour: number) => QuotedPrice;

/** @throws ClientError and GridveilError as billingMonth and draftTariff; TARIFF_BAD_HOLIDAY. */
export function calendarTariff(
  request: CalendarTariffRequest,
  prices: CalendarPrices,
  fixedCharge?: (period: BillingPeriod) => FixedCharge | undefined,
): TariffDraft {
  const period = billingMonth(request.month, request.zone, request.slotSeconds);
  const holidays = new Set((request.holidays ?? []).map(checkDate));
  const quoteAt = (utcSeconds: number): QuotedPrice => {
    const { month, weekend, hour, date } = localClock(utcSeconds, period.zone);
    return prices(month, weekend || holidays.has(date), hour);
  };
  return draftTariff(period, request, quoteAt, fixedCharge?.(period));
}

function checkDate(date: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(Date.parse(date));
  if (!isDate || new Date(date).toISOString().slice(0, 10) !== date)
    throw new ClientError('TARIFF_BAD_HOLIDAY', { date });
  return date;
}
