/**
 * Region totals to write, made before a round starts and the same again for the same seed: each is the product of
 * `metersPerTotal` encrypted readings, as a fog node computes it, so the owner of the key can open it.
 *
 * To make thousands of them in seconds, a total multiplies one of a few prepared products by two further readings. The
 * Merkle root is a hash of the seed: the ledger stores it and cannot tell. Secret randomness comes from the seed, so
 * nothing here may ever encrypt a real reading.
 */
import { createHash } from 'node:crypto';
import { lp, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import {
  addCiphertexts,
  encodeCiphertext,
  type PaillierPublicKey,
} from '@gridveil/chaincode/crypto/paillier.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import { seededBytes } from './seeded-bytes.js';

const READINGS = 128;
const PRODUCTS = 32;
const EXTRA_READINGS = 2;
const HIGHEST_READING_WH = 500;

interface EncryptedSum {
  readonly ciphertext: bigint;
  readonly energyWh: number;
}

export interface SeededTotal {
  /** base64url, as it is submitted */
  readonly ciphertext: string;
  readonly merkleRoot: string;
  /** What the total opens to. */
  readonly energyWh: number;
}

export class SeededTotals {
  readonly #key: PaillierPublicKey;
  readonly #seed: string;
  readonly #readings: readonly EncryptedSum[];
  readonly #products: readonly EncryptedSum[];

  /** Cost: 128 encryptions, and 32 products of `metersPerTotal` ciphertexts: 2 to 4 s. @param metersPerTotal - at least 3 */
  constructor(key: PaillierPublicKey, seed: string, metersPerTotal: number) {
    const random = new SeededRandom('readings', seed);
    const encryptor = new PaillierEncryptor(key, { teeth: 9, randomBytes: seededBytes('readings', seed) });
    this.#key = key;
    this.#seed = seed;
    this.#readings = Array.from({ length: READINGS }, () => {
      const energyWh = random.between(0, HIGHEST_READING_WH);
      return { energyWh, ciphertext: encryptor.encrypt(BigInt(energyWh)) };
    });
    this.#products = Array.from({ length: PRODUCTS }, () => {
      const picked = Array.from({ length: metersPerTotal - EXTRA_READINGS }, () => this.#pick(random));
      return this.#sum(picked);
    });
  }

  /** Total number `index`, whoever asks for it. */
  total(index: number): SeededTotal {
    const random = new SeededRandom('total', this.#seed, String(index));
    const product = this.#products[random.below(PRODUCTS)] as EncryptedSum;
    const { ciphertext, energyWh } = this.#sum([product, this.#pick(random), this.#pick(random)]);
    const root = createHash('sha256').update(lp('gridveil/benchmark/root/v1', this.#seed, String(index)));
    return {
      ciphertext: toBase64url(encodeCiphertext(this.#key, ciphertext)),
      merkleRoot: root.digest('base64url'),
      energyWh,
    };
  }

  #pick(random: SeededRandom): EncryptedSum {
    return this.#readings[random.below(READINGS)] as EncryptedSum;
  }

  #sum(parts: readonly EncryptedSum[]): EncryptedSum {
    return {
      ciphertext: addCiphertexts(
        this.#key,
        parts.map((part) => part.ciphertext),
      ),
      energyWh: parts.reduce((sum, part) => sum + part.energyWh, 0),
    };
  }
}
