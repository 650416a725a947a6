/** What a leader does with each step: commits the total of every slot whose regions are all on the ledger. */
import { GridveilError } from '@gridveil/chaincode/errors.js';
import type { LeaderCandidate } from '../parties/leader.js';
import type { SlotBook } from './slot-book.js';

/** Settled in one step, so that the lease is looked at in between. */
const SLOTS_PER_STEP = 20;

/** @returns the slots it has settled. @throws StateConflictError TERM_STALE when it was fenced off; LedgerError. */
export async function settleCompleteSlots(book: SlotBook, candidate: LeaderCandidate): Promise<number[]> {
  const settled: number[] = [];
  let looked = 0;
  for (const slot of book.complete()) {
    if (await settledNow(candidate, slot)) settled.push(slot);
    if (++looked === SLOTS_PER_STEP) break;
  }
  return settled;
}

async function settledNow(candidate: LeaderCandidate, slot: number): Promise<boolean> {
  try {
    await candidate.settle(slot);
    return true;
  } catch (error) {
    if (error instanceof GridveilError && error.code === 'TOTAL_EXISTS') return false;
    throw error;
  }
}
