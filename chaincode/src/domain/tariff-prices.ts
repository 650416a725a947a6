/**
 * Which prices a tariff may have, so that a bill stays one number about a month and never becomes a load profile (B1.15).
 *
 * Run by chaincode before a tariff is fixed, by the ESP's client before it is submitted, by meters and customers before they
 * report under it. Source: spec/schemes.md 2.B B1.15 and 2.C (price table <= 8 distinct values, max ratio rule); the rules
 * and their figures below are this product's, checked against every tariff in shared/data.
 *
 * The attack: a bill is B = sum_k p_k E_k, with E_k the energy of band k. An ESP that chooses prices as the places of a number
 * system (1, 10⁶, 10¹², …) reads each E_k off the digits of B; with one band for each slot that is the load profile. Large gaps
 * are not needed: from 1,000,000 and 1,000,001, B mod 1,000,000 is the energy of the second band alone.
 *
 * What holds, for n_k slots of s seconds in band k:
 * 1. At most 8 bands, each of at least 6 slots and 6 hours. B depends on readings only through the E_k. So whatever the prices,
 *    a bill tells at most 8 sums over at least 6 hours each: what the registers of a plain time-of-use meter show.
 * 2. The dearest price is at most 20 times the cheapest. No band outweighs the others by scale alone, and places of a number
 *    system are out of reach: they need p_k+1 > sum_j<=k p_j n_j m with m the largest reading, and 20 < 6 m for every m above 3 Wh.
 *    A price of 0 is an infinite ratio: it would leave the bill as the exact energy of the other bands.
 * 3. Bands hide each other. Let g = gcd(p_j, p_k). Moving p_k/g Wh into band j and p_j/g Wh out of band k leaves B as it is. Bands j, k
 *    are linked when 16 such moves fit into what a quiet home (100 W all the time) uses in each of the two. All bands must be
 *    linked, directly or through others. Then there are K - 1 independent directions along which E changes and B does not, so
 *    that the only linear function of the E_k that B determines is B itself: near-equal, coprime large and mixed prices,
 *    whose moves are larger than a month's energy, all fail here.
 * What leaks still, and is the purpose of a bill: B, one linear function of a customer's readings for each period; under a flat
 * price the energy of the period; at the edges (B = 0) all of it; of a home that hardly uses anything, more than of a quiet one.
 * Two tariffs for one meter and slot would be two equations: periods may not overlap (tariff-publication.ts).
 * London 2013, SCE TOU-D-PRIME and the URDB files (rounded to whole micro-dollars) pass; London is the tightest: a ratio of 16.8,
 * and in August 6 hours of the high price, not one more than needed.
 */
import { gcd } from '../crypto/modular.js';
import { refusal } from '../errors.js';

export const MAX_DISTINCT_PRICES = 8;

export interface PriceLimits {
  readonly maxDistinctPrices: number;
  readonly maxPriceRatio: number;
  readonly minBandSlots: number;
  readonly minBandSeconds: number;
  readonly minAlternatives: number;
  /** Mean power of a home whose bill must still be ambiguous. */
  readonly quietHomeWatts: number;
}

export const PRICE_LIMITS: PriceLimits = {
  maxDistinctPrices: MAX_DISTINCT_PRICES,
  maxPriceRatio: 20,
  minBandSlots: 6,
  minBandSeconds: 6 * 3600,
  minAlternatives: 16,
  quietHomeWatts: 100,
};

/** A band with the number of slots it has in the period. */
export interface PricedBand {
  readonly name: string;
  readonly priceMicroPerWh: number;
  readonly slots: number;
}

/**
 * @param bands - ascending by price
 * @throws ValidationError TARIFF_BAND_TOO_SHORT, TARIFF_PRICE_RATIO, TARIFF_BANDS_EXPOSED
 */
export function checkTariffPrices(
  bands: readonly PricedBand[],
  slotSeconds: number,
  limits: PriceLimits = PRICE_LIMITS,
): void {
  const { minBandSlots, minBandSeconds, maxPriceRatio } = limits;
  for (const { name, slots } of bands) {
    if (slots < minBandSlots || slots * slotSeconds < minBandSeconds) {
      const facts = { band: name, slots, bandSeconds: slots * slotSeconds, minBandSlots, minBandSeconds };
      throw refusal('TARIFF_BAND_TOO_SHORT', facts);
    }
  }
  const [lowest, highest] = [bands[0], bands.at(-1)];
  if (lowest && highest && highest.priceMicroPerWh > maxPriceRatio * lowest.priceMicroPerWh) {
    const prices = { lowest: lowest.priceMicroPerWh, highest: highest.priceMicroPerWh };
    throw refusal('TARIFF_PRICE_RATIO', { ...prices, maxPriceRatio });
  }
  const exposed = exposedBand(bands, slotSeconds, limits);
  if (exposed) {
    const { name: band, priceMicroPerWh } = exposed;
    throw refusal('TARIFF_BANDS_EXPOSED', { band, priceMicroPerWh, alternatives: limits.minAlternatives });
  }
}

/** A band that no chain of links joins to the first one. */
function exposedBand(
  bands: readonly PricedBand[],
  slotSeconds: number,
  limits: PriceLimits,
): PricedBand | undefined {
  const [first, ...unreached] = bands;
  const reached = first ? [first] : [];
  // `reached` grows while it is walked through.
  for (const band of reached) {
    for (let i = unreached.length - 1; i >= 0; i--) {
      const other = unreached[i];
      if (other && alternativesBetween(band, other, slotSeconds, limits) >= limits.minAlternatives)
        reached.push(...unreached.splice(i, 1));
    }
  }
  return unreached[0];
}

/** How often energy can move between two bands of a quiet home without changing the bill. */
function alternativesBetween(
  a: PricedBand,
  b: PricedBand,
  slotSeconds: number,
  { quietHomeWatts }: PriceLimits,
): number {
  const common = Number(gcd(BigInt(a.priceMicroPerWh), BigInt(b.priceMicroPerWh)));
  const movesOf = (band: PricedBand, other: PricedBand): number => {
    const quietWattSeconds = band.slots * slotSeconds * quietHomeWatts;
    const moveWh = other.priceMicroPerWh / common;
    return Math.floor(quietWattSeconds / (3600 * moveWh));
  };
  return Math.min(movesOf(a, b), movesOf(b, a));
}
