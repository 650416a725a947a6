import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import {
  agree,
  exportSecret,
  generateAgreementKey,
  generateSigningKey,
  importSecret,
  signMessage,
  type KeyPair,
} from '@gridveil/client/crypto/curve25519.js';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

/** RFC 8410: a 32-byte secret in PKCS #8; the last byte of the identifier names the curve. */
const fromRaw = (curve: 'X25519' | 'Ed25519', secret: string): KeyPair =>
  importSecret(bytes(`302e020100300506032b65${curve === 'X25519' ? '6e' : '70'}04220420${secret}`));

describe('curve25519', () => {
  it('rejects public keys of low order or another length', () => {
    const own = generateAgreementKey();
    for (const key of ['00'.repeat(32), `01${'00'.repeat(31)}`]) assert.throws(() => agree(own, bytes(key)));
    for (const key of ['', '09', '09'.repeat(31), '09'.repeat(33)])
      assert.throws(() => agree(own, bytes(key)));
  });

  it('agrees as RFC 7748 section 6.1 says', () => {
    const alice = fromRaw('X25519', '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
    const bob = fromRaw('X25519', '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
    assert.equal(hex(alice.publicKey), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    assert.equal(hex(bob.publicKey), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    assert.equal(hex(agree(alice, bob.publicKey)), shared);
    assert.equal(hex(agree(bob, alice.publicKey)), shared);
  });

  it('signs as RFC 8032 section 7.1 says', () => {
    const vectors = [
      {
        secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
        publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
        message: '',
        signature:
          'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      },
      {
        secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
        publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
        message: '72',
        signature:
          '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      },
    ];
    for (const { secret, publicKey, message, signature } of vectors) {
      const pair = fromRaw('Ed25519', secret);
      assert.equal(hex(pair.publicKey), publicKey);
      assert.equal(hex(signMessage(pair, bytes(message))), signature);
    }
  });

  it('agrees and signs as the other implementation does', () => {
    const own = generateAgreementKey();
    const { secretKey, publicKey } = x25519.keygen();
    assert.deepEqual(agree(own, publicKey), x25519.getSharedSecret(secretKey, own.publicKey));
    const signer = generateSigningKey();
    const message = bytes('00ff');
    const signature = signMessage(signer, message);
    assert.ok(ed25519.verify(signature, message, signer.publicKey, { zip215: false }));
    assert.ok(!ed25519.verify(signature, bytes('00fe'), signer.publicKey, { zip215: false }));
  });

  it('comes back from its stored form, and shows in nothing else', () => {
    for (const pair of [generateAgreementKey(), generateSigningKey()]) {
      const stored = exportSecret(pair);
      assert.deepEqual(importSecret(stored).publicKey, pair.publicKey);
      const secret = hex(stored.slice(-32));
      const shown = `${JSON.stringify(pair)} ${inspect(pair, { depth: 9, showHidden: true })}`;
      assert.ok(!shown.includes(secret) && !shown.includes(Buffer.from(secret, 'hex').toString('base64url')));
    }
  });
});
