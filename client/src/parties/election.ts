/** An election among candidates that run in one process (paper 000, Algorithm 1; the rules are the ledger's: contract `leadership`). */
import { setTimeout as pause } from 'node:timers/promises';
import type { LeaderCandidate } from './leader.js';

const STAND_SPREAD_MS = 100;

/** After a random time one node stands, the others vote, a majority makes it leader. */
export async function electLeader(candidates: readonly LeaderCandidate[]): Promise<LeaderCandidate> {
  for (;;) {
    const candidate = candidates[Math.floor(Math.random() * candidates.length)] as LeaderCandidate;
    await pause(Math.random() * STAND_SPREAD_MS);
    const term = await candidate.stand();
    if (term === undefined) continue;
    const voters = candidates.filter((other) => other !== candidate);
    await Promise.all(voters.map((voter) => voter.vote(term, candidate.fogNode)));
    if (await candidate.claim(term)) return candidate;
  }
}
