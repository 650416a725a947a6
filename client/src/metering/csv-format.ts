/**
 * What a CSV file of readings means: declared by the caller, or known from its header (the profiles below), never guessed.
 *
 * Layout rule: a header with a column called meter, meter_id or meterid is long (meter, start or end, value); every other
 * header is wide, with the times in its first column and one column per meter. A first column called slot holds interval
 * numbers counted from `firstStamp` instead of times.
 */
import type { Zone } from 'luxon';
import { ClientError } from '../errors.js';
import type { EnergyUnit, Rounding } from './energy-text.js';
import { parseZone, StampReader } from './stamp.js';

export type CsvLayout = 'wide' | 'long';
/** Whether a time marks the start or the end of its interval. */
export type StampMark = 'start' | 'end';

/** What the caller says about a file; wins over what the header says. */
export interface CsvDeclaration {
  readonly layout?: CsvLayout;
  /** IANA name or fixed UTC offset; not needed when every time carries its own offset. */
  readonly zone?: string;
  readonly unit?: EnergyUnit;
  /** Minutes in [1, 1440] that divide a day. */
  readonly intervalMinutes?: number;
  readonly stamp?: StampMark;
  /** The time that interval number 0 of a slot column stands for. */
  readonly firstStamp?: string;
  /** Default `refuse`. */
  readonly rounding?: Rounding;
}

/** A file's meaning, complete. */
export interface CsvFormat {
  readonly layout: CsvLayout;
  readonly zone: Zone | undefined;
  readonly unit: EnergyUnit;
  readonly slotSeconds: number;
  readonly stamp: StampMark;
  readonly rounding: Rounding;
  /** Set when the times are interval numbers: UTC seconds of number 0. */
  readonly firstStampSeconds: number | undefined;
  readonly profile: CsvProfile | undefined;
}

/** A header that is known, with what it means. */
export interface CsvProfile {
  readonly name: string;
  readonly stampColumn: string;
  readonly meterColumn: RegExp;
  readonly meaning: Required<Pick<CsvDeclaration, 'zone' | 'unit' | 'intervalMinutes' | 'stamp'>> &
    CsvDeclaration;
  /** What a reader should know about this meaning. */
  readonly note: string;
}

const SGSC = { zone: 'UTC+10', unit: 'kWh', intervalMinutes: 30, stamp: 'end' } as const;

export const CSV_PROFILES: readonly CsvProfile[] = [
  {
    name: 'sgsc',
    stampColumn: 'reading_datetime',
    meterColumn: /^h\d+$/,
    meaning: SGSC,
    note: 'SGSC times are taken as the END of their half hour, zone UTC+10: the source does not say which.',
  },
  {
    name: 'sgsc-virtual',
    stampColumn: 'slot',
    meterColumn: /^v\d+$/,
    meaning: { ...SGSC, firstStamp: '2013-02-18T00:00' },
    note: 'Virtual SGSC meters: slot 0 is set to the half hour ENDING on Monday 2013-02-18 00:00, zone UTC+10.',
  },
  {
    name: 'fontana',
    stampColumn: 'hour_start_local',
    meterColumn: /^b\d+$/,
    meaning: { zone: 'UTC-8', unit: 'kWh', intervalMinutes: 60, stamp: 'start' },
    note: 'Fontana times are taken as the START of their hour, zone UTC-8 without daylight saving.',
  },
];

const METER_NAMES = ['meter', 'meter_id', 'meterid'];
/** Names of the energy column, with the unit they imply. */
const VALUE_UNITS = new Map<string, EnergyUnit | undefined>([
  ['wh', 'Wh'],
  ['energy_wh', 'Wh'],
  ['kwh', 'kWh'],
  ['energy_kwh', 'kWh'],
  ['value', undefined],
]);
/** Names of the time column, with the mark they imply. */
const STAMP_MARKS = new Map<string, StampMark | undefined>([
  ['start', 'start'],
  ['end', 'end'],
  ['time', undefined],
  ['timestamp', undefined],
]);

/** Positions of the three columns of a long file. */
export interface LongColumns {
  readonly meter: number;
  readonly stamp: number;
  readonly value: number;
}

/**
 * @param header column names, trimmed.
 * @throws ClientError READINGS_UNDECLARED, READINGS_BAD_OPTION, READINGS_ZONE_UNKNOWN, READINGS_UNKNOWN_COLUMN, READINGS_MISSING_COLUMN.
 */
export function resolveFormat(header: readonly string[], declared: CsvDeclaration): CsvFormat {
  const layout = oneOf('layout', declared.layout, ['wide', 'long']) ?? (isLong(header) ? 'long' : 'wide');
  const profile = layout === 'wide' ? findProfile(header, declared) : undefined;
  const implied = {
    ...(layout === 'wide' ? impliedByWide(header) : impliedByLong(header)),
    ...profile?.meaning,
  };
  const said = { ...implied, ...withoutUndefined(declared) };
  const zone = said.zone === undefined ? undefined : parseZone(said.zone);
  return {
    layout,
    zone,
    unit: oneOf('unit', said.unit, ['Wh', 'kWh']) ?? undeclared('unit', 'Wh or kWh'),
    slotSeconds: checkInterval(said.intervalMinutes) * 60,
    stamp:
      oneOf('stamp', said.stamp, ['start', 'end']) ?? undeclared('stamp', 'start or end of the interval'),
    rounding: oneOf('rounding', said.rounding, ['refuse', 'nearest']) ?? 'refuse',
    firstStampSeconds: countsSlots(header, layout) ? firstStampOf(said.firstStamp, zone) : undefined,
    profile,
  };
}

