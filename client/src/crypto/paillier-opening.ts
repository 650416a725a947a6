/**
 * Decryption and public openings, by the owner of a Paillier private key (the MDMS).
 *
 * Source: spec 0.4. With L_p(u) = (u - 1)/p: m = L_p(C^(p-1) mod p²)·(-q)^-1 mod p, the same modulo q, joined by the Chinese remainder theorem;
 * since (1 + mN) = 1 mod N, rho = C^(1/N mod lambda) mod N, Eq. (11) of paper 000.
 *
 * The powers are constant time where SecretPower says so; the rest, on BigInt, is not.
 * Cost for 3072 bits: two powers modulo 3072 bits to decrypt, two more modulo 1536 bits for rho.
 */
import { refusal } from '@gridveil/chaincode/errors.js';
import { mod, modInverse } from '@gridveil/chaincode/crypto/modular.js';
import type { Opening } from '@gridveil/chaincode/crypto/paillier.js';
import { SecretPower } from './modexp-secret.js';
import type { PaillierPrivateKey } from './paillier-key.js';

/** What one prime of the key contributes. */
class PrimeSide {
  readonly #decryptionPower: SecretPower;
  readonly #rootPower: SecretPower;
  readonly #scale: bigint;

  constructor(
    readonly prime: bigint,
    readonly other: bigint,
  ) {
    this.#decryptionPower = new SecretPower(prime * prime, prime - 1n);
    this.#rootPower = new SecretPower(prime, modInverse(prime * other, prime - 1n));
    this.#scale = modInverse(-other, prime);
  }

  plaintext(ciphertext: bigint): bigint {
    const power = this.#decryptionPower.of(ciphertext);
    return (((power - 1n) / this.prime) * this.#scale) % this.prime;
  }

  root(ciphertext: bigint): bigint {
    return this.#rootPower.of(ciphertext);
  }
}

class CrtContext {
  readonly #p: PrimeSide;
  readonly #q: PrimeSide;
  readonly #pInverse: bigint;

  constructor(key: PaillierPrivateKey) {
    this.#p = new PrimeSide(key.p, key.q);
    this.#q = new PrimeSide(key.q, key.p);
    this.#pInverse = modInverse(key.p, key.q);
  }

  isUnit(ciphertext: bigint): boolean {
    return ciphertext % this.#p.prime !== 0n && ciphertext % this.#q.prime !== 0n;
  }

  plaintext(ciphertext: bigint): bigint {
    return this.#join(this.#p.plaintext(ciphertext), this.#q.plaintext(ciphertext));
  }

  root(ciphertext: bigint): bigint {
    return this.#join(this.#p.root(ciphertext), this.#q.root(ciphertext));
  }

  #join(restP: bigint, restQ: bigint): bigint {
    return restP + this.#p.prime * mod((restQ - restP) * this.#pInverse, this.#q.prime);
  }
}

const contexts = new WeakMap<PaillierPrivateKey, CrtContext>();

function contextFor(key: PaillierPrivateKey, ciphertext: bigint): CrtContext {
  let context = contexts.get(key);
  if (context === undefined) {
    context = new CrtContext(key);
    contexts.set(key, context);
  }
  if (ciphertext <= 0n || ciphertext >= key.publicKey.nSquared || !context.isUnit(ciphertext))
    throw refusal('INVALID_CIPHERTEXT', { owner: 'the total to open' });
  return context;
}

/** The plaintext in [0, N). @throws ValidationError INVALID_CIPHERTEXT unless C is a unit modulo N². */
export function decrypt(key: PaillierPrivateKey, ciphertext: bigint): bigint {
  return contextFor(key, ciphertext).plaintext(ciphertext);
}

/** x^(1/N) modulo N: the one N-th root. @throws ValidationError INVALID_CIPHERTEXT unless x is a unit. */
export function rootModuloN(key: PaillierPrivateKey, x: bigint): bigint {
  return contextFor(key, x).root(x);
}

/** The plaintext and the proof of it, for publication. @throws ValidationError INVALID_CIPHERTEXT unless C is a unit modulo N². */
export function openCiphertext(key: PaillierPrivateKey, ciphertext: bigint): Opening {
  const context = contextFor(key, ciphertext);
  return { m: context.plaintext(ciphertext), rho: context.root(ciphertext) };
}
