/** Which entries of a batch are bad, found by testing ever smaller parts of it. */

/**
 * The places of the bad entries in [0, count), in order; none when the whole batch holds.
 * Accepting takes one test. Otherwise halves are tested until single entries are left: b bad ones among n cost about 2b·log2(n) shrinking tests.
 * @param holds - whether [start, end) holds no bad entry; for a single one the answer decides whether it is named
 */
export function findBadByHalving(count: number, holds: (start: number, end: number) => boolean): number[] {
  return count === 0 || holds(0, count) ? [] : search(holds, 0, count, count === 1);
}

/** [start, end) is known to hold a bad entry. @param tested - whether it was tested itself and not only told from its other half */
function search(
  holds: (start: number, end: number) => boolean,
  start: number,
  end: number,
  tested: boolean,
): number[] {
  if (end - start === 1) return tested || !holds(start, end) ? [start] : [];
  const middle = (start + end) >> 1;
  if (holds(start, middle)) return search(holds, middle, end, false);
  const left = search(holds, start, middle, true);
  return holds(middle, end) ? left : [...left, ...search(holds, middle, end, true)];
}
