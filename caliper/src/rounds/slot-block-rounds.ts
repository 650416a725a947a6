/** The rounds of slot blocks (time-of-use billing, paper 001): which areas they need, and which blocks of them each round submits. Rows of `--rounds slot-blocks`. */
import { SLOTS_PER_AREA, type AreaShape, type BillingArea } from '../inputs/billing-area.js';
import type { RoundPlan } from './plan.js';

export interface SlotBlockRound extends AreaShape {
  readonly label: string;
  readonly group: 'slot-blocks' | 'warmup';
  /** A multiple of 20: shared out between areas of four slots, and between workers. */
  readonly transactions: number;
  readonly rateTps: number;
}

const L2 = { group: 'slot-blocks', proofsCheckedBy: 'endorsers' } as const;
const L1 = { group: 'slot-blocks', proofsCheckedBy: 'aggregators' } as const;

/** Making a report takes 6 ms at 3072 bits; a worker makes its share alone, on a machine that may be slower. */
const SECONDS_PER_REPORT = 0.02;
const TABLE_SECONDS = 10;

/**
 * Sent slowly enough that no block waits for another one, as areas report once in a quarter of an hour; and as `-load` faster than two cores can take, so that TPS is what they take.
 * `-l1`: aggregators alone check range proofs.
 */
export const FULL_SLOT_BLOCKS: readonly SlotBlockRound[] = [
  { ...L2, label: 'warmup-slot-block', group: 'warmup', meters: 20, transactions: 20, rateTps: 2 },
  { ...L2, label: 'slot-block-20', meters: 20, transactions: 20, rateTps: 1 },
  { ...L2, label: 'slot-block-20-load', meters: 20, transactions: 20, rateTps: 8 },
  { ...L2, label: 'slot-block-100', meters: 100, transactions: 20, rateTps: 0.5 },
  { ...L2, label: 'slot-block-100-load', meters: 100, transactions: 20, rateTps: 1.5 },
  { ...L1, label: 'slot-block-100-l1', meters: 100, transactions: 20, rateTps: 1 },
];

/** For tests. */
export const SHORT_SLOT_BLOCKS: readonly SlotBlockRound[] = [
  { ...L2, label: 'slot-block-20', meters: 20, transactions: 20, rateTps: 4 },
  { ...L1, label: 'slot-block-20-l1', meters: 20, transactions: 20, rateTps: 10 },
];

/** The areas of all rounds, one round after the other. */
export function slotBlockShapes(rounds: readonly SlotBlockRound[]): AreaShape[] {
  return rounds.flatMap(({ meters, proofsCheckedBy, transactions }) =>
    Array.from({ length: transactions / SLOTS_PER_AREA }, () => ({ meters, proofsCheckedBy })),
  );
}

/** @param areas - those of `slotBlockShapes`, in its order */
export function planSlotBlocks(
  rounds: readonly SlotBlockRound[],
  areas: readonly BillingArea[],
): RoundPlan[] {
  let first = 0;
  return rounds.map(({ label, group, meters, transactions, rateTps }) => {
    const own = areas.slice(first, (first += transactions / SLOTS_PER_AREA));
    const share = {
      firstTotal: 0,
      transactions,
      totalsPerTransaction: 1,
      metersPerTotal: meters,
      areas: own,
    };
    const prepareSeconds = TABLE_SECONDS + SECONDS_PER_REPORT * meters * transactions;
    return { label, group, rateTps, transactions, prepareSeconds, parts: [{ ...share, kind: 'slot-block' }] };
  });
}
