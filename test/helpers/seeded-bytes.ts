/** A source of bytes that anyone can repeat: call number i returns SHAKE256(seed ‖ "/" ‖ i). */
import { createHash } from 'node:crypto';

export function seededBytes(seed: string): (sizeBytes: number) => Uint8Array {
  let calls = 0;
  return (sizeBytes) =>
    new Uint8Array(createHash('shake256', { outputLength: sizeBytes }).update(`${seed}/${calls++}`).digest());
}
