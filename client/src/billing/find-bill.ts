/** From what a customer knows, a meter and a month, to what the ledger knows: the tariff that the month was billed under. */
import type { BillingMeterKeyRecord } from '@gridveil/chaincode/domain/billing-parties.js';
import type { PublishedTariff } from '@gridveil/chaincode/domain/tariff-publication.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import { getBillingMeterKey, listPeriods } from '../ledger/billing-queries.js';
import { getGrid } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';

const SHOWN_PERIODS = 6;

/** One bill: a meter of a grid under a tariff, which names the period. */
export interface BillRef {
  readonly grid: string;
  readonly meterId: string;
  /** 64 hex digits. */
  readonly tariffId: string;
  /** For people: `2024-03`. */
  readonly period: string;
}

/** The month that most of a period lies in, UTC: a month in any time zone has its middle in the same month. */
export function periodLabel({
  periodStartSeconds,
  periodEndSeconds,
}: Pick<PublishedTariff, 'periodStartSeconds' | 'periodEndSeconds'>): string {
  const middleSeconds = (periodStartSeconds + periodEndSeconds) / 2;
  return new Date(middleSeconds * 1000).toISOString().slice(0, 7);
}

/** Every key that a meter has or had, oldest first, with the plan it was in. @throws NotFoundError METER_UNKNOWN, GRID_UNKNOWN, BILLING_UNKNOWN */
export async function listMeterKeys(
  ledger: Ledger,
  grid: string,
  meterId: string,
): Promise<BillingMeterKeyRecord[]> {
  const keys = [await getBillingMeterKey(ledger, grid, meterId, 1)];
  for (;;) {
    try {
      keys.push(await getBillingMeterKey(ledger, grid, meterId, keys.length + 1));
    } catch (error) {
      if (error instanceof GridveilError && error.code === 'METER_UNKNOWN') return keys;
      throw error;
    }
  }
}

/** A period with the plan that it prices. */
type PlanPeriod = PublishedTariff & { readonly plan: string };

/** Of periods of several plans, those of the plan that the meter was in; all where it was in none of them when they began. */
async function ofOwnPlan(
  ledger: Ledger,
  grid: string,
  keys: readonly BillingMeterKeyRecord[],
  periods: readonly PlanPeriod[],
): Promise<readonly PlanPeriod[]> {
  const { slotSeconds } = await getGrid(ledger, grid);
  const own = periods.filter(({ plan, periodStartSeconds }) => {
    const firstSlot = periodStartSeconds / slotSeconds;
    return keys.findLast(({ fromSlot }) => fromSlot <= firstSlot)?.plan === plan;
  });
  return own.length === 0 ? periods : own;
}

/**
 * @param period - a month such as `2024-03`, or the id of a tariff
 * @throws NotFoundError METER_UNKNOWN, GRID_UNKNOWN, BILLING_UNKNOWN; ClientError PERIOD_UNKNOWN, PERIOD_AMBIGUOUS when several periods of the meter's plan lie in the month.
 */
export async function findBill(
  ledger: Ledger,
  grid: string,
  meterId: string,
  period: string,
): Promise<BillRef> {
  const keys = await listMeterKeys(ledger, grid, meterId);
  const periods: PlanPeriod[] = [];
  for (const plan of new Set(keys.map((key) => key.plan)))
    for (const each of await listPeriods(ledger, grid, plan)) periods.push({ ...each, plan });
  const labelled = periods.filter((each) => each.tariffId === period || periodLabel(each) === period);
  const found = labelled.length < 2 ? labelled : await ofOwnPlan(ledger, grid, keys, labelled);
  const [first, second] = found;
  if (first === undefined) {
    const labels = [...new Set(periods.map(periodLabel))].sort();
    const known = labels.slice(-SHOWN_PERIODS).join(', ') || 'none, no tariff is published';
    throw new ClientError('PERIOD_UNKNOWN', { meterId, period, known });
  }
  if (second !== undefined) {
    const known = found.map(({ tariffId }) => tariffId).join(', ');
    throw new ClientError('PERIOD_AMBIGUOUS', { meterId, period, known });
  }
  return { grid, meterId, tariffId: first.tariffId, period: periodLabel(first) };
}
