/**
 * T001-8, break B1.8: neither the slot γ nor the tariff is signed, so that a report of the peak is filed as one of the night.
 * Attacker: the AN.
 */
import assert from 'node:assert/strict';
import { anAccepts, recomputedCharge } from '../../papers/tou-billing/billing.js';
import { makePacket, meter } from '../../papers/tou-billing/report.js';
import { price } from '../../papers/tou-billing/tariff.js';
import { packetOf } from '@gridveil/chaincode/crypto/tou-billing.js';
import { findBadProofs, findBadSignatures } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import { SLOT, toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';
import { open, PRICES, publicKey } from './printed.js';

describe('T001-8 reports under another slot', () => {
  it('succeeds on the printed form: a report of hour 19 is priced as hour 23', () => {
    const sender = meter('han-1');
    const packet = makePacket(publicKey, sender, 900n, '2024-01-01T19:00Z');
    assert.equal(
      anAccepts(publicKey, [packet], () => sender.keys.pk),
      true,
    );
    const filedAs = (gamma: number) =>
      open(recomputedCharge(publicKey, [{ C: packet.C, price: price(PRICES, gamma) }]));
    assert.deepEqual([filedAs(19), filedAs(23)], [900n * PRICES.high, 900n * PRICES.low]);
  });

  describe('product', () => {
    let toy: ToyBilling;
    before(async () => (toy = await toyBilling()));

    it('fails on the product: slot, tariff, key epoch, grid and channel are signed', () => {
      const packet = packetOf(toy.report('m1', 900));
      const codes = (slot: number, changes: Partial<typeof packet> = {}, scope = toy.scope) =>
        findBadSignatures(scope, slot, [{ ...packet, ...changes }], () => toy.keyOf('m1')).map(
          ({ refusal }) => refusal.code,
        );
      assert.deepEqual(codes(SLOT), []);
      for (const refusedCodes of [
        codes(SLOT + 4),
        codes(SLOT, { tariffId: 'cd'.repeat(32) }),
        codes(SLOT, { epoch: 2 }),
        codes(SLOT, { meterId: 'm2' }),
        codes(SLOT, {}, { ...toy.scope, grid: 'other' }),
        codes(SLOT, {}, { ...toy.scope, channel: 'other' }),
      ])
        assert.deepEqual(refusedCodes, ['REPORT_BAD_SIGNATURE']);
    });

    it('fails on the product: the proof is bound to the slot, too', () => {
      const { proof, ...report } = toy.report('m1', 900);
      const packet = packetOf({ proof, ...report });
      const codes = (slot: number) =>
        findBadProofs(toy.prover.statement, toy.scope, slot, [packet], [proof]).map(
          ({ refusal }) => refusal.code,
        );
      assert.deepEqual([codes(SLOT), codes(SLOT + 4)], [[], ['REPORT_BAD_PROOF']]);
    });
  });
});
