/**
 * Tariff tables: the prices of one billing period, slot by slot, as they are fixed on the ledger before it begins.
 *
 * Written by the ESP's client (client/src/metering/tariffs), read by chaincode, meters, aggregators, customers, strangers.
 * The table holds no zone, calendar or rule: months, daylight saving, seasons and holidays are resolved by the client, and
 * what counts is the band of each UTC slot. So everyone prices a slot alike, whatever tz data they have.
 * Source: paper 001, section 6.4, Algorithm 1 and Eq. (12), with spec/schemes.md 2.A (p integer >= 0 in 10⁻⁶ currency
 * units per Wh), 2.C (one tariff, fixed before its period), B1.18 (tariff on the ledger). Symbols: p_gamma = price of the
 * band of slot gamma; z = number of slots of the period.
 *
 * `bandOfSlot` is one digit for each slot, the number of its band: 744 characters for 31 days of hours, 1,488 of half hours,
 * 2,976 of quarter hours. Run lengths would save about 1 kB once a month for a whole grid; but digits have one form only, cost a
 * dynamic tariff no more than a fixed one, and a stranger's program reads the band of slot i with `bandOfSlot[i]`.
 * Bands are ordered by price and prices are distinct, so that one tariff has exactly one table, and one table one id:
 * tariffId = SHA-256 of the encoding below, 64 hex digits, signed by meters in every report.
 */
import { createHash } from 'node:crypto';
import { lp, u32, u64 } from '../crypto/bytes.js';
import { refusal } from '../errors.js';
import { identifier, integer, list, matching, object, oneOf } from './decode.js';
import { checkMissingSlotRule, MISSING_SLOT_RULES } from './missing-slots.js';
import { checkTariffPrices, MAX_DISTINCT_PRICES, type PriceLimits, PRICE_LIMITS } from './tariff-prices.js';

const TARIFF_LABEL = 'gridveil/tou-billing/tariff/v1';
/** More than any currency's kilowatt-hour costs (10,000 units per kWh); keeps the exponent p_gamma below 24 bits. */
export const MAX_PRICE_MICRO_PER_WH = 10_000_000;
/** 31 days and two hours of minutes. */
const MAX_SLOTS = 44_760;
/** Bands that a decoder reads, so that the refusal of too many prices can say how many there were. */
const MAX_DECODED_BANDS = 64;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Limits that are not toy: a test may pass smaller ones, as it passes smaller keys. */
export interface TariffLimits extends PriceLimits {
  readonly minPeriodSeconds: number;
  readonly maxPeriodSeconds: number;
}

/** A period is a month of 28 to 31 days, give or take a change of clocks. Many short periods would be many equations. */
export const TARIFF_LIMITS: TariffLimits = {
  ...PRICE_LIMITS,
  minPeriodSeconds: 28 * DAY_SECONDS - 2 * HOUR_SECONDS,
  maxPeriodSeconds: 31 * DAY_SECONDS + 2 * HOUR_SECONDS,
};

/** ISO 4217, or the usual code of a hundredth (GBX for pence). */
const currencyCode = matching(/^[A-Z]{3}$/, 3, 'a currency code of three capital letters');
const slotDigits = matching(/^[0-7]+$/, MAX_SLOTS, `1 to ${MAX_SLOTS} digits from 0 to 7, one for each slot`);

const tariffBand = object({
  name: identifier,
  priceMicroPerWh: integer(1, MAX_PRICE_MICRO_PER_WH),
});

/** The shape of a table; `checkTariff` looks at what it means. */
export const tariffTable = object({
  name: identifier,
  currency: currencyCode,
  /** First second of the period, UTC, and the first one after it; both on the border of a slot. */
  periodStartSeconds: integer(0, 9_999_999_999_999),
  periodEndSeconds: integer(1, 9_999_999_999_999),
  slotSeconds: integer(60, DAY_SECONDS),
  /** Ascending by price. */
  bands: list(tariffBand, MAX_DECODED_BANDS),
  bandOfSlot: slotDigits,
  /** Added to every bill of the period in clear, since it says nothing about consumption. */
  fixedChargeMicro: integer(0, 1_000_000_000_000_000),
  /** The amount to pay has so many decimals; rounded once, half to even (money.ts). */
  minorDigits: integer(0, 6),
  missingSlotRule: oneOf(MISSING_SLOT_RULES),
  maxMissingSlots: integer(0, MAX_SLOTS),
  /** What a missing slot counts as under the rule `fixed`; else 0. */
  missingEstimateWh: integer(0, 100_000_000),
});

export type TariffTable = ReturnType<typeof tariffTable>;
export type TariffBand = ReturnType<typeof tariffBand>;

/**
 * All that a table must fulfil before it may be fixed: period, bands, missing rule, and the price rules (tariff-prices.ts).
 * Cost: linear in the slots.
 * @throws ValidationError TARIFF_BAD_PERIOD, TARIFF_SLOT_COUNT, TARIFF_BAND_UNKNOWN, TARIFF_BANDS_UNORDERED,
 *   TARIFF_BAND_NAMES, BAD_MISSING_SLOT_RULE, and those of checkTariffPrices.
 */
