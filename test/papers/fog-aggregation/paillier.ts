/**
 * Paper 000 (LDAS-BC), section V.A: Paillier as printed, typos resolved. Reference for tests only: toy keys, plain BigInt,
 * variable time, and the paper's one randomness `s` for all meters, which is its main break.
 *
 * Symbols: N = p·q (also "n" in print), g = N + 1, λ = lcm(p-1, q-1), μ = L(g^λ mod N²)^-1 mod N, L(u) = (u-1)/N,
 * s = r^N mod N².
 */
import { generatePrimeSync, randomBytes } from 'node:crypto';

/** What every meter, fog node and onlooker holds; `s` included. */
export interface PublicParameters {
  readonly N: bigint;
  readonly N2: bigint;
  /** r^N mod N²; the same for every meter. */
  readonly s: bigint;
}

/** What the MDMS holds besides. */
export interface PrivateKey {
  readonly lambda: bigint;
  readonly mu: bigint;
}

export interface System {
  readonly parameters: PublicParameters;
  readonly privateKey: PrivateKey;
  readonly p: bigint;
}

export function mod(a: bigint, modulus: bigint): bigint {
  const rest = a % modulus;
  return rest < 0n ? rest + modulus : rest;
}

export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = mod(base, modulus), rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

export function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

/** @throws RangeError when `a` has no inverse. */
export function inverse(a: bigint, modulus: bigint): bigint {
  let [r0, r1, t0, t1] = [modulus, mod(a, modulus), 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - quotient * r1, t1, t0 - quotient * t1];
  }
  if (r0 !== 1n) throw new RangeError('"a" expected a unit');
  return mod(t0, modulus);
}

/** L(u) = (u-1)/N; the print lacks the brackets. */
export function L(u: bigint, N: bigint): bigint {
  return (u - 1n) / N;
}

/** Section V.A from given primes and r. */
export function setUp(p: bigint, q: bigint, r: bigint): System {
  const N = p * q;
  const N2 = N * N;
  const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
  const mu = inverse(L(modPow(N + 1n, lambda, N2), N), N);
  return { parameters: { N, N2, s: modPow(r, N, N2) }, privateKey: { lambda, mu }, p };
}

/** Fresh toy keys: a modulus of 512 bits. */
export function setUpToy(): System {
  const prime = (): bigint => generatePrimeSync(256, { bigint: true });
  const [p, q] = [prime(), prime()];
  return p === q ? setUpToy() : setUp(p, q, BigInt(`0x${randomBytes(32).toString('hex')}`));
}

/** Eq. (2) with the missing mod N²: C = (1 + d·N)·s. Takes any d, as the paper does. */
export function encrypt({ N, N2, s }: PublicParameters, d: bigint): bigint {
  return mod((1n + d * N) * s, N2);
}

/** Eq. (12), brackets resolved: M = L(C^λ mod N²)·μ mod N. Checks nothing, as the paper does. */
export function decrypt({ N, N2 }: PublicParameters, { lambda, mu }: PrivateKey, C: bigint): bigint {
  return mod(L(modPow(C, lambda, N2), N) * mu, N);
}

/** μ as printed, with g² where g^λ is meant. */
export function literalMu({ N, N2 }: PublicParameters): bigint {
  return inverse(L(modPow(N + 1n, 2n, N2), N), N);
}

/** Eq. (12) as printed: "mod N²" stands in the exponent, so that the power itself is never reduced. */
export function literalDecrypt({ N, N2 }: PublicParameters, { lambda, mu }: PrivateKey, C: bigint): bigint {
  return mod(L(C ** (lambda % N2), N) * mu, N);
}
