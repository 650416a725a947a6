/**
 * The leader (paper 000, Algorithm 1 and equation (8)): a fog node that holds the lease and submits the slot totals.
 *
 * Sees: committed region totals only. C_AS = prod C_j^(R^(j-1)) by Horner's rule; every endorser recomputes it, so a
 * leader can delay a slot but not falsify it. Its term fences it off once another node has been elected.
 */
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { slotRegions, slotTotal } from '@gridveil/chaincode/domain/slot-total.js';
import { GridveilError, refusal, StateConflictError } from '@gridveil/chaincode/errors.js';
import {
  castVote,
  claimLeadership,
  getLeadership,
  getSlot,
  renewLease,
  startElection,
  submitTotal,
} from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';
import type { GridView } from './grid-view.js';

/** What is done in office goes through here, with the term of the office. */
export type Office = Pick<LeaderCandidate, 'asLeader'>;

export class LeaderCandidate {
  #term = 0;

  constructor(
    readonly fogNode: string,
    private readonly ledger: Ledger,
    private readonly grid: GridView,
    /** Its own clock: what others stamp decides nothing about its vote. */
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** Term it was elected for; 0 while it follows. */
  get term(): number {
    return this.#term;
  }

  /**
   * Follower → Candidate: stands for the next term, or joins an election that is still running, and votes for itself. Call after a randomised time without a leader.
   * @returns the term, or undefined when another node leads or was faster.
   */
  async stand(): Promise<number | undefined> {
    const { term, electionTerm } = await getLeadership(this.ledger, this.grid.record.grid);
    const running = electionTerm > term ? [electionTerm] : [];
    for (const wanted of [Math.max(term, electionTerm) + 1, ...running]) {
      const started = await this.#attempt(() =>
        startElection(this.ledger, this.grid.record.grid, this.fogNode, wanted),
      );
      if (started) return wanted;
    }
    return undefined;
  }

  /** Follower: gives its one vote of the term, unless another node's lease is valid. @returns whether the vote was given. */
  async vote(term: number, candidate: string): Promise<boolean> {
    const { leader, leaseEndsAtMs } = await getLeadership(this.ledger, this.grid.record.grid);
    if (leader !== candidate && this.nowMs() <= leaseEndsAtMs) return false;
    const vote = await this.#attempt(() =>
      castVote(this.ledger, this.grid.record.grid, this.fogNode, term, candidate),
    );
    return vote !== undefined;
  }

  /** Candidate → Leader, once more than half have voted for it. @returns whether it leads now. */
  async claim(term: number): Promise<boolean> {
    const claim = await this.#attempt(() =>
      claimLeadership(this.ledger, this.grid.record.grid, this.fogNode, term),
    );
    if (claim) this.#term = term;
    return claim !== undefined;
  }

  /** Heartbeat. @throws StateConflictError TERM_STALE when a newer leader has been elected; AuthorisationError NOT_LEADER while it follows. */
  async renew(): Promise<void> {
    await this.asLeader((term) => renewLease(this.ledger, this.grid.record.grid, this.fogNode, term));
  }

  /**
   * Recomputes and submits the total of a slot from its committed region totals.
   * @throws StateConflictError REGION_TOTAL_MISSING (by the ledger) while a region is not there, TERM_STALE when fenced off;
   *   AuthorisationError NOT_LEADER while it follows.
   */
  async settle(slot: number): Promise<void> {
    const { publicKey, record } = this.grid;
    const { regionTotals } = await getSlot(this.ledger, record.grid, slot);
    const total = slotTotal(publicKey, record, slotRegions(publicKey, slot, regionTotals));
    const ciphertext = encodeCiphertext(publicKey, total);
    await this.asLeader((term) =>
      submitTotal(this.ledger, { grid: record.grid, fogNode: this.fogNode, term, slot, ciphertext }),
    );
  }

  /**
   * Does something that only the leader may, in its term; a newer term makes it a follower again.
   * @throws AuthorisationError NOT_LEADER while it follows; StateConflictError TERM_STALE; what `action` throws.
   */
  async asLeader<T>(action: (term: number) => Promise<T>): Promise<T> {
    const term = this.#term;
    if (term === 0) throw refusal('NOT_LEADER', { fogNode: this.fogNode, term });
    try {
      return await action(term);
    } catch (error) {
      if (error instanceof GridveilError && error.code === 'TERM_STALE') this.#term = 0;
      throw error;
    }
  }

  /** Losing an election is normal: the ledger says so with a conflict. */
  async #attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof StateConflictError) return undefined;
      throw error;
    }
  }
}
