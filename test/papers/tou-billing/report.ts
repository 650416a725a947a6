/**
 * Paper 001, section 6.2 and 6.3: registered meters and their packets P_i = C ‖ T ‖ ID ‖ σ. Reference for tests only.
 *
 * `lengthPrefixed` joins fields injectively, the charitable reading; `raw` is the printed ‖. T is a free timestamp; neither the slot γ nor a tariff is signed.
 */
import { bigintToBytes, concatBytes, lp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  randomKeyPair,
  sign,
  type BlsKeyPair,
  type PublicKeyPoint,
  type Signed,
  type SignaturePoint,
} from './bls.js';
import { encrypt, randomUnit, type PublicKey } from './paillier.js';

export type Joining = 'lengthPrefixed' | 'raw';

export interface Meter {
  readonly id: string;
  readonly keys: BlsKeyPair;
}

export function meter(id: string): Meter {
  return { id, keys: randomKeyPair() };
}

/** P_i, and for the slot that the AN files it under. */
export interface Packet {
  readonly C: bigint;
  readonly time: string;
  readonly id: string;
  readonly sigma: SignaturePoint;
}

/** C ‖ T ‖ ID. The width of C is not fixed in print; here it is that of N², or none at all for `raw`. */
export function signedBytes(
  { N2 }: PublicKey,
  C: bigint,
  time: string,
  id: string,
  joining: Joining = 'lengthPrefixed',
): Uint8Array {
  const size = (value: bigint): number => Math.ceil(value.toString(16).length / 2);
  if (joining === 'raw') return concatBytes(bigintToBytes(C, size(C)), utf8(time), utf8(id));
  return lp(bigintToBytes(C, Math.max(size(N2), size(C))), time, id);
}

/** A packet around a ciphertext that its meter chose. */
export function packetOf(
  key: PublicKey,
  { id, keys }: Meter,
  C: bigint,
  time: string,
  joining?: Joining,
): Packet {
  return { C, time, id, sigma: sign(keys, signedBytes(key, C, time, id, joining)) };
}

/** Steps 1 to 3 of section 6.3, with r fresh for each slot. */
export function makePacket(key: PublicKey, sender: Meter, d: bigint, time: string): Packet {
  return packetOf(key, sender, encrypt(key, d), time);
}

/** Eq. (8) as printed: r_i has no index γ, a meter keeps it for good. */
export function literalPackets(key: PublicKey, sender: Meter, readings: readonly bigint[]): Packet[] {
  const r = randomUnit(key.N);
  return readings.map((d, gamma) => packetOf(key, sender, encrypt(key, d, r), `T${gamma + 1}`));
}

/** What Eq. (9) looks at. */
export function signedOf(
  key: PublicKey,
  pk: PublicKeyPoint,
  { C, time, id, sigma }: Packet,
  joining?: Joining,
): Signed {
  return { pk, message: signedBytes(key, C, time, id, joining), sigma };
}
