/** What strangers' verifiers are made of: nothing of Gridveil, plain BigInt, the encodings as they are published. */
import { createHash } from 'node:crypto';

export class Wrong extends Error {}

export function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Wrong(otherwise);
}

export function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function bigEndian(value: number | bigint, width: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * width, '0'), 'hex');
}

export const u32 = (value: number): Buffer => bigEndian(value, 4);
export const u64 = (value: number): Buffer => bigEndian(value, 8);

/** Each field with its length before it. */
export function lp(...list: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    list.flatMap((field) => {
      const bytes = Buffer.from(field as string);
      return [u32(bytes.length), bytes];
    }),
  );
}

export function number(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`);
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

export function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

export function bits(value: bigint): number {
  return value.toString(2).length;
}

export function decoded(text: string, width: number, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  must(bytes.toString('base64url') === text && bytes.length === width, `${what}: not ${width} bytes`);
  return bytes;
}

/** No prime below 6370 divides N, and 11 values that N determines have N-th roots. @param modulus - N in as many bytes as it needs */
export function checkModulus(n: bigint, modulus: Buffer, proof: readonly string[]): void {
  for (let divisor = 2n; divisor < 6370n; divisor++) must(n % divisor !== 0n, 'small factor');
  must(proof.length === 11, 'modulus proof');
  const blocks = Math.ceil((bits(n) + 128) / 256);
  for (const [i, root] of proof.entries()) {
    const hashes = Array.from({ length: blocks }, (_, block) =>
      sha256(lp('gridveil/paillier-modulus-proof/v1', modulus, u32(i), u32(block))),
    );
    const value = number(decoded(root, modulus.length, 'root'));
    must(value < n && power(value, n, n) === number(Buffer.concat(hashes)) % n, 'root');
  }
}

/** RFC 6962, section 2.1.1, from a leaf to the root. */
export function climb(leaf: Buffer, index: number, count: number, siblings: readonly Buffer[]): Buffer {
  must(index < count, 'place of a leaf');
  if (count === 1) {
    must(siblings.length === 0, 'path too long');
    return leaf;
  }
  const sibling = siblings.at(-1);
  if (sibling === undefined) throw new Wrong('path too short');
  const rest = siblings.slice(0, -1);
  let left = 1;
  while (2 * left < count) left *= 2;
  const pair =
    index < left
      ? [climb(leaf, index, left, rest), sibling]
      : [sibling, climb(leaf, index - left, count - left, rest)];
  return sha256(Buffer.concat([Buffer.of(1), ...pair]));
}
