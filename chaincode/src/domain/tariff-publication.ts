/**
 * When a tariff may be put on the ledger, and when it may still be changed: before its period has begun, never after.
 *
 * Run by the billing contract. Source: spec/schemes.md 2.C ("under the ONE tariff fixed before the period"), B1.15 (two bills for
 * the same slots under two tariffs are two equations), B1.18. `nowSeconds` is the transaction's timestamp, which the ESP states:
 * a meter must have read the tariff itself before it signs the first report under its id, and signs reports under no other.
 */
import { refusal } from '../errors.js';

/** A tariff that applies to the same meters. Slots are of one length in a grid, so that periods compare in seconds. */
export interface PublishedTariff {
  readonly tariffId: string;
  readonly periodStartSeconds: number;
  readonly periodEndSeconds: number;
}

/** `same`: on the ledger already, write nothing. `replaces`: write it in the place of the one with its period. */
export type TariffPublication = 'new' | 'same' | 'replaces';

/**
 * @param published - at least every tariff for the same meters whose period overlaps
 * @throws StateConflictError TARIFF_PERIOD_TAKEN, TARIFF_PERIOD_BEGUN
 */
export function checkTariffPublication(
  tariff: PublishedTariff,
  published: readonly PublishedTariff[],
  nowSeconds: number,
): TariffPublication {
  if (published.some(({ tariffId }) => tariffId === tariff.tariffId)) return 'same';
  if (tariff.periodStartSeconds <= nowSeconds)
    throw refusal('TARIFF_PERIOD_BEGUN', { startSeconds: tariff.periodStartSeconds, nowSeconds });
  const overlapping = published.filter((other) => overlaps(tariff, other));
  const samePeriod = (other: PublishedTariff): boolean =>
    other.periodStartSeconds === tariff.periodStartSeconds &&
    other.periodEndSeconds === tariff.periodEndSeconds;
  const taken = overlapping.find((other) => !samePeriod(other));
  if (taken) {
    const { tariffId, periodStartSeconds: startSeconds, periodEndSeconds: endSeconds } = taken;
    throw refusal('TARIFF_PERIOD_TAKEN', { tariffId, startSeconds, endSeconds });
  }
  return overlapping.length === 0 ? 'new' : 'replaces';
}

function overlaps(a: PublishedTariff, b: PublishedTariff): boolean {
  return a.periodStartSeconds < b.periodEndSeconds && b.periodStartSeconds < a.periodEndSeconds;
}
