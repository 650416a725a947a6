/**
 * How good a reading is, and why one was left out. A reading is never changed without a mark, and never left out without being counted.
 */

/** From best to worst; `edited` by hand and `questionable` come from the source, `repaired` and `estimated` also from us, on request. */
export const QUALITIES = ['valid', 'edited', 'repaired', 'estimated', 'questionable'] as const;
export type Quality = (typeof QUALITIES)[number];

/** Sorts as QUALITIES does. */
export function qualityCode(quality: Quality): number {
  return QUALITIES.indexOf(quality);
}

/** What a sum of two readings is worth. */
export function worseOf(a: Quality, b: Quality): Quality {
  return qualityCode(a) >= qualityCode(b) ? a : b;
}

/** Why something was left out, as it is said of how many. */
const DROPS = {
  'nonexistent-time': 'rows were dropped',
  irregular: 'rows were dropped, their times are out of step',
  'not-a-number': 'values were dropped, they are no numbers',
  negative: 'readings were dropped, they are negative',
  absurd: 'readings were dropped, they are larger than can be',
  duplicate: 'readings stood twice with the same value, the second was dropped',
  conflict: 'intervals have readings that contradict each other, all of which were dropped',
  'marked-missing': 'readings were left out, the file marks them as missing',
  'counter-reset': 'times a register began anew, the interval it happened in was dropped',
  'out-of-order': 'register values were dropped, they are older than the one before',
  'bad-crc': 'telegrams were dropped, their checksum is wrong',
  'bad-telegram': 'telegrams were dropped, they are cut off or malformed',
} as const satisfies Record<string, string>;

export type DropReason = keyof typeof DROPS;

/** Counts what was left out. */
export class ReadingIssues {
  readonly #drops = new Map<DropReason, { count: number; readonly first: string }>();

  /** @param where - as people find it: `line 7`. */
  drop(reason: DropReason, where: string): void {
    const known = this.#drops.get(reason);
    if (known) known.count += 1;
    else this.#drops.set(reason, { count: 1, first: where });
  }

  /** Only reasons that occurred. */
  get counts(): Partial<Record<DropReason, number>> {
    return Object.fromEntries([...this.#drops].map(([reason, { count }]) => [reason, count]));
  }

  /** One sentence for each reason. @param more - what to add about a reason */
  notes(more: Partial<Record<DropReason, string>> = {}): string[] {
    return [...this.#drops].map(([reason, { count, first }]) => {
      const cause = more[reason];
      return `${count} ${DROPS[reason]}, the first in ${first}${cause === undefined ? '.' : `: ${cause}.`}`;
    });
  }
}
