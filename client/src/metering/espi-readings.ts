/**
 * Readings from a Green Button file: import (or export) of electricity in Wh, energies of intervals. Everything else a feed may hold - gas, powers, money, summaries - is
 * left out and said so; what would have to be guessed is refused with the option that decides it.
 *
 * Source: NAESB REQ.21 ESPI 1.1: commodity 1 electricity; uom 72 Wh; flowDirection 1 forward (to the customer), 19 reverse; accumulationBehaviour 4 delta; QualityOfReading.
 * Times are seconds since 1970 UTC. A series belongs to the usage point in whose link it lies.
 */
import { StringDecoder } from 'node:string_decoder';
import { ClientError } from '../errors.js';
import type { ReadingsSource } from './csv-readings.js';
import { oneOf, type Flow, type ReadingsDeclaration } from './declaration.js';
import { parseEnergyWh, type Rounding } from './energy-text.js';
import { EspiFeed, type EspiEntry, type EspiInterval } from './espi-feed.js';
import { ReadingIntake } from './reading-intake.js';
import type { Quality } from './reading-quality.js';
import { summarise, type Readings } from './reading-summary.js';

const ELECTRICITY = '1';
const ELECTRICITY_SERVICE = '0';
const WATT_HOURS = '72';
const DELTA = '4';
const FLOWS: Readonly<Record<Flow, string>> = { import: '1', export: '19' };
/** QualityOfReading; those that are not named are questionable. */
const QUALITIES: Readonly<Record<string, Quality>> = {
  '': 'valid',
  '0': 'valid',
  '7': 'edited',
  '8': 'estimated',
  '9': 'estimated',
  '11': 'estimated',
  '12': 'estimated',
  '13': 'estimated',
  '14': 'valid',
  '17': 'valid',
  '18': 'valid',
  '19': 'valid',
};
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;

/** Readings of one meter in one unit and length of intervals. */
interface Series {
  readonly meterId: string;
  readonly type: EspiEntry;
  /** Kind of service of the usage point; undefined when it does not say. */
  readonly service: string | undefined;
  readonly slotSeconds: number;
  readonly blocks: readonly EspiEntry[];
}

/** @throws ClientError READINGS_BAD_XML, READINGS_ESPI_UNSUPPORTED, READINGS_SEVERAL_SERIES, READINGS_EMPTY and those of single readings */
export async function readGreenButton(
  source: ReadingsSource,
  declared: ReadingsDeclaration = {},
): Promise<Readings> {
  const feed = await readFeed(source);
  const flow = oneOf('flow', declared.flow, ['import', 'export']) ?? 'import';
  const { series, leftOut } = choose(allSeries(feed.entries), flow, declared.intervalMinutes);
  const slotSeconds = series[0]?.slotSeconds ?? DAY_SECONDS;
  const intake = new ReadingIntake(slotSeconds, declared);
  const rounding = oneOf('rounding', declared.rounding, ['refuse', 'nearest']) ?? 'refuse';
  const counts = { rows: 0, rounded: 0 };
  for (const one of series) takeSeries(one, intake, rounding, counts);
  const table = intake.build();
  if (table.readingCount === 0) throw new ClientError('READINGS_EMPTY');
  const { issues, offsetSeconds } = intake;
  const notes = [
    ...leftOut,
    ...issues.notes(),
    ...(counts.rounded > 0 ? [`${counts.rounded} values were rounded to whole Wh, as declared.`] : []),
  ];
  const summary = summarise(
    table,
    {
      kind: 'green-button',
      zone: 'in the times',
      unit: 'Wh',
      intervalMinutes: slotSeconds / 60,
      stamp: 'start',
      values: 'energy',
      flow,
    },
    { rows: counts.rows, issues, offsetSeconds },
    notes,
  );
  return { table, summary };
}

async function readFeed(source: ReadingsSource): Promise<EspiFeed> {
  const feed = new EspiFeed();
  const decoder = new StringDecoder('utf8');
  for await (const chunk of source as AsyncIterable<string | Uint8Array>)
    feed.push(typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)));
  feed.push(decoder.end());
  feed.end();
  return feed;
}

/** Every series of the feed, whatever it measures. */
function allSeries(entries: readonly EspiEntry[]): Series[] {
  const ofKind = (kind: string): EspiEntry[] => entries.filter((entry) => entry.kind === kind);
  const types = new Map(ofKind('ReadingType').map((type) => [type.self, type]));
  const services = new Map(ofKind('UsagePoint').map((point) => [point.self, point]));
  const blocks = new Map<string, EspiEntry[]>();
  for (const block of ofKind('IntervalBlock')) {
    const reading = block.up.replace(/\/IntervalBlock\/?$/, '');
    const known = blocks.get(reading);
    if (known === undefined) blocks.set(reading, [block]);
    else known.push(block);
  }
  return ofKind('MeterReading').flatMap((reading) => {
    const type = reading.related.map((href) => types.get(href)).find((found) => found !== undefined);
    const own = blocks.get(reading.self) ?? [];
    if (type === undefined || own.length === 0) return [];
    const point = /^(.*\/UsagePoint\/([^/]+))\/MeterReading\//.exec(reading.self);
    const service = services.get(point?.[1] ?? '')?.fields.get('ServiceCategory/kind');
    const slotSeconds = Number(type.fields.get('intervalLength'));
    return [{ meterId: `usage-point-${point?.[2] ?? '1'}`, type, service, slotSeconds, blocks: own }];
  });
}

