/**
 * Powers of h_N with secret random exponents, for whoever encrypts under a Paillier key. Spec 0.4.
 *
 * The powers come from a fixed-base table (chaincode/src/crypto/paillier-table.ts), built at first use or by `prepare`: 53 MB and about 1 s for a 3072-bit N, after which
 * a power with a 1536-bit exponent takes 2.5 ms. Where it cannot be built, OpenSSL computes them in 18 ms.
 */
import { randomBytes } from 'node:crypto';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { modPow } from '@gridveil/chaincode/crypto/modular.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { FixedBaseTable } from '@gridveil/chaincode/crypto/paillier-table.js';

const DEFAULT_TEETH = 12;
const TOY_TEETH = 6;
const TOY_MODULUS_BITS = 1024;

export interface RandomnessOptions {
  /** Size of the table: 8 · 2^teeth entries. One tooth less halves memory and building time and costs about a tenth of the speed. */
  readonly teeth?: number;
  /** Source of secret random bytes; only tests replace it. */
  readonly randomBytes?: (sizeBytes: number) => Uint8Array;
}

export class RandomisingPower {
  readonly #key: PaillierPublicKey;
  readonly #maxExponentBits: number;
  readonly #teeth: number;
  readonly #randomBytes: (sizeBytes: number) => Uint8Array;
  #table: FixedBaseTable | 'none' | undefined;

  /** @param maxExponentBits - of the exponents that `power` will be given */
  constructor(key: PaillierPublicKey, maxExponentBits: number, options: RandomnessOptions = {}) {
    this.#key = key;
    this.#maxExponentBits = maxExponentBits;
    this.#teeth = options.teeth ?? (key.modulusBits < TOY_MODULUS_BITS ? TOY_TEETH : DEFAULT_TEETH);
    this.#randomBytes = options.randomBytes ?? randomBytes;
  }

  /** Builds the table now rather than at the first power. */
  prepare(): void {
    this.#table ??=
      FixedBaseTable.build(this.#key.n, this.#key.hN, this.#maxExponentBits, this.#teeth) ?? 'none';
  }

  /** A uniform big-endian number of `bits` bits. */
  random(bits: number): Uint8Array {
    const bytes = this.#randomBytes(Math.ceil(bits / 8));
    bytes[0] = (bytes[0] ?? 0) & (0xff >> (bytes.length * 8 - bits));
    return bytes;
  }

  /** h_N^exponent mod N². */
  power(exponent: Uint8Array): bigint {
    this.prepare();
    if (this.#table instanceof FixedBaseTable) return this.#table.power(exponent);
    return modPow(this.#key.hN, bytesToBigint(exponent), this.#key.nSquared);
  }
}
