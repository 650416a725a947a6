/**
 * Focused monitoring: which meters the control centre looks at more closely, from window to window (paper 002 section V.A, "users in the candidate list are emphatically analyzed").
 *
 *   not listed ─ suspect ─▶ watched ─ suspect again ─▶ to be inspected          watched ─ two clean windows in a row ─▶ not listed
 *
 * Run by the control centre. An inspection is ordered by people, and its result closes the entry: `inspected`. Nothing is done to a meter by itself.
 */
import type { IndicatorName } from './indicators.js';
import type { Suspect } from './suspects.js';

export type WatchState = 'watched' | 'to-be-inspected';

export interface WatchEntry {
  readonly meterId: string;
  readonly state: WatchState;
  /** Slot of the first window that made it a suspect: its reference ends there, since later months may hold the theft. */
  readonly sinceSlot: number;
  /** Windows as a suspect. */
  readonly suspected: number;
  /** Windows without, since the last one with. */
  readonly clean: number;
  /** Why, of the last window with a suspicion; the strongest first. */
  readonly indicators: readonly IndicatorName[];
}

/** Windows without a suspicion after which a watched meter is forgotten. */
export const CLEAN_WINDOWS = 2;
/** Windows with a suspicion after which someone goes there. */
export const SUSPECTED_WINDOWS = 2;

/**
 * The list after one more window.
 * @param judged - meters that could be judged in it; a meter without reports keeps its entry as it is
 * @param windowSlot - the first slot of the window
 * @returns by meter id
 */
export function nextWatchList(
  list: readonly WatchEntry[],
  suspects: readonly Suspect[],
  judged: ReadonlySet<string>,
  windowSlot: number,
): WatchEntry[] {
  const listed = new Map(list.map((entry) => [entry.meterId, entry]));
  const suspected = new Map(suspects.map((suspect) => [suspect.meterId, suspect]));
  const next = [...new Set([...listed.keys(), ...suspected.keys()])].flatMap((meterId) => {
    const [entry, suspect] = [listed.get(meterId), suspected.get(meterId)];
    if (suspect) return [suspectedAgain(entry, suspect, windowSlot)];
    if (!entry || !judged.has(meterId)) return entry ? [entry] : [];
    const clean = entry.clean + 1;
    return entry.state === 'watched' && clean >= CLEAN_WINDOWS ? [] : [{ ...entry, clean }];
  });
  return next.sort((a, b) => (a.meterId < b.meterId ? -1 : 1));
}

function suspectedAgain(
  entry: WatchEntry | undefined,
  { meterId, reasons }: Suspect,
  windowSlot: number,
): WatchEntry {
  const suspected = (entry?.suspected ?? 0) + 1;
  return {
    meterId,
    state: suspected >= SUSPECTED_WINDOWS ? 'to-be-inspected' : 'watched',
    sinceSlot: entry?.sinceSlot ?? windowSlot,
    suspected,
    clean: 0,
    indicators: reasons.map(({ indicator }) => indicator),
  };
}

/** The list without a meter that someone has looked at. */
export function inspected(list: readonly WatchEntry[], meterId: string): WatchEntry[] {
  return list.filter((entry) => entry.meterId !== meterId);
}
