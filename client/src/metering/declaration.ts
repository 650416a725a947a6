/**
 * What the caller says about a file of readings. It wins over what the file says; what neither says is asked for, never guessed.
 */
import { ClientError } from '../errors.js';
import type { EnergyUnit, Rounding } from './energy-text.js';

export const FILE_FORMATS = ['csv', 'green-button', 'dsmr-p1'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export type CsvLayout = 'wide' | 'long';
/** Whether a time marks the start or the end of its interval. */
export type StampMark = 'start' | 'end';
/** Whether values are energies of intervals, or what a counter showed at a time. */
export type ValueKind = 'energy' | 'register';
/** What the grid delivered to the customer, or the customer to the grid. */
export type Flow = 'import' | 'export';
/** CRC-16 of P1 telegrams: ARC as the standard says, X25 as some meters send. */
export type P1Checksum = 'arc' | 'x25';

export interface ReadingsDeclaration {
  /** Found from the first bytes without it. */
  readonly format?: FileFormat;
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
  /** Of a CSV file; default `energy`. */
  readonly values?: ValueKind;
  /** Whole digits a CSV register has before it begins at 0 again; a fall without it is a reset. */
  readonly registerDigits?: number;
  /** Default `import`. */
  readonly flow?: Flow;
  /** What becomes of readings that cannot be right: the file is refused (default), or they are dropped and counted. */
  readonly bad?: 'refuse' | 'drop';
  /** What becomes of intervals inside a gap of a register: missing (default), or the energy of the gap is spread over them, marked as estimated. */
  readonly gaps?: 'missing' | 'spread';
  /** A mean power above it is absurd. */
  readonly maxPowerKw?: number;
  /** Default `arc`. */
  readonly crc?: P1Checksum;
}

/** Options also arrive as text from a command line or a file: checked here, whatever their type says. @throws ClientError READINGS_BAD_OPTION */
export function oneOf<T extends string>(
  option: string,
  value: T | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value !== undefined && !allowed.includes(value))
    throw new ClientError('READINGS_BAD_OPTION', { option, allowed: allowed.join(' or ') });
  return value;
}

/** @returns seconds. @throws ClientError READINGS_BAD_OPTION unless the minutes divide a day. */
export function checkInterval(minutes: number): number {
  if (!Number.isInteger(minutes) || minutes < 1 || 1440 % minutes !== 0)
    throw new ClientError('READINGS_BAD_OPTION', {
      option: 'intervalMinutes',
      allowed: 'whole minutes that divide a day',
    });
  return minutes * 60;
}

/** What is said in options that hold more: the fields of a declaration and nothing else. */
export function declarationOf(options: {
  readonly [K in keyof ReadingsDeclaration]: ReadingsDeclaration[K] | undefined;
}): ReadingsDeclaration {
  const { format, layout, zone, unit, intervalMinutes, stamp, firstStamp, rounding } = options;
  const { values, registerDigits, flow, bad, gaps, maxPowerKw, crc } = options;
  const meaning = { format, layout, zone, unit, intervalMinutes, stamp, firstStamp, rounding };
  const rules = { values, registerDigits, flow, bad, gaps, maxPowerKw, crc };
  const said = Object.entries({ ...meaning, ...rules }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said);
}
