/**
 * T001-5, breaks B1.5 and B1.16: the ESP opens every single report, or has it opened as a "slot charge" or as a charge that a verifier hands over.
 * Attacker: the ESP; a verifier who uses it as an oracle. The product's answer is the policy of the billing contract, tested there.
 */
import assert from 'node:assert/strict';
import { espOpens, slotCharge } from '../../papers/tou-billing/billing.js';
import { price } from '../../papers/tou-billing/tariff.js';
import { privateKey, PRICES, publicKey, readings, ledger } from './printed.js';

describe('T001-5 single reports opened', () => {
  it('succeeds on the printed form: MT_i,γ of Eq. (16) divided by the price is the reading', () => {
    const seen = (ledger[1] ?? []).map(({ C, price: p }, h) => {
      assert.equal(p, price(PRICES, h + 1));
      return espOpens(publicKey, privateKey, slotCharge(publicKey, C, p)) / p;
    });
    assert.deepEqual(seen, readings[1]);
  });

  it('succeeds on the printed form: "re-decrypts Cha\'_k" opens whatever a verifier calls Cha\'_k', () => {
    const foreign = ledger[2]?.[7]?.C ?? 0n;
    assert.equal(espOpens(publicKey, privateKey, foreign), readings[2]?.[7]);
  });
});
