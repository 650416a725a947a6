/** Bytes that are the same for the same seed: AES-256 in counter mode under a hash of it. For simulated data only. */
import { createCipheriv, createHash } from 'node:crypto';
import { lp } from '@gridveil/chaincode/crypto/bytes.js';

export function seededBytes(...seed: readonly string[]): (sizeBytes: number) => Uint8Array {
  const key = createHash('sha256')
    .update(lp('gridveil/benchmark/randomness/v1', ...seed))
    .digest();
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return (sizeBytes) => stream.update(Buffer.alloc(sizeBytes));
}
