/**
 * Day-ahead and other published prices: a CSV file with one price for each interval.
 *
 * Run by the ESP. Columns are a time (the START of its interval), a price, and perhaps the name of its band; two headers are known
 * (`PRICE_LIST_PROFILES`), every other one is `start,price` or `start,band,price` and its meaning must be declared. Nothing is guessed;
 * columns of other names are not looked at.
 * A list may cover more than the month that a tariff is made for, and its intervals may be longer than slots, but every instant of
 * the month needs a price: the ledger fixes a tariff before its period, so that prices published from day to day make a tariff
 * only where the whole month was announced ahead, or after the fact in a study.
 */
import { Readable } from 'node:stream';
import { ClientError } from '../../errors.js';
import { csvRecords, type CsvRecord } from '../csv-records.js';
import { slotStartIso } from '../slot.js';
import { parseZone, StampReader } from '../stamp.js';
import { billingMonth } from './billing-period.js';
import { decimalText, microPerWh, parseDecimal, PRICE_UNITS, type PriceUnit } from './exact-decimal.js';
import { draftTariff, type QuotedPrice, type TariffDraft, type TariffTerms } from './tariff-draft.js';

/** What a header means. */
export interface PriceListMeaning {
  /** Zone of times without an offset. */
  readonly zone: string;
  readonly unit: PriceUnit;
  readonly intervalMinutes: number;
  readonly currency: string;
  /** Decimals of an amount to pay in that currency. */
  readonly minorDigits: number;
}

interface PriceListProfile {
  readonly time: string;
  readonly price: string;
  readonly band?: string;
  readonly meaning: PriceListMeaning;
}

/**
 * London's prices are whole hundredths of a penny: in pence (GBX) they are exact on the ledger, in pounds they would be rounded.
 */
export const PRICE_LIST_PROFILES: readonly PriceListProfile[] = [
  {
    time: 'time_gmt',
    price: 'pence_per_kWh',
    band: 'band',
    meaning: { zone: 'UTC', unit: 'currency/kWh', intervalMinutes: 30, currency: 'GBX', minorDigits: 0 },
  },
  {
    time: 'hour_start_local',
    price: 'usd_per_kwh',
    meaning: { zone: 'UTC-8', unit: 'currency/kWh', intervalMinutes: 60, currency: 'USD', minorDigits: 2 },
  },
];

/** Two hundred years of hours, or 50 of quarter hours. */
const MAX_ROWS = 1_753_200;

export interface PriceList {
  readonly meaning: PriceListMeaning;
  /** UTC seconds of the start of an interval. */
  readonly quotes: ReadonlyMap<number, QuotedPrice>;
}

interface Columns {
  readonly time: number;
  readonly price: number;
  readonly band: number | undefined;
}

/**
 * @param declared - wins over what a known header says
 * @throws ClientError TARIFF_LIST_UNDECLARED, TARIFF_MALFORMED, TARIFF_BAD_NUMBER, READINGS_BAD_CSV, READINGS_RAGGED_ROW,
 *   READINGS_BAD_STAMP, READINGS_NO_ZONE, READINGS_ZONE_UNKNOWN; errors of the source as they are.
 */
export async function readPriceList(
  source: Readable | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  declared: Partial<PriceListMeaning> = {},
): Promise<PriceList> {
  let rows: PriceRows | undefined;
  for await (const record of csvRecords(source instanceof Readable ? source : Readable.from(source))) {
    if (rows === undefined) rows = new PriceRows(record, declared);
    else rows.row(record);
  }
  if (rows === undefined || rows.quotes.size === 0) throw malformed('the file', 'it holds no price');
  return rows;
}

class PriceRows implements PriceList {
  readonly meaning: PriceListMeaning;
  readonly quotes = new Map<number, QuotedPrice>();
  readonly #columns: Columns;
  readonly #stamps: StampReader;
  /** One object for each band and price: what draftTariff knows bands by. */
  readonly #known = new Map<string, QuotedPrice>();

  constructor({ fields: header }: CsvRecord, declared: Partial<PriceListMeaning>) {
    const profile = PRICE_LIST_PROFILES.find(
      ({ time, price }) => header[0] === time && header.includes(price),
    );
    this.meaning = checkedMeaning(declared, profile?.meaning ?? {});
    if (new Set(header).size !== header.length) throw malformed('the header', 'a column stands twice');
    const { time = 'start', price = 'price', band = 'band' } = profile ?? {};
    const position = (name: string): number | undefined =>
      header.includes(name) ? header.indexOf(name) : undefined;
    const [timeColumn, priceColumn] = [position(time), position(price)];
    if (timeColumn === undefined || priceColumn === undefined)
      throw malformed('the header', 'it needs the columns start and price');
    this.#columns = { time: timeColumn, price: priceColumn, band: position(band) };
    this.#stamps = new StampReader(parseZone(this.meaning.zone));
  }

