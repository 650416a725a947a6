/**
 * T001-14, break B1.14: nobody checks that a ciphertext is one. 0 or N wipe out the area total and the own bill.
 * Attacker: one meter.
 */
import assert from 'node:assert/strict';
import { anAccepts, areaTotal, monthlyCharge } from '../../papers/tou-billing/billing.js';
import { makePacket, meter, packetOf } from '../../papers/tou-billing/report.js';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { monthlyCharge as productCharge } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { refused } from '../../helpers/refused.js';
import { toyBilling } from '../../helpers/toy-billing.js';
import { outcomes } from './product.js';
import { charges, open, publicKey } from './printed.js';

describe('T001-14 ciphertexts that are none', () => {
  const { N } = publicKey;

  for (const [name, C] of [
    ['0', 0n],
    ['N', N],
  ] as const)
    it(`succeeds on the printed form: ${name} makes the area total and the bill 0`, () => {
      const sender = meter('attacker');
      const bad = packetOf(publicKey, sender, C, 'T1');
      const honest = makePacket(publicKey, sender, 500n, 'T1');
      assert.equal(
        anAccepts(publicKey, [bad, honest], () => sender.keys.pk),
        true,
      );
      assert.equal(open(areaTotal(publicKey, [bad.C, honest.C])), 0n);
      assert.equal(open(monthlyCharge(publicKey, [...charges, C])), 0n);
    });

  it('fails on the product: 0, N², N and multiples of a prime are refused, as reports and in charges', async () => {
    const toy = await toyBilling();
    const { n, nSquared, ciphertextBytes } = toy.publicKey;
    const { proof } = toy.report('m1', 5);
    for (const [C, code] of [
      [0n, 'INVALID_CIPHERTEXT'],
      [nSquared, 'INVALID_CIPHERTEXT'],
      [n, 'REPORT_BAD_PROOF'],
      [toy.privateKey.p * 5n, 'REPORT_BAD_PROOF'],
    ] as const) {
      const ciphertext = bigintToBytes(C, ciphertextBytes);
      const report = toy.reportOver('m1', ciphertext, proof);
      assert.deepEqual(outcomes(toy, report, toy.report('m2', 5)), [code, 'accepted']);
      assert.throws(
        () => productCharge(toy.publicKey, 'm1', [{ ciphertext, priceMicroPerWh: 5 }]),
        refused('INVALID_CIPHERTEXT', { owner: 'm1' }),
      );
    }
  });
});
