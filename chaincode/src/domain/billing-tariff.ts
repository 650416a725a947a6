/**
 * Published tariffs of a grid: one price table for each plan and period, fixed before the period begins.
 *
 * Run by the billing contract. Source: paper 001 Algorithm 1; spec/schemes.md 2.C (ONE tariff fixed before the period), B1.15, B1.18. What a table must
 * fulfil is in tariff.ts and tariff-prices.ts, when it may be published in tariff-publication.ts.
 */
import { assertChargeFits } from '../crypto/tou-billing-charge.js';
import type { PaillierPublicKey } from '../crypto/paillier.js';
import { refusal } from '../errors.js';
import { identifier, integer, matching, object } from './decode.js';
import type { GridRecord } from './grid.js';
import {
  checkTariff,
  firstSlotOf,
  slotCountOf,
  tariffTable,
  type TariffLimits,
  type TariffTable,
} from './tariff.js';
import type { PublishedTariff } from './tariff-publication.js';

export const tariffIdentifier = matching(/^[0-9a-f]{64}$/, 64, '64 lower-case hex digits');

export const tariffPublication = object({ grid: identifier, plan: identifier, tariff: tariffTable });

/** How many slots a transaction reads for a part of a period: it takes their blocks whole. */
export const MAX_SLOTS_PER_PART = 200;
/** A report may come so long after its period before the period can be closed; less where the grid closes slots sooner. */
const LATE_REPORT_SECONDS = 86_400;

export const periodClosing = object({
  grid: identifier,
  tariffId: tariffIdentifier,
  /** The period is summed in parts of so many slots, the last one shorter. */
  slotsPerPart: integer(1, MAX_SLOTS_PER_PART),
});

/** As stored under its id. */
export interface TariffRecord {
  readonly tariffId: string;
  readonly plan: string;
  readonly tariff: TariffTable;
  /** Timestamp of the transaction that published it, before the period. */
  readonly publishedAtSeconds: number;
  readonly txId: string;
}

/** As stored under plan and first slot. */
export type PeriodRecord = PublishedTariff;

export interface CloseRecord {
  readonly tariffId: string;
  readonly slotsPerPart: number;
  readonly closedAtSeconds: number;
  readonly txId: string;
}

/** @throws ValidationError of checkTariff, TARIFF_SLOT_LENGTH, CHARGE_OVERFLOW */
export function checkGridTariff(
  table: TariffTable,
  grid: Pick<GridRecord, 'grid' | 'slotSeconds' | 'maxReadingWh' | 'maxMeters'>,
  key: PaillierPublicKey,
  limits: TariffLimits,
): void {
  checkTariff(table, limits);
  if (table.slotSeconds !== grid.slotSeconds)
    throw refusal('TARIFF_SLOT_LENGTH', {
      grid: grid.grid,
      actualSeconds: table.slotSeconds,
      expectedSeconds: grid.slotSeconds,
    });
  assertChargeFits(key, {
    slots: slotCountOf(table),
    maxReadingWh: grid.maxReadingWh,
    maxPriceMicroPerWh: table.bands.at(-1)?.priceMicroPerWh ?? 1,
    maxMeters: grid.maxMeters,
  });
}

/** @throws StateConflictError PERIOD_OPEN while reports of the period may still come. */
export function checkPeriodOver(
  { tariffId, tariff }: TariffRecord,
  { maxSlotAgeSeconds }: Pick<GridRecord, 'maxSlotAgeSeconds'>,
  nowSeconds: number,
): void {
  const closesAtSeconds = tariff.periodEndSeconds + Math.min(LATE_REPORT_SECONDS, maxSlotAgeSeconds);
  if (nowSeconds < closesAtSeconds) throw refusal('PERIOD_OPEN', { tariffId, nowSeconds, closesAtSeconds });
}

/** How many parts a closed period has. */
export function partCount(tariff: TariffTable, { slotsPerPart }: Pick<CloseRecord, 'slotsPerPart'>): number {
  return Math.ceil(slotCountOf(tariff) / slotsPerPart);
}

/** What an endorser reads of packets for one part, at most. */
const PART_BYTES = 20_000_000;
/** A packet beside its ciphertext, with a 64-byte id. */
const PACKET_OVERHEAD_BYTES = 212;

/** How many slots a part shall have, so that few parts make a month and no transaction reads too much: 200 for 100 meters at 3072 bits, 20 for 1,000. */
export function suggestedSlotsPerPart(meters: number, ciphertextBytes: number): number {
  const blockBytes = Math.max(1, meters) * (ciphertextBytes + PACKET_OVERHEAD_BYTES);
  return Math.min(MAX_SLOTS_PER_PART, Math.max(1, Math.floor(PART_BYTES / blockBytes)));
}

/** The slots of a part, in order. @throws ValidationError CHARGE_PART_UNKNOWN */
export function slotsOfPart(
  { tariffId, tariff }: TariffRecord,
  close: Pick<CloseRecord, 'slotsPerPart'>,
  part: number,
): number[] {
  const parts = partCount(tariff, close);
  if (part >= parts) throw refusal('CHARGE_PART_UNKNOWN', { tariffId, part, parts });
  const from = part * close.slotsPerPart;
  const count = Math.min(close.slotsPerPart, slotCountOf(tariff) - from);
  return Array.from({ length: count }, (_, i) => firstSlotOf(tariff) + from + i);
}
