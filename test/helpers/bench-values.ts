/**
 * A grid small enough for thousands of tests: a 256-bit Paillier key, three regions, readings up to 10 kWh.
 *
 * Everything a dishonest party can do with its own key material is here, too: any plaintext can be encrypted.
 */
import { createHash } from 'node:crypto';
import { encodeCiphertext, type Opening } from '@gridveil/chaincode/crypto/paillier.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { GridParameters, ProvenGrid } from '@gridveil/chaincode/domain/grid.js';
import { withheldTotal, type RegionTotal } from '@gridveil/chaincode/domain/region-total.js';
import { proveModulus } from '@gridveil/client/crypto/modulus-proof.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { generatePaillierKey, type PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';

export const TOY_BITS = 256;
export const REGIONS = ['north', 'south', 'west'] as const;
export type Region = (typeof REGIONS)[number];
/** 20 bits: one more than 60 meters of 10 kWh need. */
export const RADIX = 1n << 20n;
export const SLOT_SECONDS = 900;

let key: Promise<PaillierPrivateKey> | undefined;

/** One key for the whole run. */
export function toyKey(): Promise<PaillierPrivateKey> {
  key ??= generatePaillierKey(TOY_BITS);
  return key;
}

/** The proof of a key, made once. */
const modulusProofs = new WeakMap<PaillierPrivateKey, Uint8Array[]>();

export function toyParameters(key: PaillierPrivateKey, grid: string): GridParameters {
  const { publicKey } = key;
  const modulusProof = modulusProofs.get(key) ?? proveModulus(key);
  modulusProofs.set(key, modulusProof);
  return {
    grid,
    n: publicKey.n,
    hN: publicKey.hN,
    modulusProof,
    radixBits: 20,
    minGroup: 3,
    maxReadingWh: 10_000,
    maxMeters: 60,
    slotSeconds: SLOT_SECONDS,
    maxSlotAgeSeconds: 10 * 86_400,
    leaseSeconds: 60,
    regions: [...REGIONS],
  };
}

/** Parameters as the ledger holds them. */
export function recordOf({ n, hN, modulusProof: proof, ...rest }: GridParameters): ProvenGrid {
  return { ...rest, n: String(n), hN: String(hN), modulusProof: proof.map(toBase64url), owner: 'Org1MSP' };
}

/** Fresh encryption of any integer modulo N, as encoded bytes. */
export function encryptToy(key: PaillierPrivateKey, plaintext: bigint): Uint8Array {
  const { publicKey } = key;
  const m = ((plaintext % publicKey.n) + publicKey.n) % publicKey.n;
  return encodeCiphertext(publicKey, new PaillierEncryptor(publicKey).encrypt(m));
}

export interface RegionSum {
  readonly sum: number | bigint;
  readonly count: number;
}

/** What a fog node commits for reports that add up to `sum`; withheld for a count of 0. */
export function regionTotalOf(
  key: PaillierPrivateKey,
  region: string,
  slot: number,
  { sum, count }: RegionSum,
): RegionTotal {
  if (count === 0) return withheldTotal(key.publicKey, region, slot);
  const ciphertext = encryptToy(key, BigInt(sum));
  const merkleRoot = new Uint8Array(createHash('sha256').update(ciphertext).digest());
  return { region, slot, ciphertext, count, merkleRoot };
}

export function openToy(key: PaillierPrivateKey, ciphertext: bigint): Opening {
  return openCiphertext(key, ciphertext);
}
