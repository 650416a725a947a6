/**
 * From the price of every slot to the tariff table that goes on the ledger, with notes on whatever was not taken as it stood.
 *
 * Run by the ESP. All importers end here, so that every tariff is rounded, named and refused alike. The price rules are the
 * ledger's own (chaincode/src/domain/tariff-prices.ts): a tariff that would be refused there is refused here, with its facts.
 */
import { refusal } from '@gridveil/chaincode/errors.js';
import {
  checkTariff,
  tariffTable,
  TARIFF_LIMITS,
  type TariffBand,
  type TariffLimits,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import type { MissingSlotRule } from '@gridveil/chaincode/domain/missing-slots.js';
import { ClientError } from '../../errors.js';
import { slotStartIso } from '../slot.js';
import { slotStarts, type BillingPeriod } from './billing-period.js';
import { decimalText, wholeMicro, type ExactDecimal, type PriceRounding } from './exact-decimal.js';

/** What a tariff is apart from its prices. */
export interface TariffTerms {
  readonly name: string;
  readonly currency: string;
  /** Decimals of the amount to pay. Default 2. */
  readonly minorDigits?: number;
  /** Of prices finer than one micro-unit per Wh. Default `refuse`. */
  readonly rounding?: PriceRounding;
  /** Default `refuse`: no bill with a missing slot. */
  readonly missingSlotRule?: MissingSlotRule;
  readonly maxMissingSlots?: number;
  readonly missingEstimateWh?: number;
  /** For tests only. */
  readonly limits?: TariffLimits;
}

/** The price of a band. Two slots are in one band when they have the same object. */
export interface QuotedPrice {
  readonly band: string;
  /** Micro-units per Wh. */
  readonly microPerWh: ExactDecimal;
}

/** A charge in clear for the whole period. */
export interface FixedCharge {
  readonly micro: ExactDecimal;
  /** Where it comes from, for a note: `0.65 USD a day for 31 days`. */
  readonly source: string;
}

export interface TariffDraft {
  readonly table: TariffTable;
  /** One sentence each. */
  readonly notes: readonly string[];
}

/** Clocks change at quarter hours, and so do prices. */
const PRICE_STEP_SECONDS = 900;
const MAX_NAME_BYTES = 64;

/**
 * @param quoteAt - the price at an instant, UTC seconds
 * @throws ClientError TARIFF_BAND_SPLITS_SLOT, TARIFF_TOO_FINE, TARIFF_NEGATIVE, TARIFF_TOO_LARGE, and what `quoteAt` throws;
 *   GridveilError for everything that the ledger would refuse.
 */
export function draftTariff(
  period: BillingPeriod,
  terms: TariffTerms,
  quoteAt: (utcSeconds: number) => QuotedPrice,
  fixedCharge?: FixedCharge,
): TariffDraft {
  const quotes = slotStarts(period).map((start) => quoteOfSlot(start, period.slotSeconds, quoteAt));
  const rounding = terms.rounding ?? 'refuse';
  const { bands, bandOfQuote, notes } = bandsOf([...new Set(quotes)], terms, rounding);
  const limits = terms.limits ?? TARIFF_LIMITS;
  const limit = limits.maxDistinctPrices;
  if (bands.length > limit) throw refusal('TARIFF_TOO_MANY_PRICES', { prices: bands.length, limit });
  const fixed =
    fixedCharge && wholeMicro(fixedCharge.micro, rounding, `fixed charge (${fixedCharge.source})`);
  const table = tariffTable(
    {
      name: terms.name,
      currency: terms.currency,
      periodStartSeconds: period.startSeconds,
      periodEndSeconds: period.endSeconds,
      slotSeconds: period.slotSeconds,
      bands,
      bandOfSlot: quotes.map((quote) => bandOfQuote.get(quote)).join(''),
      fixedChargeMicro: fixed?.micro ?? 0,
      minorDigits: terms.minorDigits ?? 2,
      missingSlotRule: terms.missingSlotRule ?? 'refuse',
      maxMissingSlots: terms.maxMissingSlots ?? 0,
      missingEstimateWh: terms.missingEstimateWh ?? 0,
    },
    'tariff',
  );
  checkTariff(table, limits);
  return { table, notes: [...notes, ...fixedChargeNotes(fixedCharge, fixed, terms.currency)] };
}

function quoteOfSlot(
  start: number,
  slotSeconds: number,
  quoteAt: (utcSeconds: number) => QuotedPrice,
): QuotedPrice {
  const quote = quoteAt(start);
  // From one multiple of the step to the next, since a slot need not be a multiple of it.
  const firstStep = start - (start % PRICE_STEP_SECONDS) + PRICE_STEP_SECONDS;
  for (let inside = firstStep; inside < start + slotSeconds; inside += PRICE_STEP_SECONDS) {
    if (quoteAt(inside) !== quote)
      throw new ClientError('TARIFF_BAND_SPLITS_SLOT', {
        time: slotStartIso(start / slotSeconds, slotSeconds),
        slotSeconds,
      });
  }
  return quote;
}

interface Bands {
  readonly bands: readonly TariffBand[];
  readonly bandOfQuote: ReadonlyMap<QuotedPrice, number>;
  readonly notes: readonly string[];
}

/** One band for each price in whole micro-units, cheapest first. */
function bandsOf(quotes: readonly QuotedPrice[], terms: TariffTerms, rounding: PriceRounding): Bands {
  const notes: string[] = [];
  const byPrice = new Map<number, QuotedPrice[]>();
  for (const quote of quotes) {
    const { micro, rounded } = wholeMicro(quote.microPerWh, rounding, `price of band "${quote.band}"`);
    if (rounded)
      notes.push(
        `The price of band "${quote.band}", ${decimalText(quote.microPerWh)} micro-${terms.currency} per Wh, is rounded to ${micro}.`,
      );
    byPrice.set(micro, [...(byPrice.get(micro) ?? []), quote]);
  }
  const groups = [...byPrice].sort(([a], [b]) => a - b);
  const bandOfQuote = new Map(groups.flatMap(([, group], k) => group.map((quote) => [quote, k] as const)));
  for (const [, group] of groups) {
    const names = namesOf(group);
    if (names.length > 1)
      notes.push(`Bands ${names.join(', ')} cost the same in this period: they are one band.`);
  }
  return { bands: namedBands(groups), bandOfQuote, notes };
}

function namesOf(group: readonly QuotedPrice[]): string[] {
  return [...new Set(group.map(({ band }) => band))];
}

/** A name that two prices share, or that grew too long from several names, gets its number. */
function namedBands(groups: readonly (readonly [number, readonly QuotedPrice[]])[]): TariffBand[] {
  const names = groups.map(([, group]) => namesOf(group).join(' / '));
  return groups.map(([priceMicroPerWh], k) => {
    const name = names[k] ?? '';
    const taken = names.filter((other) => other === name).length > 1;
    const tooLong = Buffer.byteLength(name) > MAX_NAME_BYTES;
    return { name: taken || tooLong ? `band ${k + 1}` : name, priceMicroPerWh };
  });
}

function fixedChargeNotes(
  charge: FixedCharge | undefined,
  fixed: { readonly micro: number; readonly rounded: boolean } | undefined,
  currency: string,
): string[] {
  if (charge === undefined || fixed === undefined) return [];
  const exact = `Every bill has a fixed charge of ${charge.source}`;
  return [
    fixed.rounded
      ? `${exact}, ${decimalText(charge.micro)} micro-${currency}, rounded to ${fixed.micro}.`
      : `${exact}.`,
  ];
}
