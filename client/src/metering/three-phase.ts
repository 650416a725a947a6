/**
 * What a three-phase meter would measure beside its energy, made up for demos and tests where a source has energy only: never to be called real.
 *
 * Shares of the phases are fixed for each home and drift a little from slot to slot; currents follow from energy, voltage and a power factor, voltages drop with current along a service line.
 * Integers from a seeded stream: the same seed gives the same measurements everywhere.
 */
import { SeededRandom } from './seeded-random.js';
import type { Measurements } from './dimensions.js';

const NOMINAL_MILLI_V = 230_000;
/** Milliohms. */
const LINE = { least: 40, most: 160 } as const;
const POWER_FACTOR_PERMILLE = 950;

export interface ThreePhaseHome {
  /** Add up to 1000. */
  readonly sharesPermille: readonly [number, number, number];
  readonly lineMilliOhm: number;
}

export function threePhaseHome(seed: string, meterId: string): ThreePhaseHome {
  const random = new SeededRandom('three-phase-home', seed, meterId);
  const first = random.between(250, 450);
  const second = random.between(200, 400);
  return {
    sharesPermille: [first, second, 1000 - first - second],
    lineMilliOhm: random.between(LINE.least, LINE.most),
  };
}

/** Everything a meter of such a home measures in a slot. @param energyWh - what the source says, kept as it is */
export function threePhaseMeasurements(
  seed: string,
  { sharesPermille, lineMilliOhm }: ThreePhaseHome,
  {
    meterId,
    slot,
    energyWh,
    slotSeconds,
  }: {
    readonly meterId: string;
    readonly slot: number;
    readonly energyWh: number;
    readonly slotSeconds: number;
  },
): Measurements {
  const random = new SeededRandom('three-phase-slot', seed, meterId, String(slot));
  const powerW = Math.round((energyWh * 3600) / slotSeconds);
  const source = NOMINAL_MILLI_V + random.between(-4000, 4000);
  const [one, two] = sharesPermille.map((share) => share + random.between(-30, 30)) as [
    number,
    number,
    number,
  ];
  const shares = [one, two, 1000 - one - two];
  const phases = shares.map((share) => {
    const milliA = Math.round((powerW * share * 1_000_000) / (source * POWER_FACTOR_PERMILLE));
    return { milliA, milliV: source - Math.round((milliA * lineMilliOhm) / 1000) };
  });
  const [l1, l2, l3] = phases as [(typeof phases)[0], (typeof phases)[0], (typeof phases)[0]];
  return {
    ...{ energyWh, powerW, reactivePowerVar: Math.round(powerW * 0.33) },
    ...{ voltageL1MilliV: l1.milliV, voltageL2MilliV: l2.milliV, voltageL3MilliV: l3.milliV },
    ...{ currentL1MilliA: l1.milliA, currentL2MilliA: l2.milliA, currentL3MilliA: l3.milliA },
    frequencyMilliHz: 50_000 + random.between(-30, 30),
    powerFactorPermille: POWER_FACTOR_PERMILLE,
    temperatureCentiC: 2100 + random.between(-300, 900),
    qualityFlags: 0,
  };
}