  row({ fields, line }: CsvRecord): void {
    const { time, price, band } = this.#columns;
    const start = this.#startOf(fields[time] ?? '', line);
    if (this.quotes.size === MAX_ROWS) throw malformed(`line ${line}`, `more than ${MAX_ROWS} prices`);
    this.quotes.set(
      start,
      this.#quote(fields[price] ?? '', band === undefined ? '' : (fields[band] ?? ''), line),
    );
  }

  /** A time that clocks show twice is first the earlier, then the later instant. */
  #startOf(text: string, line: number): number {
    const instants = this.#stamps.instants(text, line);
    const start = instants.find((instant) => !this.quotes.has(instant));
    if (instants.length === 0) throw malformed(`line ${line}`, 'clocks in this zone never showed its time');
    if (start === undefined) throw malformed(`line ${line}`, 'its interval already has a price');
    if (start % (this.meaning.intervalMinutes * 60) !== 0)
      throw malformed(
        `line ${line}`,
        `its time is no start of a ${this.meaning.intervalMinutes}-minute interval`,
      );
    return start;
  }

  #quote(priceText: string, band: string, line: number): QuotedPrice {
    const price = parseDecimal(priceText, `line ${line}`);
    const plainPrice = decimalText(price);
    const key = JSON.stringify([plainPrice, band]);
    const known = this.#known.get(key);
    if (known) return known;
    const quote = {
      band: band || `price ${plainPrice}`,
      microPerWh: microPerWh(price, this.meaning.unit),
    };
    this.#known.set(key, quote);
    return quote;
  }
}

const MEANING_OPTIONS = {
  zone: 'the zone of its times',
  unit: PRICE_UNITS.join(' or '),
  intervalMinutes: 'whole minutes that divide a day',
  currency: 'a currency code such as EUR',
  minorDigits: 'the decimals of an amount to pay, 0 to 6',
} as const;

/** @throws ClientError TARIFF_LIST_UNDECLARED */
function checkedMeaning(
  declared: Partial<PriceListMeaning>,
  known: Partial<PriceListMeaning>,
): PriceListMeaning {
  const said = <K extends keyof PriceListMeaning>(option: K): PriceListMeaning[K] | undefined =>
    declared[option] ?? known[option];
  const [unit, intervalMinutes] = [said('unit'), said('intervalMinutes')];
  const undeclared = (option: keyof PriceListMeaning): never => {
    throw new ClientError('TARIFF_LIST_UNDECLARED', { option, allowed: MEANING_OPTIONS[option] });
  };
  const divides = intervalMinutes !== undefined && Number.isInteger(intervalMinutes) && intervalMinutes >= 1;
  return {
    zone: said('zone') ?? undeclared('zone'),
    unit: unit !== undefined && PRICE_UNITS.includes(unit) ? unit : undeclared('unit'),
    intervalMinutes:
      divides && 1440 % intervalMinutes === 0 ? intervalMinutes : undeclared('intervalMinutes'),
    currency: said('currency') ?? undeclared('currency'),
    minorDigits: said('minorDigits') ?? undeclared('minorDigits'),
  };
}

export interface PriceListTariffRequest extends Omit<TariffTerms, 'currency' | 'minorDigits'> {
  /** `2013-08` */
  readonly month: string;
  /** Zone of the billing month; may differ from that of the list. */
  readonly zone: string;
  readonly slotSeconds: number;
}

/** @throws ClientError TARIFF_PRICE_MISSING; ClientError and GridveilError as billingMonth and draftTariff. */
export function priceListTariff(
  { quotes, meaning }: PriceList,
  request: PriceListTariffRequest,
): TariffDraft {
  const period = billingMonth(request.month, request.zone, request.slotSeconds);
  const intervalSeconds = meaning.intervalMinutes * 60;
  const { currency, minorDigits } = meaning;
  return draftTariff(period, { ...request, currency, minorDigits }, (utcSeconds) => {
    const start = utcSeconds - (utcSeconds % intervalSeconds);
    const quote = quotes.get(start);
    if (quote === undefined)
      throw new ClientError('TARIFF_PRICE_MISSING', {
        time: slotStartIso(start / intervalSeconds, intervalSeconds),
      });
    return quote;
  });
}

function malformed(place: string, reason: string): ClientError {
  return new ClientError('TARIFF_MALFORMED', { format: 'price list', place, reason });
}
