/** Two prices, one for weekdays and a lower one for weekends and holidays: the coarsest tariff by time, which slots of a day can follow. Run by the ESP. */
import { calendarTariff, type CalendarTariffRequest } from './calendar-tariff.js';
import { microPerWh, parseDecimal, type PriceUnit } from './exact-decimal.js';
import type { QuotedPrice, TariffDraft } from './tariff-draft.js';

/** Decimal text, in `unit`. */
export interface WeekendPrices {
  readonly weekday: string;
  readonly weekend: string;
  readonly unit: PriceUnit;
}

/** @throws ClientError TARIFF_BAD_NUMBER; ClientError and GridveilError as calendarTariff. */
export function weekendTariff(request: CalendarTariffRequest, prices: WeekendPrices): TariffDraft {
  const quote = (band: 'weekday' | 'weekend'): QuotedPrice => ({
    band,
    microPerWh: microPerWh(parseDecimal(prices[band], `the ${band} price`), prices.unit),
  });
  const [weekday, weekend] = [quote('weekday'), quote('weekend')];
  return calendarTariff(request, (_month, restDay) => (restDay ? weekend : weekday));
}
