import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lp, u32, u64 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  disputeMessage,
  missingSlotsDigest,
  missingSlotsMessage,
  monthlyChargeMessage,
  registrationMessage,
  slotBlockMessage,
  type MissingSlot,
} from '@gridveil/chaincode/crypto/tou-billing-messages.js';

const PREFIX = 'gridveil/tou-billing';
const bytes = (sizeBytes: number, fill: number) => new Uint8Array(sizeBytes).fill(fill);
const scope = { fingerprint: bytes(32, 7), channel: 'c', grid: 'g' };
const office = { aggregator: 'an', term: 4 };
const bill = { meterId: 'm', tariffId: 'ab'.repeat(32) };
const tariff = bytes(32, 0xab);
const MISSING: readonly MissingSlot[] = [
  { slot: 5, energyWh: 250 },
  { slot: 9, copyOfSlot: 2 },
];

/** The bytes are a promise to every other implementation, so they are written out here again. */
describe('tou-billing messages', () => {
  const digest = new Uint8Array(
    createHash('sha256')
      .update(
        lp(
          `${PREFIX}/missing-slots-digest/v1`,
          lp(u64(5), 'energyWh', u64(250)),
          lp(u64(9), 'copyOfSlot', u64(2)),
        ),
      )
      .digest(),
  );
  const block = { slot: 5, count: 2, root: bytes(32, 1), areaTotal: bytes(64, 2) };
  const month = { charge: bytes(64, 3), slots: 744, missing: MISSING };

  it('have one form each', () => {
    assert.deepEqual(
      registrationMessage(scope, { kind: 'meter', id: 'm', epoch: 2 }, bytes(48, 9)),
      lp(`${PREFIX}/registration/v1`, 'c', 'g', 'meter', 'm', u32(2), bytes(48, 9)),
    );
    assert.deepEqual(
      slotBlockMessage(scope, office, block),
      lp(
        `${PREFIX}/slot-block/v1`,
        ...[scope.fingerprint, 'c', 'g', 'an', u32(4), u64(5), u32(2), block.root, block.areaTotal],
      ),
    );
    assert.deepEqual(missingSlotsDigest(MISSING), digest);
    assert.deepEqual(
      missingSlotsMessage(scope, office, bill, 'other-week', MISSING),
      lp(
        `${PREFIX}/missing-slots/v1`,
        ...[scope.fingerprint, 'c', 'g', 'an', u32(4), 'm', tariff, 'other-week', digest],
      ),
    );
    assert.deepEqual(
      monthlyChargeMessage(scope, office, bill, month),
      lp(
        `${PREFIX}/monthly-charge/v1`,
        ...[scope.fingerprint, 'c', 'g', 'an', u32(4), 'm', tariff, u32(744), digest, month.charge],
      ),
    );
    assert.deepEqual(
      disputeMessage(scope, bill, 2, 'slot 5 is wrong'),
      lp(`${PREFIX}/dispute/v1`, scope.fingerprint, 'c', 'g', 'm', tariff, u32(2), 'slot 5 is wrong'),
    );
  });

  it('of missing slots tell an estimate from a copy, and order and slot', () => {
    const lists: MissingSlot[][] = [
      [],
      [{ slot: 5, energyWh: 2 }],
      [{ slot: 5, copyOfSlot: 2 }],
      [{ slot: 6, energyWh: 2 }],
      [...MISSING],
      [...MISSING].reverse(),
    ];
    const digests = lists.map((list) => Buffer.from(missingSlotsDigest(list)).toString('hex'));
    assert.equal(new Set(digests).size, lists.length);
  });

  it('are bound to every field', () => {
    const of = (changes: {
      scope?: Partial<typeof scope>;
      office?: Partial<typeof office>;
      bill?: Partial<typeof bill>;
      block?: Partial<typeof block>;
      month?: Partial<typeof month>;
    }) =>
      [
        slotBlockMessage(
          { ...scope, ...changes.scope },
          { ...office, ...changes.office },
          { ...block, ...changes.block },
        ),
        monthlyChargeMessage(
          { ...scope, ...changes.scope },
          { ...office, ...changes.office },
          { ...bill, ...changes.bill },
          { ...month, ...changes.month },
        ),
      ].map((message) => Buffer.from(message).toString('hex'));
    const [ownBlock, ownMonth] = of({});
    for (const changes of [
      { scope: { fingerprint: bytes(32, 8) } },
      { scope: { channel: 'd' } },
      { scope: { grid: 'h' } },
      { office: { aggregator: 'bn' } },
      { office: { term: 5 } },
    ]) {
      assert.notEqual(of(changes)[0], ownBlock);
      assert.notEqual(of(changes)[1], ownMonth);
    }
    for (const changed of [{ slot: 6 }, { count: 3 }, { root: bytes(32, 2) }, { areaTotal: bytes(64, 3) }])
      assert.notEqual(of({ block: changed })[0], ownBlock);
    for (const changed of [{ charge: bytes(64, 4) }, { slots: 743 }, { missing: [] }])
      assert.notEqual(of({ month: changed })[1], ownMonth);
    for (const changed of [{ meterId: 'n' }, { tariffId: 'cd'.repeat(32) }])
      assert.notEqual(of({ bill: changed })[1], ownMonth);
  });
});
