/**
 * Paillier encryption, by a meter. Source: Damgård, Jurik, Nielsen 2010; spec 0.4, 1.C.
 *
 *   C = (1 + mN) · h_N^rho mod N²,   rho fresh and uniform in [0, 2^ceil(|N|/2))
 *
 * A pool holds randomisers h_N^rho made ahead of time; each is taken out before it is used and never used again.
 */
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { fromSigned } from '@gridveil/chaincode/crypto/radix.js';
import { RandomisingPower, type RandomnessOptions } from './paillier-power.js';

export class PaillierEncryptor {
  readonly #key: PaillierPublicKey;
  readonly #exponentBits: number;
  readonly #power: RandomisingPower;
  readonly #pool: bigint[] = [];

  constructor(publicKey: PaillierPublicKey, options: RandomnessOptions = {}) {
    this.#key = publicKey;
    this.#exponentBits = Math.ceil(publicKey.modulusBits / 2);
    this.#power = new RandomisingPower(publicKey, this.#exponentBits, options);
  }

  /** Randomisers made and not yet used. */
  get poolSize(): number {
    return this.#pool.length;
  }

  /** Makes `count` more randomisers, for idle time. */
  fillPool(count: number): void {
    for (let i = 0; i < count; i++) this.#pool.push(this.#freshRandomiser());
  }

  /** @param m - plaintext in [0, N). @throws RangeError outside that range. */
  encrypt(m: bigint): bigint {
    const { n, nSquared } = this.#key;
    if (m < 0n || m >= n) throw new RangeError('"m" expected 0 <= m < N');
    const randomiser = this.#pool.pop() ?? this.#freshRandomiser();
    return ((1n + m * n) * randomiser) % nSquared;
  }

  /** Encrypts a signed value, centred as `toSigned` reads it. @throws RangeError unless |v| < N/2. */
  encryptSigned(v: bigint): bigint {
    return this.encrypt(fromSigned(v, this.#key.n));
  }

  /** Builds the table now rather than at the first encryption. */
  prepare(): void {
    this.#power.prepare();
  }

  #freshRandomiser(): bigint {
    return this.#power.power(this.#power.random(this.#exponentBits));
  }
}
