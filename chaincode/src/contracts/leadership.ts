/**
 * Contract `leadership`: the leader lease of a grid (paper 000, Algorithm 1; domain/leadership.ts has the rules).
 *
 * Votes are one key each, so that concurrent votes never conflict; the claim reads them all.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { decodeArgument, identifier, object } from '../domain/decode.js';
import type { StoredFogNode } from '../domain/fog-node.js';
import {
  checkElectionStart,
  checkElectionTerm,
  checkLeader,
  leadershipCall,
  leaseEnd,
  majority,
  NO_LEADER,
  voteCall,
  type ElectionRecord,
  type LeaderRecord,
  type LeaseRecord,
  type VoteRecord,
} from '../domain/leadership.js';
import { refusal } from '../errors.js';
import { requireFogNode, requireGrid } from '../ledger/access.js';
import { canonicalJson } from '../ledger/canonical-json.js';
import { emit, EVENTS } from '../ledger/events.js';
import { readState, scanState, writeState } from '../ledger/state.js';

@Info({ title: 'leadership', description: 'Leader election and lease of a grid' })
export class LeadershipContract extends Contract {
  constructor() {
    super('leadership');
  }

  /** Needs: fog, own fog node. `{grid, fogNode, term}`: stand as candidate; the candidate votes for itself. */
  @Transaction()
  @Returns('string')
  async StartElection(ctx: Context, argument: string): Promise<string> {
    const { grid, fogNode, term } = decodeArgument(argument, leadershipCall);
    await requireFogNode(ctx, grid, fogNode);
    const { leaseSeconds } = await requireGrid(ctx, grid);
    const candidate = await readState(ctx.stub, 'candidate', [grid, String(term), fogNode]);
    if (candidate) return canonicalJson({ status: 'duplicate', grid, fogNode, term });
    const { leader, lease, election } = await readLeadership(ctx, grid);
    const startedAtMs = nowMs(ctx);
    checkElectionStart(term, leader, lease, election, startedAtMs, leaseSeconds);
    await this.recordVote(ctx, grid, term, fogNode, fogNode);
    await writeState(ctx.stub, 'candidate', [grid, String(term), fogNode], { fogNode });
    if (election?.term !== term) await writeState(ctx.stub, 'election', [grid], { term, startedAtMs });
    emit(ctx, EVENTS.electionStarted, { grid, fogNode, term });
    return canonicalJson({ status: 'accepted', grid, fogNode, term });
  }

  /** Needs: fog, own fog node. `{grid, fogNode, term, candidate}` */
  @Transaction()
  @Returns('string')
  async CastVote(ctx: Context, argument: string): Promise<string> {
    const { grid, fogNode, term, candidate } = decodeArgument(argument, voteCall);
    await requireFogNode(ctx, grid, fogNode);
    const { leader, election } = await readLeadership(ctx, grid);
    checkElectionTerm(term, leader, election);
    if (!(await readState(ctx.stub, 'candidate', [grid, String(term), candidate]))) {
      throw refusal('NOT_A_CANDIDATE', { fogNode: candidate, term });
    }
    const vote = await readState<VoteRecord>(ctx.stub, 'vote', [grid, String(term), fogNode]);
    if (vote?.candidate === candidate)
      return canonicalJson({ status: 'duplicate', grid, fogNode, term, candidate });
    await this.recordVote(ctx, grid, term, fogNode, candidate);
    emit(ctx, EVENTS.voteCast, { grid, fogNode, term, candidate });
    return canonicalJson({ status: 'accepted', grid, fogNode, term, candidate });
  }

  private async recordVote(
    ctx: Context,
    grid: string,
    term: number,
    fogNode: string,
    candidate: string,
  ): Promise<void> {
    const key = [grid, String(term), fogNode];
    if (await readState(ctx.stub, 'vote', key)) throw refusal('ALREADY_VOTED', { fogNode, term });
    await writeState(ctx.stub, 'vote', key, { candidate });
  }

  /** Needs: fog, own fog node with votes of more than half of the registered ones that still hold the role. `{grid, fogNode, term}` */
  @Transaction()
  @Returns('string')
  async ClaimLeadership(ctx: Context, argument: string): Promise<string> {
    const { grid, fogNode, term } = decodeArgument(argument, leadershipCall);
    await requireFogNode(ctx, grid, fogNode);
    const { leaseSeconds } = await requireGrid(ctx, grid);
    const { leader, election } = await readLeadership(ctx, grid);
    if (leader.term === term && leader.leader === fogNode) {
      return canonicalJson({ status: 'duplicate', grid, fogNode, term });
    }
    checkElectionTerm(term, leader, election);
    const fogNodes = await activeFogNodes(ctx, grid);
    let votes = 0;
    for (const voter of fogNodes) {
      const vote = await readState<VoteRecord>(ctx.stub, 'vote', [grid, String(term), voter.fogNode]);
      if (vote?.candidate === fogNode) votes++;
    }
    const needed = majority(fogNodes.length);
    if (votes < needed) throw refusal('NO_MAJORITY', { fogNode, term, votes, needed });
    await writeState(ctx.stub, 'leader', [grid], { term, leader: fogNode });
    await writeState(ctx.stub, 'lease', [grid], {
      term,
      endsAtMs: leaseEnd(nowMs(ctx), leaseSeconds),
    });
    emit(ctx, EVENTS.leaderElected, { grid, fogNode, term, votes });
    return canonicalJson({ status: 'accepted', grid, fogNode, term });
  }

  /** Needs: fog, the leader of this term. `{grid, fogNode, term}`: the heartbeat that keeps the lease. */
  @Transaction()
  @Returns('string')
  async RenewLease(ctx: Context, argument: string): Promise<string> {
    const { grid, fogNode, term } = decodeArgument(argument, leadershipCall);
    await requireFogNode(ctx, grid, fogNode);
    const { leaseSeconds } = await requireGrid(ctx, grid);
    const { leader, lease } = await readLeadership(ctx, grid);
    checkLeader(fogNode, term, leader);
    const endsAtMs = leaseEnd(nowMs(ctx), leaseSeconds, lease);
    await writeState(ctx.stub, 'lease', [grid], { term, endsAtMs });
    emit(ctx, EVENTS.leaseRenewed, { grid, fogNode, term, endsAtMs });
    return canonicalJson({ status: 'accepted', grid, fogNode, term, endsAtMs });
  }

  /** Any member of the channel. `{grid}` */
  @Transaction(false)
  @Returns('string')
  async GetLeadership(ctx: Context, argument: string): Promise<string> {
    const { grid } = decodeArgument(argument, object({ grid: identifier }));
    await requireGrid(ctx, grid);
    const { leader, lease, election } = await readLeadership(ctx, grid);
    return canonicalJson({
      term: leader.term,
      leader: leader.leader,
      leaseEndsAtMs: lease?.endsAtMs ?? 0,
      electionTerm: election?.term ?? 0,
    });
  }
}

interface Leadership {
  readonly leader: LeaderRecord;
  readonly lease: LeaseRecord | undefined;
  readonly election: ElectionRecord | undefined;
}

async function readLeadership(ctx: Context, grid: string): Promise<Leadership> {
  return {
    leader: (await readState<LeaderRecord>(ctx.stub, 'leader', [grid])) ?? NO_LEADER,
    lease: await readState<LeaseRecord>(ctx.stub, 'lease', [grid]),
    election: await readState<ElectionRecord>(ctx.stub, 'election', [grid]),
  };
}

/** Registered fog nodes whose identity still holds the role. */
async function activeFogNodes(ctx: Context, grid: string): Promise<StoredFogNode[]> {
  const active: StoredFogNode[] = [];
  for (const fogNode of await scanState<StoredFogNode>(ctx.stub, 'fog-node', [grid])) {
    if (await readState(ctx.stub, 'role', [fogNode.mspId, fogNode.subject, 'fog'])) active.push(fogNode);
  }
  return active;
}

function nowMs(ctx: Context): number {
  return ctx.stub.getDateTimestamp().getTime();
}
