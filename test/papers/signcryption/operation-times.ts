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
import { timeOf, type TimedOperation } from '../host-times.js';
import { P, P2, random, times } from './scheme.js';
import type { OperationTimes } from './costs.js';

/** |N| of paper 002; the product accepts no such key for a grid. */
export const MODULUS_BITS = 1024;

export interface MeasuredOperations {
  readonly operations: readonly TimedOperation<keyof OperationTimes>[];
  readonly times: OperationTimes;
}

export async function measureOperations(samples: number): Promise<MeasuredOperations> {
  const { publicKey } = await generatePaillierKey(MODULUS_BITS);
  const { nSquared } = publicKey;
  const base = bytesToBigint(randomBytes(MODULUS_BITS / 4)) % nSquared;
  const exponent = bytesToBigint(randomBytes(MODULUS_BITS / 8)) | (1n << BigInt(MODULUS_BITS - 1));
  const { pairing, fields } = bls12_381;
  const [A, B, k] = [times(P, random()), times(P2, random()), random()];
  const U = pairing(A, B);
  const curve = 'BLS12-381, noble';
  const [Cp, Cm, CeZ, CeT] = [
    { notation: 'Cp', how: curve, ...(await timeOf(() => pairing(A, B), samples)) },
    { notation: 'Cm', how: curve, ...(await timeOf(() => times(A, k), samples)) },
    {
      notation: 'CeZ',
      how: `|N| = ${MODULUS_BITS}, OpenSSL`,
      ...(await timeOf(() => modPow(base, exponent, nSquared), samples)),
    },
    { notation: 'CeT', how: curve, ...(await timeOf(() => fields.Fp12.pow(U, k), samples)) },
  ] as const;
  return {
    operations: [Cp, Cm, CeZ, CeT],
    times: { Cp: Cp.medianMs, Cm: Cm.medianMs, CeZ: CeZ.medianMs, CeT: CeT.medianMs },
  };
}
