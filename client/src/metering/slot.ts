/**
 * Slots: the one notion of time inside Gridveil. Slot = floor(UTC seconds / slotSeconds), counted from 1970-01-01T00:00:00Z.
 * Local time, zones and daylight saving exist only at the border (stamp.ts).
 */

/** @throws RangeError unless `slotSeconds` is a whole number of seconds of at most one day. */
export function assertSlotSeconds(slotSeconds: number): void {
  if (!Number.isInteger(slotSeconds) || slotSeconds < 1 || slotSeconds > 86_400)
    throw new RangeError('"slotSeconds" expected an integer in [1, 86400]');
}

/** The slot that the instant lies in. @throws RangeError for instants before 1970 or fractions of a second. */
export function slotAt(utcSeconds: number, slotSeconds: number): number {
  assertSlotSeconds(slotSeconds);
  if (!Number.isSafeInteger(utcSeconds) || utcSeconds < 0)
    throw new RangeError('"utcSeconds" expected a safe non-negative integer');
  return Math.floor(utcSeconds / slotSeconds);
}

const DAY_SECONDS = 86_400;

/**
 * The slot that an interval stands for: the one it begins in. A day is the one its noon lies in, so that local days of 23 and 25 hours, whose
 * midnights move against UTC, each have a slot of their own.
 */
export function slotOfInterval(startSeconds: number, slotSeconds: number): number {
  return slotAt(slotSeconds === DAY_SECONDS ? startSeconds + DAY_SECONDS / 2 : startSeconds, slotSeconds);
}

/** First second of the slot, UTC; the slot ends right before the start of the next one. */
export function slotStartSeconds(slot: number, slotSeconds: number): number {
  assertSlotSeconds(slotSeconds);
  const start = slot * slotSeconds;
  if (!Number.isSafeInteger(slot) || slot < 0 || !Number.isSafeInteger(start))
    throw new RangeError('"slot" expected a safe non-negative integer');
  return start;
}

/** Start of the slot for people and JSON: `2013-02-17T13:30:00Z`. @throws RangeError beyond the year 275,760. */
export function slotStartIso(slot: number, slotSeconds: number): string {
  return new Date(slotStartSeconds(slot, slotSeconds) * 1000).toISOString().replace('.000Z', 'Z');
}
