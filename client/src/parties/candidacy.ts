/**
 * Keeps a fog node in the running for leader: renews its lease, votes, stands when nobody leads. One step at a time, whenever its program has time.
 *
 * The ledger decides (contracts/leadership.ts); this only tries, by its own clock and after a random wait, so that two nodes seldom stand at once.
 * After a restart a leader finds itself in the ledger and goes on with its term.
 */
import { getLeadership, listFogNodes } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';
import type { GridView } from './grid-view.js';
import type { LeaderCandidate } from './leader.js';

/** Part of the lease after which it is renewed. */
const RENEW_AFTER = 1 / 3;

export class Candidacy {
  /** Not before this time it stands; drawn anew whenever a leader is seen. */
  #standAtMs: number | undefined;
  #renewAtMs = 0;

  constructor(
    private readonly candidate: LeaderCandidate,
    private readonly ledger: Ledger,
    private readonly grid: GridView,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** @returns the term it leads in; undefined while it follows. @throws LedgerError while the ledger is away. */
  async step(): Promise<number | undefined> {
    const { term, leader, leaseEndsAtMs, electionTerm } = await getLeadership(
      this.ledger,
      this.grid.record.grid,
    );
    const isLeased = this.nowMs() <= leaseEndsAtMs;
    const isOurs = leader === this.candidate.fogNode;
    if (isLeased) this.#standAtMs = undefined;
    // A lease that ran out without an election is still ours to renew.
    if (isOurs && (isLeased || electionTerm <= term)) return this.#lead(term);
    if (isLeased) return undefined;
    if (electionTerm > term) await this.#voteIn(electionTerm);
    return this.#stand();
  }

  /** Goes on leading, also when it was elected before a restart. */
  async #lead(term: number): Promise<number> {
    if (this.candidate.term !== term) await this.candidate.claim(term);
    if (this.nowMs() >= this.#renewAtMs) {
      await this.candidate.renew();
      this.#renewAtMs = this.nowMs() + this.#leaseMs * RENEW_AFTER;
    }
    return term;
  }

  async #stand(): Promise<number | undefined> {
    const now = this.nowMs();
    this.#standAtMs ??= now + Math.random() * this.#leaseMs * RENEW_AFTER;
    if (now < this.#standAtMs) return undefined;
    const wanted = await this.candidate.stand();
    if (wanted === undefined || !(await this.candidate.claim(wanted))) return undefined;
    this.#renewAtMs = now + this.#leaseMs * RENEW_AFTER;
    return wanted;
  }

  get #leaseMs(): number {
    return this.grid.record.leaseSeconds * 1000;
  }

  /** The one vote of the term goes to the first node that stands; the ledger refuses those that do not. */
  async #voteIn(term: number): Promise<void> {
    for (const { fogNode } of await listFogNodes(this.ledger, this.grid.record.grid)) {
      if (fogNode !== this.candidate.fogNode && (await this.candidate.vote(term, fogNode))) return;
    }
  }
}
