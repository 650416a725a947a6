/** Instants as a reader's clock shows them, always with the offset: bills span changes of clocks. */
import { DateTime, type Zone } from 'luxon';

/** `2024-03-31 01:30 UTC`, or `2024-03-31 02:30 +01:00` in another zone. @param seconds - UTC */
export function localTimeText(seconds: number, zone: Zone): string {
  const time = DateTime.fromSeconds(seconds, { zone });
  return `${time.toFormat('yyyy-MM-dd HH:mm')} ${zone.name === 'UTC' ? 'UTC' : time.toFormat('ZZ')}`;
}

/** `2024-03-31`, and seconds since the day's first instant there, as its clock shows them. */
export function localDay(
  seconds: number,
  zone: Zone,
): { readonly date: string; readonly clockSeconds: number } {
  const shown = new Date(seconds * 1000 + zone.offset(seconds * 1000) * 60_000);
  const iso = shown.toISOString();
  return { date: iso.slice(0, 10), clockSeconds: (shown.getTime() / 1000) % 86_400 };
}
