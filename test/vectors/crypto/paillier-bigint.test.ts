import assert from 'node:assert/strict';
import { PrivateKey, PublicKey } from 'paillier-bigint';
import { addCiphertexts, verifyOpening } from '@gridveil/chaincode/crypto/paillier.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import {
  fromPaillierParameters,
  generatePaillierKey,
  toPaillierParameters,
} from '@gridveil/client/crypto/paillier-key.js';
import { decrypt, openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';

describe('paillier-bigint cross-check', () => {
  for (const bits of [512, 2048]) {
    it(`reads our ${bits}-bit ciphertexts and we read theirs`, async () => {
      const key = await generatePaillierKey(bits);
      const { n, g, lambda, mu, p, q } = toPaillierParameters(key);
      const theirPublic = new PublicKey(n, g);
      const theirs = [new PrivateKey(lambda, mu, theirPublic), new PrivateKey(lambda, mu, theirPublic, p, q)];
      const encryptor = new PaillierEncryptor(key.publicKey, { teeth: 5 });
      for (const m of [0n, 12_345n, n - 1n]) {
        const ours = encryptor.encrypt(m);
        for (const reader of theirs) assert.equal(reader.decrypt(ours), m);
        const foreign = theirPublic.encrypt(m);
        assert.equal(decrypt(key, foreign), m);
        assert.ok(verifyOpening(key.publicKey, foreign, openCiphertext(key, foreign)));
        const mixed = addCiphertexts(key.publicKey, [ours, foreign]);
        assert.equal(mixed, theirPublic.addition(ours, foreign));
        assert.equal(decrypt(key, mixed), (2n * m) % n);
      }
      assert.equal(theirs[1]?.getRandomFactor(theirPublic.encrypt(5n, 7n)), 7n);
      assert.deepEqual(openCiphertext(key, theirPublic.encrypt(5n, 7n)), { m: 5n, rho: 7n });
      assert.equal(decrypt(fromPaillierParameters({ n, p, q }), encryptor.encrypt(9n)), 9n);
    }).timeout(20_000);
  }
});
