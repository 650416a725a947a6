/**
 * Paper 000 (LDAS-BC), section IV: Algorithm 1 as a simulation in rounds of one time-out, to show what it does not give.
 *
 * The paper has every node time out together (no random time-outs), does not say how a node answers a request for its vote,
 * and knows no rule of one vote per term. Two readings of the answer are simulated:
 * `followersOnly` - a candidate has given its vote to itself and grants none; `everybody` - a reply counts as a vote, whoever sends it.
 */
export type VoteRule = 'followersOnly' | 'everybody';
type State = 'follower' | 'candidate' | 'leader';

interface Node {
  state: State;
  term: number;
  votes: number;
}

export interface ElectionResult {
  /** Time-outs that passed; the limit when no leader came out. */
  readonly rounds: number;
  readonly term: number;
  /** Numbers of the nodes that believe to lead that term. */
  readonly leaders: readonly number[];
}

/** Line 13: the smallest N_v with N_v > n/2 + 1. */
export function literalVotesNeeded(nodes: number): number {
  return Math.floor(nodes / 2 + 1) + 1;
}

/** The prose: "exceeding half of the total votes". */
export function proseVotesNeeded(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}

/**
 * Runs Algorithm 1 until a leader or `roundLimit`.
 * @param down - nodes that have crashed: they neither ask nor answer.
 */
export function elect(
  nodes: number,
  rule: VoteRule,
  votesNeeded: number,
  roundLimit: number,
  down: ReadonlySet<number> = new Set(),
): ElectionResult {
  const all = Array.from({ length: nodes }, (): Node => ({ state: 'follower', term: 0, votes: 0 }));
  const up = all.filter((_, number) => !down.has(number));
  for (let round = 1; round <= roundLimit; round++) {
    // Lines 6 to 10: all clocks started together and have the same threshold.
    for (const node of up) Object.assign(node, { state: 'candidate', term: node.term + 1, votes: 1 });
    // Lines 11 and 12.
    for (const node of up) node.votes += up.filter((other) => other !== node && grants(other, rule)).length;
    // Line 13; nobody has announced itself before the others count, too.
    for (const node of up) if (node.votes >= votesNeeded) node.state = 'leader';
    const leaders = [...all.keys()].filter((number) => all[number]?.state === 'leader');
    if (leaders.length > 0) return { rounds: round, term: round, leaders };
  }
  return { rounds: roundLimit, term: roundLimit, leaders: [] };
}

function grants(node: Node, rule: VoteRule): boolean {
  return rule === 'everybody' || node.state === 'follower';
}
