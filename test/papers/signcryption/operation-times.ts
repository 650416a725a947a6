/**
 * The four operations behind table 2, timed on this host the way the paper means them.
 *
 * C_p: a pairing. C_m: scalar multiplication in G1. C_eT: exponentiation in G_T. All three on BLS12-381 with noble. C_eZ: exponentiation modulo N² with an exponent as long
 * as N, |N| = 1024 as the paper counts, by the product's `modPow` (OpenSSL).
 */
import { randomBytes } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { modPow } from '@gridveil/chaincode/crypto/modular.js';
import { generatePaillierKey } from '@gridveil/client/crypto/paillier-key.js';
import { median } from '@gridveil/caliper/measure/statistics.js';
import { timedMs } from '../../bench/bench-row.js';
import { P, P2, random, times } from './scheme.js';
import type { OperationTimes } from './costs.js';

/** |N| of paper 002; the product accepts no such key for a grid. */
export const MODULUS_BITS = 1024;

/** Median of one call in ms, after a warm-up. */
export async function medianMs(work: () => unknown, samples: number): Promise<number> {
  work();
  const ms: number[] = [];
  for (let i = 0; i < samples; i++) ms.push(await timedMs(work));
  return median(ms);
}

export async function measureOperations(samples: number): Promise<OperationTimes> {
  const { publicKey } = await generatePaillierKey(MODULUS_BITS);
  const { nSquared } = publicKey;
  const base = bytesToBigint(randomBytes(MODULUS_BITS / 4)) % nSquared;
  const exponent = bytesToBigint(randomBytes(MODULUS_BITS / 8)) | (1n << BigInt(MODULUS_BITS - 1));
  const { pairing, fields } = bls12_381;
  const [A, B, k] = [times(P, random()), times(P2, random()), random()];
  const U = pairing(A, B);
  return {
    Cp: await medianMs(() => pairing(A, B), samples),
    Cm: await medianMs(() => times(A, k), samples),
    CeZ: await medianMs(() => modPow(base, exponent, nSquared), samples),
    CeT: await medianMs(() => fields.Fp12.pow(U, k), samples),
  };
}
