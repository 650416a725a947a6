/**
 * Southern California Edison TOU-D-PRIME, as the Fontana homes paid it in 2016 and 2017.
 *
 * Source: shared/data/fontana-homes/README.md: winter (October to May) 0.21 and 0.50 USD/kWh on all days, summer (June to September)
 * 0.22 and 0.54 on weekdays, 0.22 and 0.40 on weekend days; peak from 16:00 to 21:00. The published hours are in Pacific Standard
 * Time all year and price holidays as weekdays; a real bill passes `America/Los_Angeles` and the holidays.
 */
import { calendarTariff, type CalendarTariffRequest } from './calendar-tariff.js';
import { microPerWh, parseDecimal } from './exact-decimal.js';
import type { QuotedPrice, TariffDraft } from './tariff-draft.js';

const SUMMER = { firstMonth: 6, lastMonth: 9 };
const PEAK = { firstHour: 16, endHour: 21 };

const quote = (band: string, usdPerKwh: string): QuotedPrice => ({
  band,
  microPerWh: microPerWh(parseDecimal(usdPerKwh, band), 'currency/kWh'),
});
const WINTER_OFF_PEAK = quote('winter off-peak', '0.21');
const WINTER_PEAK = quote('winter peak', '0.50');
const SUMMER_OFF_PEAK = quote('summer off-peak', '0.22');
const SUMMER_WEEKDAY_PEAK = quote('summer weekday peak', '0.54');
const SUMMER_WEEKEND_PEAK = quote('summer weekend peak', '0.40');

/** The currency is USD. @throws ClientError and GridveilError as calendarTariff. */
export function sceTouDPrime(request: Omit<CalendarTariffRequest, 'currency'>): TariffDraft {
  return calendarTariff({ ...request, currency: 'USD' }, (month, restDay, hour) => {
    const summer = month >= SUMMER.firstMonth && month <= SUMMER.lastMonth;
    const peak = hour >= PEAK.firstHour && hour < PEAK.endHour;
    if (!summer) return peak ? WINTER_PEAK : WINTER_OFF_PEAK;
    if (!peak) return SUMMER_OFF_PEAK;
    return restDay ? SUMMER_WEEKEND_PEAK : SUMMER_WEEKDAY_PEAK;
  });
}
