/**
 * Region totals C_j (spec 1.C): what a fog node commits for one region and slot.
 *
 * A region with fewer reports than `minGroup` is committed as withheld: count 0, the neutral ciphertext 1, the empty
 * Merkle root. It keeps its digit in the radix, adds nothing to the total, and nothing of it is ever opened. The MDMS
 * withholds a region that would keep a slot shut for all: one with an impossible sum, or one that stays silent.
 */
import { bytesToBigint, equalBytes } from '../crypto/bytes.js';
import { EMPTY_MERKLE_ROOT } from '../crypto/merkle.js';
import { encodeCiphertext, type PaillierPublicKey } from '../crypto/paillier.js';
import { refusal } from '../errors.js';
import { bytes, identifier, integer, list, object, oneOf, slotNumber } from './decode.js';
import type { GridRecord } from './grid.js';

/** Clocks may differ by this much: a slot may be submitted so long before it ends by our time. */
export const CLOCK_SKEW_SECONDS = 300;
export const MAX_TOTALS_PER_TRANSACTION = 200;

const regionTotal = object({
  region: identifier,
  slot: slotNumber,
  ciphertext: bytes(),
  count: integer(0, 1_000_000),
  merkleRoot: bytes(32),
});

export const regionTotalSubmission = object({
  grid: identifier,
  fogNode: identifier,
  totals: list(regionTotal, MAX_TOTALS_PER_TRANSACTION),
});

/** Why the MDMS leaves a region out: its sum is impossible, or there is none. */
export const WITHHOLD_REASONS = ['invalid', 'missing'] as const;

export const regionWithholding = object({
  grid: identifier,
  region: identifier,
  slot: slotNumber,
  reason: oneOf(WITHHOLD_REASONS),
});

export type RegionWithholding = ReturnType<typeof regionWithholding>;

export type RegionTotal = ReturnType<typeof regionTotal>;

/** As stored: bytes are base64url. */
export interface RegionTotalRecord {
  readonly region: string;
  readonly slot: number;
  readonly ciphertext: string;
  readonly count: number;
  readonly merkleRoot: string;
  readonly fogNode: string;
  readonly txId: string;
}

/** The total of a region that is not published for this slot. */
export function withheldTotal(key: PaillierPublicKey, region: string, slot: number): RegionTotal {
  return { region, slot, ciphertext: encodeCiphertext(key, 1n), count: 0, merkleRoot: EMPTY_MERKLE_ROOT };
}

/**
 * A region is invalid only with a total, and missing only without one, once its slot has been over for a slot length.
 * @throws StateConflictError REGION_TOTAL_MISSING, REGION_TOTAL_EXISTS, REGION_NOT_LATE
 */
export function checkWithholding(
  { region, slot, reason }: RegionWithholding,
  existing: RegionTotalRecord | undefined,
  { slotSeconds }: Pick<GridRecord, 'slotSeconds'>,
  nowSeconds: number,
): void {
  if (reason === 'invalid') {
    if (!existing) throw refusal('REGION_TOTAL_MISSING', { region, slot });
    return;
  }
  if (existing) throw refusal('REGION_TOTAL_EXISTS', { region, slot });
  if ((slot + 2) * slotSeconds >= nowSeconds) throw refusal('REGION_NOT_LATE', { region, slot });
}

/** A total is of a group large enough to open, or withheld in the one form there is. @throws ValidationError */
export function checkGroup(
  total: Omit<RegionTotal, 'slot'>,
  { minGroup, maxMeters }: Pick<GridRecord, 'minGroup' | 'maxMeters'>,
): void {
  const { region, count } = total;
  if (count > maxMeters) throw refusal('TOO_MANY_METERS', { region, count, maxMeters });
  if (count === 0) return checkWithheld(total);
  if (count < minGroup) throw refusal('GROUP_TOO_SMALL', { region, count, minGroup });
  if (bytesToBigint(total.ciphertext) === 1n)
    throw refusal('INVALID_CIPHERTEXT', { owner: `region "${region}"` });
}

function checkWithheld(total: Omit<RegionTotal, 'slot'>): void {
  if (bytesToBigint(total.ciphertext) !== 1n || !equalBytes(total.merkleRoot, EMPTY_MERKLE_ROOT)) {
    throw refusal('BAD_FIELD', { field: 'count', expected: 'above 0 unless the total is withheld' });
  }
}

/** @throws ValidationError SLOT_IN_FUTURE, SLOT_TOO_OLD */
export function checkSlotWindow(
  slot: number,
  { slotSeconds, maxSlotAgeSeconds }: Pick<GridRecord, 'slotSeconds' | 'maxSlotAgeSeconds'>,
  nowSeconds: number,
): void {
  const endSeconds = (slot + 1) * slotSeconds;
  if (endSeconds > nowSeconds + CLOCK_SKEW_SECONDS) throw refusal('SLOT_IN_FUTURE', { slot });
  if (endSeconds + maxSlotAgeSeconds < nowSeconds) {
    throw refusal('SLOT_TOO_OLD', { slot, maxAgeSeconds: maxSlotAgeSeconds });
  }
}
