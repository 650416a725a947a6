/**
 * X25519 agreement (RFC 7748) and Ed25519 signatures (RFC 8032) on node:crypto, with raw 32-byte keys at the border.
 *
 * Run by meters and fog nodes. OpenSSL works in constant time and refuses an all-zero shared secret (low-order peers).
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';

type Curve = 'X25519' | 'Ed25519';

/** A private key that never shows in JSON or inspection, with its raw public key. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secret: KeyObject;
}

function generate(curve: Curve): KeyPair {
  const { publicKey, privateKey } =
    curve === 'X25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ed25519');
  return { publicKey: rawPublicKey(publicKey), secret: privateKey };
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url'));
}

export function generateAgreementKey(): KeyPair {
  return generate('X25519');
}

export function generateSigningKey(): KeyPair {
  return generate('Ed25519');
}

/** PKCS #8 DER, for storing. Treat as secret. */
export function exportSecret(pair: KeyPair): Uint8Array {
  return new Uint8Array(pair.secret.export({ format: 'der', type: 'pkcs8' }));
}

export function importSecret(der: Uint8Array): KeyPair {
  const secret = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  return { secret, publicKey: rawPublicKey(createPublicKey(secret)) };
}

/** Raw X25519 shared secret, 32 bytes: input of a key derivation, never a key itself. */
export function agree(own: KeyPair, peerPublicKey: Uint8Array): Uint8Array {
  const x = Buffer.from(peerPublicKey).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  return new Uint8Array(diffieHellman({ privateKey: own.secret, publicKey }));
}

/** Ed25519 signature, 64 bytes. */
export function signMessage(own: KeyPair, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, own.secret));
}

/** Whether an Ed25519 signature fits. @param publicKey - raw, 32 bytes. */
export function verifyMessage(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, message, key, signature);
}
