/**
 * T002-S, the experimental aggregate: what its conditions are for. The equation alone falls to a meter that signs three times in a slot, and to a key without proof of possession; the product's meter and check
 * do not let it come to that. Attacker: an observer of three signatures; a registrant.
 */
import assert from 'node:assert/strict';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import {
  aggregateHolds,
  checkAggregatePossession,
  contributionChallenges,
  sumContributions,
  type AggregatePublicKey,
} from '@gridveil/chaincode/crypto/signcryption-aggregate.js';
import {
  contribution,
  keys,
  Memory,
  messageOf,
  SCOPE,
  SLOT,
  type Contribution,
} from '../../helpers/aggregate-bench.js';
import { refused } from '../../helpers/refused.js';

const { G1, G2, fields } = bls12_381;
const { Fr } = fields;
const [victim, other] = keys as [(typeof keys)[0], (typeof keys)[0]];

type Point = ReturnType<typeof G2.Point.fromBytes>;

function times(point: Point, k: bigint): Point {
  const scalar = Fr.create(k);
  return scalar === 0n ? G2.Point.ZERO : point.multiply(scalar);
}

/** From T_i = A + β_i B + γ_i C: the T of any message whose (β, γ) is an affine combination of the known ones, which with three is every message. */
function forged(known: readonly Contribution[], message: Uint8Array): Uint8Array {
  const challenges = (one: { key: AggregatePublicKey; message: Uint8Array }) =>
    contributionChallenges(SCOPE, SLOT, one);
  const [[b1, g1], [b2, g2], [b3, g3]] = known.map(challenges).map(({ beta, gamma }) => [beta, gamma]) as [
    [bigint, bigint],
    [bigint, bigint],
    [bigint, bigint],
  ];
  const { beta, gamma } = challenges({ key: victim.publicKey, message });
  // Cramer: u, v with (β, γ) = (b1, g1) + u (b2 - b1, g2 - g1) + v (b3 - b1, g3 - g1).
  const inverse = Fr.inv(Fr.create((b2 - b1) * (g3 - g1) - (b3 - b1) * (g2 - g1)));
  const u = ((beta - b1) * (g3 - g1) - (b3 - b1) * (gamma - g1)) * inverse;
  const v = ((b2 - b1) * (gamma - g1) - (beta - b1) * (g2 - g1)) * inverse;
  const [T1, T2, T3] = known.map((one) => G2.Point.fromBytes(one.contribution)) as [Point, Point, Point];
  return times(T1, 1n - u - v)
    .add(times(T2, u))
    .add(times(T3, v))
    .toBytes(true);
}

describe('T002-S constant-size aggregate', () => {
  it('succeeds on the equation: three signatures of a slot give a fourth', async () => {
    const known = await Promise.all(['a', 'b', 'c'].map((text) => contribution(victim, text)));
    const message = messageOf('never signed');
    const T = forged(known, message);
    assert.equal(aggregateHolds(SCOPE, SLOT, [{ key: victim.publicKey, message }], T), true);
  });

  it('fails on the product: neither does a meter sign twice nor does the check take a second one', async () => {
    const memory = new Memory();
    const first = { key: victim.publicKey, message: messageOf('a') };
    const T = await victim.contribute(SLOT, first.message, memory);
    await assert.rejects(victim.contribute(SLOT, messageOf('b'), memory), refused('REPORT_EQUIVOCATION'));
    const second = await contribution(victim, 'b');
    const both = sumContributions([T, second.contribution]);
    assert.throws(() => aggregateHolds(SCOPE, SLOT, [first, second], both), refused('REPORT_EQUIVOCATION'));
    assert.throws(
      () => aggregateHolds(SCOPE, SLOT, [second], second.contribution, new Set(['m1'])),
      refused('REPORT_EQUIVOCATION'),
    );
  });

  it('fails with two signatures, and with those of another slot', async () => {
    const [a, b] = await Promise.all(['a', 'b'].map((text) => contribution(victim, text)));
    const elsewhere = await contribution(victim, 'c', SLOT + 1);
    assert.ok(a && b);
    const message = messageOf('never signed');
    const T = forged([a, b, elsewhere], message);
    assert.equal(aggregateHolds(SCOPE, SLOT, [{ key: victim.publicKey, message }], T), false);
  });

  it('fails when one report is left out, or replaced by another of the same meter', async () => {
    const all = await Promise.all([victim, other].map((key) => contribution(key)));
    const T = sumContributions(all.map((one) => one.contribution));
    assert.equal(aggregateHolds(SCOPE, SLOT, all.slice(1), T), false);
    const [first, second] = all;
    assert.ok(first && second);
    assert.equal(aggregateHolds(SCOPE, SLOT, [{ ...first, message: messageOf('other') }, second], T), false);
    assert.equal(aggregateHolds(SCOPE, SLOT + 1, all, T), false);
  });

  it('fails for a key made of the key of a victim: it has no proof of possession', () => {
    const [k, l] = [Fr.create(5n), Fr.create(7n)];
    const rogue: AggregatePublicKey = {
      ...{ id: 'rogue', epoch: 1, statement: new Uint8Array(9) },
      own: G1.Point.BASE.multiply(k).subtract(victim.publicKey.own),
      partial: G1.Point.BASE.multiply(l).subtract(victim.publicKey.partial),
    };
    const proofs = other.provePossession();
    assert.throws(() => checkAggregatePossession(rogue, proofs), refused('BAD_SIGNCRYPTION_POSSESSION'));
  });
});
