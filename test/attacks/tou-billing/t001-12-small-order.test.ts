/**
 * T001-12, break B1.12: points outside the prime-order groups. One message then has many signatures, and one person many keys.
 * Attacker: a meter or registrant, against a verifier that takes points as they come.
 */
import assert from 'node:assert/strict';
import { batchVerify, randomKeyPair, sign, verify } from '../../papers/tou-billing/bls.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  encodeAnyG1,
  encodeAnyG2,
  G1,
  G2,
  BACKENDS,
  order13Signature,
  ORDER_3_KEY,
} from '../../helpers/bls.js';
import { refused } from '../../helpers/refused.js';
import { toyBilling } from '../../helpers/toy-billing.js';
import { outcomes } from './product.js';

describe('T001-12 points of small order', () => {
  it('succeeds on the printed form: pk + T verifies what pk does, one person has three keys', () => {
    const keys = randomKeyPair();
    const message = utf8('5 Wh');
    const sigma = sign(keys, message);
    for (const pk of [keys.pk, keys.pk.add(ORDER_3_KEY), keys.pk.subtract(ORDER_3_KEY)])
      assert.equal(verify({ pk, message, sigma }), true);
  });

  it('succeeds on the printed form: σ_1 + T and σ_2 - T pass Eq. (9), neither passes alone', () => {
    const T = order13Signature();
    const signed = ['a', 'b'].map((text, i) => {
      const keys = randomKeyPair();
      const message = utf8(text);
      const sigma = sign(keys, message);
      return { pk: keys.pk, message, sigma: i === 0 ? sigma.add(T) : sigma.subtract(T) };
    });
    assert.equal(batchVerify(signed), true);
    // The ate pairing is no pairing for second arguments outside G2, so it happens to refuse them; a Tate pairing would not.
    assert.deepEqual(signed.map(verify), [false, false]);
  });

  it('fails on the product: neither is decoded', async () => {
    const toy = await toyBilling();
    const report = toy.report('m1', 5);
    const signature = encodeAnyG2(G2.Point.fromBytes(report.signature).add(order13Signature()));
    assert.deepEqual(outcomes(toy, { ...report, signature }), ['BAD_BLS_POINT']);
    const key = encodeAnyG1(G1.Point.fromBytes(toy.keyOf('m1').bytes).add(ORDER_3_KEY));
    for (const backend of BACKENDS)
      assert.throws(() => backend.decodePublicKey(key, 'The key'), refused('BAD_BLS_POINT'));
  });
});
