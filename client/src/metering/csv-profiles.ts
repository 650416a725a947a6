/**
 * Headers of CSV files that are known, with what they mean. A profile speaks for a whole header: a file with another column must be declared in full.
 */
import { ClientError } from '../errors.js';
import type { ReadingsDeclaration } from './declaration.js';

export interface CsvProfile {
  readonly name: string;
  readonly stampColumn: string;
  /** Columns that are meters. */
  readonly meterColumn: RegExp;
  /** Columns that are left out. */
  readonly otherColumn?: RegExp;
  readonly meaning: Required<Pick<ReadingsDeclaration, 'zone' | 'unit' | 'intervalMinutes' | 'stamp'>> &
    ReadingsDeclaration;
  /** What a reader should know about this meaning. */
  readonly note: string;
}

const SGSC = { zone: 'UTC+10', unit: 'kWh', intervalMinutes: 30, stamp: 'end' } as const;
const UCI = { zone: 'Europe/Paris', stamp: 'start', rounding: 'nearest' } as const;

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
  {
    name: 'green-button-csv',
    stampColumn: 'start_epoch_utc',
    meterColumn: /^[a-z]+_[ms]f_Wh$/,
    meaning: { zone: 'UTC', unit: 'Wh', intervalMinutes: 60, stamp: 'start' },
    note: 'Green Button profiles: class averages of homes, not single homes.',
  },
  {
    name: 'uci-household',
    stampColumn: 'interval_start_local',
    meterColumn: /^active_energy_Wh$/,
    otherColumn: /^(reactive|voltage|current|sub\d|samples)/,
    meaning: { ...UCI, unit: 'Wh', intervalMinutes: 15 },
    note: 'UCI household: only active_energy_Wh is read, sub-meters are parts of it; values are rounded to whole Wh.',
  },
  {
    name: 'uci-household-minutes',
    stampColumn: 'time_local',
    meterColumn: /^active_power_kW$/,
    otherColumn: /^(reactive|voltage|current|sub\d)/,
    meaning: { ...UCI, unit: 'kW', intervalMinutes: 1 },
    note: 'UCI household: active_power_kW is the mean of a minute that STARTS then; its energy is rounded to whole Wh.',
  },
  {
    name: 'uci-steel',
    stampColumn: 'interval_end_local',
    meterColumn: /^active_energy_kWh$/,
    otherColumn: /^(reactive|co2|pf|week|load)/,
    meaning: { zone: 'Asia/Seoul', unit: 'kWh', intervalMinutes: 15, stamp: 'end' },
    note: 'UCI steel: only active_energy_kWh is read.',
  },
  {
    name: 'lcl-groups',
    stampColumn: 'time_gmt',
    meterColumn: /^sum_kWh_per_halfhour_dtou_group$/,
    otherColumn: /^(band|pence|mean)/,
    meaning: { zone: 'UTC', unit: 'kWh', intervalMinutes: 30, stamp: 'start' },
    note: 'Low Carbon London: one column, the sum of a group of homes; times are taken as the START of their half hour.',
  },
  {
    name: 'lv-feeder',
    stampColumn: 'slot',
    meterColumn: /^p\d+$/,
    meaning: {
      zone: 'UTC',
      unit: 'kWh',
      intervalMinutes: 15,
      stamp: 'start',
      firstStamp: '2024-01-01T00:00',
      rounding: 'nearest',
    },
    note: 'European feeder: synthetic profiles of one day, set to 2024-01-01 UTC, rounded to whole Wh.',
  },
  {
    name: 'bdew-1999',
    stampColumn: '',
    meterColumn: /^[ghl]\d$/,
    otherColumn: /^(period|weekday)$/,
    meaning: { ...UCI, zone: 'Europe/Berlin', unit: 'kW', intervalMinutes: 15 },
    note: 'BDEW standard profiles: a MODEL of 1,000 kWh a year; the dates are dummies of the file, values are rounded to whole Wh.',
  },
];

/**
 * The profile whose every column fits.
 * @throws ClientError READINGS_UNKNOWN_COLUMN for the first column of a file of meters alone with strange others, unless the file is declared in full.
 */
export function findProfile(
  header: readonly string[],
  declared: ReadingsDeclaration,
): CsvProfile | undefined {
  const [stampColumn, ...columns] = header;
  const known = CSV_PROFILES.filter((profile) => profile.stampColumn === stampColumn);
  const strangeTo = (profile: CsvProfile): string | undefined =>
    columns.find((name) => !profile.meterColumn.test(name) && !profile.otherColumn?.test(name));
  const fitting = known.find((profile) => strangeTo(profile) === undefined);
  const first = known.find(({ otherColumn }) => otherColumn === undefined);
  if (fitting !== undefined || first === undefined) return fitting;
  const { zone, unit, intervalMinutes, stamp } = declared;
  if ([zone, unit, intervalMinutes, stamp].every((option) => option !== undefined)) return undefined;
  throw new ClientError('READINGS_UNKNOWN_COLUMN', {
    column: strangeTo(first) ?? '',
    where: `${first.name} readings`,
    expected: 'meter columns only, or zone, unit, interval and stamp declared',
  });
}
