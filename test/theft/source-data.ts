/**
 * Real readings that virtual meters are made of, from the data extracts (test/helpers/shared-data.ts):
 * ten homes by half hours for a year (SGSC), one home by minutes with power, voltage and current for 13 days (UCI), one steel works by quarters for 13 weeks (UCI).
 *
 * Homes and days are dealt into five folds; what is judged is of one of them, and the model is made of the other four.
 */
import { createReadStream } from 'node:fs';
import { csvRecords } from '@gridveil/client/metering/csv-records.js';
import { findSharedData } from '../helpers/shared-data.js';

export const HALF_HOUR_SECONDS = 1800;
export const HALF_HOURS_PER_DAY = 48;
/** Two of the ten homes are held out at a time. */
export const FOLDS = 5;

/** Half-hourly energy of one home in Wh, from a Monday on; NaN where missing. */
export interface Home {
  readonly name: string;
  readonly energyWh: Float64Array;
}

/** Measured load and what its power is of voltage times current, both means of the same half hour. */
export interface MeasuredLoad {
  readonly powerW: number;
  readonly powerFactor: number;
}

/** Homes and days to make meters of. */
export interface Pool {
  readonly homes: readonly Home[];
  /** Ascending by power. */
  readonly loads: readonly MeasuredLoad[];
  /** Mean voltage of each half hour of each day. */
  readonly voltageDays: readonly Float64Array[];
}

/** Quarter hours from a Monday on. */
export interface SteelWorks {
  readonly energyWh: Float64Array;
  /** What energy is of volt-ampere hours. */
  readonly powerFactor: Float64Array;
}

/** What models are made of, and what is judged by them: no home and no day is in two of these pools. */
export interface Fold {
  /** In groups, for the threshold (`OutlierModel.ofGroups`). */
  readonly trained: readonly Pool[];
  readonly heldOut: Pool;
}

export interface SourceData {
  readonly folds: readonly Fold[];
  readonly steel: SteelWorks;
}

const FILES = [
  ['sgsc-households', 'sgsc10_30min_52weeks.csv'],
  ['uci-household-power', 'uci_1min_13days.csv'],
  ['uci-steel-15min', 'steel_15min_91days.csv'],
] as const;

/** Undefined when an extract is not there. */
export async function readSourceData(): Promise<SourceData | undefined> {
  const [sgsc, uci, steel] = FILES.map((path) => findSharedData(...path));
  if (sgsc === undefined || uci === undefined || steel === undefined) return undefined;
  const homes = await readHomes(sgsc);
  const days = await readDays(uci);
  const pool = (isIn: (place: number) => boolean): Pool => {
    const own = days.filter((_, i) => isIn(i));
    return {
      homes: homes.filter((_, i) => isIn(i)),
      loads: own.flatMap(({ loads }) => loads).sort((a, b) => a.powerW - b.powerW),
      voltageDays: own.map(({ voltageV }) => voltageV),
    };
  };
  const pools = Array.from({ length: FOLDS }, (_, k) => pool((place) => place % FOLDS === k));
  const folds = pools.map((heldOut) => ({ heldOut, trained: pools.filter((other) => other !== heldOut) }));
  return { folds, steel: await readSteel(steel) };
}

/** All homes and days of some pools. */
export function together(pools: readonly Pool[]): Pool {
  return {
    homes: pools.flatMap(({ homes }) => homes),
    loads: pools.flatMap(({ loads }) => loads).sort((a, b) => a.powerW - b.powerW),
    voltageDays: pools.flatMap(({ voltageDays }) => voltageDays),
  };
}

/** Rows of texts; the first one names the columns. */
async function readTable(file: string): Promise<{ header: readonly string[]; rows: (readonly string[])[] }> {
  const rows: (readonly string[])[] = [];
  for await (const { fields } of csvRecords(createReadStream(file))) rows.push(fields);
  return { header: rows[0] ?? [], rows: rows.slice(1) };
}

function numberOf(text: string | undefined): number {
  return text === undefined || text === '' ? NaN : Number(text);
}

async function readHomes(file: string): Promise<Home[]> {
  const { header, rows } = await readTable(file);
  return header.slice(1).map((name, i) => ({
    name,
    energyWh: Float64Array.from(rows, (row) => 1000 * numberOf(row[i + 1])),
  }));
}

interface Day {
  readonly loads: readonly MeasuredLoad[];
  readonly voltageV: Float64Array;
}

/** The extract has whole days, a row for each minute but two. */
async function readDays(file: string): Promise<Day[]> {
  const { rows } = await readTable(file);
  const minutesOf = new Map<string, (readonly number[])[][]>();
  for (const [stamp = '', active, , volts, amperes] of rows) {
    const [date = '', time = ''] = stamp.split(' ');
    const [hours = 0, minutes = 0] = time.split(':').map(Number);
    const day = minutesOf.get(date) ?? Array.from({ length: HALF_HOURS_PER_DAY }, () => []);
    minutesOf.set(date, day);
    day[2 * hours + (minutes < 30 ? 0 : 1)]?.push([1000 * Number(active), Number(volts), Number(amperes)]);
  }
  return [...minutesOf.values()].map((halfHours) => {
    const means = halfHours.map((minutes) =>
      [0, 1, 2].map((column) => minutes.reduce((sum, row) => sum + (row[column] ?? NaN), 0) / minutes.length),
    );
    return {
      // Currents are rounded to 0.2 A, so that small loads come out above 1.
      loads: means.map(([powerW = NaN, volts = NaN, amperes = NaN]) => ({
        powerW,
        powerFactor: Math.min(1, powerW / (volts * amperes)),
      })),
      voltageV: Float64Array.from(means, ([, volts]) => volts ?? NaN),
    };
  });
}

async function readSteel(file: string): Promise<SteelWorks> {
  const { rows } = await readTable(file);
  const active = rows.map((row) => 1000 * numberOf(row[1]));
  const reactive = rows.map((row) => 1000 * (numberOf(row[2]) - numberOf(row[3])));
  return {
    energyWh: Float64Array.from(active),
    powerFactor: Float64Array.from(active, (wh, i) => wh / Math.hypot(wh, reactive[i] ?? 0)),
  };
}
