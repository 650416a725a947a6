/**
 * Openings of area totals of time-of-use billing: what the meters of an area used in a slot, all together.
 *
 * Run by the billing contract. Source: paper 001 Eq. (15); spec/schemes.md 2.C (n >= n_min), and a share of the meters beside it. Single slots of single meters, Eq. (16), are never opened: divided by the price they are
 * readings (break B1.5). Of an area the charge of Eq. (16) follows from its energy and the price.
 */
import { decodeCiphertext, verifyOpening, type Opening, type PaillierPublicKey } from '../crypto/paillier.js';
import { refusal } from '../errors.js';
import { decimal, identifier, object, slotNumber } from './decode.js';
import type { BillingTerms } from './billing-parties.js';
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

/** What keeps one meter from being alone with accomplices of the AN, which chooses whose reports block 0 holds. */
export type AreaFloor = Pick<GridRecord, 'minGroup'> & Pick<BillingTerms, 'minAreaPercent'>;

/** The least number of reports whose total may be opened. */
export function fewestReports(registered: number, { minGroup, minAreaPercent }: AreaFloor): number {
  return Math.max(minGroup, Math.ceil((registered * minAreaPercent) / 100));
}

/**
 * Whether a total over so many reports may be opened: at least `minGroup`, and at least `minAreaPercent` per cent of the meters that could have reported.
 * @throws ValidationError AREA_TOO_SMALL, AREA_INCOMPLETE
 */
export function checkAreaSize(
  { slot, count, registered }: Pick<SlotBlockRecord, 'slot' | 'count' | 'registered'>,
  floor: AreaFloor,
): void {
  const { minGroup } = floor;
  if (count < minGroup) throw refusal('AREA_TOO_SMALL', { slot, count, minGroup });
  const needed = fewestReports(registered, floor);
  if (count < needed) throw refusal('AREA_INCOMPLETE', { slot, count, registered, needed });
}

/** @throws ValidationError AREA_TOO_SMALL, AREA_INCOMPLETE. @throws ProofRejectedError WRONG_OPENING, AREA_IMPLAUSIBLE */
export function checkAreaOpening(
  key: PaillierPublicKey,
  { maxReadingWh, ...floor }: Pick<GridRecord, 'maxReadingWh'> & AreaFloor,
  block: SlotBlockRecord,
  opening: Opening,
): void {
  const { slot, count } = block;
  checkAreaSize(block, floor);
  const total = decodeCiphertext(key, storedTotal(block), `slot ${slot}`);
  if (!verifyOpening(key, total, opening)) throw refusal('WRONG_OPENING', { slot });
  if (opening.m > BigInt(count) * BigInt(maxReadingWh)) throw refusal('AREA_IMPLAUSIBLE', { slot, count });
}
