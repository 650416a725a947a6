/** What the billing demo runs on: a month of readings from a file or generated, and a tariff for it. */
import { LOWEST_MIN_GROUP } from '@gridveil/chaincode/domain/grid.js';
import { readKeyFile } from '../../crypto/paillier-key-file.js';
import type { PaillierPrivateKey } from '../../crypto/paillier-key.js';
import { ClientError } from '../../errors.js';
import { readReadingsFile } from '../../metering/reading-file.js';
import { generateHouseholds } from '../../metering/household-generator.js';
import { readingsOfMonth, type MonthReadings } from '../../metering/month-readings.js';
import type { ReadingTable } from '../../metering/reading.js';
import { selectReadings } from '../../metering/select-readings.js';
import type { CalendarTariffRequest } from '../../metering/tariffs/calendar-tariff.js';
import { sceTouDPrime } from '../../metering/tariffs/sce-tou-d-prime.js';
import type { TariffDraft } from '../../metering/tariffs/tariff-draft.js';
import { threePriceTariff } from '../../metering/tariffs/three-price.js';
import { weekendTariff } from '../../metering/tariffs/weekend-tariff.js';
import type { DemoOptions, DemoTariff } from './options.js';
import { checkReadings } from './readings.js';

/** A month of generated households: 31 days in slots of two hours. */
const GENERATED = { meters: 5, days: 31, slots: 372 } as const;
/** A tenth of the slots may be missing, the most that a tariff may allow. */
const MISSING_SHARE = 10;

export interface BillingReadings extends MonthReadings {
  readonly source: string;
  readonly tariff: TariffDraft;
  /** A new one is made without it. */
  readonly espKey: PaillierPrivateKey | undefined;
}

interface Source {
  readonly table: ReadingTable;
  readonly source: string;
  readonly notes: readonly string[];
  readonly zone: string;
  readonly slots: number | undefined;
  readonly tariff: DemoTariff;
}

/** @throws ClientError READINGS_*, MONTH_SLOTS, TARIFF_*, DEMO_*, FILE_UNREADABLE, KEY_FILE_*; ValidationError of the tariff rules */
export async function loadBillingReadings(options: DemoOptions): Promise<BillingReadings> {
  const source = options.data === undefined ? generated(options) : await fromFile(options.data, options);
  const { zone, slots } = source;
  const { meterIds } = source.table;
  const meters = options.meters ?? meterIds.length;
  if (meters < LOWEST_MIN_GROUP)
    throw new ClientError('DEMO_GROUPS_TOO_SMALL', { smallest: meters, lowest: LOWEST_MIN_GROUP });
  const chosen = selectReadings(source.table, { meters });
  const month = readingsOfMonth(chosen, { month: options.month, zone, slots });
  checkReadings(month.table);
  const tariff = draftOf(options.tariff ?? source.tariff, month, zone);
  return {
    ...month,
    source: source.source,
    tariff,
    notes: [...source.notes, ...month.notes, ...tariff.notes],
    espKey: options.key === undefined ? undefined : await readKeyFile(options.key),
  };
}

function generated({ seed, meters = GENERATED.meters, slots, zone = 'UTC' }: DemoOptions): Source {
  const table = generateHouseholds({ seed, meters, slots: GENERATED.days * 24, slotMinutes: 60 });
  const source = `generated households, seed ${seed}`;
  return { table, source, notes: [], zone, slots: slots ?? GENERATED.slots, tariff: 'three-price' };
}

async function fromFile(file: string, options: DemoOptions): Promise<Source> {
  const { table, summary } = await readReadingsFile(file, options);
  const { zone: fileZone, profile } = summary.format;
  return {
    table,
    source: file,
    notes: summary.notes,
    zone: options.zone ?? (fileZone === 'in the times' ? 'UTC' : fileZone),
    slots: options.slots,
    tariff: profile === 'fontana' ? 'sce-tou-d-prime' : 'three-price',
  };
}

function draftOf(tariff: DemoTariff, { period, table }: MonthReadings, zone: string): TariffDraft {
  const slots = (period.endSeconds - period.startSeconds) / period.slotSeconds;
  const complete = table.readingCount === slots * table.meterIds.length;
  const request: CalendarTariffRequest = {
    name: tariff,
    currency: tariff === 'sce-tou-d-prime' ? 'USD' : 'EUR',
    month: period.label,
    zone,
    slotSeconds: period.slotSeconds,
    ...(complete
      ? {}
      : { missingSlotRule: 'other-week', maxMissingSlots: Math.floor(slots / MISSING_SHARE) }),
  };
  switch (tariff) {
    case 'sce-tou-d-prime':
      return sceTouDPrime(request);
    case 'three-price':
      return threePriceTariff(request, { high: '0.42', normal: '0.28', low: '0.14', unit: 'currency/kWh' });
    case 'weekend':
      return weekendTariff(request, { weekday: '0.30', weekend: '0.20', unit: 'currency/kWh' });
  }
}
