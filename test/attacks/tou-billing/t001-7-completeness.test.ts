/**
 * T001-7, break B1.7: a slot left out, counted twice or added beyond the period passes Eq. (18), (19), which take the slots as they come.
 * Attacker: the AN with a customer. That a bill needs every slot of its period once is a rule of the billing contract, tested there; the stored form of a slot knows each meter once.
 */
import assert from 'node:assert/strict';
import { recomputedCharge, verifyCharges } from '../../papers/tou-billing/billing.js';
import { encrypt } from '../../papers/tou-billing/paillier.js';
import { lp, splitLpAll } from '@gridveil/chaincode/crypto/bytes.js';
import { decodePackets, encodePackets, packetOf } from '@gridveil/chaincode/crypto/tou-billing.js';
import { refused } from '../../helpers/refused.js';
import { toyBilling } from '../../helpers/toy-billing.js';
import { bills, ledger, open, publicKey } from './printed.js';

describe('T001-7 slots missing or double', () => {
  const [slots = []] = ledger;
  const [bill = 0n] = bills;

  for (const [name, stored, change] of [
    ['the dearest slot left out', slots.toSpliced(20, 1), -1],
    ['a slot counted twice', [...slots, ...slots.slice(20, 21)], 1],
    ['a slot after the last', [...slots, { C: encrypt(publicKey, 5n), price: 90n }], 1],
  ] as const)
    it(`succeeds on the printed form: ${name}`, () => {
      const charge = recomputedCharge(publicKey, stored);
      assert.equal(verifyCharges(publicKey, [recomputedCharge(publicKey, stored)], [charge]), true);
      assert.equal(Math.sign(Number(open(charge) - bill)), change);
    });

  it('fails on the product: no meter twice in a slot', async () => {
    const toy = await toyBilling();
    const packet = packetOf(toy.report('m1', 5));
    assert.throws(() => encodePackets([packet, packetOf(toy.report('m1', 6))]), RangeError);
    const [label, tariffs, one] = splitLpAll(encodePackets([packet]), 3, 'packets');
    assert.ok(label && tariffs && one);
    const twice = lp(label, tariffs, one, one);
    assert.throws(() => decodePackets(twice, toy.publicKey.ciphertextBytes), refused('BAD_FIELD'));
  });
});
