/**
 * Leader election as a term-numbered lease (paper 000, Algorithm 1, made safe; DESIGN section 1).
 *
 * Follower → Candidate: `StartElection` of the next term once the lease has run out. Candidate → Leader: `ClaimLeadership`
 * with votes of more than half of the registered fog nodes, one vote per node and term. The term is a fencing token:
 * every leader transaction names it and an older one is refused. Order and atomicity come from the ordering service.
 * Times are transaction timestamps, which a client may shift by up to 15 minutes (the peers' time window). A shifted
 * one can begin an election before the lease has run out, supersede a running election once per window, or make the first
 * lease of a term that much longer; renewals gain nothing. It elects nobody: that takes votes, which honest nodes hold
 * back by their own clocks while another's lease is valid, and a leader is fenced off only by an elected higher term.
 */
import { refusal } from '../errors.js';
import { identifier, integer, object } from './decode.js';

const term = integer(1, Number.MAX_SAFE_INTEGER);

export const leadershipCall = object({ grid: identifier, fogNode: identifier, term });
export const voteCall = object({ grid: identifier, fogNode: identifier, term, candidate: identifier });

export interface LeaderRecord {
  readonly term: number;
  readonly leader: string;
}
export interface LeaseRecord {
  readonly term: number;
  readonly endsAtMs: number;
}
export interface ElectionRecord {
  readonly term: number;
  readonly startedAtMs: number;
}
export interface VoteRecord {
  readonly candidate: string;
}

/** Before the first election. */
export const NO_LEADER: LeaderRecord = { term: 0, leader: '' };

/** More than half. */
export function majority(fogNodes: number): number {
  return Math.floor(fogNodes / 2) + 1;
}

/**
 * The running election may be joined at any time, and superseded by the next term once it has had `leaseSeconds`.
 * @throws StateConflictError LEASE_HELD, TERM_NOT_NEXT
 */
export function checkElectionStart(
  wanted: number,
  leader: LeaderRecord,
  lease: LeaseRecord | undefined,
  election: ElectionRecord | undefined,
  nowMs: number,
  leaseSeconds: number,
): void {
  if (lease && nowMs <= lease.endsAtMs)
    throw refusal('LEASE_HELD', { leader: leader.leader, term: leader.term });
  const running = election && election.term > leader.term ? election : undefined;
  if (wanted === running?.term) return;
  const isRunning = running !== undefined && nowMs < running.startedAtMs + leaseSeconds * 1000;
  const nextTerm = isRunning ? running.term : (running ?? leader).term + 1;
  if (wanted !== nextTerm) throw refusal('TERM_NOT_NEXT', { term: wanted, nextTerm });
}

/** A renewal stamped late, or ahead of time, counts from the end of the lease it renews. @returns ms since the epoch */
export function leaseEnd(nowMs: number, leaseSeconds: number, renewed?: LeaseRecord): number {
  return Math.min(nowMs, renewed?.endsAtMs ?? nowMs) + leaseSeconds * 1000;
}

/** @throws StateConflictError TERM_STALE when `wanted` is not the term being voted on. */
export function checkElectionTerm(
  wanted: number,
  leader: LeaderRecord,
  election: ElectionRecord | undefined,
): void {
  const running = election?.term ?? 0;
  if (wanted !== running || running <= leader.term) {
    throw refusal('TERM_STALE', { term: wanted, currentTerm: Math.max(running, leader.term) });
  }
}

/** The fence in front of every leader transaction. @throws StateConflictError TERM_STALE, AuthorisationError NOT_LEADER */
export function checkLeader(fogNode: string, wanted: number, leader: LeaderRecord): void {
  if (wanted < leader.term) throw refusal('TERM_STALE', { term: wanted, currentTerm: leader.term });
  if (wanted !== leader.term || fogNode !== leader.leader)
    throw refusal('NOT_LEADER', { fogNode, term: wanted });
}
