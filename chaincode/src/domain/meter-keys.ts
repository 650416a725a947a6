/**
 * Which key of a meter signs the report of which slot, and which plan prices it: keys and plans change, reports of earlier slots still come.
 *
 * Run by the billing contract when a meter is registered and when its reports come; by aggregators, and by the AN, which bills every meter that was in a plan.
 * A new key of the same plan signs every slot of that plan that is still open; the key before it goes on for slots up to the one in which it was replaced, so that no report dies on the way.
 * A new plan counts from the end of the period that is running under the old one: a bill is over whole periods, and each slot has one plan.
 */
import { refusal } from '../errors.js';
import type {
  BillingMeterRecord,
  BillingMeterRegistration,
  EarlierMeterKey,
  MeterKeyTerm,
} from './billing-parties.js';
import type { PublishedTariff } from './tariff-publication.js';

type KeyHolder = Pick<BillingMeterRecord, keyof MeterKeyTerm | 'earlier'>;

/** All that a meter has and had, newest first. The newest has no last slot. */
function keysOf({ plan, epoch, publicKey, fromSlot, earlier = [] }: KeyHolder): KeyTerm[] {
  return [{ plan, epoch, publicKey, fromSlot }, ...earlier];
}

type KeyTerm = MeterKeyTerm & Partial<Pick<EarlierMeterKey, 'lastSlot'>>;

function signs({ fromSlot, lastSlot = Infinity }: KeyTerm, slot: number): boolean {
  return fromSlot <= slot && slot <= lastSlot;
}

/** The key of an epoch, whatever its slots. */
export function keyOfEpoch(meter: KeyHolder, epoch: number): MeterKeyTerm | undefined {
  return keysOf(meter).find((key) => key.epoch === epoch);
}

/** The key of an epoch for the report of a slot. @throws ValidationError REPORT_WRONG_EPOCH for no epoch of the meter, REPORT_KEY_OTHER_SLOTS */
export function keyOfReport(
  meter: KeyHolder & { readonly meterId: string },
  epoch: number,
  slot: number,
): MeterKeyTerm {
  const { meterId } = meter;
  const key = keyOfEpoch(meter, epoch);
  if (key === undefined) throw refusal('REPORT_WRONG_EPOCH', { meterId, epoch });
  if (!signs(key, slot)) throw refusal('REPORT_KEY_OTHER_SLOTS', { meterId, epoch, slot });
  return key;
}

/** Whether a report of this slot can come from the meter at all. */
export function canReport(meter: KeyHolder & { readonly revoked: boolean }, slot: number): boolean {
  return !meter.revoked && keysOf(meter).some((key) => signs(key, slot));
}

/** The plans that a meter is or was in. */
export function plansOf(meter: KeyHolder): string[] {
  return [...new Set(keysOf(meter).map(({ plan }) => plan))];
}

/** Whether a meter was in a plan in any of these slots: then the plan's bill of them is due, or a reason why there is none. */
export function wasInPlan(meter: KeyHolder, plan: string, firstSlot: number, slotCount: number): boolean {
  return keysOf(meter).some(
    ({ fromSlot, lastSlot = Infinity, ...key }) =>
      key.plan === plan && fromSlot < firstSlot + slotCount && lastSlot >= firstSlot,
  );
}

/** What a registration brings: a first key, another key of the same plan, which is then good for as many slots, or another plan than the one it `leaves`. */
export type MeterKeyChange =
  | { readonly kind: 'first' }
  | { readonly kind: 'key'; readonly fromSlot: number }
  | { readonly kind: 'plan'; readonly leaves: string };

/** @param slot - in which the registration comes */
export function meterKeyChange(
  { plan }: Pick<BillingMeterRegistration, 'plan'>,
  existing: BillingMeterRecord | undefined,
  slot: number,
): MeterKeyChange {
  if (existing === undefined) return { kind: 'first' };
  const keys = keysOf(existing);
  // A plan that is to come does not count before it does.
  const present = keys.find((key) => signs(key, slot)) ?? existing;
  return present.plan === plan
    ? { kind: 'key', fromSlot: present.fromSlot }
    : { kind: 'plan', leaves: present.plan };
}

/**
 * The first slot of a new plan: the one after the period that is running under the old plan, else the present one.
 * @param oldPeriods - of the plan that the meter leaves. @param newPeriods - of the plan that it joins
 * @throws StateConflictError PLAN_PERIODS_CROSS when a period of the new plan has begun by then: the meter would have no bill over all of it.
 */
export function firstSlotOfPlan(
  meterId: string,
  now: { readonly slot: number; readonly nowSeconds: number; readonly slotSeconds: number },
  oldPeriods: readonly PublishedTariff[],
  newPeriods: readonly PublishedTariff[],
): number {
  const left = oldPeriods.find((period) => runs(period, now.nowSeconds));
  if (left === undefined) return now.slot;
  const fromSeconds = left.periodEndSeconds;
  const crossed = newPeriods.find(
    (period) => runs(period, fromSeconds) && period.periodStartSeconds < fromSeconds,
  );
  if (crossed !== undefined)
    throw refusal('PLAN_PERIODS_CROSS', { meterId, tariffId: crossed.tariffId, fromSeconds });
  return fromSeconds / now.slotSeconds;
}

function runs({ periodStartSeconds, periodEndSeconds }: PublishedTariff, atSeconds: number): boolean {
  return periodStartSeconds <= atSeconds && atSeconds < periodEndSeconds;
}

/**
 * The record after a registration.
 * @param next - the new key, with the first slot it signs. @param replacedAt - the last slot that the keys before it sign
 */
export function withMeterKey(
  next: MeterKeyTerm & { readonly meterId: string },
  existing: BillingMeterRecord | undefined,
  replacedAt: number,
): BillingMeterRecord {
  const { meterId, plan, epoch, publicKey, fromSlot } = next;
  const before = existing === undefined ? [] : keysOf(existing);
  const earlier = before
    .map((key) => ({ ...key, lastSlot: Math.min(key.lastSlot ?? Infinity, replacedAt) }))
    .filter((key) => key.lastSlot >= key.fromSlot);
  const record = { meterId, plan, epoch, publicKey, fromSlot, revoked: false };
  return earlier.length === 0 ? record : { ...record, earlier };
}
