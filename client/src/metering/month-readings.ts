/**
 * The readings of one billing month, in the slots of its tariff: what a bill is made of.
 *
 * Slots may be longer than the intervals of the source: whole ones are summed, and one with a gap is missing. Data that covers whole weeks but no month is played again,
 * week on week, and a note says so: for demos and benchmarks, never for a real bill.
 */
import { DateTime } from 'luxon';
import { ClientError } from '../errors.js';
import { ReadingTableBuilder, type ReadingTable } from './reading.js';
import { worseOf, type Quality } from './reading-quality.js';
import { parseZone } from './stamp.js';
import { billingMonth, type BillingPeriod } from './tariffs/billing-period.js';

const WEEK_SECONDS = 7 * 86_400;

export interface MonthReadings {
  readonly period: BillingPeriod;
  /** Exactly the slots of the period, as far as there are readings. */
  readonly table: ReadingTable;
  readonly notes: readonly string[];
}

export interface MonthChoice {
  /** `2024-03`; without it the first month that the data covers whole, or else the one it begins in. */
  readonly month: string | undefined;
  readonly zone: string;
  /** How many slots the month shall have; the intervals of the data without it. */
  readonly slots: number | undefined;
}

/** @throws ClientError MONTH_SLOTS, READINGS_NO_MONTH, and those of billingMonth */
export function readingsOfMonth(source: ReadingTable, choice: MonthChoice): MonthReadings {
  const month = choice.month ?? firstMonth(source, choice.zone);
  const natural = billingMonth(month, choice.zone, source.slotSeconds);
  const period = billingMonth(month, choice.zone, slotSecondsOf(natural, choice.slots));
  const { slotSeconds, startSeconds, endSeconds } = period;
  const intervals = slotSeconds / source.slotSeconds;
  const { intervalAt, repeated } = replayed(source, natural);
  const builder = new ReadingTableBuilder(slotSeconds);
  for (const [column, meterId] of source.meterIds.entries()) {
    builder.addMeter(meterId);
    for (let slot = startSeconds / slotSeconds; slot < endSeconds / slotSeconds; slot++) {
      let energyWh: number | undefined = 0;
      let quality: Quality = 'valid';
      for (let i = 0; i < intervals && energyWh !== undefined; i++) {
        const interval = intervalAt(slot * intervals + i);
        const part = source.energyWh(meterId, interval);
        energyWh = part === undefined ? undefined : energyWh + part;
        quality = worseOf(quality, source.quality(meterId, interval) ?? 'valid');
      }
      if (energyWh !== undefined) builder.add(column, slot, energyWh, quality);
    }
  }
  return { period, table: builder.build(), notes: repeated };
}

function firstMonth(source: ReadingTable, zoneName: string): string {
  const { slots, slotSeconds } = source;
  const zone = parseZone(zoneName);
  const first = DateTime.fromSeconds((slots[0] ?? 0) * slotSeconds, { zone });
  const lastSeconds = ((slots.at(-1) ?? 0) + 1) * slotSeconds;
  const whole = first.equals(first.startOf('month')) ? first : first.startOf('month').plus({ months: 1 });
  const covered = whole.plus({ months: 1 }).toSeconds() <= lastSeconds;
  return (covered ? whole : first).toFormat('yyyy-MM');
}

/** @throws ClientError MONTH_SLOTS */
function slotSecondsOf(
  { label, startSeconds, endSeconds, slotSeconds }: BillingPeriod,
  slots: number | undefined,
): number {
  const most = (endSeconds - startSeconds) / slotSeconds;
  const wanted = slots ?? most;
  if (most % wanted !== 0 || 86_400 % ((most / wanted) * slotSeconds) !== 0)
    throw new ClientError('MONTH_SLOTS', { month: label, slots: wanted, most });
  return (most / wanted) * slotSeconds;
}

/** Which interval of the data stands for one of the month: itself, or one whole weeks away. */
function replayed(
  { slots, slotSeconds }: ReadingTable,
  { label, startSeconds, endSeconds }: BillingPeriod,
): { readonly intervalAt: (interval: number) => number; readonly repeated: readonly string[] } {
  const first = slots[0] ?? 0;
  const span = (slots.at(-1) ?? 0) + 1 - first;
  const covered = startSeconds / slotSeconds >= first && endSeconds / slotSeconds <= first + span;
  if (covered) return { intervalAt: (interval) => interval, repeated: [] };
  const weekLength = WEEK_SECONDS / slotSeconds;
  const length = Math.floor(span / weekLength) * weekLength;
  if (length === 0 || !Number.isInteger(weekLength))
    throw new ClientError('READINGS_NO_MONTH', { month: label });
  const days = length / (86_400 / slotSeconds);
  return {
    intervalAt: (interval) => first + ((((interval - first) % length) + length) % length),
    repeated: [`The data covers ${days} days of whole weeks: they are played again to fill ${label}.`],
  };
}
