/**
 * Openings of area totals of time-of-use billing: what the meters of an area used in a slot, all together.
 *
 * Run by the billing contract. Source: paper 001 Eq. (15); spec/schemes.md 2.C (n >= n_min). Single slots of single meters, Eq. (16), are never opened: divided by the price they are
 * readings (break B1.5). Of an area the charge of Eq. (16) follows from its energy and the price.
 */
import { decodeCiphertext, verifyOpening, type Opening, type PaillierPublicKey } from '../crypto/paillier.js';
import { refusal } from '../errors.js';
import { decimal, identifier, object, slotNumber } from './decode.js';
import type { GridRecord } from './grid.js';
import { storedTotal, type SlotBlockRecord } from './slot-block.js';

/** 4096-bit modulus: 1234 digits. */
const MODULUS_DIGITS = 1300;

export const areaOpening = object({
  grid: identifier,
  slot: slotNumber,
  m: decimal(MODULUS_DIGITS),
  rho: decimal(MODULUS_DIGITS),
});

/** As stored: integers beyond 2^53 are decimal strings. */
export interface AreaOpeningRecord {
  readonly slot: number;
  /** M_γ, over `count` meters. */
  readonly energyWh: string;
  readonly rho: string;
  readonly count: number;
  readonly txId: string;
}

/** @throws ValidationError AREA_TOO_SMALL. @throws ProofRejectedError WRONG_OPENING, AREA_IMPLAUSIBLE */
export function checkAreaOpening(
  key: PaillierPublicKey,
  { minGroup, maxReadingWh }: Pick<GridRecord, 'minGroup' | 'maxReadingWh'>,
  block: SlotBlockRecord,
  opening: Opening,
): void {
  const { slot, count } = block;
  if (count < minGroup) throw refusal('AREA_TOO_SMALL', { slot, count, minGroup });
  const total = decodeCiphertext(key, storedTotal(block), `slot ${slot}`);
  if (!verifyOpening(key, total, opening)) throw refusal('WRONG_OPENING', { slot });
  if (opening.m > BigInt(count) * BigInt(maxReadingWh)) throw refusal('AREA_IMPLAUSIBLE', { slot, count });
}
