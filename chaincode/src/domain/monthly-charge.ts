/**
 * Bills of time-of-use billing: the charge of a meter over every slot of its period, missing ones included as the tariff rules.
 *
 * Run by the billing contract, which recomputes every charge from committed packets before it stores what the AN signed, and by whoever checks a bill.
 * Source: paper 001 Eq. (13), (14), (17), (18), (19), (19) for every user alone (spec/schemes.md 2.C, B1.1); missing slots as missing-slots.ts rules.
 */
import { BLS_SIGNATURE_BYTES } from '../crypto/bls-suite.js';
import { decodeCiphertext, verifyOpening, type Opening, type PaillierPublicKey } from '../crypto/paillier.js';
import {
  assertPlausibleCharge,
  chargeOfProducts,
  joinPriceProducts,
  knownCiphertext,
  priceProducts,
  type PriceProducts,
} from '../crypto/tou-billing-charge.js';
import type { MissingSlot } from '../crypto/tou-billing-messages.js';
import { refusal } from '../errors.js';
import { tariffIdentifier } from './billing-tariff.js';
import { storedProducts, type ChargePartRecord } from './charge-part.js';
import { bytes, decimal, identifier, integer, list, object } from './decode.js';
import type { GridRecord } from './grid.js';
import { missingSlotEstimates } from './missing-slots.js';
import { payableMinorUnits } from './money.js';
import { namingMeter } from './naming-meter.js';
import { firstSlotOf, priceMicroPerWh, slotCountOf, type TariffTable } from './tariff.js';

export const MAX_BILLS_PER_TRANSACTION = 100;
/** Checking one opening costs 36 ms at 3072 bits. */
export const MAX_OPENINGS_PER_TRANSACTION = 100;
/** 4096-bit modulus: 1234 digits. */
const MODULUS_DIGITS = 1300;

const office = {
  grid: identifier,
  aggregator: identifier,
  term: integer(1, Number.MAX_SAFE_INTEGER),
  tariffId: tariffIdentifier,
};

export const missingSlotsSubmission = object({
  ...office,
  records: list(
    object({ meterId: identifier, signature: bytes(BLS_SIGNATURE_BYTES) }),
    MAX_BILLS_PER_TRANSACTION,
  ),
});

export const monthlyChargeSubmission = object({
  ...office,
  charges: list(
    object({ meterId: identifier, charge: bytes(), signature: bytes(BLS_SIGNATURE_BYTES) }),
    MAX_BILLS_PER_TRANSACTION,
  ),
});

export const chargeOpenings = object({
  grid: identifier,
  tariffId: tariffIdentifier,
  openings: list(
    object({ meterId: identifier, m: decimal(MODULUS_DIGITS), rho: decimal(MODULUS_DIGITS) }),
    MAX_OPENINGS_PER_TRANSACTION,
  ),
});

interface SignedByOffice {
  readonly meterId: string;
  readonly aggregator: string;
  readonly term: number;
  readonly signature: string;
  readonly txId: string;
}

/** As stored: what the missing slots of a bill count as, signed before the bill. */
export interface MissingSlotsRecord extends SignedByOffice {
  readonly rule: string;
  readonly missing: readonly MissingSlot[];
}

/** As stored; the charge is base64url. */
export interface MonthlyChargeRecord extends SignedByOffice {
  readonly charge: string;
  /** z */
  readonly slots: number;
  /** How many of them had no report. */
  readonly missing: number;
}

/** As stored: integers beyond 2^53 are decimal strings. */
export interface ChargeOpeningRecord {
  readonly meterId: string;
  /** MT_i of Eq. (17), without the fixed charge of the tariff. */
  readonly chargeMicro: string;
  readonly rho: string;
  /** What is to pay, fixed charge included, rounded once. */
  readonly payableMinor: string;
  readonly txId: string;
}

/**
 * What the missing slots of a meter count as.
 * @param parts - all that are stored of the meter, for a period whose parts have all been summed: where there is none, no slot was reported
 * @throws ValidationError TOO_MANY_MISSING_SLOTS, SLOT_NOT_ESTIMABLE, naming the meter
 */
export function missingSlotsOf(
  tariff: TariffTable,
  slotsPerPart: number,
  meterId: string,
  parts: readonly ChargePartRecord[],
): MissingSlot[] {
  const missingIn = new Map(parts.map(({ part, missing }) => [part, new Set(missing)]));
  const first = firstSlotOf(tariff);
  const isReported = (slot: number): boolean =>
    missingIn.get(Math.floor((slot - first) / slotsPerPart))?.has(slot) === false;
  return namingMeter(meterId, () => missingSlotEstimates(tariff, first, slotCountOf(tariff), isReported));
}

/**
 * Cha_i of Eq. (13), from the parts and the missing slots.
 * @param ciphertextOf - the meter's own report of a slot, for estimates that copy one
 */
export function chargeOfParts(
  key: PaillierPublicKey,
  tariff: TariffTable,
  meterId: string,
  parts: readonly ChargePartRecord[],
  missing: readonly MissingSlot[],
  ciphertextOf: (slot: number) => Uint8Array,
): bigint {
  const estimates = missing.map((one) => ({
    priceMicroPerWh: priceMicroPerWh(tariff, one.slot),
    ciphertext: 'energyWh' in one ? knownCiphertext(key, one.energyWh) : ciphertextOf(one.copyOfSlot),
  }));
  const estimated = priceProducts(key, `meter "${meterId}"`, estimates);
  const all = parts.reduce<PriceProducts>(
    (joined, part) => joinPriceProducts(key, joined, storedProducts(key, part)),
    estimated,
  );
  return chargeOfProducts(key, all);
}

/**
 * Whether (m, ρ) opens a stored charge, and whether so much can be (Eq. (17)).
 * @returns what is to pay, in the smallest unit that is paid
 * @throws ProofRejectedError WRONG_CHARGE_OPENING, CHARGE_IMPLAUSIBLE
 */
export function checkChargeOpening(
  key: PaillierPublicKey,
  { maxReadingWh }: Pick<GridRecord, 'maxReadingWh'>,
  tariff: TariffTable,
  { meterId, charge }: { readonly meterId: string; readonly charge: Uint8Array },
  opening: Opening,
): bigint {
  const ciphertext = decodeCiphertext(key, charge, `meter "${meterId}"`);
  if (!verifyOpening(key, ciphertext, opening)) throw refusal('WRONG_CHARGE_OPENING', { meterId });
  assertPlausibleCharge(meterId, opening.m, {
    slots: slotCountOf(tariff),
    maxReadingWh,
    maxPriceMicroPerWh: tariff.bands.at(-1)?.priceMicroPerWh ?? 0,
  });
  return payableMinorUnits(opening.m + BigInt(tariff.fixedChargeMicro), tariff.minorDigits);
}
