/**
 * ristretto255 (RFC 9496) as messages carry it: a group of prime order q without cofactor. Points and scalars have 32 bytes and one encoding each; scalars are little-endian.
 *
 * Used by everyone who reads points of others. Bytes of others become points here only.
 */
import { createHash } from 'node:crypto';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { refusal } from '../errors.js';
import { bigintToBytes, bytesToBigint } from './bytes.js';

export type RistrettoPoint = InstanceType<typeof ristretto255.Point>;

const { Point } = ristretto255;
const { Fn } = Point;

export const RISTRETTO_BYTES = 32;
/** q, about 2^252. */
export const RISTRETTO_ORDER: bigint = Fn.ORDER;

/** @throws DecodeError BAD_FIELD for bytes that are no canonical encoding. */
export function decodePoint(bytes: Uint8Array, field: string): RistrettoPoint {
  try {
    return Point.fromBytes(bytes);
  } catch {
    throw refusal('BAD_FIELD', { field, expected: 'a canonical ristretto255 point' });
  }
}

/** An integer in [0, q). @throws DecodeError BAD_FIELD for one that is not reduced, or not of 32 bytes. */
export function decodeScalar(bytes: Uint8Array, field: string): bigint {
  try {
    return Fn.fromBytes(bytes);
  } catch {
    throw refusal('BAD_FIELD', { field, expected: 'a canonical ristretto255 scalar' });
  }
}

/** 32 bytes, little-endian; `scalar` in [0, 2^256). */
export function encodeScalar(scalar: bigint): Uint8Array {
  return bigintToBytes(scalar, RISTRETTO_BYTES).reverse();
}

/** SHA-512 of an `lp` encoding, as a little-endian integer modulo q: uniform up to 2^-259. */
export function hashToScalar(encoded: Uint8Array): bigint {
  return Fn.create(bytesToBigint(createHash('sha512').update(encoded).digest().reverse()));
}
