/** How long operations take on this host, for the columns (b) of a paper's tables, and which moduli and libraries the columns are for. */
import { median, spread } from '@gridveil/caliper/measure/statistics.js';
import { timedMs } from '../bench/bench-row.js';

/** |N|: that of the papers, which the product refuses for a grid; the least it accepts; its default. */
export const MODULUS_BITS = { paper: 1024, least: 2048, standard: 3072 } as const;
export const ALL_MODULI_BITS: readonly number[] = Object.values(MODULUS_BITS);

/** Long enough that the clock and a short pause do not show. */
const SAMPLE_MS = 25;
const MAX_CALLS_PER_SAMPLE = 20_000;

export interface Timing {
  readonly medianMs: number;
  /** (max - min) / median. */
  readonly spread: number;
  readonly samples: number;
}

/** @param Notation - the paper's symbols for its operations */
export interface TimedOperation<Notation extends string> extends Timing {
  readonly notation: Notation;
  readonly how: string;
}

/** One combination of modulus and pairing library; all times in ms. */
export interface HostColumn<Notation extends string> {
  /** |N| */
  readonly modulusBits: number;
  readonly library: string;
  readonly times: Readonly<Record<Notation, number>>;
}

export interface HostTimes<Notation extends string> {
  readonly operations: readonly TimedOperation<Notation>[];
  readonly columns: readonly HostColumn<Notation>[];
}

export function summarise(sampleMs: readonly number[]): Timing {
  return { medianMs: median(sampleMs), spread: spread(sampleMs), samples: sampleMs.length };
}

/** One call of `work`, after a warm-up. */
export async function timeOf(work: () => unknown, samples: number): Promise<Timing> {
  work();
  const onceMs = await timedMs(work);
  const calls = Math.min(MAX_CALLS_PER_SAMPLE, Math.max(1, Math.ceil(SAMPLE_MS / onceMs)));
  await timedMs(work, calls);
  const sampleMs: number[] = [];
  for (let i = 0; i < samples; i++) sampleMs.push(await timedMs(work, calls));
  return summarise(sampleMs);
}

/** With the fastest pairing library, which comes last. @throws RangeError for a modulus that was not measured. */
export function fastestColumn<Notation extends string>(
  { columns }: HostTimes<Notation>,
  modulusBits: number,
): HostColumn<Notation> {
  const column = columns.filter((one) => one.modulusBits === modulusBits).at(-1);
  if (!column) throw new RangeError(`nothing was measured for |N| = ${modulusBits}`);
  return column;
}
