/** The experimental aggregate of signcryption: equation against its definition, what is refused, what a meter never does. */
import assert from 'node:assert/strict';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import {
  AGGREGATE_ORDER,
  aggregateHolds,
  aggregateMessage,
  checkAggregatePossession,
  contributionChallenges,
  decodeAggregateKey,
  findBadContributions,
  slotPoints,
  sumContributions,
} from '@gridveil/chaincode/crypto/signcryption-aggregate.js';
import { AggregateKey, AggregateKeyCentre } from '@gridveil/client/crypto/signcryption-aggregate.js';
import {
  centre,
  contribution,
  keys,
  Memory,
  messageOf,
  SCOPE,
  SLOT,
  type Contribution,
} from '../../helpers/aggregate-bench.js';
import { refused } from '../../helpers/refused.js';

const { G1, G2, fields, pairing } = bls12_381;

describe('signcryption aggregate (experimental)', () => {
  let contributions: Contribution[];
  let T: Uint8Array;

  before(async () => {
    contributions = await Promise.all(keys.map((key) => contribution(key)));
    T = sumContributions(contributions.map((one) => one.contribution));
  });

  it('is one point of 96 bytes that holds for all meters', () => {
    assert.equal(T.length, 96);
    assert.equal(aggregateHolds(SCOPE, SLOT, contributions, T), true);
    assert.equal(aggregateHolds(SCOPE, SLOT, [...contributions].reverse(), T), true, 'in any order');
  });

  it('is what the equation says, term by term', () => {
    const [one] = contributions;
    assert.ok(one);
    const { beta, gamma } = contributionChallenges(SCOPE, SLOT, one);
    const [Q, Q2, R, R2] = slotPoints(SCOPE, SLOT);
    assert.ok(Q && Q2 && R && R2);
    const { own, partial } = one.key;
    const right = [pairing(own, Q.add(Q2.multiply(beta))), pairing(partial, R.add(R2.multiply(gamma)))];
    const left = pairing(G1.Point.BASE, G2.Point.fromBytes(one.contribution));
    assert.ok(fields.Fp12.eql(left, fields.Fp12.mul(right[0] as typeof left, right[1] as typeof left)));
  });

  it('has slot points of its own for each slot and grid', () => {
    const all = [
      slotPoints(SCOPE, SLOT),
      slotPoints(SCOPE, SLOT + 1),
      slotPoints({ ...SCOPE, grid: 'other' }, SLOT),
    ].flat();
    assert.equal(new Set(all.map((point) => point.toHex(true))).size, 12);
  });

  it('does not hold for another slot, grid, report or set', () => {
    const [first, ...others] = contributions;
    assert.ok(first);
    assert.equal(aggregateHolds(SCOPE, SLOT + 1, contributions, T), false);
    assert.equal(aggregateHolds({ ...SCOPE, channel: 'other' }, SLOT, contributions, T), false);
    assert.equal(aggregateHolds(SCOPE, SLOT, others, T), false);
    assert.equal(
      aggregateHolds(SCOPE, SLOT, [{ ...first, message: messageOf('else') }, ...others], T),
      false,
    );
    assert.equal(aggregateHolds(SCOPE, SLOT, [], T), false);
    const generator = G2.Point.BASE.toBytes(true);
    assert.equal(aggregateHolds(SCOPE, SLOT, contributions, generator), false);
  });

  it('signs all of a report', () => {
    const [bound, report] = [
      new Uint8Array(3),
      { keyMaterial: new Uint8Array(32), parts: [new Uint8Array(2), new Uint8Array(3)] },
    ];
    const hash = (...changed: Parameters<typeof aggregateMessage>): string =>
      Buffer.from(aggregateMessage(...changed)).toString('hex');
    const messages = [
      hash(bound, report),
      hash(new Uint8Array(4), report),
      hash(bound, { ...report, keyMaterial: new Uint8Array(33) }),
      hash(bound, { ...report, parts: [new Uint8Array(3), new Uint8Array(2)] }),
      hash(bound, { ...report, parts: [new Uint8Array(5)] }),
    ];
    assert.equal(new Set(messages).size, messages.length);
  });

  it('is made without the contributions that do not fit, and these are named', async () => {
    const [first, second, third, fourth] = contributions;
    assert.ok(first && second && third && fourth);
    assert.deepEqual(findBadContributions(SCOPE, SLOT, contributions), []);
    const wrong = [
      first,
      { ...second, contribution: third.contribution },
      third,
      { ...fourth, message: messageOf('changed') },
    ];
    assert.deepEqual(findBadContributions(SCOPE, SLOT, wrong), [1, 3]);
    const left = [first, third];
    assert.equal(
      aggregateHolds(SCOPE, SLOT, left, sumContributions(left.map((one) => one.contribution))),
      true,
    );
    const late = await contribution(keys[1] as AggregateKey, 'm2', SLOT + 1);
    assert.deepEqual(findBadContributions(SCOPE, SLOT, [first, late]), [1]);
  });

  it('takes one report of a meter in a slot', () => {
    const [first] = contributions;
    assert.ok(first);
    const equivocation = refused('REPORT_EQUIVOCATION', { meterId: 'm1', slot: SLOT });
    assert.throws(() => aggregateHolds(SCOPE, SLOT, [first, first], T), equivocation);
    assert.throws(
      () => findBadContributions(SCOPE, SLOT, [first, { ...first, message: messageOf('x') }]),
      equivocation,
    );
    assert.throws(() => aggregateHolds(SCOPE, SLOT, contributions, T, new Set(['m1'])), equivocation);
  });

  it('refuses points that are none', () => {
    const identity = G2.Point.ZERO.toBytes(true);
    for (const [bytes, code] of [
      [identity, 'BAD_BLS_POINT'],
      [new Uint8Array(96).fill(0xff), 'BAD_BLS_POINT'],
      [T.subarray(1), 'BAD_LENGTH'],
    ] as const)
      assert.throws(() => aggregateHolds(SCOPE, SLOT, contributions, bytes), refused(code));
    const opposite = G2.Point.fromBytes(T).negate().toBytes(true);
    assert.throws(() => sumContributions([T, opposite]), refused('BAD_BLS_POINT'));
  });

  describe('keys', () => {
    it('count with proofs of possession of both secrets, for their own statement only', () => {
      const [key, other] = keys;
      assert.ok(key && other);
      const proofs = key.provePossession();
      checkAggregatePossession(key.publicKey, proofs);
      const bad = refused('BAD_SIGNCRYPTION_POSSESSION');
      assert.throws(
        () => checkAggregatePossession(key.publicKey, { own: proofs.partial, partial: proofs.own }),
        bad,
      );
      assert.throws(() => checkAggregatePossession(key.publicKey, other.provePossession()), bad);
      assert.throws(
        () => checkAggregatePossession({ ...key.publicKey, statement: new Uint8Array(1) }, proofs),
        bad,
      );
      const large = Uint8Array.from(proofs.own);
      large.fill(0xff, 48);
      assert.throws(
        () => checkAggregatePossession(key.publicKey, { ...proofs, own: large }),
        refused('BAD_FIELD'),
      );
    });

    it('are not taken from a centre whose answer does not fit', () => {
      const lying = {
        authority: centre.authority,
        issue: (...asked: Parameters<typeof centre.issue>) => {
          const { publicKey, partial } = centre.issue(...asked);
          return { publicKey, partial: (partial + 1n) % AGGREGATE_ORDER };
        },
      };
      assert.throws(
        () => AggregateKey.create(lying, { id: 'm9', epoch: 1 }),
        refused('BAD_PARTIAL_KEY', { id: 'm9' }),
      );
    });

    it('belong to an identity, an epoch and a grid', () => {
      const { publicKey } = centre.issue({ id: 'm1', epoch: 1 }, G1.Point.BASE.toBytes(true));
      const partialOf = (authority: typeof centre.authority, id: string, epoch: number): string =>
        decodeAggregateKey(authority, { id, epoch }, publicKey).partial.toHex(true);
      const other = new AggregateKeyCentre({ ...SCOPE, grid: 'other' });
      const partials = [
        partialOf(centre.authority, 'm1', 1),
        partialOf(centre.authority, 'm2', 1),
        partialOf(centre.authority, 'm1', 2),
        partialOf({ ...centre.authority, grid: 'other' }, 'm1', 1),
        partialOf(other.authority, 'm1', 1),
      ];
      assert.equal(new Set(partials).size, partials.length);
      assert.throws(
        () => decodeAggregateKey(centre.authority, { id: 'm', epoch: 1 }, publicKey.subarray(1)),
        refused('BAD_LENGTH'),
      );
      const withIdentity = Uint8Array.from(publicKey);
      withIdentity.set(G1.Point.ZERO.toBytes(true));
      assert.throws(
        () => decodeAggregateKey(centre.authority, { id: 'm', epoch: 1 }, withIdentity),
        refused('BAD_BLS_POINT'),
      );
    });
  });

  describe('a meter', () => {
    const [key] = keys;
    assert.ok(key);

    it('signs a report again, and no other one in its slot or before', async () => {
      const memory = new Memory();
      const first = await key.contribute(SLOT, messageOf('a'), memory);
      assert.deepEqual(await key.contribute(SLOT, messageOf('a'), memory), first);
      assert.equal(memory.stored, 1);
      const equivocation = refused('REPORT_EQUIVOCATION', { meterId: 'm1' });
      await assert.rejects(key.contribute(SLOT, messageOf('b'), memory), equivocation);
      await assert.rejects(key.contribute(SLOT - 1, messageOf('a'), memory), equivocation);
      await key.contribute(SLOT + 1, messageOf('b'), memory);
      assert.equal(memory.stored, 2);
    });

    it('signs nothing that it could not store', async () => {
      const full = { last: () => undefined, store: () => Promise.reject(new Error('no space')) };
      await assert.rejects(key.contribute(SLOT, messageOf('a'), full), /no space/);
    });
  });
});