/** @throws ClientError READINGS_UNKNOWN_COLUMN, READINGS_MISSING_COLUMN. */
export function longColumns(header: readonly string[]): LongColumns {
  const names = header.map((name) => name.toLowerCase());
  const roles = {
    meter: METER_NAMES,
    stamp: [...STAMP_MARKS.keys()],
    value: [...VALUE_UNITS.keys()],
  };
  const known = Object.values(roles).flat();
  const strange = header[names.findIndex((name) => !known.includes(name))];
  if (strange !== undefined)
    throw new ClientError('READINGS_UNKNOWN_COLUMN', {
      column: strange,
      where: 'a long file',
      expected: 'exactly a meter, a time and a value column',
    });
  return {
    meter: onlyColumn(names, 'the meter', roles.meter),
    stamp: onlyColumn(names, 'the time', roles.stamp),
    value: onlyColumn(names, 'the energy', roles.value),
  };
}

function onlyColumn(names: readonly string[], role: string, wanted: readonly string[]): number {
  const found = [...names.keys()].filter((position) => wanted.includes(names[position] ?? ''));
  const [first, second] = found;
  if (first === undefined)
    throw new ClientError('READINGS_MISSING_COLUMN', { role, expected: `one of ${wanted.join(', ')}` });
  if (second !== undefined)
    throw new ClientError('READINGS_UNKNOWN_COLUMN', {
      column: names[second] ?? '',
      where: 'a long file',
      expected: `only one column for ${role}`,
    });
  return first;
}

function isLong(header: readonly string[]): boolean {
  return header.some((name) => METER_NAMES.includes(name.toLowerCase()));
}

function countsSlots(header: readonly string[], layout: CsvLayout): boolean {
  return layout === 'wide' && header[0]?.toLowerCase() === 'slot';
}

/** The profile whose every column fits; a known first column with strange others must be declared in full. */
function findProfile(header: readonly string[], declared: CsvDeclaration): CsvProfile | undefined {
  const profile = CSV_PROFILES.find(({ stampColumn }) => stampColumn === header[0]);
  if (profile === undefined) return undefined;
  const strange = header.slice(1).find((name) => !profile.meterColumn.test(name));
  if (strange === undefined) return profile;
  const { zone, unit, intervalMinutes, stamp } = declared;
  if ([zone, unit, intervalMinutes, stamp].every((option) => option !== undefined)) return undefined;
  throw new ClientError('READINGS_UNKNOWN_COLUMN', {
    column: strange,
    where: `${profile.name} readings`,
    expected: 'meter columns only, or zone, unit, interval and stamp declared',
  });
}

function impliedByWide(header: readonly string[]): CsvDeclaration {
  return withoutUndefined({ stamp: STAMP_MARKS.get(header[0]?.toLowerCase() ?? '') });
}

function impliedByLong(header: readonly string[]): CsvDeclaration {
  const { stamp, value } = longColumns(header);
  return withoutUndefined({
    stamp: STAMP_MARKS.get(header[stamp]?.toLowerCase() ?? ''),
    unit: VALUE_UNITS.get(header[value]?.toLowerCase() ?? ''),
  });
}

function firstStampOf(text: string | undefined, zone: Zone | undefined): number {
  if (text === undefined) return undeclared('firstStamp', 'the time of slot 0, such as 2024-01-01T00:00');
  const [seconds, other] = new StampReader(zone).instants(text, 1);
  if (seconds === undefined || other !== undefined)
    throw new ClientError('READINGS_BAD_OPTION', {
      option: 'firstStamp',
      allowed: 'a time that exists exactly once',
    });
  return seconds;
}

function checkInterval(minutes: number | undefined): number {
  if (minutes === undefined) return undeclared('intervalMinutes', 'the minutes of one interval');
  if (!Number.isInteger(minutes) || minutes < 1 || 1440 % minutes !== 0)
    throw new ClientError('READINGS_BAD_OPTION', {
      option: 'intervalMinutes',
      allowed: 'whole minutes that divide a day',
    });
  return minutes;
}

/** Options also arrive as text from a command line: checked here, whatever their type says. */
function oneOf<T extends string>(option: string, value: T | undefined, allowed: readonly T[]): T | undefined {
  if (value !== undefined && !allowed.includes(value))
    throw new ClientError('READINGS_BAD_OPTION', { option, allowed: allowed.join(' or ') });
  return value;
}

function undeclared(option: string, allowed: string): never {
  throw new ClientError('READINGS_UNDECLARED', { option, allowed });
}

function withoutUndefined(declared: {
  [K in keyof CsvDeclaration]: CsvDeclaration[K] | undefined;
}): CsvDeclaration {
  return Object.fromEntries(Object.entries(declared).filter(([, value]) => value !== undefined));
}
