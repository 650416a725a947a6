/**
 * Paillier private keys: generation, storage form, exchange with paillier-bigint. Run by the MDMS, the only key owner.
 *
 * Source: spec 0.4; Damgård, Jurik, Nielsen 2010 for h_N: p = q = 3 mod 4, gcd(p-1, q-1) = 2, gcd(N, phi) = 1,
 * h = -x² mod N for a random x, h_N = h^N mod N². Whoever encrypts needs (N, h_N) only.
 *
 * p and q are private fields: neither JSON.stringify nor util.inspect shows them; `exportPaillierKey` is the one way out.
 * Cost: two primes of half the size (about 1 s for 3072 bits). Generation is not constant time.
 */
import { checkPrimeSync, generatePrime, randomBytes } from 'node:crypto';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { bitLength, gcd, mod, modInverse, modPow } from '@gridveil/chaincode/crypto/modular.js';
import { paillierPublicKey, type PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { SecretPower } from './modexp-secret.js';

const SCHEMA = 'gridveil/paillier-key/v1';
/** Makes x of `h` uniform modulo N up to 2^-128. */
const EXTRA_RANDOM_BYTES = 16;
/** Miller-Rabin rounds on the primes of a stored key: a guard against damage, its owner has no reason to cheat. */
const PRIME_CHECKS = 20;

/** The storage form; integers as decimal strings. Everything but `n` and `hN` is secret. */
export interface PaillierKeyFile {
  readonly schema: typeof SCHEMA;
  readonly n: string;
  readonly hN: string;
  readonly p: string;
  readonly q: string;
}

/** The numbers paillier-bigint builds its two key objects from; g = n + 1. */
export interface PaillierParameters {
  readonly n: bigint;
  readonly g: bigint;
  readonly lambda: bigint;
  readonly mu: bigint;
  readonly p: bigint;
  readonly q: bigint;
}

export class PaillierPrivateKey {
  readonly publicKey: PaillierPublicKey;
  readonly #p: bigint;
  readonly #q: bigint;

  /** @throws RangeError when p and q are not the primes of a key this product accepts, or h_N is no N-th residue. */
  constructor(p: bigint, q: bigint, hN: bigint) {
    assertPrimes(p, q);
    this.publicKey = paillierPublicKey(p * q, hN);
    this.#p = p;
    this.#q = q;
    if (!this.#isResidue(hN)) throw new RangeError('"hN" expected an N-th residue modulo N squared');
  }

  get p(): bigint {
    return this.#p;
  }

  get q(): bigint {
    return this.#q;
  }

  /**
   * h_N must encrypt 0, or every reading would shift by its plaintext. That is h_N^(p-1) = 1 mod p² and the same for q; one power more, because
   * OpenSSL does not answer 1.
   */
  #isResidue(hN: bigint): boolean {
    return [this.#p, this.#q].every(
      (prime) => new SecretPower(prime * prime, prime).of(hN) === hN % (prime * prime),
    );
  }
}

function lambdaOf(p: bigint, q: bigint): bigint {
  return ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
}

function assertPrimes(p: bigint, q: bigint): void {
  if (p === q || !isPrime(p) || !isPrime(q)) throw new RangeError('"p", "q" expected two different primes');
  if (!fitTogether(p, q)) {
    throw new RangeError(
      '"p", "q" expected primes of 3 mod 4 with gcd(p-1, q-1) = 2 and gcd(pq, (p-1)(q-1)) = 1',
    );
  }
}

function isPrime(value: bigint): boolean {
  return value > 2n && checkPrimeSync(value, { checks: PRIME_CHECKS });
}

function fitTogether(p: bigint, q: bigint): boolean {
  const blum = (p & 3n) === 3n && (q & 3n) === 3n;
  return blum && gcd(p - 1n, q - 1n) === 2n && gcd(p * q, (p - 1n) * (q - 1n)) === 1n;
}

function randomBlumPrime(bits: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    generatePrime(bits, { add: 4n, rem: 3n, bigint: true }, (error, prime) => {
      if (error === null || error === undefined) resolve(prime);
      else reject(error);
    });
  });
}

/** h_N for a random h = -x² mod N. */
function randomGenerator(n: bigint): bigint {
  const sizeBytes = Math.ceil(bitLength(n) / 8) + EXTRA_RANDOM_BYTES;
  for (;;) {
    const x = bytesToBigint(randomBytes(sizeBytes)) % n;
    if (x !== 0n && gcd(x, n) === 1n) return modPow(mod(-(x * x), n), n, n * n);
  }
}

/**
 * Makes a key whose N has exactly `bits` bits.
 * @param bits - even, at least 32; which sizes are accepted in a grid is the registry's policy
 */
export async function generatePaillierKey(bits: number): Promise<PaillierPrivateKey> {
  if (!Number.isInteger(bits) || bits < 32 || bits % 2 !== 0)
    throw new RangeError('"bits" expected an even integer of at least 32');
  const half = bits / 2;
  let [p, q] = await Promise.all([randomBlumPrime(half), randomBlumPrime(half)]);
  while (bitLength(p * q) !== bits || p === q || !fitTogether(p, q)) {
    [p, q] = [p > q ? p : q, await randomBlumPrime(half)];
  }
  return new PaillierPrivateKey(p, q, randomGenerator(p * q));
}

/** Everything of the key, secrets included, as plain JSON. Write it only to a file nobody else can read. */
export function exportPaillierKey(key: PaillierPrivateKey): PaillierKeyFile {
  const { n, hN } = key.publicKey;
  return { schema: SCHEMA, n: `${n}`, hN: `${hN}`, p: `${key.p}`, q: `${key.q}` };
}

/** @throws TypeError for another shape. @throws RangeError when the numbers do not make a key. */
export function importPaillierKey(file: unknown): PaillierPrivateKey {
  const fields = (typeof file === 'object' && file !== null ? file : {}) as Partial<Record<string, unknown>>;
  if (fields['schema'] !== SCHEMA) throw new TypeError(`"schema" expected ${SCHEMA}`);
  const [n, hN, p, q] = (['n', 'hN', 'p', 'q'] as const).map((name) => decimal(fields[name], name)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (p * q !== n) throw new RangeError('"n" expected the product of "p" and "q"');
  return new PaillierPrivateKey(p, q, hN);
}

function decimal(value: unknown, name: string): bigint {
  if (typeof value !== 'string' || !/^[1-9]\d{0,4999}$/.test(value))
    throw new TypeError(`"${name}" expected a decimal string`);
  return BigInt(value);
}

/** The same key in the numbers of paillier-bigint. All but `n` and `g` are secret. */
export function toPaillierParameters(key: PaillierPrivateKey): PaillierParameters {
  const { n } = key.publicKey;
  const lambda = lambdaOf(key.p, key.q);
  return { n, g: n + 1n, lambda, mu: modInverse(lambda, n), p: key.p, q: key.q };
}

/**
 * A key from the primes of another library, with a fresh h_N. The primes must have the form this product needs.
 * @throws RangeError for other primes, which paillier-bigint makes three times out of four: generate the key here and hand it over instead.
 */
export function fromPaillierParameters({
  n,
  p,
  q,
}: Pick<PaillierParameters, 'n' | 'p' | 'q'>): PaillierPrivateKey {
  if (p * q !== n) throw new RangeError('"n" expected the product of "p" and "q"');
  return new PaillierPrivateKey(p, q, randomGenerator(n));
}
