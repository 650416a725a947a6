/**
 * What a CSV file of readings means: declared by the caller, or known from its header (csv-profiles.ts), never guessed.
 *
 * Layout rule: a header with a column called meter, meter_id or meterid is long (meter, start or end, value); every other
 * header is wide, with the times in its first column and one column per meter. A first column called slot holds interval
 * numbers counted from `firstStamp` instead of times; a time column called epoch holds seconds since 1970, UTC. Long files may have a column quality.
 */
import type { Zone } from 'luxon';
import { ClientError } from '../errors.js';
import { findProfile, type CsvProfile } from './csv-profiles.js';
import {
  checkInterval,
  oneOf,
  type CsvLayout,
  type ReadingsDeclaration,
  type StampMark,
  type ValueKind,
} from './declaration.js';
import { ENERGY_UNITS, type EnergyUnit, type Rounding } from './energy-text.js';
import { parseZone, StampReader } from './stamp.js';

/** How the times of a file are written: as text, as numbers of intervals, or as seconds since 1970 UTC. */
type StampKind = 'text' | 'slot' | 'epoch';

/** A file's meaning, complete. */
export interface CsvFormat {
  readonly layout: CsvLayout;
  readonly zone: Zone | undefined;
  readonly unit: EnergyUnit;
  readonly slotSeconds: number;
  readonly stamp: StampMark;
  readonly stampKind: StampKind;
  readonly rounding: Rounding;
  readonly values: ValueKind;
  /** What a register counts before it begins at 0 again; Infinity when that is not known. */
  readonly registerSpanWh: number;
  readonly spreadsGaps: boolean;
  /** UTC seconds of interval number 0, where the times are such numbers. */
  readonly firstStampSeconds: number | undefined;
  readonly profile: CsvProfile | undefined;
}

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
  ['start_epoch_utc', 'start'],
  ['end_epoch_utc', 'end'],
  ['epoch', undefined],
  ['time', undefined],
  ['timestamp', undefined],
]);
const QUALITY_NAMES = ['quality'];
const MAX_REGISTER_DIGITS = 12;

/** Positions of the columns of a long file. */
export interface LongColumns {
  readonly meter: number;
  readonly stamp: number;
  readonly value: number;
  readonly quality: number | undefined;
}

/**
 * @param header column names, trimmed.
 * @throws ClientError READINGS_UNDECLARED, READINGS_BAD_OPTION, READINGS_ZONE_UNKNOWN, READINGS_UNKNOWN_COLUMN, READINGS_MISSING_COLUMN.
 */
export function resolveFormat(header: readonly string[], declared: ReadingsDeclaration): CsvFormat {
  const layout = oneOf('layout', declared.layout, ['wide', 'long']) ?? (isLong(header) ? 'long' : 'wide');
  const profile = layout === 'wide' ? findProfile(header, declared) : undefined;
  const implied = {
    ...(layout === 'wide' ? impliedByWide(header) : impliedByLong(header)),
    ...profile?.meaning,
  };
  const said = { ...implied, ...withoutUndefined(declared) };
  const zone = said.zone === undefined ? undefined : parseZone(said.zone);
  const unit = oneOf('unit', said.unit, ENERGY_UNITS) ?? undeclared('unit', ENERGY_UNITS.join(', '));
  const stampKind = stampKindOf(header, layout);
  const minutes = said.intervalMinutes ?? undeclared('intervalMinutes', 'the minutes of one interval');
  return {
    layout,
    zone,
    unit,
    slotSeconds: checkInterval(minutes),
    ...valuesOf(said, unit),
    stampKind,
    rounding: oneOf('rounding', said.rounding, ['refuse', 'nearest']) ?? 'refuse',
    firstStampSeconds: stampKind === 'slot' ? firstStampOf(said.firstStamp, zone) : undefined,
    profile,
  };
}

/** What a register showed has one time, which ends the interval before it and starts the one after. */
function valuesOf(
  said: ReadingsDeclaration,
  unit: EnergyUnit,
): Pick<CsvFormat, 'values' | 'stamp' | 'registerSpanWh' | 'spreadsGaps'> {
  const values = oneOf('values', said.values, ['energy', 'register']) ?? 'energy';
  const spreadsGaps = oneOf('gaps', said.gaps, ['missing', 'spread']) === 'spread';
  const stamp = oneOf('stamp', said.stamp, ['start', 'end']);
  if (values === 'energy')
    return {
      values,
      stamp: stamp ?? undeclared('stamp', 'start or end of the interval'),
      registerSpanWh: Infinity,
      spreadsGaps,
    };
  if (unit === 'W' || unit === 'kW')
    throw new ClientError('READINGS_BAD_OPTION', { option: 'unit', allowed: 'Wh or kWh for a register' });
  return { values, stamp: 'start', registerSpanWh: registerSpanOf(said.registerDigits, unit), spreadsGaps };
}

function registerSpanOf(digits: number | undefined, unit: EnergyUnit): number {
  if (digits === undefined) return Infinity;
  if (!Number.isInteger(digits) || digits < 1 || digits > MAX_REGISTER_DIGITS)
    throw new ClientError('READINGS_BAD_OPTION', {
      option: 'registerDigits',
      allowed: `an integer from 1 to ${MAX_REGISTER_DIGITS}`,
    });
  return 10 ** digits * (unit === 'kWh' ? 1000 : 1);
}

/** @throws ClientError READINGS_UNKNOWN_COLUMN, READINGS_MISSING_COLUMN. */
export function longColumns(header: readonly string[]): LongColumns {
  const names = header.map((name) => name.toLowerCase());
  const roles = {
    meter: METER_NAMES,
    stamp: [...STAMP_MARKS.keys()],
    value: [...VALUE_UNITS.keys()],
  };
  const known = [...Object.values(roles).flat(), ...QUALITY_NAMES];
  const strange = header[names.findIndex((name) => !known.includes(name))];
  if (strange !== undefined)
    throw new ClientError('READINGS_UNKNOWN_COLUMN', {
      column: strange,
      where: 'a long file',
      expected: 'a meter, a time and a value column, and quality',
    });
  return {
    meter: onlyColumn(names, 'the meter', roles.meter),
    stamp: onlyColumn(names, 'the time', roles.stamp),
    value: onlyColumn(names, 'the energy', roles.value),
    quality: names.some((name) => QUALITY_NAMES.includes(name))
      ? onlyColumn(names, 'the quality', QUALITY_NAMES)
      : undefined,
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

function stampKindOf(header: readonly string[], layout: CsvLayout): StampKind {
  const [first = ''] = header;
  const name = (layout === 'wide' ? first : (header[longColumns(header).stamp] ?? '')).toLowerCase();
  if (layout === 'wide' && name === 'slot') return 'slot';
  return STAMP_MARKS.has(name) && name.includes('epoch') ? 'epoch' : 'text';
}

function impliedByWide(header: readonly string[]): ReadingsDeclaration {
  return withoutUndefined({ stamp: STAMP_MARKS.get(header[0]?.toLowerCase() ?? '') });
}

function impliedByLong(header: readonly string[]): ReadingsDeclaration {
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

function undeclared(option: string, allowed: string): never {
  throw new ClientError('READINGS_UNDECLARED', { option, allowed });
}

function withoutUndefined(declared: {
  [K in keyof ReadingsDeclaration]: ReadingsDeclaration[K] | undefined;
}): ReadingsDeclaration {
  return Object.fromEntries(Object.entries(declared).filter(([, value]) => value !== undefined));
}
