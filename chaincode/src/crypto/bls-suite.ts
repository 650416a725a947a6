/**
 * BLS signatures on BLS12-381 (paper 001 as DESIGN section 1 refines it): the suite, its encodings, and what an implementation must offer.
 *
 * Verified by aggregators, every endorser and any customer; keys and signatures are made in client/src/crypto/bls-key.ts.
 * Source: draft-irtf-cfrg-bls-signature, minimal-pubkey-size, proof-of-possession scheme; hash to curve of RFC 9380; batch test of spec 6.3.
 * Symbols: P = generator of G1, x = secret scalar, pk = xP in G1, H = hash to G2, σ = x·H(m) in G2; check e(P, σ) = e(pk, H(m)).
 * Sizes: pk 48 bytes, σ and proof of possession 96 bytes, both compressed as ZCash does (flags in the top three bits, big-endian).
 *
 * Two implementations stand behind `BlsBackend`: bls-noble.ts and bls-blst.ts. What one accepts the other accepts: form, canonical coordinates and the
 * identity are checked here, before either sees the bytes; curve and subgroup by each. Unaudited research code.
 */
import { createHash } from 'node:crypto';
import { bytesToBigint, lp, u32, utf8 } from './bytes.js';
import { refusal } from '../errors.js';

export const BLS_PUBLIC_KEY_BYTES = 48;
export const BLS_SIGNATURE_BYTES = 96;
export const DST_BLS_SIGNATURE = utf8('BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_');
export const DST_BLS_POSSESSION = utf8('BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_');

const BATCH_LABEL = 'gridveil/bls/batch/v1';
const WEIGHT_LABEL = 'gridveil/bls/batch-weight/v1';
const WEIGHT_BYTES = 16;
const COORDINATE_BYTES = 48;
/** Modulus of the field below G1 and G2. */
const FIELD_MODULUS =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;
const COMPRESSED_FLAG = 0b1000_0000;
const INFINITY_FLAG = 0b0100_0000;
const IDENTITY_FIRST_BYTE = COMPRESSED_FLAG | INFINITY_FLAG;
const FLAGS = 0b1110_0000;

export type BlsBackendName = 'noble' | 'blst';

/** A key that passed KeyValidate: canonical, on the curve, in the subgroup, not the identity. Only the backend that decoded it takes it. */
export interface BlsPublicKey {
  readonly kind: 'bls-public-key';
  /** 48 bytes. */
  readonly bytes: Uint8Array;
}

/** A signature or proof of possession: canonical, on the curve, in the subgroup, not the identity. Valid for nothing yet. */
export interface BlsSignature {
  readonly kind: 'bls-signature';
  /** 96 bytes. */
  readonly bytes: Uint8Array;
}

export interface SignedMessage {
  readonly key: BlsPublicKey;
  readonly message: Uint8Array;
  readonly signature: BlsSignature;
}

/** Many signed messages under one set of weights; parts of it can be tested again without hashing again. */
export interface BlsBatch {
  /** Whether all of [start, end) are valid, in one multi-pairing; an empty range is. Wrongly true with negligible probability, never wrongly false. */
  holds(start: number, end: number): boolean;
}

export interface BlsBackend {
  readonly name: BlsBackendName;
  /**
   * @param what - names the key in a refusal, e.g. `The key of meter "m1"`
   * @throws DecodeError BAD_LENGTH, BAD_BLS_POINT
   */
  decodePublicKey(bytes: Uint8Array, what: string): BlsPublicKey;
  /** @throws DecodeError BAD_LENGTH, BAD_BLS_POINT */
  decodeSignature(bytes: Uint8Array, what: string): BlsSignature;
  /** e(P, σ) = e(pk, H(m)). */
  verify(signed: SignedMessage): boolean;
  /** Whether `proof` is x·H(pk bytes) under the tag for proofs: who registers `key` knows its x. */
  verifyPossession(key: BlsPublicKey, proof: BlsSignature): boolean;
  /** Costs the hashing of every message. */
  batch(signed: readonly SignedMessage[]): BlsBatch;
}

const NOT_CANONICAL = 'its encoding is not canonical';
const IDENTITY = 'it is the identity';
const OUTSIDE = 'it is not in the prime-order group';

/**
 * Everything about a compressed point that bytes alone decide: length, flags, coordinates below the modulus, not the identity.
 * @param sizeBytes - 48 in G1, 96 in G2 (imaginary part first)
 * @throws DecodeError BAD_LENGTH, BAD_BLS_POINT
 */
export function checkCompressedPoint(bytes: Uint8Array, sizeBytes: number, what: string): void {
  if (bytes.length !== sizeBytes)
    throw refusal('BAD_LENGTH', { what, expectedBytes: sizeBytes, actualBytes: bytes.length });
  const [first = 0] = bytes;
  if ((first & INFINITY_FLAG) !== 0) {
    const identity = first === IDENTITY_FIRST_BYTE && bytes.every((byte, i) => i === 0 || byte === 0);
    throw refusal('BAD_BLS_POINT', { what, reason: identity ? IDENTITY : NOT_CANONICAL });
  }
  // A copy for sure: `slice` of a Buffer is a view.
  const coordinates = new Uint8Array(bytes);
  coordinates[0] = first & ~FLAGS;
  let reduced = true;
  for (let at = 0; at < sizeBytes; at += COORDINATE_BYTES) {
    reduced &&= bytesToBigint(coordinates.subarray(at, at + COORDINATE_BYTES)) < FIELD_MODULUS;
  }
  if (!reduced || (first & COMPRESSED_FLAG) === 0)
    throw refusal('BAD_BLS_POINT', { what, reason: NOT_CANONICAL });
}

/**
 * What `decode` makes of bytes whose form is right, or the refusal of a point off the curve or outside the subgroup.
 * @throws DecodeError BAD_BLS_POINT
 */
export function pointInGroup<P>(what: string, decode: () => P): P {
  try {
    return decode();
  } catch {
    throw refusal('BAD_BLS_POINT', { what, reason: OUTSIDE });
  }
}

/**
 * Weights δ_i in [1, 2^128) of a batch (spec 6.3): δ_i is the first 16 bytes of SHA-256(lp(LABEL, transcript, u32 i)), 0 becomes 1, where the transcript
 * hashes all keys, messages and signatures. The inputs are fixed before the weights, so an invalid batch passes with probability 2^-128 per hash
 * that its maker tries (random oracle model).
 */
export function batchWeights(signed: readonly SignedMessage[]): bigint[] {
  const transcript = createHash('sha256').update(lp(BATCH_LABEL, u32(signed.length)));
  for (const { key, message, signature } of signed)
    transcript.update(lp(key.bytes, message, signature.bytes));
  const digest = transcript.digest();
  return signed.map((_, i) => {
    const weight = createHash('sha256')
      .update(lp(WEIGHT_LABEL, digest, u32(i)))
      .digest();
    return bytesToBigint(weight.subarray(0, WEIGHT_BYTES)) || 1n;
  });
}
