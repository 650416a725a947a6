/**
 * T001-3, break B1.3: whoever registers pk_A = x·g_1 - pk_V signs for A and V together, wherever both sign the same string.
 * Attacker: a registrant.
 */
import assert from 'node:assert/strict';
import { batchVerify, hash, randomKeyPair, sign } from '../../papers/tou-billing/bls.js';
import { signedBytes } from '../../papers/tou-billing/report.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeBillingHeader } from '@gridveil/chaincode/crypto/tou-billing.js';
import { BlsKey, generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { G1, G2 } from '../../helpers/bls.js';
import { toyBilling } from '../../helpers/toy-billing.js';
import { publicKey } from './printed.js';

describe('T001-3 rogue keys', () => {
  describe('printed form', () => {
    const victim = randomKeyPair();
    const x = randomKeyPair();
    const roguePk = x.pk.subtract(victim.pk);

    it('succeeds on the printed form: one signature of the attacker speaks for both', () => {
      const message = utf8('the same for both');
      const batch = [
        { pk: victim.pk, message, sigma: sign(x, message) },
        { pk: roguePk, message, sigma: G2.Point.ZERO },
      ];
      assert.equal(batchVerify(batch), true);
    });

    it('succeeds on the printed form: raw ‖ makes packets of two meters one string', () => {
      const ofVictim = signedBytes(publicKey, 5n, '2024-01', '1han', 'raw');
      const ofAttacker = signedBytes(publicKey, 5n, '2024-011', 'han', 'raw');
      const forged = sign(x, ofVictim);
      const batch = [
        { pk: victim.pk, message: ofVictim, sigma: forged },
        { pk: roguePk, message: ofAttacker, sigma: G2.Point.ZERO },
      ];
      assert.equal(batchVerify(batch), true);
    });

    it('is stopped by an injective encoding alone as long as every message names its sender', () => {
      const message = signedBytes(publicKey, 5n, '2024-01', '1han');
      const other = signedBytes(publicKey, 5n, '2024-011', 'han');
      assert.notDeepEqual(message, other);
      const batch = [
        { pk: victim.pk, message, sigma: hash(message).multiply(x.x) },
        { pk: roguePk, message: other, sigma: G2.Point.ZERO },
      ];
      assert.equal(batchVerify(batch), false);
    });
  });

  describe('product', () => {
    const backend = blsBackend();
    const victim = generateBlsKey();
    const x = generateBlsKey();
    const rogue = G1.Point.fromBytes(x.publicKey).subtract(G1.Point.fromBytes(victim.publicKey)).toBytes();
    const roguePk = backend.decodePublicKey(rogue, 'The rogue key');
    const proves = (proof: Uint8Array) =>
      backend.verifyPossession(roguePk, backend.decodeSignature(proof, 'The proof'));

    it('fails on the product: nobody can prove to possess the key', () => {
      assert.equal(proves(x.provePossession()), false);
      assert.equal(proves(victim.provePossession()), false);
      const [own, other] = [x, victim].map((key) => G2.Point.fromBytes(key.provePossession()));
      assert.ok(own && other);
      assert.equal(proves(own.subtract(other).toBytes()), false);
      // Nor does a signature of the rogue key's bytes by x under the tag for reports help.
      assert.equal(proves(x.sign(rogue)), false);
    });

    it('an honest key proves', () => {
      const own = new BlsKey(x.exportScalar());
      const key = backend.decodePublicKey(own.publicKey, 'The key');
      const proof = backend.decodeSignature(own.provePossession(), 'The proof');
      assert.equal(backend.verifyPossession(key, proof), true);
    });

    it('fails on the product: no two meters ever sign the same string', async () => {
      const toy = await toyBilling();
      const [a, b] = [encodeBillingHeader(toy.header('1han')), encodeBillingHeader(toy.header('han'))];
      assert.notDeepEqual(a, b);
    });
  });
});
