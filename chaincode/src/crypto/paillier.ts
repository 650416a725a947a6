/**
 * Paillier's cryptosystem, public side: keys, ciphertext encoding, validity, homomorphic operations, checked openings.
 *
 * Run by fog nodes, the leader, every peer and anyone who audits; the secret side is client/src/crypto/paillier-*.
 * Source: Paillier 1999 with g = N + 1; Damgård, Jurik, Nielsen 2010 for h_N; spec 0.1, 0.4, 1.A.
 *
 *   N     modulus, product of two primes          C      ciphertext, a unit modulo N²
 *   h_N   h^N mod N², base of all randomisers      (m, ρ) opening of C: (1 + mN)·ρ^N = C mod N²
 *
 * Sizes for a 3072-bit N: N 384 bytes, C 768 bytes. All inputs are public, nothing here is constant time.
 * Unaudited research code.
 */
import { createHash } from 'node:crypto';
import { refusal } from '../errors.js';
import { bigintToBytes, bytesToBigint, lp } from './bytes.js';
import { bitLength, gcd, mod, modPow } from './modular.js';
import { montgomeryEngine } from './montgomery.js';

export const PAILLIER_MODULUS_BITS: readonly number[] = [2048, 3072, 4096];

const LABEL_MODULUS = 'gridveil/paillier-n/v1';
/** Shorter products are faster on BigInt. */
const ENGINE_FROM = 8;

export interface PaillierPublicKey {
  readonly n: bigint;
  readonly hN: bigint;
  readonly nSquared: bigint;
  readonly modulusBits: number;
  /** Every encoded ciphertext has this size: ceil(|N²| / 8). */
  readonly ciphertextBytes: number;
  /** 32 bytes: SHA-256(lp("gridveil/paillier-n/v1", N big-endian)). */
  readonly fingerprint: Uint8Array;
}

/** What opens a ciphertext: plaintext `m` in [0, N) and randomness `rho`, a unit in (0, N). */
export interface Opening {
  readonly m: bigint;
  readonly rho: bigint;
}

/** A ciphertext with the name of whoever sent it, for the refusal. */
export interface OwnedCiphertext {
  readonly owner: string;
  readonly ciphertext: bigint;
}

/** An encoded ciphertext with the name of whoever sent it, for the refusal. */
export interface OwnedCiphertextBytes {
  readonly owner: string;
  readonly bytes: Uint8Array;
}

/**
 * Builds the public key. Which sizes are accepted is the caller's policy (`PAILLIER_MODULUS_BITS`).
 * @throws DecodeError BAD_FIELD when N is even or tiny. @throws ValidationError BAD_GENERATOR when h_N is no unit modulo N².
 */
export function paillierPublicKey(n: bigint, hN: bigint): PaillierPublicKey {
  if (n < 15n || (n & 1n) === 0n)
    throw refusal('BAD_FIELD', { field: 'n', expected: 'an odd modulus above 14' });
  const nSquared = n * n;
  if (hN <= 0n || hN >= nSquared || gcd(hN % n, n) !== 1n) throw refusal('BAD_GENERATOR');
  const modulusBits = bitLength(n);
  const fingerprint = createHash('sha256')
    .update(lp(LABEL_MODULUS, bigintToBytes(n, Math.ceil(modulusBits / 8))))
    .digest();
  return Object.freeze({
    n,
    hN,
    nSquared,
    modulusBits,
    ciphertextBytes: Math.ceil(bitLength(nSquared) / 8),
    fingerprint: new Uint8Array(fingerprint),
  });
}

/** Big-endian, exactly `key.ciphertextBytes` long. @throws RangeError unless 0 < ciphertext < N². */
export function encodeCiphertext(key: PaillierPublicKey, ciphertext: bigint): Uint8Array {
  if (ciphertext <= 0n || ciphertext >= key.nSquared)
    throw new RangeError('"ciphertext" expected 0 < C < N squared');
  return bigintToBytes(ciphertext, key.ciphertextBytes);
}

/**
 * Decodes one ciphertext. Does not check that it is a unit: `assertUnits` does, once for a whole batch.
 * @param owner - whose ciphertext it is, for the refusal
 * @throws DecodeError BAD_LENGTH. @throws ValidationError INVALID_CIPHERTEXT unless 0 < C < N².
 */
export function decodeCiphertext(key: PaillierPublicKey, bytes: Uint8Array, owner: string): bigint {
  assertCiphertextLength(key, bytes, owner);
  const ciphertext = bytesToBigint(bytes);
  if (ciphertext === 0n || ciphertext >= key.nSquared) throw refusal('INVALID_CIPHERTEXT', { owner });
  return ciphertext;
}

/**
 * Checks length and range of an encoded ciphertext like `decodeCiphertext`, without making a BigInt of it.
 * @throws DecodeError BAD_LENGTH. @throws ValidationError INVALID_CIPHERTEXT unless 0 < C < N².
 */
