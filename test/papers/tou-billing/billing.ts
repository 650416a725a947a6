/**
 * Paper 001, section 6.4 to 6.6: what the AN computes and signs, what the ESP opens, how anyone verifies charges; Eq. (11) to (19). Reference for tests only.
 */
import { bigintToBytes, lp } from '@gridveil/chaincode/crypto/bytes.js';
import { modPow } from '../fog-aggregation/paillier.js';
import {
  batchVerify,
  sign,
  verify,
  type BlsKeyPair,
  type PublicKeyPoint,
  type SignaturePoint,
} from './bls.js';
import { decrypt, type PrivateKey, type PublicKey } from './paillier.js';
import { signedOf, type Packet } from './report.js';

function product(values: readonly bigint[], modulus: bigint): bigint {
  return values.reduce((total, value) => (total * value) % modulus, 1n);
}

/** Eq. (9) over packets: the AN takes all or none. */
export function anAccepts(
  key: PublicKey,
  packets: readonly Packet[],
  pkOf: (id: string) => PublicKeyPoint,
): boolean {
  return batchVerify(packets.map((packet) => signedOf(key, pkOf(packet.id), packet)));
}

/** Eq. (11): C_γ = Π_i C_i,γ. */
export function areaTotal({ N2 }: PublicKey, ciphertexts: readonly bigint[]): bigint {
  return product(ciphertexts, N2);
}

/** Eq. (12): Cha_i,γ = C_i,γ^p_γ. */
export function slotCharge({ N2 }: PublicKey, C: bigint, price: bigint): bigint {
  return modPow(C, price, N2);
}

/** Eq. (13): Cha_i = Π_γ Cha_i,γ over whatever slots there are; the paper does not check that there are z. */
export function monthlyCharge({ N2 }: PublicKey, slotCharges: readonly bigint[]): bigint {
  return product(slotCharges, N2);
}

/** What the AN writes and signs: Eq. (14) signs slot and month at once, although Cha_i exists only when the month is over. */
export interface AnRecord {
  readonly C: bigint;
  readonly Cgamma: bigint;
  readonly slotCharge: bigint;
  readonly monthlyCharge: bigint;
  readonly time: string;
  readonly id: string;
}

function recordBytes({ N2 }: PublicKey, record: AnRecord): Uint8Array {
  const size = Math.ceil(N2.toString(16).length / 2);
  const numbers = [record.C, record.Cgamma, record.slotCharge, record.monthlyCharge];
  return lp(...numbers.map((value) => bigintToBytes(value, size)), record.time, record.id);
}

/** Eq. (14). */
export function anSigns(key: PublicKey, keys: BlsKeyPair, record: AnRecord): SignaturePoint {
  return sign(keys, recordBytes(key, record));
}

/** Section 6.5: the first thing the ESP does. It proves who computed, not that it was right. */
export function espAccepts(
  key: PublicKey,
  pk: PublicKeyPoint,
  record: AnRecord,
  sigma: SignaturePoint,
): boolean {
  return verify({ pk, message: recordBytes(key, record), sigma });
}

/** Eq. (15), (16), (17): M_γ, MT_i,γ, MT_i, one function of the ciphertext. */
export function espOpens(key: PublicKey, privateKey: PrivateKey, C: bigint): bigint {
  return decrypt(key, privateKey, C);
}

/** A slot as the ledger shows it to a verifier. */
export interface BilledSlot {
  readonly C: bigint;
  readonly price: bigint;
}

/** Eq. (18): Cha'_k from the ciphertexts on the ledger. */
export function recomputedCharge({ N2 }: PublicKey, slots: readonly BilledSlot[]): bigint {
  return product(
    slots.map(({ C, price }) => modPow(C, price, N2)),
    N2,
  );
}

/** Eq. (19) as printed: one product over all users k in L. */
export function verifyCharges(
  { N2 }: PublicKey,
  recomputed: readonly bigint[],
  stored: readonly bigint[],
): boolean {
  return product(recomputed, N2) === product(stored, N2);
}
