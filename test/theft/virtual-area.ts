/**
 * Virtual areas: customers behind one transformer, twelve weeks long: eight of reference, four that are judged.
 *
 * Every phase of every customer is another home or another start in the year, in whole weeks, so that days stay days; only spans without a missing reading are taken. Service lines have 0.05 to 0.35 Ω. The transformer's meter counts
 * what customers really use, what the lines lose, street lights of 300 W from 18 to 6 o'clock, and errs by 1 % of the demand in each slot (class of the meter, clocks, what nobody knows of).
 */
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import type { JudgedSpan } from '@gridveil/client/theft/indicators.js';
import { hourOfDay } from '@gridveil/client/theft/area-balance.js';
import type { AreaRecord, PerPhase } from '@gridveil/client/theft/meter-series.js';
import {
  HALF_HOUR_SECONDS,
  HALF_HOURS_PER_DAY,
  type Home,
  type Pool,
  type SteelWorks,
} from './source-data.js';
import { honestSeries } from './tampering.js';
import { normal, virtualMeter, type PhaseLoad, type VirtualMeter } from './virtual-meter.js';

const REFERENCE_WEEKS = 8;
const WINDOW_WEEKS = 4;
const SLOTS_PER_WEEK = 7 * HALF_HOURS_PER_DAY;
const SLOTS = (REFERENCE_WEEKS + WINDOW_WEEKS) * SLOTS_PER_WEEK;
/** A Monday; the hours of the sources are taken as UTC. */
const MONDAY_SECONDS = 1_704_067_200;
const STREET_LIGHTS_W = 300;
const SUPPLY_NOISE = 0.01;
/** Loads beside the one of like power that a power factor is drawn from. */
const LIKE_LOADS = 4;
const LINE_MILLI_OHM = { least: 50, most: 350 };
/** Of a large consumer, next to its transformer. */
const SHORT_LINE_OHM = 0.002;

export const SPAN: JudgedSpan = {
  reference: { from: 0, to: REFERENCE_WEEKS * SLOTS_PER_WEEK },
  window: { from: REFERENCE_WEEKS * SLOTS_PER_WEEK, to: SLOTS },
};

/** An honest area, and what really flowed in it. */
export interface VirtualArea {
  readonly record: AreaRecord;
  readonly meters: readonly VirtualMeter[];
}

/** A home from some week on. */
interface Start {
  readonly home: Home;
  readonly from: number;
}

/** Homes and weeks with twelve complete weeks after them. */
function completeStarts({ homes }: Pool): Start[] {
  return homes.flatMap((home) => {
    const weeks = Math.floor((home.energyWh.length - SLOTS) / SLOTS_PER_WEEK) + 1;
    return Array.from({ length: weeks }, (_, week) => ({ home, from: week * SLOTS_PER_WEEK })).filter(
      ({ from }) => !home.energyWh.subarray(from, from + SLOTS).some(Number.isNaN),
    );
  });
}

/** Three for each customer. */
function customerStarts(pool: Pool, customers: number, random: SeededRandom): Start[] {
  const starts = shuffled(completeStarts(pool), random);
  if (starts.length < 3 * customers) throw new RangeError('"customers" expected no more than the homes make');
  return starts.slice(0, 3 * customers);
}

