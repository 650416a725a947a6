/**
 * Range proofs: a Paillier ciphertext encrypts an integer d from 0 to a maximum, its maker knows d, and made the proof for this context.
 *
 * Made by meters (client/src/crypto/range-proof.ts), checked by aggregators, endorsers and auditors, many at once.
 * It stops copied and changed ciphertexts (break B1.6: who files another meter's ciphertext cannot prove it under its own header) and readings
 * that are negative or too large (B1.11); it cannot stop a lie within the range.
 *
 * Source: spec 6.2, "bits + equality", with all bits in one commitment, as in Bootle, Cerulli, Chaidos, Ghadafi, Groth, Petit, "Short accountable
 * ring signatures based on DDH" (2015), and integer responses shared between the groups (Chan, Frankel, Tsiounis 1998; Camenisch, Michels 1999).
 *
 *   C = (1+N)^d h_N^ρ mod N²    d = Σ w_i b_i, b_i in {0,1}, weights 1, 2, 4, … and a last one that makes Σ w_i the maximum
 *   G_i, G, H  ristretto255 points from a hash, q their order; α_i masks of 216 bits, r_· scalars, σ mask of |ρ| + 216 bits
 *   V = Σ b_i G_i + r_V H         A = Σ α_i G_i + r_A H         P = (1+N)^(Σ w_i α_i) h_N^σ mod N²         y = hash(statement, context, C, V, A, P)
 *   W1 = (Σ y^i α_i(1-2b_i)) G + r_1 H      W0 = -(Σ y^i α_i²) G + r_0 H                                    e = hash(…, W0, W1), 128 bits
 *   z_i = α_i + e b_i   z_V = r_A + e r_V   z_W = r_0 + e r_1   s = σ + e ρ         z_i and s are integers, not reduced
 * Checks:
 *   (1) Σ z_i G_i + z_V H = A + e V      (2) (Σ y^i z_i(e - z_i)) G + z_W H = W0 + e W1      (3) (1+N)^z h_N^s = P C^e mod N², z = Σ w_i z_i
 *   and z_i < 2^217.
 *
 * Why: commitments bind, so (1) fixes b_i, α_i with z_i = α_i + e b_i mod q for every e, and (2) is a polynomial in e whose coefficient of e² is
 * Σ y^i b_i(1 - b_i); it vanishes for a random y only if every b_i is 0 or 1 modulo q. Two answers give Δz_i = Δe·b_i mod q, both sides below q/2, so over
 * the integers; (3) gives d·Δe = Σ w_i Δz_i = Δe·Σ w_i b_i mod N, and Δe is a unit. Hence d = Σ w_i b_i exactly: no slack, no fractions such as (N+1)/2.
 * Hiding: V, W0, W1 perfectly, z_i and s up to 2^-83; the proof shows nothing about d that the claim does not. No trusted setup, h_N only has to be an
 * N-th residue, which whoever opens totals needs anyway. Assumes discrete logarithms in ristretto255 and the random oracle model. Unaudited research code; the
 * arrangement is our own and has not been reviewed outside.
 *
 * Many proofs are checked with random weights (spec 6.3), a hash of everything checked, 128 bits: one product of points, one long power of h_N, two
 * short powers for each proof. Cost at 3072 bits: 5 ms and 3.5 ms for each proof. Not constant time: everything here is public.
 */
import { createHash } from 'node:crypto';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { GridveilError } from '../errors.js';
import { bytesToBigint, lp, u32 } from './bytes.js';
import { findBadByHalving } from './halving.js';
import { modPow } from './modular.js';
import { assertCiphertextRange, type PaillierPublicKey } from './paillier.js';
import { randomiserPower } from './randomiser-power.js';
import {
  decodeRangeProof,
  firstChallenge,
  rangeGenerators,
  secondChallenge,
  type RangeProof,
  type RangeStatement,
} from './range-proof-statement.js';
import { productsVanishVartime, ReceivedPoint, type ReceivedProduct } from './received-point.js';

const { Fn } = ristretto255.Point;

const TRANSCRIPT_LABEL = 'gridveil/range-proof/batch/v1';
const WEIGHT_LABEL = 'gridveil/range-proof/batch-weight/v1';
const WEIGHT_BYTES = 16;

/** A ciphertext with its proof, both encoded. */
export interface ProvenCiphertext {
  /** Whose it is, for refusals. */
  readonly owner: string;
  /** What the proof was made for, e.g. the header of a report. */
  readonly context: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly proof: Uint8Array;
}

/** What one proof contributes to the checks of a batch. */
interface Claim {
  readonly index: number;
  readonly weights: Weights;
  readonly proof: RangeProof;
  readonly e: bigint;
  /** Left side of (2) in G: Σ y^i z_i(e - z_i) mod q. */
  readonly product: bigint;
  /** z of (3). */
  readonly z: bigint;
  /** P C^e mod N². */
  readonly announced: bigint;
}

/** Weights of equations (1) and (3), and of (2). */
interface Weights {
  readonly delta: bigint;
  readonly epsilon: bigint;
}

/** A proof that does not hold. */
export interface InvalidProof {
  /** Its place among those checked. */
  readonly index: number;
  /** Set when it was malformed: BAD_LENGTH, BAD_FIELD, or INVALID_CIPHERTEXT for a C or P outside (0, N²). */
  readonly malformed?: GridveilError;
}

