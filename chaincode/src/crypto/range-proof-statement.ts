/**
 * What a range proof is about, how it is encoded and how its challenges are hashed; range-proof.ts tells what it proves and why.
 *
 * Read by whoever makes or checks one. Sizes at a 3072-bit N and 20 weights: proof 1.7 kB, of which the announcement P has 768 bytes.
 */
import { createHash } from 'node:crypto';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { refusal } from '../errors.js';
import { bigintToBytes, bytesToBigint, concatBytes, lp, u64, utf8 } from './bytes.js';
import { bitLength } from './modular.js';
import { assertCiphertextRange, type PaillierPublicKey } from './paillier.js';
import { ReceivedPoint } from './received-point.js';
import { decodeScalar, RISTRETTO_BYTES, type RistrettoPoint } from './ristretto.js';

const { Point } = ristretto255;
const { Fn } = Point;

const LABEL = 'gridveil/range-proof/v1';
const FIRST_LABEL = 'gridveil/range-proof/first-challenge/v1';
const SECOND_LABEL = 'gridveil/range-proof/second-challenge/v1';
const GENERATOR_DST = utf8('gridveil/range-proof/generator/v1');
const CHALLENGE_BYTES = 16;
/** A response hides what it answers for up to 2^-88. */
const HIDING_BITS = 88;
/** Length of the masks of single digits; the mask of the randomness is that much longer than the randomness. */
export const MASK_BITS = 8 * CHALLENGE_BYTES + HIDING_BITS;
const DIGIT_RESPONSE_BITS = MASK_BITS + 1;
const DIGIT_RESPONSE_BYTES = Math.ceil(DIGIT_RESPONSE_BITS / 8);
const SCALAR_BYTES = 32;
export const MAX_PROVABLE = 2 ** 40;

/** The claim "C encrypts an integer from 0 to `maximum`" under one key, with all that follows from the two. */
export interface RangeStatement {
  readonly key: PaillierPublicKey;
  readonly maximum: number;
  /** w_i: every integer from 0 to `maximum` is a sum of some of them, and no other is. */
  readonly weights: readonly bigint[];
  /** Bits of the randomness ρ of an honest ciphertext. */
  readonly randomnessBits: number;
  /** Bytes of the response s. */
  readonly responseBytes: number;
  readonly proofBytes: number;
}

/** A proof, decoded; the names are those of range-proof.ts. */
export interface RangeProof {
  readonly V: ReceivedPoint;
  readonly A: ReceivedPoint;
  readonly W0: ReceivedPoint;
  readonly W1: ReceivedPoint;
  /** Encoded; in (0, N²). */
  readonly P: Uint8Array;
  /** z_i, one for each weight. */
  readonly digits: readonly bigint[];
  readonly zV: bigint;
  readonly zW: bigint;
  readonly s: bigint;
}

/** @param maximum - a whole number from 1 to 2^40. @throws RangeError for another one. */
export function rangeStatement(key: PaillierPublicKey, maximum: number): RangeStatement {
  if (!Number.isSafeInteger(maximum) || maximum < 1 || maximum > MAX_PROVABLE)
    throw new RangeError('"maximum" expected an integer from 1 to 2^40');
  const weights = rangeWeights(maximum);
  const randomnessBits = Math.ceil(key.modulusBits / 2);
  const responseBytes = Math.ceil((randomnessBits + MASK_BITS + 1) / 8);
  const proofBytes =
    4 * RISTRETTO_BYTES +
    key.ciphertextBytes +
    weights.length * DIGIT_RESPONSE_BYTES +
    2 * SCALAR_BYTES +
    responseBytes;
  return { key, maximum, weights, randomnessBits, responseBytes, proofBytes };
}

/** 1, 2, 4, … as long as their sum stays within `maximum`, and then what is missing to it. */
function rangeWeights(maximum: number): bigint[] {
  const weights: bigint[] = [];
  let rest = BigInt(maximum);
  for (let power = 1n; power <= rest; power *= 2n) {
    weights.push(power);
    rest -= power;
  }
  return rest === 0n ? weights : [...weights, rest];
}

const generators: RistrettoPoint[] = [];

/** Points nobody knows a relation between: H, G, then G_0, G_1, … for the digits. */
export function rangeGenerators(count: number): readonly RistrettoPoint[] {
  for (let i = generators.length; i < count + 2; i++) {
    generators.push(ristretto255_hasher.hashToCurve(u64(i), { DST: GENERATOR_DST }));
  }
  return generators.slice(0, count + 2);
}

