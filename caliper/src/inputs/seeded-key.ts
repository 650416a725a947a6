/** A Paillier key that is the same for the same seed, so that a run's inputs are, too. Whoever knows the seed has the key. */
import { checkPrimeSync } from 'node:crypto';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { mod, modPow } from '@gridveil/chaincode/crypto/modular.js';
import { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { seededBytes } from './seeded-bytes.js';

/** @param bits - of N, a multiple of 16. Cost: about 1 s for 3072 bits. */
export function seededPaillierKey(seed: string, bits: number): PaillierPrivateKey {
  const random = seededBytes('key', seed);
  for (;;) {
    const [p, q] = [blumPrime(random, bits / 2), blumPrime(random, bits / 2)];
    const n = p * q;
    const x = bytesToBigint(random(bits / 8)) % n;
    try {
      return new PaillierPrivateKey(p, q, modPow(mod(-(x * x), n), n, n * n));
    } catch (error) {
      // The primes do not go together: the next pair.
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

/** The next prime of 3 mod 4 whose two top bits are set, so that a product of two has twice as many bits. */
function blumPrime(random: (sizeBytes: number) => Uint8Array, bits: number): bigint {
  const top = 3n << BigInt(bits - 2);
  for (;;) {
    const candidate = bytesToBigint(random(bits / 8)) | top | 3n;
    if (checkPrimeSync(candidate)) return candidate;
  }
}
