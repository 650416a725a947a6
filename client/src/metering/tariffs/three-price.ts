/**
 * The tariff of paper 001: a high, a normal and a low price by the hour, the same every day.
 *
 * Source: paper 001, Algorithm 1, corrected in spec/schemes.md 2.A: slot gamma of the month is hour h = ((gamma - 1) mod 24) + 1 of
 * its day; p_h for 7 <= h < 11 or 19 <= h < 23, p_n for 11 <= h < 19, else p_l. As printed, p_l is never returned and only the
 * last day has prices. Hour h covers [h - 1, h) on a clock, so that p_h is paid from 06:00 to 10:00 and from 18:00 to 22:00.
 * The month runs in a FIXED UTC offset: z = 24 times the days of the month, which daylight saving would break.
 */
import { ClientError } from '../../errors.js';
import { parseZone } from '../stamp.js';
import { calendarTariff, type CalendarTariffRequest } from './calendar-tariff.js';
import { microPerWh, parseDecimal, type PriceUnit } from './exact-decimal.js';
import type { QuotedPrice, TariffDraft } from './tariff-draft.js';

/** Decimal text, in `unit`. */
export interface ThreePrices {
  readonly high: string;
  readonly normal: string;
  readonly low: string;
  readonly unit: PriceUnit;
}

type ThreePriceBand = 'high' | 'normal' | 'low';

/** Algorithm 1. @param hour - h of the paper, 1 to 24 */
export function threePriceBand(hour: number): ThreePriceBand {
  if ((hour >= 7 && hour < 11) || (hour >= 19 && hour < 23)) return 'high';
  return hour >= 11 && hour < 19 ? 'normal' : 'low';
}

/** @throws ClientError TARIFF_FIXED_OFFSET_NEEDED, TARIFF_BAD_NUMBER; ClientError and GridveilError as calendarTariff. */
export function threePriceTariff(request: CalendarTariffRequest, prices: ThreePrices): TariffDraft {
  const { zone } = request;
  if (!parseZone(zone).isUniversal) throw new ClientError('TARIFF_FIXED_OFFSET_NEEDED', { zone });
  const quote = (band: ThreePriceBand): QuotedPrice => ({
    band,
    microPerWh: microPerWh(parseDecimal(prices[band], `the ${band} price`), prices.unit),
  });
  const quotes = { high: quote('high'), normal: quote('normal'), low: quote('low') };
  return calendarTariff(request, (_month, _restDay, clockHour) => quotes[threePriceBand(clockHour + 1)]);
}
