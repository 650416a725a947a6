/**
 * A grid: one aggregation domain with its Paillier key, its regions in radix order and its limits, fixed for good.
 *
 * Bounds of spec 6.4: R > maxMeters · maxReadingWh and regions · log2 R <= |N| - 2, so that no honest total can
 * carry into its neighbour. `minGroup` is the least number of reports in a region whose sum may ever be opened.
 */
import { paillierPublicKey, type PaillierPublicKey } from '../crypto/paillier.js';
import { bytesToBigint } from '../crypto/bytes.js';
import { gcd } from '../crypto/modular.js';
import { MODULUS_PROOF_ROOTS, verifyModulusProof } from '../crypto/modulus-proof.js';
import { assertRadixBounds } from '../crypto/radix.js';
import { refusal } from '../errors.js';
import { bytes, decimal, identifier, integer, list, object } from './decode.js';

/** A sum over two is a reading to either of the two; three is the least that hides one reading from another member. */
export const LOWEST_MIN_GROUP = 3;
export const MAX_REGIONS = 128;
/** 4096-bit modulus: 1234 digits; h_N twice that. */
const MODULUS_DIGITS = 1300;

/** What the creator of a grid decides. */
export const gridParameters = object({
  grid: identifier,
  n: decimal(MODULUS_DIGITS),
  hN: decimal(2 * MODULUS_DIGITS),
  /** crypto/modulus-proof.ts: N-th roots, each as wide as N. */
  modulusProof: list(bytes(), MODULUS_PROOF_ROOTS, MODULUS_PROOF_ROOTS),
  radixBits: integer(8, 48),
  minGroup: integer(0, 1_000_000),
  maxReadingWh: integer(1, 100_000_000),
  maxMeters: integer(1, 1_000_000),
  slotSeconds: integer(60, 86_400),
  maxSlotAgeSeconds: integer(60, 10_000_000_000),
  leaseSeconds: integer(1, 86_400),
  regions: list(identifier, MAX_REGIONS),
});

export type GridParameters = ReturnType<typeof gridParameters>;

/** As stored: integers beyond 2^53 are decimal strings. Almost every transaction reads it, so the proof has a record of its own. */
export interface GridRecord extends Omit<GridParameters, 'n' | 'hN' | 'modulusProof'> {
  readonly n: string;
  readonly hN: string;
  /** Organisation of the MDMS that created the grid. */
  readonly owner: string;
}

/** The parameters that a region total is checked against. */
export type SubmissionLimits = Pick<
  GridRecord,
  'n' | 'hN' | 'slotSeconds' | 'maxSlotAgeSeconds' | 'minGroup' | 'maxMeters'
>;

export function submissionLimits(grid: GridRecord): SubmissionLimits {
  const { n, hN, slotSeconds, maxSlotAgeSeconds, minGroup, maxMeters } = grid;
  return { n, hN, slotSeconds, maxSlotAgeSeconds, minGroup, maxMeters };
}

/** More than half of what a grid is, and wanted only by who checks the key. */
export interface GridProofRecord {
  /** base64url */
  readonly modulusProof: readonly string[];
}

/** What `GetGrid` answers. */
export type ProvenGrid = GridRecord & GridProofRecord;

/** @throws ValidationError when a bound of spec 6.4 or the group floor is broken. */
export function checkGridParameters(parameters: GridParameters, allowedModulusBits: readonly number[]): void {
  const modulusBits = parameters.n.toString(2).length;
  if (!allowedModulusBits.includes(modulusBits)) {
    throw refusal('MODULUS_SIZE', { bits: modulusBits, allowed: allowedModulusBits.join(', ') });
  }
  if (parameters.n % 2n === 0n) throw refusal('BAD_FIELD', { field: 'n', expected: 'an odd modulus' });
  const nSquared = parameters.n * parameters.n;
  if (parameters.hN <= 1n || parameters.hN >= nSquared || gcd(parameters.hN, parameters.n) !== 1n) {
    throw refusal('BAD_GENERATOR');
  }
  const { regions, radixBits, maxMeters, maxReadingWh, minGroup } = parameters;
  if (new Set(regions).size !== regions.length) {
    throw refusal('BAD_FIELD', { field: 'regions', expected: 'a list without repeated ids' });
  }
  assertRadixBounds({ modulusBits, regions: regions.length, radixBits, maxMeters, maxReadingWh });
  if (minGroup < LOWEST_MIN_GROUP || minGroup > maxMeters) {
    throw refusal('MIN_GROUP_TOO_SMALL', { minGroup, lowest: LOWEST_MIN_GROUP });
  }
  checkModulusProof(parameters.n, parameters.modulusProof);
}

/** @throws ProofRejectedError BAD_MODULUS_PROOF. The dearest check, so the last one. */
export function checkModulusProof(n: bigint, proof: readonly Uint8Array[]): void {
  const sizeBytes = Math.ceil(n.toString(2).length / 8);
  const wide = proof.every((root) => root.length === sizeBytes);
  if (!wide || !verifyModulusProof(n, proof.map(bytesToBigint))) throw refusal('BAD_MODULUS_PROOF');
}

const keyCache = new Map<string, PaillierPublicKey>();
const KEY_CACHE_SIZE = 8;

/** The grid's public key; the few keys in use are kept, since preparing one costs more than using it. */
export function gridPublicKey(grid: Pick<GridRecord, 'n' | 'hN'>): PaillierPublicKey {
  const id = `${grid.n}/${grid.hN}`;
  const cached = keyCache.get(id);
  if (cached) return cached;
  const key = paillierPublicKey(BigInt(grid.n), BigInt(grid.hN));
  if (keyCache.size >= KEY_CACHE_SIZE) keyCache.clear();
  keyCache.set(id, key);
  return key;
}
