/**
 * T002-3, break B2.3: U = e(D, Y_R)^x, so the master key opens everybody's parts; a receiver's own secret protects it from all but the control centre.
 * Attacker: the control centre, or whoever steals its key.
 */
import assert from 'node:assert/strict';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { decrypt, index, keyOf, open } from '../../papers/signcryption/scheme.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { checkSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption-check.js';
import { loadRistrettoSecrets } from '@gridveil/client/crypto/ristretto-secret.js';
import { openPart } from '@gridveil/client/crypto/signcryption.js';
import { SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';
import { refused } from '../../helpers/refused.js';
import { SCOPE, toySigncryption } from '../../helpers/toy-signcryption.js';
import { centre, meters, receivers, report } from './printed.js';

describe('T002-3 escrow', () => {
  it("succeeds on the printed form: the master key opens the supplier's part", () => {
    const [, supplier] = receivers;
    const { D, omega } = report(meters[0]);
    const U = bls12_381.fields.Fp12.pow(bls12_381.pairing(D, supplier.Y2), centre.x);
    const part = omega.find(([J]) => J === index(supplier.id))?.[1];
    assert.ok(part);
    assert.deepEqual(decrypt(keyOf(U, D), part), utf8('m1 to ES'));
    assert.deepEqual(open(centre, supplier, report(meters[0])), utf8('m1 to ES'));
  });

  it('fails on the product: master key and partial key of the supplier do not open its part', async () => {
    const toy = await toySigncryption();
    const report_ = toy.report('m1');
    const keys = checkSigncryptedReport(SCOPE, report_, toy.directory);
    const ristretto = await loadRistrettoSecrets();
    // h_R is all the control centre ever had of the supplier; for x_R it puts whatever it knows.
    const { partial } = toy.key('supplier').exportSecrets();
    for (const own of [toy.kgc.exportMaster(), partial, toy.key('control-centre').exportSecrets().own]) {
      const posing = new SigncryptionKey(
        ristretto,
        toy.authority,
        toy.publicKey('supplier'),
        { own, partial },
        () => new Uint8Array(32),
      );
      assert.throws(() => openPart(posing, report_, keys), refused('PART_REFUSED', { receiver: 'supplier' }));
    }
    assert.deepEqual(openPart(toy.key('supplier'), report_, keys), toy.plaintext('m1', 'supplier'));
  });
});
