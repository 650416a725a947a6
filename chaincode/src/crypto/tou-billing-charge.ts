/**
 * Time-of-use billing (paper 001): totals and charges on ciphertext, Eq. (11), (12), (13), (18), (19), and their limits.
 *
 * Computed by the AN, recomputed by every endorser before it stores them, by customers and strangers from the ledger: all are functions of committed packets and the tariff, so the AN has
 * nothing to choose. Source: paper 001 section 6.4, 6.6; spec/schemes.md 2.A, 2.C, 6.4.
 *
 *   C_γ = Π_i C_i,γ      Cha_i,γ = C_i,γ^p_γ      Cha_i = Π_γ C_i,γ^p_γ = Π_p (Π_{γ: p_γ = p} C_i,γ)^p      all mod N²;  p_γ in 10⁻⁶ currency units per Wh
 *
 * Multiplying the slots of one price before raising makes a month cost z products and one 24-bit power per price: 1.2 times the z products for three prices. All inputs are public.
 * Openings are checked by `verifyOpening` of paillier.ts.
 */
import { refusal } from '../errors.js';
import { equalBytes } from './bytes.js';
import {
  addCiphertexts,
  addEncodedCiphertexts,
  encodeCiphertext,
  scaleCiphertext,
  type OwnedCiphertextBytes,
  type PaillierPublicKey,
} from './paillier.js';

/**
 * Eq. (11), C_γ: what an area used in a slot.
 * @throws DecodeError BAD_LENGTH. @throws ValidationError INVALID_CIPHERTEXT, both naming the first owner of a bad one.
 */
export function areaTotal(key: PaillierPublicKey, entries: readonly OwnedCiphertextBytes[]): bigint {
  return addEncodedCiphertexts(key, entries);
}

/** Eq. (12), Cha_i,γ. @param priceMicroPerWh - a non-negative integer. @throws RangeError for another price. */
export function slotCharge(key: PaillierPublicKey, ciphertext: bigint, priceMicroPerWh: number): bigint {
  assertPrice(priceMicroPerWh);
  return scaleCiphertext(key, ciphertext, BigInt(priceMicroPerWh));
}

/** The report of one slot with the price of the slot. */
export interface PricedCiphertext {
  readonly priceMicroPerWh: number;
  readonly ciphertext: Uint8Array;
}

/** Π C over the slots of each price: what is left of a month for the bill. Energy per price, encrypted. */
export type PriceProducts = ReadonlyMap<number, bigint>;

/**
 * Multiplies the slots of each price. Parts of a month may be taken one by one and joined with `joinPriceProducts`.
 * @param owner - whose they are, for the refusal
 * @throws DecodeError BAD_LENGTH. @throws ValidationError INVALID_CIPHERTEXT. @throws RangeError for a price that is no non-negative integer.
 */
export function priceProducts(
  key: PaillierPublicKey,
  owner: string,
  slots: readonly PricedCiphertext[],
): PriceProducts {
  const groups = new Map<number, OwnedCiphertextBytes[]>();
  for (const { priceMicroPerWh, ciphertext } of slots) {
    assertPrice(priceMicroPerWh);
    const group = groups.get(priceMicroPerWh) ?? [];
    group.push({ owner, bytes: ciphertext });
    groups.set(priceMicroPerWh, group);
  }
  return new Map([...groups].map(([price, entries]) => [price, addEncodedCiphertexts(key, entries)]));
}

/** The products of two parts of a month. */
export function joinPriceProducts(key: PaillierPublicKey, a: PriceProducts, b: PriceProducts): PriceProducts {
  const joined = new Map(a);
  for (const [price, product] of b) joined.set(price, ((a.get(price) ?? 1n) * product) % key.nSquared);
  return joined;
}

/** Eq. (13), Cha_i, from the products. 1, which encrypts 0 openly, for none. */
export function chargeOfProducts(key: PaillierPublicKey, products: PriceProducts): bigint {
  return addCiphertexts(
    key,
    [...products].map(([price, product]) => slotCharge(key, product, price)),
  );
}

