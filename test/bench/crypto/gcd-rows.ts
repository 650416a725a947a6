/** Benchmark of the greatest common divisor, which tells whether a ciphertext is a unit; the peer is Euclid's algorithm on BigInt. */
import { randomBytes } from 'node:crypto';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { gcd } from '@gridveil/chaincode/crypto/modular.js';
import { timedMs, type BenchRow } from '../bench-row.js';

const BITS = 3072;
const PAIRS = 50;

function euclid(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

const greatestCommonDivisor: BenchRow = {
  name: 'gcd',
  what: `greatest common divisor of two numbers of ${BITS} bits`,
  unit: 'us',
  goals: [{ atMost: 45 }],
  peer: 'Euclid on BigInt',
  prepare: () => {
    const long = (): bigint => (1n << BigInt(BITS)) | bytesToBigint(randomBytes(BITS / 8));
    const pairs = Array.from({ length: PAIRS }, () => [long(), long()] as const);
    const sampler = (divisor: typeof gcd, repeats: number) => async () => {
      const ms = await timedMs(() => pairs.forEach(([a, b]) => divisor(a, b)), repeats);
      return (ms / PAIRS) * 1000;
    };
    return { ours: sampler(gcd, 40), peer: sampler(euclid, 4) };
  },
};

export const gcdRows: readonly BenchRow[] = [greatestCommonDivisor];
