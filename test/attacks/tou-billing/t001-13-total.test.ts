/**
 * T001-13, break B1.13: nobody verifies C_γ of Eq. (11), so that the AN tells the ESP any area total.
 * Attacker: the AN. That endorsers recompute the total before they store it is tested with the billing contract.
 */
import assert from 'node:assert/strict';
import { anSigns, espAccepts, espOpens } from '../../papers/tou-billing/billing.js';
import { randomKeyPair } from '../../papers/tou-billing/bls.js';
import { encrypt } from '../../papers/tou-billing/paillier.js';
import { areaTotal } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { METERS, toyBilling } from '../../helpers/toy-billing.js';
import { charges, ledger, privateKey, publicKey } from './printed.js';

describe('T001-13 false area totals', () => {
  it('succeeds on the printed form: the ESP accepts and opens a total that the AN made up', () => {
    const an = randomKeyPair();
    const { C = 0n } = ledger[0]?.[0] ?? {};
    const Cgamma = encrypt(publicKey, 1_000_000n);
    const record = { C, Cgamma, slotCharge: C, monthlyCharge: charges[0] ?? 0n, time: 'T1', id: 'ag-1' };
    assert.equal(espAccepts(publicKey, an.pk, record, anSigns(publicKey, an, record)), true);
    assert.equal(espOpens(publicKey, privateKey, Cgamma), 1_000_000n);
  });

  it('fails on the product: the total of given packets is one number, the same for everybody', async () => {
    const toy = await toyBilling();
    const entries = METERS.map((owner) => ({ owner, bytes: toy.report(owner, 5).ciphertext }));
    const total = areaTotal(toy.publicKey, entries);
    assert.equal(areaTotal(toy.publicKey, [...entries].reverse()), total);
    assert.notEqual((total * bytesToBigint(toy.encrypt(0n))) % toy.publicKey.nSquared, total);
  });
});
