import assert from 'node:assert/strict';
import {
  checkElectionStart,
  checkElectionTerm,
  checkLeader,
  leaseEnd,
  majority,
  NO_LEADER,
} from '@gridveil/chaincode/domain/leadership.js';
import { refused } from '../../helpers/refused.js';

const LEADER = { term: 4, leader: 'a' };

describe('leadership rules', () => {
  it('a majority is more than half', () => {
    assert.deepEqual([1, 2, 3, 4, 5, 6].map(majority), [1, 2, 2, 3, 3, 4]);
    for (let nodes = 1; nodes < 50; nodes++) {
      assert.ok(2 * majority(nodes) > nodes, 'two leaders would need a vote twice');
      assert.ok(2 * (majority(nodes) - 1) <= nodes);
    }
  });

  it('an election begins after the last millisecond of the lease', () => {
    const lease = { term: 4, endsAtMs: 1000 };
    for (const nowMs of [0, 1000])
      assert.throws(
        () => checkElectionStart(5, LEADER, lease, undefined, nowMs, 60),
        refused('LEASE_HELD', { leader: 'a', term: 4 }),
      );
    checkElectionStart(5, LEADER, lease, { term: 4, startedAtMs: 1001 }, 1001, 60);
  });

  it('an election is of the running term or the next one', () => {
    const running = (term?: number) => (term ? { term, startedAtMs: 0 } : undefined);
    const start = (wanted: number, electionTerm?: number) =>
      checkElectionStart(wanted, LEADER, undefined, running(electionTerm), 60_000, 60);
    for (const [wanted, electionTerm] of [
      [4, undefined],
      [6, undefined],
      [4, 4],
      [6, 4],
      [5, 6],
      [8, 6],
    ] as const)
      assert.throws(() => start(wanted, electionTerm), refused('TERM_NOT_NEXT', { term: wanted }));
    for (const [wanted, electionTerm] of [
      [5, undefined],
      [5, 4],
      [6, 6],
      [7, 6],
    ] as const)
      start(wanted, electionTerm);
    checkElectionStart(1, NO_LEADER, undefined, undefined, 0, 60);
  });

  it('an election gives way to the next term only after a lease time, but lets candidates in', () => {
    const election = { term: 5, startedAtMs: 1000 };
    const start = (wanted: number, nowMs: number) =>
      checkElectionStart(wanted, LEADER, undefined, election, nowMs, 60);
    for (const nowMs of [0, 1000, 60_999])
      assert.throws(() => start(6, nowMs), refused('TERM_NOT_NEXT', { term: 6, nextTerm: 5 }));
    start(5, 0);
    start(6, 61_000);
  });

  it('a renewal adds one lease time to the transaction time or to the lease, whichever is earlier', () => {
    assert.equal(leaseEnd(5000, 60), 65_000);
    assert.equal(leaseEnd(5000, 60, { term: 4, endsAtMs: 9000 }), 65_000);
    assert.equal(leaseEnd(905_000, 60, { term: 4, endsAtMs: 9000 }), 69_000);
  });

  it('votes and claims belong to the running election', () => {
    for (const [wanted, running] of [
      [4, 4],
      [4, 5],
      [6, 5],
      [5, undefined],
      [4, undefined],
    ] as const)
      assert.throws(
        () => checkElectionTerm(wanted, LEADER, running ? { term: running, startedAtMs: 0 } : undefined),
        refused('TERM_STALE', { term: wanted, currentTerm: Math.max(4, running ?? 0) }),
      );
    checkElectionTerm(5, LEADER, { term: 5, startedAtMs: 0 });
  });

  it('the fence lets through the leader of the current term only', () => {
    assert.throws(() => checkLeader('a', 3, LEADER), refused('TERM_STALE', { term: 3, currentTerm: 4 }));
    assert.throws(() => checkLeader('a', 5, LEADER), refused('NOT_LEADER'));
    assert.throws(() => checkLeader('b', 4, LEADER), refused('NOT_LEADER', { fogNode: 'b', term: 4 }));
    assert.throws(() => checkLeader('', 1, NO_LEADER), refused('NOT_LEADER'));
    checkLeader('a', 4, LEADER);
  });
});
