/** What a leader does with each step: commits the total of every slot whose regions are all on the ledger. */
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { listRegionTotals, listTotals } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';
import type { GridView } from '../parties/grid-view.js';
import type { LeaderCandidate } from '../parties/leader.js';

export class LeaderDuty {
  /** Slots before this one need nothing any more. */
  #fromSlot = 0;

  constructor(
    private readonly ledger: Ledger,
    private readonly grid: GridView,
  ) {}

  /** @returns the slots it has settled. @throws StateConflictError TERM_STALE when it was fenced off; LedgerError. */
  async step(candidate: LeaderCandidate): Promise<number[]> {
    const { grid, regions } = this.grid.record;
    const present = new Map<number, number>();
    for await (const { slot } of listRegionTotals(this.ledger, grid, this.#fromSlot))
      present.set(slot, (present.get(slot) ?? 0) + 1);
    const done = new Set<number>();
    for await (const { slot } of listTotals(this.ledger, grid, this.#fromSlot)) done.add(slot);
    const settled: number[] = [];
    for (const [slot, count] of present) {
      if (done.has(slot) || count < regions.length) continue;
      if (await settledNow(candidate, slot)) settled.push(slot);
      done.add(slot);
    }
    this.#fromSlot = [...present.keys()].find((slot) => !done.has(slot)) ?? this.#after(present);
    return settled;
  }

  /** Late regions of earlier slots may still come, for as long as the ledger takes them; the last slots are looked at again. */
  #after(present: ReadonlyMap<number, number>): number {
    const last = [...present.keys()].at(-1);
    return last === undefined ? this.#fromSlot : Math.max(this.#fromSlot, last - KEPT_IN_VIEW);
  }
}

/** Fog nodes may run this many slots apart. */
const KEPT_IN_VIEW = 200;

async function settledNow(candidate: LeaderCandidate, slot: number): Promise<boolean> {
  try {
    await candidate.settle(slot);
    return true;
  } catch (error) {
    if (error instanceof GridveilError && error.code === 'TOTAL_EXISTS') return false;
    throw error;
  }
}
