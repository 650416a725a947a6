/**
 * Proof that a Paillier modulus is a proper one: gcd(N, φ(N)) = 1, so that N is squarefree and every ciphertext has
 * exactly one plaintext modulo N. Without it whoever makes the key could open one total to many values.
 *
 * Source: Goldberg, Reyzin, Sagga, Baldimtsi, "Efficient Noninteractive Certification of RSA Moduli and Beyond" (2019),
 * the proof for Paillier moduli: no prime below α divides N, and the prover shows N-th roots modulo N of m values that a
 * hash of N determines. If gcd(N, φ(N)) were not 1, at most one value in α would have a root: α^-m < 2^-128.
 *
 * Made by the MDMS once (client/src/crypto/modulus-proof.ts), checked by every endorser and by whoever checks evidence.
 * 11 roots of |N| bytes each; checking costs 11 powers modulo N with exponent N (about 80 ms for 3072 bits).
 * It says nothing about the size of the factors: a weak key harms privacy, not the truth of totals.
 */
import { createHash } from 'node:crypto';
import { bigintToBytes, bytesToBigint, lp, u32 } from './bytes.js';
import { bitLength, gcd, modPow } from './modular.js';

const LABEL = 'gridveil/paillier-modulus-proof/v1';
/** α: primes below it are ruled out by division. */
const SMALL_PRIME_LIMIT = 6370;
/** m = ceil(128 / log2 α). */
export const MODULUS_PROOF_ROOTS = 11;
const HASH_BITS = 256;
/** More bits than N has, so that a value modulo N is as good as uniform. */
const EXTRA_BITS = 128;

/** The values whose N-th roots are asked for: each from as many SHA-256 blocks of lp(LABEL, N, u32 i, u32 block) as it needs. */
export function modulusChallenges(n: bigint): bigint[] {
  const bits = bitLength(n);
  const encoded = bigintToBytes(n, Math.ceil(bits / 8));
  const blocks = Math.ceil((bits + EXTRA_BITS) / HASH_BITS);
  return Array.from({ length: MODULUS_PROOF_ROOTS }, (_, i) => {
    let value = 0n;
    for (let block = 0; block < blocks; block++) {
      const digest = createHash('sha256')
        .update(lp(LABEL, encoded, u32(i), u32(block)))
        .digest();
      value = (value << BigInt(HASH_BITS)) | bytesToBigint(digest);
    }
    return value % n;
  });
}

/** Whether `roots` proves that `n` is a proper Paillier modulus. */
export function verifyModulusProof(n: bigint, roots: readonly bigint[]): boolean {
  if (n <= 1n || roots.length !== MODULUS_PROOF_ROOTS) return false;
  if (gcd(smallPrimeProduct(), n) !== 1n) return false;
  return modulusChallenges(n).every((challenge, i) => {
    const root = roots[i] ?? 0n;
    return root > 0n && root < n && modPow(root, n, n) === challenge;
  });
}

let product: bigint | undefined;

/** The product of all primes below SMALL_PRIME_LIMIT. */
function smallPrimeProduct(): bigint {
  if (product !== undefined) return product;
  const composite = new Set<number>();
  product = 1n;
  for (let candidate = 2; candidate < SMALL_PRIME_LIMIT; candidate++) {
    if (composite.has(candidate)) continue;
    product *= BigInt(candidate);
    for (let multiple = candidate * candidate; multiple < SMALL_PRIME_LIMIT; multiple += candidate) {
      composite.add(multiple);
    }
  }
  return product;
}
