/**
 * Radix check: proof that no region spilled into its neighbours' digits (our hardening against break B0.4 of paper 000).
 *
 * The trouble: M = Σ R^(j-1)·x_j splits into the true region plaintexts x_j only if each of them is below R. A meter that encrypts a huge or
 * "negative" reading moves energy between regions, and the digits of M still look plausible.
 *
 * The check: once the region totals C_j are committed, anyone derives weights γ_j from the transcript, nonzero and of 128 bits. The key owner opens
 * Π C_j^γ_j as well (checked like every opening) and it must open to Σ γ_j·D_j mod N for the digits D_j it claims.
 * If D differs from the true vector x anywhere, the difference Σ γ_j·(x_j - D_j) vanishes modulo N for at most one of 2^128 - 1 values of that weight
 * (already modulo one of the primes of N, which are larger), and the weights are a hash of the ciphertexts, which fix x and M: the key owner
 * can retry only by changing them. So a wrong digit vector passes with probability of about 2^-127 (random oracle model).
 * The second opening tells nothing new: it follows from the digits.
 *
 * Run by the MDMS (computes), every peer and auditor (recompute). Public inputs only; not constant time.
 * Cost: a 128-bit power for each region, 1.4 ms at 3072 bits; sharing the squarings between the regions was not faster than OpenSSL.
 */
import { createHash } from 'node:crypto';
import { bytesToBigint, lp, u32 } from './bytes.js';
import { addCiphertexts, scaleCiphertext, type PaillierPublicKey } from './paillier.js';

const LABEL = 'gridveil/fog-aggregation/radix-check/v1';
const WEIGHT_BYTES = 16;

/**
 * The weights γ_1..γ_count in [1, 2^128).
 * The j-th region, counted from 0, gets the first 16 bytes of SHA-256(lp(LABEL, fingerprint, transcript, u32 j)); 0 becomes 1.
 * @param transcript - canonical bytes that commit to every region ciphertext and its place; the same for everybody
 */
export function radixCheckWeights(key: PaillierPublicKey, transcript: Uint8Array, count: number): bigint[] {
  return Array.from({ length: count }, (_, j) => {
    const digest = createHash('sha256')
      .update(lp(LABEL, key.fingerprint, transcript, u32(j)))
      .digest();
    const weight = bytesToBigint(digest.subarray(0, WEIGHT_BYTES));
    return weight === 0n ? 1n : weight;
  });
}

/** Π C_j^γ_j mod N². @throws RangeError unless there is one weight per ciphertext. */
export function radixCheckCiphertext(
  key: PaillierPublicKey,
  ciphertexts: readonly bigint[],
  weights: readonly bigint[],
): bigint {
  if (weights.length !== ciphertexts.length)
    throw new RangeError('"weights" expected one weight per ciphertext');
  return addCiphertexts(
    key,
    ciphertexts.map((ciphertext, j) => scaleCiphertext(key, ciphertext, weights[j] ?? 0n)),
  );
}

/** Σ γ_j·D_j mod N: what the check ciphertext must open to. */
export function radixCheckPlaintext(
  key: PaillierPublicKey,
  digits: readonly bigint[],
  weights: readonly bigint[],
): bigint {
  if (weights.length !== digits.length) throw new RangeError('"weights" expected one weight per digit');
  return digits.reduce((sum, digit, j) => sum + digit * (weights[j] ?? 0n), 0n) % key.n;
}