function shuffled<T>(values: readonly T[], random: SeededRandom): T[] {
  const all = [...values];
  for (let i = all.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}

export interface VirtualAreaOptions {
  /** Names the area and its meters; other names are other areas. */
  readonly name: string;
  readonly seed: string;
  readonly customers: number;
  readonly background: Pool;
  /** Customers of another pool, which come first; the voltage of the area is that of their days. None when left out. */
  readonly judged?: { readonly pool: Pool; readonly customers: number };
}

/** @throws RangeError when the homes of a pool do not make so many customers. */
export function virtualArea({ name, seed, customers, background, judged }: VirtualAreaOptions): VirtualArea {
  const random = new SeededRandom('area', seed, name);
  const judgedCount = judged?.customers ?? 0;
  const pool = judged?.pool ?? background;
  const starts = [
    ...customerStarts(pool, judgedCount, random),
    ...customerStarts(background, customers - judgedCount, random),
  ];
  const frame = { firstSlot: MONDAY_SECONDS / HALF_HOUR_SECONDS, slotSeconds: HALF_HOUR_SECONDS };
  const supplyV: PerPhase<Float64Array> = [
    voltages(pool, SLOTS, 1, random),
    voltages(pool, SLOTS, 1, random),
    voltages(pool, SLOTS, 1, random),
  ];
  const meters = Array.from({ length: customers }, (_, c) => {
    const load = (phase: number): PhaseLoad =>
      phaseLoad(c < judgedCount ? pool : background, starts[3 * c + phase] as Start, random);
    return virtualMeter({
      meterId: `${name}-${String(c + 1).padStart(2, '0')}`,
      slotSeconds: HALF_HOUR_SECONDS,
      loads: [load(0), load(1), load(2)],
      supplyV,
      lineOhm: random.between(LINE_MILLI_OHM.least, LINE_MILLI_OHM.most) / 1000,
      driftFrom: SPAN.window.from,
      random,
    });
  });
  return {
    meters,
    record: {
      ...frame,
      slots: SLOTS,
      supplyWh: supplied(meters, frame, random),
      meters: meters.map(honestSeries),
    },
  };
}

/** Days of the pool in any order. @param perHalfHour - slots */
function voltages(
  { voltageDays }: Pool,
  slots: number,
  perHalfHour: number,
  random: SeededRandom,
): Float64Array {
  const slotsPerDay = HALF_HOURS_PER_DAY * perHalfHour;
  const days = Array.from(
    { length: Math.ceil(slots / slotsPerDay) },
    () => voltageDays[random.below(voltageDays.length)],
  );
  return Float64Array.from(
    { length: slots },
    (_, i) => days[Math.floor(i / slotsPerDay)]?.[Math.floor((i % slotsPerDay) / perHalfHour)] ?? NaN,
  );
}

function phaseLoad(pool: Pool, { home, from }: Start, random: SeededRandom): PhaseLoad {
  const energyWh = home.energyWh.slice(from, from + SLOTS);
  return { energyWh, powerFactor: energyWh.map((wh) => likePowerFactor(pool, 2 * wh, random)) };
}

/** Of a measured load of about this power. */
function likePowerFactor({ loads }: Pool, powerW: number, random: SeededRandom): number {
  let [low, high] = [0, loads.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((loads[middle]?.powerW ?? Infinity) < powerW) low = middle + 1;
    else high = middle;
  }
  const place = Math.min(Math.max(low + random.between(-LIKE_LOADS, LIKE_LOADS), 0), loads.length - 1);
  return loads[place]?.powerFactor ?? NaN;
}

function supplied(
  meters: readonly VirtualMeter[],
  { firstSlot, slotSeconds }: Pick<AreaRecord, 'firstSlot' | 'slotSeconds'>,
  random: SeededRandom,
): Float64Array {
  return Float64Array.from({ length: SLOTS }, (_, i) => {
    const hour = hourOfDay(firstSlot + i, slotSeconds);
    const lights = hour >= 18 || hour < 6 ? STREET_LIGHTS_W * (slotSeconds / 3600) : 0;
    const demand = meters.reduce(
      (sum, { trueWh, lineLossWh }) => sum + (trueWh[i] ?? NaN) + (lineLossWh[i] ?? NaN),
      lights,
    );
    return demand * (1 + SUPPLY_NOISE * normal(random));
  });
}

/** The steel works alone at its transformer, four weeks of reference and four that are judged, from some week on. No supply meter but its own. */
export function steelArea(
  steel: SteelWorks,
  pool: Pool,
  week: number,
  seed: string,
): { area: VirtualArea; span: JudgedSpan } {
  const slotSeconds = HALF_HOUR_SECONDS / 2;
  const perWeek = 2 * SLOTS_PER_WEEK;
  const [from, slots] = [week * perWeek, 2 * WINDOW_WEEKS * perWeek];
  const span = { reference: { from: 0, to: slots / 2 }, window: { from: slots / 2, to: slots } };
  const random = new SeededRandom('steel', seed, String(week));
  const powerFactor = steel.powerFactor.slice(from, from + slots);
  // A large three-phase load is nearly balanced: shares off by 5 %, and by 2 % in each slot.
  const load = (): PhaseLoad => {
    const share = (1 + 0.05 * normal(random)) / 3;
    const energyWh = steel.energyWh
      .slice(from, from + slots)
      .map((wh) => wh * share * (1 + 0.02 * normal(random)));
    return { energyWh, powerFactor };
  };
  const supplyV: PerPhase<Float64Array> = [
    voltages(pool, slots, 2, random),
    voltages(pool, slots, 2, random),
    voltages(pool, slots, 2, random),
  ];
  const meter = virtualMeter({
    meterId: `steel-${week}`,
    ...{ slotSeconds, supplyV, random, lineOhm: SHORT_LINE_OHM, driftFrom: span.window.from },
    loads: [load(), load(), load()],
  });
  const record = {
    firstSlot: MONDAY_SECONDS / slotSeconds,
    slotSeconds,
    slots,
    meters: [honestSeries(meter)],
  };
  return { area: { record, meters: [meter] }, span };
}

/** Weeks that the steel works has data for a span from. */
export const STEEL_WEEKS = [0, 1, 2, 3, 4, 5] as const;