/**
 * @returns y modulo q, and what the second challenge is bound to
 * @param context - what the proof is for; a proof for another context does not hold
 */
export function firstChallenge(
  { key, maximum }: RangeStatement,
  context: Uint8Array,
  ciphertext: Uint8Array,
  { V, A, P }: Readonly<Record<'V' | 'A' | 'P', Uint8Array>>,
): { readonly y: bigint; readonly transcript: Uint8Array } {
  const hN = bigintToBytes(key.hN, key.ciphertextBytes);
  const transcript = createHash('sha512')
    .update(lp(FIRST_LABEL, key.fingerprint, hN, u64(maximum), context, ciphertext, V, A, P))
    .digest();
  return { y: Fn.create(bytesToBigint(transcript)), transcript };
}

/** e in [0, 2^128). */
export function secondChallenge(transcript: Uint8Array, W0: Uint8Array, W1: Uint8Array): bigint {
  const digest = createHash('sha512')
    .update(lp(SECOND_LABEL, transcript, W0, W1))
    .digest();
  return bytesToBigint(digest.subarray(0, CHALLENGE_BYTES));
}

/** 32 bytes: what a signature covers in place of the proof. */
export function rangeProofDigest(proof: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(lp(LABEL, proof)).digest());
}

/** The points of a proof, encoded. */
export type EncodedPoints = Readonly<Record<'V' | 'A' | 'W0' | 'W1', Uint8Array>>;

/**
 * All fields at fixed widths: V, A, W0, W1, P, z_i, z_V, z_W, s; integers big-endian, scalars of the curve little-endian.
 * @param points - those of the proof; encoding one takes 0.1 ms, and a prover has them already
 */
export function encodeRangeProof(
  statement: RangeStatement,
  proof: Omit<RangeProof, keyof EncodedPoints>,
  points: EncodedPoints,
): Uint8Array {
  return concatBytes(
    ...[points.V, points.A, points.W0, points.W1],
    proof.P,
    ...proof.digits.map((z) => bigintToBytes(z, DIGIT_RESPONSE_BYTES)),
    Fn.toBytes(proof.zV),
    Fn.toBytes(proof.zW),
    bigintToBytes(proof.s, statement.responseBytes),
  );
}

/**
 * @param owner - whose proof it is, for the refusal
 * @throws DecodeError BAD_LENGTH, BAD_FIELD for a field that is not canonical or outside its range, and for the identity, which no honest prover draws.
 * @throws ValidationError INVALID_CIPHERTEXT unless 0 < P < N².
 */
export function decodeRangeProof(statement: RangeStatement, bytes: Uint8Array, owner: string): RangeProof {
  const { key, weights, proofBytes, responseBytes, randomnessBits } = statement;
  if (bytes.length !== proofBytes)
    throw refusal('BAD_LENGTH', {
      what: `The range proof of ${owner}`,
      expectedBytes: proofBytes,
      actualBytes: bytes.length,
    });
  let offset = 0;
  const next = (sizeBytes: number): Uint8Array => bytes.subarray(offset, (offset += sizeBytes));
  const point = (name: keyof EncodedPoints): ReceivedPoint => new ReceivedPoint(next(RISTRETTO_BYTES), name);
  const [V, A, W0, W1] = [point('V'), point('A'), point('W0'), point('W1')];
  const P = next(key.ciphertextBytes);
  assertCiphertextRange(key, P, owner);
  const digits = weights.map((_, i) =>
    decodeInteger(next(DIGIT_RESPONSE_BYTES), `z${i}`, DIGIT_RESPONSE_BITS),
  );
  const zV = decodeScalar(next(SCALAR_BYTES), 'zV');
  const zW = decodeScalar(next(SCALAR_BYTES), 'zW');
  const s = decodeInteger(next(responseBytes), 's', randomnessBits + MASK_BITS + 1);
  return { V, A, W0, W1, P, digits, zV, zW, s };
}

function decodeInteger(bytes: Uint8Array, field: string, bits: number): bigint {
  const value = bytesToBigint(bytes);
  if (bitLength(value) > bits) throw refusal('BAD_FIELD', { field, expected: `an integer of ${bits} bits` });
  return value;
}
