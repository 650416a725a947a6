/**
 * What a slot without a report counts as: the rule that a tariff fixes before its period.
 *
 * Run by chaincode when a period is billed and by everyone who checks the bill; the outcome depends only on which slots were
 * reported. Source: spec/schemes.md 2.C ("complete only if z slots are present or marked missing … rule fixed in the tariff").
 *
 * - `refuse`: a bill needs every slot.
 * - `fixed`: each missing slot counts as `missingEstimateWh`; 0 is the customer's favour.
 * - `other-week`: a missing slot counts as much as the meter's own report of the same slot one week before, else one week
 *   after, else two weeks before, and so on inside the period. It is added as a ciphertext, so that nobody learns the estimate.
 *   Weeks are 168 hours of UTC: over a change of clocks it is the neighbouring hour of the clock.
 * More than `maxMissingSlots`, at most a tenth of the period, make no bill at all: slots that count twice or not at all change
 * which sum a bill is, and a customer who chose not to report dear hours would choose the own bill.
 */
import type { MissingSlot } from '../crypto/tou-billing-messages.js';
import { refusal } from '../errors.js';

export const MISSING_SLOT_RULES = ['refuse', 'fixed', 'other-week'] as const;
export type MissingSlotRule = (typeof MISSING_SLOT_RULES)[number];

const WEEK_SECONDS = 7 * 86_400;
const HIGHEST_MISSING_SHARE = 10;

/** The part of a tariff table that this rule needs. */
export interface MissingSlotTerms {
  readonly slotSeconds: number;
  readonly missingSlotRule: MissingSlotRule;
  readonly maxMissingSlots: number;
  readonly missingEstimateWh: number;
}

/** A slot and what it counts as: so many Wh, or as much as another slot of the same meter. */
export type SlotEstimate = MissingSlot;

/** @throws ValidationError BAD_MISSING_SLOT_RULE */
export function checkMissingSlotRule(terms: MissingSlotTerms, slotCount: number): void {
  const { missingSlotRule: rule, maxMissingSlots, missingEstimateWh, slotSeconds } = terms;
  const highest = Math.floor(slotCount / HIGHEST_MISSING_SHARE);
  const bad = (reason: string): Error => refusal('BAD_MISSING_SLOT_RULE', { rule, reason });
  if (rule === 'refuse' && maxMissingSlots !== 0) throw bad('it allows no missing slot, so the most is 0');
  if (rule !== 'refuse' && (maxMissingSlots < 1 || maxMissingSlots > highest))
    throw bad(`the most missing slots must be 1 to ${highest}, a tenth of the period`);
  if (rule !== 'fixed' && missingEstimateWh !== 0) throw bad('only the rule "fixed" has an estimate in Wh');
  if (rule === 'other-week' && WEEK_SECONDS % slotSeconds !== 0)
    throw bad('a week must be a whole number of slots');
}

/**
 * What every missing slot of one meter counts as, in the order of the slots. Cost: linear in the slots.
 * @param firstSlot - of the period, which has `slotCount` slots
 * @throws ValidationError TOO_MANY_MISSING_SLOTS, SLOT_NOT_ESTIMABLE
 */
export function missingSlotEstimates(
  terms: MissingSlotTerms,
  firstSlot: number,
  slotCount: number,
  isReported: (slot: number) => boolean,
): SlotEstimate[] {
  const missing: number[] = [];
  for (let slot = firstSlot; slot < firstSlot + slotCount; slot++) if (!isReported(slot)) missing.push(slot);
  const { missingSlotRule, maxMissingSlots, missingEstimateWh } = terms;
  if (missing.length > maxMissingSlots)
    throw refusal('TOO_MANY_MISSING_SLOTS', { missing: missing.length, limit: maxMissingSlots });
  if (missingSlotRule === 'fixed') return missing.map((slot) => ({ slot, energyWh: missingEstimateWh }));
  const isUsable = (slot: number): boolean =>
    slot >= firstSlot && slot < firstSlot + slotCount && isReported(slot);
  return missing.map((slot) => ({
    slot,
    copyOfSlot: sameSlotOfOtherWeek(slot, terms.slotSeconds, slotCount, isUsable),
  }));
}

function sameSlotOfOtherWeek(
  slot: number,
  slotSeconds: number,
  slotCount: number,
  isUsable: (slot: number) => boolean,
): number {
  const weekSlots = WEEK_SECONDS / slotSeconds;
  for (let distance = weekSlots; distance < slotCount; distance += weekSlots) {
    const found = [slot - distance, slot + distance].find(isUsable);
    if (found !== undefined) return found;
  }
  throw refusal('SLOT_NOT_ESTIMABLE', { slot });
}