/** The series that are read, all with one length of interval and one for each meter, and what is said of the others. */
function choose(
  all: readonly Series[],
  flow: Flow,
  intervalMinutes: number | undefined,
): { readonly series: readonly Series[]; readonly leftOut: readonly string[] } {
  const reasons = new Map<string, number>();
  const readable = all.filter((one) => {
    const reason = whyNot(one, flow, intervalMinutes);
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return reason === undefined;
  });
  const said = [...reasons.keys()].join(', ');
  if (readable.length === 0)
    throw new ClientError('READINGS_ESPI_UNSUPPORTED', {
      what: said || 'no series of readings',
      expected: `${flow} of electricity, uom 72 (Wh), accumulationBehaviour 4 (delta)`,
    });
  const lengths = [...new Set(readable.map(({ slotSeconds }) => slotSeconds / 60))];
  if (lengths.length > 1)
    throw new ClientError('READINGS_SEVERAL_SERIES', {
      what: `intervals of ${lengths.join(' and ')} minutes`,
      remedy: 'declare intervalMinutes',
    });
  const meterIds = readable.map(({ meterId }) => meterId);
  const twice = meterIds.find((meterId, i) => meterIds.indexOf(meterId) !== i);
  if (twice !== undefined)
    throw new ClientError('READINGS_SEVERAL_SERIES', {
      what: `two series of meter "${twice}" with the same meaning`,
      remedy: 'give a feed with one of them',
    });
  const leftOut = [...reasons].map(([reason, count]) => `${count} series were left out: ${reason}.`);
  return { series: readable, leftOut };
}

/** @returns undefined for a series that is read. */
function whyNot(series: Series, flow: Flow, intervalMinutes: number | undefined): string | undefined {
  const { type, service } = series;
  const { fields } = type;
  if ((service ?? ELECTRICITY_SERVICE) !== ELECTRICITY_SERVICE) return `service ${service}`;
  const commodity = fields.get('commodity') ?? (service === undefined ? 'is not stated' : ELECTRICITY);
  const expected: readonly (readonly [string, string | undefined, string])[] = [
    ['commodity', commodity, ELECTRICITY],
    ['uom', fields.get('uom'), WATT_HOURS],
    ['flowDirection', fields.get('flowDirection'), FLOWS[flow]],
    ['accumulationBehaviour', fields.get('accumulationBehaviour'), DELTA],
  ];
  const other = expected.find(([, found, wanted]) => found !== wanted);
  return other ? `${other[0]} ${other[1] ?? 'is not stated'}` : whyNotOfNumbers(series, intervalMinutes);
}

function whyNotOfNumbers(
  { type: { fields }, slotSeconds }: Series,
  intervalMinutes: number | undefined,
): string | undefined {
  const power = fields.get('powerOfTenMultiplier') ?? '0';
  if (!/^-?\d$/.test(power)) return `powerOfTenMultiplier ${power}`;
  const minutes = slotSeconds / 60;
  if (!Number.isInteger(minutes) || minutes < 1 || 1440 % minutes !== 0)
    return `intervalLength ${fields.get('intervalLength') ?? 'is not stated'}`;
  if (intervalMinutes !== undefined && minutes !== intervalMinutes) return `intervals of ${minutes} minutes`;
  return undefined;
}

function takeSeries(
  { meterId, type, slotSeconds, blocks }: Series,
  intake: ReadingIntake,
  rounding: Rounding,
  counts: { rows: number; rounded: number },
): void {
  const meter = intake.addMeter(meterId, 1, 1);
  const power = Number(type.fields.get('powerOfTenMultiplier') ?? '0');
  for (const interval of blocks.flatMap(({ intervals }) => intervals)) {
    counts.rows += 1;
    const { line, value, quality } = interval;
    const start = startOf(interval, slotSeconds, intake);
    if (start === undefined) continue;
    const place = { line, column: 'value' };
    const form = { unit: 'Wh', slotSeconds, rounding } as const;
    const parsed = intake.attempt(
      () => parseEnergyWh(shifted(value, power), form, intake.limitWh, place),
      line,
    );
    if (parsed === undefined) continue;
    if (parsed.rounded) counts.rounded += 1;
    intake.keep(meter, start, parsed.energyWh, place, QUALITIES[quality] ?? 'questionable');
  }
}

/** Undefined for an interval of another length; a day may have 23 or 25 hours. @throws ClientError READINGS_BAD_STAMP, READINGS_IRREGULAR_INTERVAL */
function startOf(
  { start, duration, line }: EspiInterval,
  slotSeconds: number,
  intake: ReadingIntake,
): number | undefined {
  if (!/^\d{1,11}$/.test(start)) throw new ClientError('READINGS_BAD_STAMP', { line });
  const off = duration === '' ? 0 : Math.abs(Number(duration) - slotSeconds);
  const fits = off === 0 || (slotSeconds === DAY_SECONDS && off === HOUR_SECONDS);
  if (!fits) {
    intake.refuse('READINGS_IRREGULAR_INTERVAL', { line, intervalMinutes: slotSeconds / 60 });
    return undefined;
  }
  return intake.isInStep(Number(start), line) ? Number(start) : undefined;
}

/** An integer times a power of ten, as plain text; what is no integer stays as it is, to be refused. */
function shifted(value: string, power: number): string {
  if (!/^-?\d{1,18}$/.test(value) || power === 0) return value;
  if (power > 0) return `${value}${'0'.repeat(power)}`;
  const digits = value.replace('-', '').padStart(1 - power, '0');
  return `${value.startsWith('-') ? '-' : ''}${digits.slice(0, power)}.${digits.slice(power)}`;
}
