import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { p256 } from '@noble/curves/nist.js';
import { p256Signer } from '@gridveil/client/ledger/fabric/signer.js';

describe('ledger/fabric/signer', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

  it('rejects keys that are not P-256 private keys', () => {
    const message = /P-256 private key/;
    assert.throws(
      () => p256Signer(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey),
      message,
    );
    assert.throws(() => p256Signer(generateKeyPairSync('ed25519').privateKey), message);
    assert.throws(() => p256Signer(publicKey), message);
  });

  it('signs so that OpenSSL verifies, with low s and in the one DER form', async () => {
    const sign = p256Signer(privateKey);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (message) => {
        const signature = await sign(message);
        assert.ok(verify('sha256', message, publicKey, signature));
        const decoded = p256.Signature.fromBytes(signature, 'der');
        assert.equal(decoded.hasHighS(), false);
        assert.deepEqual(Buffer.from(decoded.toBytes('der')), Buffer.from(signature));
      }),
      { numRuns: 400 },
    );
  });

  it('does not verify for another message', async () => {
    const signature = await p256Signer(privateKey)(Buffer.from('a'));
    assert.equal(verify('sha256', Buffer.from('b'), publicKey, signature), false);
  });
});
