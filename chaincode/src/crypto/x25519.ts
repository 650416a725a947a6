/**
 * What can be wrong with an X25519 public key (RFC 7748): any 32 bytes are one, but a point of low order agrees with
 * everybody on zero (section 6.1), so that a registered one would stop whoever tries to agree with it.
 *
 * Checked by every endorser when a meter or fog node is registered.
 */
import { bytesToBigint } from './bytes.js';

export const X25519_KEY_BYTES = 32;

const P = 2n ** 255n - 19n;
/** u-coordinates of the points of order 1, 2, 4 and 8 on the curve and its twist, modulo p. */
const LOW_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
]);

/** @param publicKey - 32 bytes, little-endian; as in the RFC the top bit is ignored and values above p are reduced. */
export function isLowOrderX25519(publicKey: Uint8Array): boolean {
  return LOW_ORDER.has(BigInt.asUintN(255, bytesToBigint(publicKey.slice().reverse())) % P);
}
