/**
 * The total of a slot over all regions, and its public opening (spec 1.A equations (8), (9), (11); 1.C).
 *
 * Run by every endorser: the leader's C_AS is recomputed from the committed region totals, and an opening is stored
 * only if it fits the committed ciphertexts. Symbols: C_AS = total ciphertext, M = m, rho = its randomness,
 * D_j = consumption of region j.
 */
import { slotTranscript, type RegionTotalFacts } from '../crypto/fog-aggregation.js';
import { fromBase64url } from '../crypto/bytes.js';
import { decodeCiphertext, verifyOpening, type PaillierPublicKey } from '../crypto/paillier.js';
import { hornerTotal, splitDigits } from '../crypto/radix.js';
import { radixCheckCiphertext, radixCheckPlaintext, radixCheckWeights } from '../crypto/radix-check.js';
import { refusal } from '../errors.js';
import { bytes, decimal, identifier, integer, object, slotNumber } from './decode.js';
import type { GridRecord } from './grid.js';
import type { RegionTotalRecord } from './region-total.js';

/** What of a grid the arithmetic of a slot depends on. */
type SlotRules = Pick<GridRecord, 'grid' | 'regions' | 'radixBits' | 'maxReadingWh'>;
type CommittedRegion = Pick<RegionTotalRecord, 'region' | 'ciphertext' | 'count' | 'merkleRoot'>;

const PLAINTEXT_DIGITS = 1300;

export const totalSubmission = object({
  grid: identifier,
  fogNode: identifier,
  term: integer(1, Number.MAX_SAFE_INTEGER),
  slot: slotNumber,
  ciphertext: bytes(),
});

export const openingSubmission = object({
  grid: identifier,
  slot: slotNumber,
  m: decimal(PLAINTEXT_DIGITS),
  rho: decimal(PLAINTEXT_DIGITS),
  /** Randomness of the radix-check combination (crypto/radix-check.ts). */
  checkRho: decimal(PLAINTEXT_DIGITS),
});

export type SlotOpening = Omit<ReturnType<typeof openingSubmission>, 'grid'>;

export interface TotalRecord {
  readonly slot: number;
  readonly ciphertext: string;
  readonly term: number;
  readonly leader: string;
  readonly txId: string;
}

export interface OpeningRecord {
  readonly slot: number;
  readonly m: string;
  readonly rho: string;
  readonly checkRho: string;
  readonly consumptionWh: Readonly<Record<string, number>>;
  readonly txId: string;
}

/** A slot's committed region totals in radix order, decoded once. */
export interface SlotRegions {
  readonly slot: number;
  readonly facts: readonly RegionTotalFacts[];
  readonly ciphertexts: readonly bigint[];
}

/** @param records - one for each region of the grid, in radix order. */
export function slotRegions(
  key: PaillierPublicKey,
  slot: number,
  records: readonly CommittedRegion[],
): SlotRegions {
  const facts = records.map((record) => ({
    region: record.region,
    ciphertext: fromBase64url(record.ciphertext, 'ciphertext'),
    count: record.count,
    merkleRoot: fromBase64url(record.merkleRoot, 'merkleRoot'),
  }));
  const ciphertexts = facts.map((f) => decodeCiphertext(key, f.ciphertext, `region "${f.region}"`));
  return { slot, facts, ciphertexts };
}

/** C_AS by Horner's rule, from committed region totals alone. */
export function slotTotal(key: PaillierPublicKey, grid: SlotRules, regions: SlotRegions): bigint {
  return hornerTotal(key, regions.ciphertexts, grid.radixBits);
}

/**
 * Splits m into the consumption of each region and checks each against what its reports can add up to.
 * @throws ProofRejectedError DIGIT_OVERFLOW
 */
export function regionConsumption(grid: SlotRules, regions: SlotRegions, m: bigint): number[] {
  const digits = splitDigits(m, grid.radixBits, grid.regions.length, regions.slot);
  return digits.map((digit, j) => {
    const { region, count } = regions.facts[j] as RegionTotalFacts;
    if (digit > BigInt(count) * BigInt(grid.maxReadingWh)) {
      throw refusal('DIGIT_OVERFLOW', {
        slot: regions.slot,
        reason: `region "${region}" is above its ceiling`,
      });
    }
    return Number(digit);
  });
}

/** The combination of region totals that the radix check opens, and what it must open to. */
export function radixCheck(
  key: PaillierPublicKey,
  grid: Pick<GridRecord, 'grid'>,
  channel: string,
  regions: SlotRegions,
  consumptionWh: readonly number[],
): { ciphertext: bigint; m: bigint } {
  const transcript = slotTranscript(key.fingerprint, channel, grid.grid, regions.slot, regions.facts);
  const weights = radixCheckWeights(key, transcript, regions.ciphertexts.length);
  const digits = consumptionWh.map((energyWh) => BigInt(energyWh));
  return {
    ciphertext: radixCheckCiphertext(key, regions.ciphertexts, weights),
    m: radixCheckPlaintext(key, digits, weights),
  };
}

/**
 * Checks a whole opening against committed ciphertexts.
 * @returns the consumption of each region in Wh, in radix order.
 * @throws ProofRejectedError WRONG_OPENING, DIGIT_OVERFLOW, DIGIT_CHECK_FAILED. Cost: two N-bit exponentiations modulo N².
 */
export function checkSlotOpening(
  key: PaillierPublicKey,
  grid: SlotRules,
  channel: string,
  regions: SlotRegions,
  totalCiphertext: bigint,
  opening: SlotOpening,
): number[] {
  const { slot, m, rho, checkRho } = opening;
  if (!verifyOpening(key, totalCiphertext, { m, rho })) throw refusal('WRONG_OPENING', { slot });
  const consumptionWh = regionConsumption(grid, regions, m);
  const check = radixCheck(key, grid, channel, regions, consumptionWh);
  if (!verifyOpening(key, check.ciphertext, { m: check.m, rho: checkRho })) {
    throw refusal('DIGIT_CHECK_FAILED', { slot });
  }
  return consumptionWh;
}
