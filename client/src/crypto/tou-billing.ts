/**
 * Time-of-use billing (paper 001, hardened form 001-H), secret side: how a meter makes a report.
 *
 * Run by meters. Source: paper 001 section 6.3, Eq. (8); spec/schemes.md 2.C. The ESP opens totals and charges with paillier-opening.ts; a customer compares with
 * the bill from own readings, client/src/metering/tariffs/clear-bill.ts.
 * One call makes ciphertext, proof and signature of one slot: randomness is drawn inside and cannot be chosen, kept or used twice (B1.10).
 * Cost at 3072 bits: 6 ms with blst, 20 ms without. Whoever holds the prover sees the reading, nobody after it.
 */
import {
  encodeBillingHeader,
  encodeBillingReport,
  reportMessage,
  type BillingHeader,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import { rangeProofDigest } from '@gridveil/chaincode/crypto/range-proof-statement.js';
import type { BlsKey } from './bls-key.js';
import type { EncryptedWithProof, RangeProver } from './range-proof.js';

/** Signs a ciphertext that was proven for this header. @returns the report, ready to send */
export function sealBillingReport(
  header: BillingHeader,
  { ciphertext, proof }: EncryptedWithProof,
  key: BlsKey,
): Uint8Array {
  const headerBytes = encodeBillingHeader(header);
  const signature = key.sign(reportMessage(headerBytes, ciphertext, rangeProofDigest(proof)));
  return encodeBillingReport({ headerBytes, ciphertext, proof, signature });
}

/**
 * Eq. (8) with everything 001-H adds: encrypts, proves, signs.
 * @param energyWh - from 0 to the prover's maximum. @throws RangeError outside that range.
 */
export function makeBillingReport(
  prover: RangeProver,
  key: BlsKey,
  header: BillingHeader,
  energyWh: number,
): Uint8Array {
  return sealBillingReport(header, prover.encrypt(energyWh, encodeBillingHeader(header)), key);
}
