/**
 * Billing months in a zone, resolved to UTC slots: the one place where tariffs meet local time.
 *
 * A month runs from the first instant of its first day to the first instant of the next month's first day, so that a month in
 * which clocks change is an hour longer or shorter; the ledger sees only its slots. What the clocks show comes from the
 * platform's tz data, through luxon's zones.
 */
import { DateTime, type Zone } from 'luxon';
import { ClientError } from '../../errors.js';
import { assertSlotSeconds } from '../slot.js';
import { parseZone, StampReader } from '../stamp.js';

/** From 1971, so that no zone begins a month before 1970 in UTC. */
const MONTH = /^(197[1-9]|19[89]\d|2\d{3})-(0[1-9]|1[0-2])$/;
const DAY_SECONDS = 86_400;

export interface BillingPeriod {
  /** For people: `2024-03`. */
  readonly label: string;
  readonly zone: Zone;
  readonly slotSeconds: number;
  /** UTC; the end is the first second after the period. Both lie on borders of slots. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Days in the calendar, 28 to 31. */
  readonly days: number;
}

/** What clocks and calendars of a zone show. */
export interface LocalClock {
  /** `2024-03-31` */
  readonly date: string;
  /** 1 to 12 */
  readonly month: number;
  readonly weekend: boolean;
  /** 0 to 23 */
  readonly hour: number;
}

/**
 * @param month - `2024-03`
 * @param zoneName - IANA name, UTC or a fixed offset (stamp.ts)
 * @param slotSeconds - length of the grid's slots
 * @throws ClientError TARIFF_BAD_MONTH, TARIFF_ZONE_OFF_SLOTS, READINGS_ZONE_UNKNOWN; RangeError for a bad slot length.
 */
export function billingMonth(month: string, zoneName: string, slotSeconds: number): BillingPeriod {
  assertSlotSeconds(slotSeconds);
  const match = MONTH.exec(month);
  if (match === null) throw new ClientError('TARIFF_BAD_MONTH', { month });
  const zone = parseZone(zoneName);
  const first = Date.UTC(Number(match[1]), Number(match[2]) - 1, 1);
  const next = Date.UTC(Number(match[1]), Number(match[2]), 1);
  const [startSeconds, endSeconds] = [firstInstantOf(first, zone), firstInstantOf(next, zone)];
  if (startSeconds % slotSeconds !== 0 || endSeconds % slotSeconds !== 0)
    throw new ClientError('TARIFF_ZONE_OFF_SLOTS', { month, zone: zone.name, slotSeconds });
  const days = Math.round((next - first) / 1000 / DAY_SECONDS);
  return { label: month, zone, slotSeconds, startSeconds, endSeconds, days };
}

/** Usually midnight; the first of two, and the first moment after midnight where clocks skip it. */
function firstInstantOf(dayMs: number, zone: Zone): number {
  const date = new Date(dayMs).toISOString().slice(0, 10);
  const [midnight] = new StampReader(zone).instants(date, 1);
  return midnight ?? DateTime.fromISO(date, { zone }).toSeconds();
}

/** Start of every slot of the period, UTC seconds. */
export function slotStarts({ startSeconds, endSeconds, slotSeconds }: BillingPeriod): number[] {
  const count = (endSeconds - startSeconds) / slotSeconds;
  return Array.from({ length: count }, (_, i) => startSeconds + i * slotSeconds);
}

/** What a clock in the zone shows at an instant. */
export function localClock(utcSeconds: number, zone: Zone): LocalClock {
  const utcMs = utcSeconds * 1000;
  const shown = new Date(utcMs + zone.offset(utcMs) * 60_000);
  const weekday = shown.getUTCDay();
  return {
    date: shown.toISOString().slice(0, 10),
    month: shown.getUTCMonth() + 1,
    weekend: weekday === 0 || weekday === 6,
    hour: shown.getUTCHours(),
  };
}