/**
 * The proofs that do not hold, in order; none when all do. A wrong one passes with probability of about 2^-126 for each hash its maker tries.
 * Bad ones are found by halving: b among n cost about b·log2(n) further checks of 5 ms and more.
 */
export function findInvalidRangeProofs(
  statement: RangeStatement,
  proven: readonly ProvenCiphertext[],
): InvalidProof[] {
  const invalid: InvalidProof[] = [];
  const claims: Claim[] = [];
  const weights = batchWeights(statement, proven);
  proven.forEach((one, index) => {
    try {
      claims.push(claimOf(statement, one, index, weights[index] as Weights));
    } catch (error) {
      if (!(error instanceof GridveilError)) throw error;
      invalid.push({ index, malformed: error });
    }
  });
  const bad = findBadByHalving(claims.length, (start, end) => holds(statement, claims.slice(start, end)));
  invalid.push(...bad.map((i) => ({ index: claims[i]?.index ?? 0 })));
  return invalid.sort((a, b) => a.index - b.index);
}

function claimOf(
  statement: RangeStatement,
  { owner, context, ciphertext, proof }: ProvenCiphertext,
  index: number,
  batch: Weights,
): Claim {
  const { key, weights } = statement;
  assertCiphertextRange(key, ciphertext, owner);
  const decoded = decodeRangeProof(statement, proof, owner);
  const { y, transcript } = firstChallenge(statement, context, ciphertext, {
    V: decoded.V.bytes,
    A: decoded.A.bytes,
    P: decoded.P,
  });
  const e = secondChallenge(transcript, decoded.W0.bytes, decoded.W1.bytes);
  const product = decoded.digits.reduceRight((sum, z) => Fn.create(sum * y + z * (e - z)), 0n);
  const z = decoded.digits.reduce((sum, digit, i) => sum + digit * (weights[i] ?? 0n), 0n);
  const announced =
    (bytesToBigint(decoded.P) * modPow(bytesToBigint(ciphertext), e, key.nSquared)) % key.nSquared;
  return { index, weights: batch, proof: decoded, e, product, z, announced };
}

/** From a hash of everything that is checked, each in [1, 2^128). The first δ is 1: in a sum, one summand needs no weight, which saves its power. */
function batchWeights({ key, maximum }: RangeStatement, proven: readonly ProvenCiphertext[]): Weights[] {
  const hash = createHash('sha256').update(lp(TRANSCRIPT_LABEL, key.fingerprint, String(maximum)));
  for (const { context, ciphertext, proof } of proven) hash.update(lp(context, ciphertext, proof));
  const transcript = hash.digest();
  return proven.map((_, i) => {
    const digest = createHash('sha256')
      .update(lp(WEIGHT_LABEL, transcript, u32(i)))
      .digest();
    return {
      delta: i === 0 ? 1n : bytesToBigint(digest.subarray(0, WEIGHT_BYTES)) || 1n,
      epsilon: bytesToBigint(digest.subarray(WEIGHT_BYTES)) || 1n,
    };
  });
}

function holds(statement: RangeStatement, claims: readonly Claim[]): boolean {
  return pointsHold(statement, claims) && ciphertextsHold(statement.key, claims);
}

/** (1) and (2) of all claims: one sum of points must vanish. */
function pointsHold(statement: RangeStatement, claims: readonly Claim[]): boolean {
  const products: ReceivedProduct[] = [];
  const add = (point: ReceivedPoint, scalar: bigint): void => {
    products.push({ point, scalar: Fn.create(scalar) });
  };
  const fixed = statement.weights.map(() => 0n);
  let [h, g] = [0n, 0n];
  for (const { proof, e, product, weights } of claims) {
    const { delta, epsilon } = weights;
    proof.digits.forEach((z, i) => (fixed[i] = (fixed[i] ?? 0n) + delta * z));
    h += delta * proof.zV + epsilon * proof.zW;
    g += epsilon * product;
    add(proof.A, -delta);
    add(proof.V, -delta * e);
    add(proof.W0, -epsilon);
    add(proof.W1, -epsilon * e);
  }
  const scalars = [h, g, ...fixed];
  receivedGenerators(fixed.length).forEach((generator, i) => add(generator, scalars[i] ?? 0n));
  return productsVanishVartime(products);
}

const generators: ReceivedPoint[] = [];

/** `rangeGenerators` in the form that sums of products take. */
function receivedGenerators(count: number): readonly ReceivedPoint[] {
  for (const point of rangeGenerators(count).slice(generators.length))
    generators.push(new ReceivedPoint(point.toBytes(), 'generator'));
  return generators.slice(0, count + 2);
}

/** (3) of all claims. A factor whose power is 1, such as -1, may pass; it changes no plaintext. */
function ciphertextsHold(key: PaillierPublicKey, claims: readonly Claim[]): boolean {
  const { n, nSquared } = key;
  let [plaintext, exponent, right] = [0n, 0n, 1n];
  for (const { proof, z, announced, weights } of claims) {
    const delta = claims.length === 1 ? 1n : weights.delta;
    plaintext += delta * z;
    exponent += delta * proof.s;
    right = (right * (delta === 1n ? announced : modPow(announced, delta, nSquared))) % nSquared;
  }
  const left = ((1n + (plaintext % n) * n) * randomiserPower(key, exponent)) % nSquared;
  return left === right;
}
