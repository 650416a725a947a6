/**
 * What a counter showed, one value after the other, to the energy of each interval between two borders of slots.
 *
 * The energy of an interval is the difference of two values that were read at its ends, so that the sum over intervals is what the counter advanced:
 * nothing is lost and nothing counted twice. A counter that falls has begun anew, or run over where its span is declared; what happened in the
 * interval of a reset is not known and not guessed. Where a border has no value its two intervals are missing, or, when that was asked for,
 * the energy of the gap is spread over it in proportion to time, marked as estimated, its sum exact.
 */
import type { DropReason, Quality } from './reading-quality.js';
import { worseOf } from './reading-quality.js';

export interface RegisterRules {
  readonly slotSeconds: number;
  /** A value so long after a border, or before it, stands for it. */
  readonly toleranceSeconds: number;
  readonly spreadsGaps: boolean;
  /** Infinity when it is not known. */
  readonly registerSpanWh: number;
  /** More in one slot length is absurd. */
  readonly limitWh: number;
}

export interface IntervalEnergy {
  readonly startSeconds: number;
  readonly energyWh: number;
  readonly quality: Quality;
}

/** Who takes what comes out; `line` is that of the value that completed it. */
export interface RegisterOutput {
  interval(interval: IntervalEnergy, line: number): void;
  drop(reason: DropReason, line: number): void;
}

interface Shown {
  readonly seconds: number;
  /** As the counter showed it. */
  readonly shownWh: number;
  /** Counted on over overflows. */
  readonly wh: number;
}

/** What the counter showed at the border before slot `slot`. */
interface Border {
  readonly slot: number;
  readonly wh: number;
  readonly quality: Quality;
}

/** A gap of more intervals is not spread. */
const MAX_SPREAD_SLOTS = 10_000;
/** A counter runs over from its last tenth into its first. */
const OVERFLOW_SHARE = 0.1;

export class RegisterSeries {
  readonly #rules: RegisterRules;
  readonly #output: RegisterOutput;
  #last: Shown | undefined;
  #border: Border | undefined;
  #overflows = 0;
  /** An overflow since the last border. */
  #repaired = false;
  /** A value that was too high to be true, unless the next one bears it out. */
  #doubted: Shown | undefined;

  constructor(rules: RegisterRules, output: RegisterOutput) {
    this.#rules = rules;
    this.#output = output;
  }

  /** What was last believed; undefined before the first value. */
  get last(): { readonly seconds: number; readonly shownWh: number } | undefined {
    return this.#last;
  }

  /** @param shownWh - integer Wh, at UTC `seconds`. Values come in the order of their times. */
  take(seconds: number, shownWh: number, line: number): void {
    const last = this.#last;
    if (last === undefined) return this.#beginAt({ seconds, shownWh, wh: shownWh });
    if (seconds <= last.seconds) {
      const again = seconds === last.seconds && shownWh === last.shownWh;
      return this.#output.drop(again ? 'duplicate' : 'out-of-order', line);
    }
    if (shownWh < last.shownWh && !this.#runsOver(last.shownWh, shownWh)) {
      this.#output.drop('counter-reset', line);
      return this.#beginAt({ seconds, shownWh, wh: shownWh });
    }
    const overflows = this.#overflows + (shownWh < last.shownWh ? 1 : 0);
    const span = this.#rules.registerSpanWh;
    const now = { seconds, shownWh, wh: shownWh + (overflows === 0 ? 0 : overflows * span) };
    if (!this.#isPlausible(last, now)) return this.#doubt(now, line);
    this.#repaired ||= overflows > this.#overflows;
    this.#overflows = overflows;
    this.#doubted = undefined;
    this.#advance(last, now, line);
    this.#last = now;
  }

  #beginAt(now: Shown): void {
    this.#last = now;
    this.#doubted = undefined;
    this.#overflows = 0;
    this.#repaired = false;
    const { slotSeconds, toleranceSeconds } = this.#rules;
    const fits = now.seconds % slotSeconds <= toleranceSeconds;
    this.#border = fits
      ? { slot: Math.floor(now.seconds / slotSeconds), wh: now.wh, quality: 'valid' }
      : undefined;
  }

  #runsOver(before: number, after: number): boolean {
    const span = this.#rules.registerSpanWh;
    return before < span && before >= span * (1 - OVERFLOW_SHARE) && after <= span * OVERFLOW_SHARE;
  }

  #isPlausible(from: Shown, to: Shown): boolean {
    const { limitWh, slotSeconds } = this.#rules;
    // One Wh more: a counter of whole Wh may step right before and right after.
    return to.wh - from.wh - 1 <= (limitWh * (to.seconds - from.seconds)) / slotSeconds;
  }

  /** One value that jumps is a fault; a second one that goes on from there is another counter. */
  #doubt(now: Shown, line: number): void {
    const doubted = this.#doubted;
    if (doubted === undefined || now.wh < doubted.wh || !this.#isPlausible(doubted, now)) {
      this.#output.drop('absurd', line);
      this.#doubted = now;
      return;
    }
    this.#output.drop('counter-reset', line);
    this.#beginAt({ ...now, wh: now.shownWh });
  }

  #advance(from: Shown, to: Shown, line: number): void {
    const { slotSeconds, spreadsGaps } = this.#rules;
    const lastSlot = Math.floor(to.seconds / slotSeconds);
    const firstSlot = Math.floor(from.seconds / slotSeconds) + 1;
    const spreads = spreadsGaps && lastSlot - firstSlot < MAX_SPREAD_SLOTS;
    // Borders far from both values are not known: only the first and the last of a long gap are looked at.
    const slots =
      spreads || lastSlot - firstSlot < 2
        ? Array.from({ length: Math.max(0, lastSlot - firstSlot + 1) }, (_, i) => firstSlot + i)
        : [firstSlot, lastSlot];
    for (const slot of slots) this.#pass(this.#borderAt(slot, from, to, spreads), slot, line);
  }

  #borderAt(slot: number, from: Shown, to: Shown, spreads: boolean): Border | undefined {
    const { slotSeconds, toleranceSeconds } = this.#rules;
    const at = slot * slotSeconds;
    if (to.seconds - at <= toleranceSeconds) return { slot, wh: to.wh, quality: 'valid' };
    if (at - from.seconds <= toleranceSeconds) return { slot, wh: from.wh, quality: 'valid' };
    if (!spreads) return undefined;
    const share = (at - from.seconds) / (to.seconds - from.seconds);
    return { slot, wh: from.wh + Math.floor((to.wh - from.wh) * share), quality: 'estimated' };
  }

  #pass(border: Border | undefined, slot: number, line: number): void {
    const before = this.#border;
    if (border !== undefined && before?.slot === slot - 1) {
      const quality = worseOf(worseOf(before.quality, border.quality), this.#repaired ? 'repaired' : 'valid');
      const startSeconds = before.slot * this.#rules.slotSeconds;
      this.#output.interval({ startSeconds, energyWh: border.wh - before.wh, quality }, line);
    }
    this.#border = border;
    if (border !== undefined) this.#repaired = false;
  }
}