export function assertCiphertextRange(key: PaillierPublicKey, bytes: Uint8Array, owner: string): void {
  assertCiphertextLength(key, bytes, owner);
  const inRange = Buffer.compare(bytes, encodedLimit(key)) < 0 && bytes.some((byte) => byte !== 0);
  if (!inRange) throw refusal('INVALID_CIPHERTEXT', { owner });
}

const encodedLimits = new WeakMap<PaillierPublicKey, Uint8Array>();

function encodedLimit(key: PaillierPublicKey): Uint8Array {
  let limit = encodedLimits.get(key);
  if (limit === undefined) {
    limit = bigintToBytes(key.nSquared, key.ciphertextBytes);
    encodedLimits.set(key, limit);
  }
  return limit;
}

function assertCiphertextLength(key: PaillierPublicKey, bytes: Uint8Array, owner: string): void {
  if (bytes.length !== key.ciphertextBytes) {
    throw refusal('BAD_LENGTH', {
      what: `The ciphertext of ${owner}`,
      expectedBytes: key.ciphertextBytes,
      actualBytes: bytes.length,
    });
  }
}

/**
 * Checks that every ciphertext is a unit modulo N², with one gcd on their product.
 * @throws ValidationError INVALID_CIPHERTEXT naming the first owner whose ciphertext is none.
 */
export function assertUnits(key: PaillierPublicKey, entries: readonly OwnedCiphertext[]): void {
  const ciphertexts = entries.map((entry) => entry.ciphertext);
  assertUnitProduct(key, addCiphertexts(key, ciphertexts), entries, (entry) => entry.ciphertext);
}

function assertUnitProduct<T extends { readonly owner: string }>(
  key: PaillierPublicKey,
  product: bigint,
  entries: readonly T[],
  ciphertextOf: (entry: T) => bigint,
): void {
  if (gcd(product % key.n, key.n) === 1n) return;
  const bad = entries.find((entry) => gcd(ciphertextOf(entry) % key.n, key.n) !== 1n);
  throw refusal('INVALID_CIPHERTEXT', { owner: bad?.owner ?? 'an unknown sender' });
}

/** Enc(Σ m): the product modulo N²; 1, which encrypts 0 openly, for none. @param ciphertexts - each in [0, N²) */
export function addCiphertexts(key: PaillierPublicKey, ciphertexts: readonly bigint[]): bigint {
  const engine = ciphertexts.length < ENGINE_FROM ? undefined : montgomeryEngine(key.n);
  if (engine !== undefined)
    return engine.product(ciphertexts.map((c) => bigintToBytes(c, key.ciphertextBytes)));
  return ciphertexts.reduce((product, ciphertext) => (product * ciphertext) % key.nSquared, 1n);
}

/**
 * Decodes, checks (length, range, unit) and adds in one go: what a fog node does with the reports of a slot.
 * This is the fast way: one product and one gcd for all, and the bytes become no BigInts.
 * @returns the product modulo N²; 1 for no entries
 * @throws DecodeError BAD_LENGTH. @throws ValidationError INVALID_CIPHERTEXT, both naming the first bad owner.
 */
export function addEncodedCiphertexts(
  key: PaillierPublicKey,
  entries: readonly OwnedCiphertextBytes[],
): bigint {
  for (const { bytes, owner } of entries) assertCiphertextRange(key, bytes, owner);
  const engine = entries.length < ENGINE_FROM ? undefined : montgomeryEngine(key.n);
  const product =
    engine?.product(entries.map((entry) => entry.bytes)) ??
    addCiphertexts(
      key,
      entries.map((entry) => bytesToBigint(entry.bytes)),
    );
  assertUnitProduct(key, product, entries, (entry) => bytesToBigint(entry.bytes));
  return product;
}

/** Enc(k·m): C^k mod N². @param k - public, not negative. @throws RangeError for a negative k. */
export function scaleCiphertext(key: PaillierPublicKey, ciphertext: bigint, k: bigint): bigint {
  return modPow(ciphertext, k, key.nSquared);
}

/**
 * Whether (m, ρ) opens the ciphertext: (1 + mN)·ρ^N = C mod N², Eq. (11) of paper 000, with both in range.
 * Cost: one power modulo N² with exponent N (36 ms for 3072 bits).
 */
export function verifyOpening(key: PaillierPublicKey, ciphertext: bigint, { m, rho }: Opening): boolean {
  if (m < 0n || m >= key.n || rho <= 0n || rho >= key.n) return false;
  if (gcd(rho, key.n) !== 1n) return false;
  const rebuilt = ((1n + m * key.n) * modPow(rho, key.n, key.nSquared)) % key.nSquared;
  return rebuilt === mod(ciphertext, key.nSquared);
}
