/**
 * Signcryption (paper 002, hardened form 002-H): keys that sender and receiver agree on, and what is sealed with them.
 *
 * Run by meters, receivers and the control centre. Source: spec/schemes.md 3.C; HKDF of RFC 5869, AES-256-GCM of NIST SP 800-38D.
 *
 *   K = HKDF-SHA256(dY_R ‖ dX_R, SHA-256(info))       receiver: x_R D, h_R D       ω = AES-256-GCM(K, nonce 0, M, AAD): a key seals once, hence the fixed nonce
 *
 * Whoever knows only h_R, as the control centre does, lacks dY_R; whoever has put another Y_R into a directory lacks dX_R (B2.3, B2.4). Assumes gap Diffie-Hellman in ristretto255 and
 * the random oracle model.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { concatBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { PART_TAG_BYTES } from '@gridveil/chaincode/crypto/signcryption.js';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE = new Uint8Array(12);

/** K. @param shared - the points both sides know, encoded; overwritten */
export function deriveKey(shared: readonly Uint8Array[], info: Uint8Array): Uint8Array {
  const input = concatBytes(...shared);
  // Node's HKDF takes at most 1024 bytes of info.
  const digest = createHash('sha256').update(info).digest();
  const key = new Uint8Array(hkdfSync('sha256', input, new Uint8Array(0), digest, KEY_BYTES));
  for (const bytes of [input, ...shared]) bytes.fill(0);
  return key;
}

/** @param key - used for nothing else; overwritten. @returns ciphertext ‖ tag */
export function sealOnce(key: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, NONCE, { authTagLength: PART_TAG_BYTES });
  cipher.setAAD(associated);
  const sealed = concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  key.fill(0);
  return sealed;
}

/** @param key - overwritten. @param sealed - at least 16 bytes. @returns undefined unless the tag fits */
export function openOnce(
  key: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  const decipher = createDecipheriv(CIPHER, key, NONCE, { authTagLength: PART_TAG_BYTES });
  key.fill(0);
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(-PART_TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(0, -PART_TAG_BYTES));
  try {
    return concatBytes(plaintext, decipher.final());
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}
