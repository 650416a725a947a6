/**
 * Invented households for demos and tests: plausible, never to be called real.
 *
 * Shape of a home, in watts per quarter hour: a constant base load of 40 to 160 W; a fridge of 90 W in 3 of 8 quarters; people's
 * use after an hourly table for weekdays or weekends, scaled by 50 to 170 % per home and 60 to 140 % per quarter; and appliances
 * that some homes own and use on some days. Slots of 30 and 60 minutes are sums of their quarters.
 *
 * Integers only, one random stream per home and day: the same seed gives the same readings everywhere, and asking for more
 * meters or slots never changes the ones before. Days are UTC days; the first is Monday 2024-01-01.
 */
import { u32 } from '@gridveil/chaincode/crypto/bytes.js';
import { ReadingTableBuilder, type ReadingTable } from './reading.js';
import { SeededRandom } from './seeded-random.js';
import { slotAt } from './slot.js';

export interface HouseholdOptions {
  readonly seed: string;
  /** At least 1. */
  readonly meters: number;
  /** At least 1. */
  readonly slots: number;
  readonly slotMinutes: 15 | 30 | 60;
}

/** Monday 2024-01-01T00:00:00Z. */
const START_SECONDS = 1_704_067_200;
const QUARTERS_PER_DAY = 96;
const FRIDGE_W = 90;

/** People's use in W at 100 %, at the start of each hour. */
const WEEKDAY_W = [
  60, 40, 35, 35, 40, 70, 180, 320, 260, 150, 120, 130, 170, 140, 120, 140, 200, 340, 480, 520, 460, 380, 240,
  120,
];
const WEEKEND_W = [
  80, 60, 45, 40, 40, 50, 90, 180, 300, 340, 300, 280, 320, 300, 260, 260, 300, 380, 480, 500, 450, 400, 300,
  160,
];

/** Quarters are those of the day, 0 to 95; powers are means over a quarter. */
const APPLIANCES = [
  { ownedPerMille: 950, usedPerMille: 850, powerW: 700, quarters: 1, earliest: 24, latest: 34 }, // kettle, toaster
  { ownedPerMille: 950, usedPerMille: 850, powerW: 1400, quarters: 3, earliest: 66, latest: 80 }, // cooking
  { ownedPerMille: 900, usedPerMille: 350, powerW: 800, quarters: 5, earliest: 32, latest: 76 }, // washing machine
  { ownedPerMille: 400, usedPerMille: 250, powerW: 2200, quarters: 4, earliest: 40, latest: 80 }, // dryer
  { ownedPerMille: 600, usedPerMille: 550, powerW: 900, quarters: 4, earliest: 76, latest: 90 }, // dishwasher
  { ownedPerMille: 250, usedPerMille: 950, powerW: 2400, quarters: 5, earliest: 4, latest: 20 }, // water heater
  { ownedPerMille: 80, usedPerMille: 400, powerW: 3600, quarters: 10, earliest: 72, latest: 86 }, // electric car
] as const;

interface Home {
  readonly number: number;
  readonly baseW: number;
  readonly scalePercent: number;
  readonly fridgePhase: number;
  readonly appliances: readonly (typeof APPLIANCES)[number][];
}

/**
 * Meters are called m0001, m0002, …; every meter has a reading in every slot.
 * Cost: about 10 µs per meter and day. @throws RangeError for counts below 1 or another slot length.
 */
export function generateHouseholds(options: HouseholdOptions): ReadingTable {
  const { seed, meters, slots, slotMinutes } = options;
  if (![meters, slots].every((count) => Number.isSafeInteger(count) && count >= 1))
    throw new RangeError('"meters" and "slots" expected integers of at least 1');
  if (![15, 30, 60].includes(slotMinutes)) throw new RangeError('"slotMinutes" expected 15, 30 or 60');
  const quartersPerSlot = slotMinutes / 15;
  const slotsPerDay = QUARTERS_PER_DAY / quartersPerSlot;
  const builder = new ReadingTableBuilder(slotMinutes * 60);
  for (let number = 0; number < meters; number++) builder.addMeter(`m${String(number + 1).padStart(4, '0')}`);
  const firstSlot = slotAt(START_SECONDS, slotMinutes * 60);
  for (let number = 0; number < meters; number++) {
    const home = makeHome(seed, number);
    let quartersWh: number[] = [];
    for (let slot = 0; slot < slots; slot++) {
      if (slot % slotsPerDay === 0) quartersWh = dayOf(seed, home, slot / slotsPerDay);
      const from = (slot % slotsPerDay) * quartersPerSlot;
      const energyWh = quartersWh.slice(from, from + quartersPerSlot).reduce((sum, wh) => sum + wh, 0);
      builder.add(number, firstSlot + slot, energyWh);
    }
  }
  return builder.build();
}

function makeHome(seed: string, number: number): Home {
  const random = new SeededRandom('home', seed, u32(number));
  return {
    number,
    baseW: random.between(40, 160),
    scalePercent: random.between(50, 170),
    fridgePhase: random.below(8),
    appliances: APPLIANCES.filter(({ ownedPerMille }) => random.chance(ownedPerMille)),
  };
}

/** Wh of each quarter of one day. */
function dayOf(seed: string, home: Home, day: number): number[] {
  const random = new SeededRandom('day', seed, u32(home.number), u32(day));
  const table = day % 7 < 5 ? WEEKDAY_W : WEEKEND_W;
  const powerW = Array.from({ length: QUARTERS_PER_DAY }, (_, quarter) => {
    const people = Math.floor((useW(table, quarter) * home.scalePercent * random.between(60, 140)) / 10_000);
    const fridge = (quarter + home.fridgePhase) % 8 < 3 ? FRIDGE_W : 0;
    return home.baseW + fridge + people;
  });
  for (const { usedPerMille, powerW: extraW, quarters, earliest, latest } of home.appliances) {
    const start = random.between(earliest, latest);
    if (!random.chance(usedPerMille)) continue;
    for (let quarter = start; quarter < start + quarters; quarter++)
      powerW[quarter] = (powerW[quarter] ?? 0) + extraW;
  }
  return powerW.map((watts) => Math.floor(watts / 4));
}

/** Straight line between two hours of the table. */
function useW(table: readonly number[], quarter: number): number {
  const hour = Math.floor(quarter / 4);
  const from = table[hour] ?? 0;
  const to = table[(hour + 1) % 24] ?? 0;
  return from + Math.floor(((to - from) * (quarter % 4)) / 4);
}