/**
 * Eq. (13) and (18), Cha_i, from the reports of all z slots of a period. Estimates take part like reports: as a copy of another slot's ciphertext, or as `knownCiphertext`.
 * Cost: z products and one short power for each price; 20 ms for 720 slots and three prices at 3072 bits.
 * @throws as `priceProducts`.
 */
export function monthlyCharge(
  key: PaillierPublicKey,
  owner: string,
  slots: readonly PricedCiphertext[],
): bigint {
  return chargeOfProducts(key, priceProducts(key, owner, slots));
}

/** The ciphertext of a reading that everyone knows: 1 + mN, randomness 1. @throws RangeError unless it is a non-negative integer. */
export function knownCiphertext(key: PaillierPublicKey, energyWh: number): Uint8Array {
  if (!Number.isSafeInteger(energyWh) || energyWh < 0)
    throw new RangeError('"energyWh" expected a non-negative integer');
  return encodeCiphertext(key, (1n + BigInt(energyWh) * key.n) % key.nSquared);
}

/** A charge ciphertext as it was stored, for the meter whose bill it is. */
export interface StoredCharge {
  readonly meterId: string;
  readonly charge: Uint8Array;
}

/**
 * Eq. (19), for every user alone: the product over users is the hole that break B1.1 goes through.
 * @param recomputed - Cha'_k of Eq. (18) for a meter, from its signed packets
 * @returns the meters whose stored charge is another one, in the given order
 */
export function wrongCharges(
  key: PaillierPublicKey,
  stored: readonly StoredCharge[],
  recomputed: (meterId: string) => bigint,
): string[] {
  return stored
    .filter(({ meterId, charge }) => !equalBytes(charge, encodeCiphertext(key, recomputed(meterId))))
    .map(({ meterId }) => meterId);
}

export interface ChargeLimits {
  /** z */
  readonly slots: number;
  readonly maxReadingWh: number;
  readonly maxPriceMicroPerWh: number;
  /** Meters of an area. */
  readonly maxMeters: number;
}

/** The largest charge a meter can have: z · d_max · p_max. Above 2^53 soon, hence a bigint. */
export function largestCharge({
  slots,
  maxReadingWh,
  maxPriceMicroPerWh,
}: Omit<ChargeLimits, 'maxMeters'>): bigint {
  return BigInt(slots) * BigInt(maxReadingWh) * BigInt(maxPriceMicroPerWh);
}

/**
 * Charges and area totals must stay below N, or they would wrap around (spec 6.4). For 3072 bits that is never near: 2,976 slots of 1 MWh at 10 units per Wh need 56 bits.
 * @throws ValidationError CHARGE_OVERFLOW. @throws RangeError for a limit that is no positive integer.
 */
export function assertChargeFits(key: PaillierPublicKey, limits: ChargeLimits): void {
  for (const [name, value] of Object.entries(limits) as [string, number][])
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`"${name}" expected a positive integer`);
  const areaLimit = BigInt(limits.maxMeters) * BigInt(limits.maxReadingWh);
  if (largestCharge(limits) < key.n && areaLimit < key.n) return;
  const { slots, maxReadingWh, maxPriceMicroPerWh } = limits;
  throw refusal('CHARGE_OVERFLOW', {
    slots,
    maxReadingWh,
    maxPriceMicroPerWh,
    modulusBits: key.modulusBits,
  });
}

/** Whoever sees an opened charge above the largest one knows that a reading was out of range. @throws ProofRejectedError CHARGE_IMPLAUSIBLE */
export function assertPlausibleCharge(
  meterId: string,
  chargeMicro: bigint,
  limits: Omit<ChargeLimits, 'maxMeters'>,
): void {
  if (chargeMicro > largestCharge(limits))
    throw refusal('CHARGE_IMPLAUSIBLE', { meterId, slots: limits.slots });
}

function assertPrice(priceMicroPerWh: number): void {
  if (!Number.isSafeInteger(priceMicroPerWh) || priceMicroPerWh < 0)
    throw new RangeError('"priceMicroPerWh" expected a non-negative integer');
}
