/**
 * T001-4, break B1.4: the identity as key makes the identity a signature of everything, and so do two keys that add up to it.
 * Attacker: a registrant.
 */
import assert from 'node:assert/strict';
import { batchVerify, keyPairOf, randomKeyPair, verify } from '../../papers/tou-billing/bls.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { findBadSignatures } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import { BlsKey, generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { sealBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { decodeBillingReport, packetOf } from '@gridveil/chaincode/crypto/tou-billing.js';
import { bigintToBytes, bytesToBigint, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { fields, G1, G2 } from '../../helpers/bls.js';
import { refused } from '../../helpers/refused.js';
import { SLOT, toyBilling } from '../../helpers/toy-billing.js';

const BAD_POINT = refused('BAD_BLS_POINT');

describe('T001-4 the identity', () => {
  describe('printed form', () => {
    it('succeeds on the printed form: with x = 0 the identity signs any message', () => {
      const { pk } = keyPairOf(0n);
      for (const text of ['5 Wh', '9999 Wh'])
        assert.equal(verify({ pk, message: utf8(text), sigma: G2.Point.ZERO }), true);
    });

    it('succeeds on the printed form: P and -P sign any message together', () => {
      const { x, pk } = randomKeyPair();
      const message = utf8('one string for both');
      const batch = [pk, keyPairOf(-x).pk].map((key) => ({ pk: key, message, sigma: G2.Point.ZERO }));
      assert.equal(batchVerify(batch), true);
    });
  });

  describe('product', () => {
    const backend = blsBackend();

    it('fails on the product: the identity is neither key nor signature nor proof', () => {
      const key = () => backend.decodePublicKey(G1.Point.ZERO.toBytes(), 'The key');
      const signature = () => backend.decodeSignature(G2.Point.ZERO.toBytes(), 'The signature');
      assert.throws(key, BAD_POINT);
      assert.throws(signature, BAD_POINT);
      assert.throws(() => new BlsKey(new Uint8Array(32)), RangeError);
    });

    it('fails on the product: P and -P may both be registered, but must both sign', async () => {
      const toy = await toyBilling();
      const plus = generateBlsKey();
      const x = bytesToBigint(plus.exportScalar());
      const minus = new BlsKey(bigintToBytes(fields.Fr.ORDER - x, 32));
      const keys = new Map([plus, minus].map((key, i) => [`pair-${i}`, key]));
      const keyOf = (id: string) =>
        backend.decodePublicKey(keys.get(id)?.publicKey ?? new Uint8Array(), 'The key');
      const packets = [...keys].map(([id, key]) => {
        const header = toy.header(id);
        const report = sealBillingReport(header, toy.prover.encrypt(5, new Uint8Array()), key);
        return packetOf(decodeBillingReport(report, toy.prover.statement));
      });
      const codes = (signatures: readonly Uint8Array[]) =>
        findBadSignatures(
          toy.scope,
          SLOT,
          packets.map((packet, i) => ({ ...packet, signature: signatures[i] ?? packet.signature })),
          keyOf,
        ).map(({ refusal }) => refusal.code);
      assert.deepEqual(codes([]), []);
      const identity = G2.Point.ZERO.toBytes();
      assert.deepEqual(codes([identity, identity]), ['BAD_BLS_POINT', 'BAD_BLS_POINT']);
      const any = G2.Point.BASE;
      const cancelling = [any.toBytes(), any.negate().toBytes()];
      assert.deepEqual(codes(cancelling), ['REPORT_BAD_SIGNATURE', 'REPORT_BAD_SIGNATURE']);
    });
  });
});
