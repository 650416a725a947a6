/**
 * Paper 001, section 3.2 and 4: Paillier as printed, typos resolved. Reference for tests only: toy keys, plain BigInt, variable time, checks nothing, as the paper.
 *
 * Symbols: N = p·q, g = the paper's g_2, a generator of Z*_{N²} whose order is a multiple of N (Table 1 calls it a generator of the group G), λ = lcm(p-1, q-1),
 * L(u) = (u-1)/N, μ = L(g^λ mod N²)^-1 mod N. Eq. (15) to (17) divide by L(g_2^λ), which is the same.
 */
import { generatePrimeSync, randomBytes } from 'node:crypto';
import { gcd, inverse, L, mod, modPow } from '../fog-aggregation/paillier.js';

export interface PublicKey {
  readonly N: bigint;
  readonly N2: bigint;
  readonly g: bigint;
}

export interface PrivateKey {
  readonly lambda: bigint;
  readonly mu: bigint;
}

export interface KeyPair {
  readonly publicKey: PublicKey;
  readonly privateKey: PrivateKey;
  readonly p: bigint;
}

/** @param k - chooses g = (1+N)^k, any k prime to N */
export function setUp(p: bigint, q: bigint, k = 1n): KeyPair {
  const N = p * q;
  const N2 = N * N;
  const g = mod(1n + k * N, N2);
  const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
  const mu = inverse(L(modPow(g, lambda, N2), N), N);
  return { publicKey: { N, N2, g }, privateKey: { lambda, mu }, p };
}

/** Fresh toy keys: a modulus of 512 bits. */
export function setUpToy(): KeyPair {
  const prime = (): bigint => generatePrimeSync(256, { bigint: true });
  const [p, q] = [prime(), prime()];
  return p === q ? setUpToy() : setUp(p, q, BigInt(`0x${randomBytes(16).toString('hex')}`));
}

/** A fresh unit modulo N; the paper does not say that r must be one. */
export function randomUnit(N: bigint): bigint {
  const r = mod(BigInt(`0x${randomBytes(80).toString('hex')}`), N);
  return gcd(r, N) === 1n ? r : randomUnit(N);
}

/** g^b for any integer b, negative ones, too. */
export function power({ N2, g }: PublicKey, b: bigint): bigint {
  return b < 0n ? inverse(modPow(g, -b, N2), N2) : modPow(g, b, N2);
}

/** Eq. (8): C = g^d r^N mod N². Takes any integer d, as the paper does. */
export function encrypt(key: PublicKey, d: bigint, r: bigint = randomUnit(key.N)): bigint {
  return (power(key, d) * modPow(r, key.N, key.N2)) % key.N2;
}

/** Section 3.2, brackets resolved; Eq. (15) to (17). The exponent of (15), printed γ, and the base of (17), printed g_λ, are λ and g_2. */
export function decrypt({ N, N2 }: PublicKey, { lambda, mu }: PrivateKey, C: bigint): bigint {
  return mod(L(modPow(C, lambda, N2), N) * mu, N);
}

/** Eq. (15) as printed: the number γ of the slot stands where λ is meant. */
export function literalDecryptArea(
  { N, N2, g }: PublicKey,
  { lambda }: PrivateKey,
  C: bigint,
  gamma: bigint,
): bigint {
  return mod(L(modPow(C, gamma, N2), N) * inverse(L(modPow(g, lambda, N2), N), N), N);
}

/** Eq. (4) to (6): what a malicious AN does to a ciphertext; b Wh more, or less for a negative b. */
export function shift(key: PublicKey, C: bigint, b: bigint): bigint {
  return (C * power(key, b)) % key.N2;
}