export function checkTariff(table: TariffTable, limits: TariffLimits = TARIFF_LIMITS): void {
  checkPeriod(table, limits);
  const { bands, slotSeconds } = table;
  // A digit names at most eight bands, whatever the caller's limits are.
  const limit = Math.min(limits.maxDistinctPrices, MAX_DISTINCT_PRICES);
  if (bands.length > limit) throw refusal('TARIFF_TOO_MANY_PRICES', { prices: bands.length, limit });
  for (const [k, { priceMicroPerWh }] of bands.entries()) {
    if (k > 0 && priceMicroPerWh <= (bands[k - 1]?.priceMicroPerWh ?? 0))
      throw refusal('TARIFF_BANDS_UNORDERED', { band: bands[k]?.name ?? '' });
  }
  if (new Set(bands.map(({ name }) => name)).size !== bands.length) throw refusal('TARIFF_BAND_NAMES');
  const slots = slotsPerBand(table);
  checkTariffPrices(
    bands.map((band, k) => ({ ...band, slots: slots[k] ?? 0 })),
    slotSeconds,
    limits,
  );
  checkMissingSlotRule(table, table.bandOfSlot.length);
}

function checkPeriod(table: TariffTable, { minPeriodSeconds, maxPeriodSeconds }: TariffLimits): void {
  const { periodStartSeconds: start, periodEndSeconds: end, slotSeconds, bandOfSlot } = table;
  const periodSeconds = end - start;
  const fits = periodSeconds >= minPeriodSeconds && periodSeconds <= maxPeriodSeconds;
  if (!fits || start % slotSeconds !== 0 || end % slotSeconds !== 0) {
    const facts = { periodSeconds, slotSeconds, minPeriodSeconds, maxPeriodSeconds };
    throw refusal('TARIFF_BAD_PERIOD', facts);
  }
  const expected = periodSeconds / slotSeconds;
  if (bandOfSlot.length !== expected)
    throw refusal('TARIFF_SLOT_COUNT', { expected, actual: bandOfSlot.length });
}

/** Slots of each band, in the order of the bands. @throws ValidationError TARIFF_BAND_UNKNOWN */
export function slotsPerBand({ bands, bandOfSlot }: TariffTable): number[] {
  const slots = bands.map(() => 0);
  for (const [i, digit] of [...bandOfSlot].entries()) {
    const count = slots[Number(digit)];
    if (count === undefined) throw refusal('TARIFF_BAND_UNKNOWN', { position: i, band: digit });
    slots[Number(digit)] = count + 1;
  }
  return slots;
}

/** Number of the period's first slot: slot = floor(UTC seconds / slotSeconds), as everywhere. */
export function firstSlotOf({ periodStartSeconds, slotSeconds }: TariffTable): number {
  return periodStartSeconds / slotSeconds;
}

/** z: how many slots the period has. */
export function slotCountOf({ bandOfSlot }: TariffTable): number {
  return bandOfSlot.length;
}

/**
 * The number of the band that a slot lies in, for a table that passed `checkTariff`.
 * @throws ValidationError SLOT_OUTSIDE_PERIOD
 */
export function bandOfSlot(table: TariffTable, slot: number): number {
  const digit = table.bandOfSlot[slot - firstSlotOf(table)];
  if (digit === undefined) throw refusal('SLOT_OUTSIDE_PERIOD', { slot, tariff: table.name });
  return Number(digit);
}

/** p_gamma of Eq. (12), in 10⁻⁶ currency units per Wh. @throws ValidationError SLOT_OUTSIDE_PERIOD */
export function priceMicroPerWh(table: TariffTable, slot: number): number {
  const price = table.bands[bandOfSlot(table, slot)]?.priceMicroPerWh;
  if (price === undefined) throw refusal('SLOT_OUTSIDE_PERIOD', { slot, tariff: table.name });
  return price;
}

/** What is hashed: label, then every field once, in a fixed order and of a fixed width or with its length. */
export function encodeTariff(table: TariffTable): Uint8Array {
  const bands = table.bands.map(({ name, priceMicroPerWh: price }) => lp(name, u32(price)));
  return lp(
    TARIFF_LABEL,
    table.name,
    table.currency,
    u64(table.periodStartSeconds),
    u64(table.periodEndSeconds),
    u32(table.slotSeconds),
    lp(...bands),
    table.bandOfSlot,
    u64(table.fixedChargeMicro),
    u32(table.minorDigits),
    table.missingSlotRule,
    u32(table.maxMissingSlots),
    u32(table.missingEstimateWh),
  );
}

/** SHA-256 of the encoding as 64 lower-case hex digits: two tables with one id are one table. */
export function tariffId(table: TariffTable): string {
  return createHash('sha256').update(encodeTariff(table)).digest('hex');
}
