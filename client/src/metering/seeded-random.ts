/**
 * Seeded integers for simulated data, the same on every platform: xoshiro128** (Blackman, Vigna 2018), its state taken from
 * SHA-256 of the seed parts. Not for secrets.
 */
import { createHash } from 'node:crypto';
import { lp } from '@gridveil/chaincode/crypto/bytes.js';

export class SeededRandom {
  readonly #state: Uint32Array;

  /** Independent streams for different parts; each part is text or bytes. */
  constructor(...seed: readonly (string | Uint8Array)[]) {
    const digest = createHash('sha256')
      .update(lp('gridveil/simulation/seed/v1', ...seed))
      .digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (offset) => digest.readUInt32BE(offset));
  }

  /** Uniform in [0, 2^32). */
  next(): number {
    const s = this.#state as Uint32Array & [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** In [0, bound), bound in [1, 65536]; the bias of the remainder stays below 2^-16. */
  below(bound: number): number {
    return this.next() % bound;
  }

  /** In [low, high], both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in `perMille` of 1000 draws. */
  chance(perMille: number): boolean {
    return this.below(1000) < perMille;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
