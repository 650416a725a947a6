/**
 * T001-2, break B1.2: Eq. (9) tests the sum of the signatures. Two that cancel each other's error pass, and each of them can be repudiated later.
 * Attacker: two customers together, or the AN.
 */
import assert from 'node:assert/strict';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { batchVerify, hash, randomKeyPair, sign, verify } from '../../papers/tou-billing/bls.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';
import { outcomes } from './product.js';

const { G2, longSignatures } = bls12_381;

describe('T001-2 signatures that cancel each other', () => {
  const D = hash(utf8('any point'));

  describe('printed form', () => {
    const signed = ['a', 'b'].map((text, i) => {
      const keys = randomKeyPair();
      const message = utf8(text);
      const sigma = sign(keys, message);
      return { pk: keys.pk, message, sigma: i === 0 ? sigma.add(D) : sigma.subtract(D) };
    });

    it('succeeds on the printed form: the batch passes, no signature in it is valid', () => {
      assert.equal(batchVerify(signed), true);
      assert.deepEqual(signed.map(verify), [false, false]);
    });

    it("succeeds through noble's verifyBatch, which is the same test", () => {
      const items = signed.map(({ pk, message }) => ({
        publicKey: pk,
        message: longSignatures.hash(message),
      }));
      const sum = longSignatures.aggregateSignatures(signed.map(({ sigma }) => sigma));
      assert.equal(longSignatures.verifyBatch(sum, items), true);
    });
  });

  describe('product', () => {
    let toy: ToyBilling;
    before(async () => (toy = await toyBilling()));

    it('fails on the product: both are named, and the third is accepted', () => {
      const [first, second, third] = ['m1', 'm2', 'm3'].map((meterId) => toy.report(meterId, 100));
      assert.ok(first && second && third);
      const moved = [first, second].map(({ signature, ...rest }, i) => {
        const sigma = G2.Point.fromBytes(signature);
        return { ...rest, signature: (i === 0 ? sigma.add(D) : sigma.subtract(D)).toBytes() };
      });
      assert.deepEqual(outcomes(toy, ...moved, third), [
        'REPORT_BAD_SIGNATURE',
        'REPORT_BAD_SIGNATURE',
        'accepted',
      ]);
    });
  });
});
