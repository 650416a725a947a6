/**
 * Data recovery (paper 002 section V.A, "when unscheduled smart meter outage causes data disorder or omission, the data can be recovered by the CC"): a period of meters put together again from what is
 * still held and from the reports on the ledger.
 *
 * Run by the control centre, or by any other receiver for its own parts. Pure. Where both are there, the ledger's report stands: a meter signed it and endorsers checked it, while the own copy may be
 * what was damaged. Nothing is estimated: what is nowhere is missing, with the reason.
 */
import type { DimensionName, Measurements } from './dimensions.js';

/** A report of the ledger that was checked and opened. */
export interface LedgerReport {
  readonly meterId: string;
  readonly slot: number;
  readonly measurements: Measurements;
}

/** A report of the ledger that gives nothing, and why: lost content, or a part that does not open. */
export interface UnreadableReport {
  readonly meterId: string;
  readonly slot: number;
  readonly refusal: { readonly code: string };
}

export interface RecoveryRequest {
  readonly meterIds: readonly string[];
  readonly fromSlot: number;
  /** Included. */
  readonly toSlot: number;
}

/** What is still held, by meter and slot. */
export type HeldReadings = ReadonlyMap<string, ReadonlyMap<number, Measurements>>;

/**
 * measured: held all along, and the ledger does not contradict · recovered: from the ledger, since it was not held or held with other values · missing: neither held nor on the ledger
 */
export type SlotOrigin = 'measured' | 'recovered' | 'missing';

export type RecoveredSlot =
  | {
      readonly slot: number;
      readonly origin: 'measured' | 'recovered';
      readonly measurements: Measurements;
      /** The ledger has a report of this slot that was read. */
      readonly onLedger: boolean;
      /** Dimensions that were held with other values; they had been changed or damaged. */
      readonly corrected: readonly DimensionName[];
    }
  | {
      readonly slot: number;
      readonly origin: 'missing';
      /** `NO_REPORT`, or the code of what keeps a report from being read. */
      readonly reason: string;
    };

export interface RecoveredMeter {
  readonly meterId: string;
  /** All slots of the period, ascending. */
  readonly slots: readonly RecoveredSlot[];
  readonly counts: Readonly<Record<SlotOrigin, number>>;
}

const MAX_SLOTS = 10_000_000;

/** @throws RangeError for a period that ends before it begins, or of more than 10,000,000 readings. */
export function checkPeriod({ meterIds, fromSlot, toSlot }: RecoveryRequest): void {
  const slots = toSlot - fromSlot + 1;
  if (!(Number.isSafeInteger(fromSlot) && slots >= 1 && slots * Math.max(1, meterIds.length) <= MAX_SLOTS))
    throw new RangeError('"toSlot" expected a period of at least one slot and at most 10,000,000 readings');
}

/**
 * @param reports - of the period; of a report that is there twice the first counts, since the ledger has one for each meter and slot
 * @returns by meter, in the order of the request
 * @throws RangeError as `checkPeriod`.
 */
export function recoverPeriod(
  { meterIds, fromSlot, toSlot }: RecoveryRequest,
  held: HeldReadings,
  reports: readonly LedgerReport[],
  unreadable: readonly UnreadableReport[] = [],
): RecoveredMeter[] {
  checkPeriod({ meterIds, fromSlot, toSlot });
  const slots = toSlot - fromSlot + 1;
  const onLedger = bySlot(reports);
  const lost = bySlot(unreadable);
  return meterIds.map((meterId) => {
    const recovered = Array.from({ length: slots }, (_, i): RecoveredSlot => {
      const slot = fromSlot + i;
      const report = onLedger.get(meterId)?.get(slot)?.measurements;
      const own = held.get(meterId)?.get(slot);
      if (report) return fromLedger(slot, own, report);
      if (own) return { slot, origin: 'measured', measurements: own, onLedger: false, corrected: [] };
      const reason = lost.get(meterId)?.get(slot)?.refusal.code ?? 'NO_REPORT';
      return { slot, origin: 'missing', reason };
    });
    return { meterId, slots: recovered, counts: countOrigins(recovered) };
  });
}

function bySlot<T extends { readonly meterId: string; readonly slot: number }>(
  all: readonly T[],
): Map<string, Map<number, T>> {
  const meters = new Map<string, Map<number, T>>();
  for (const one of all) {
    const slots = meters.get(one.meterId) ?? new Map<number, T>();
    meters.set(one.meterId, slots);
    if (!slots.has(one.slot)) slots.set(one.slot, one);
  }
  return meters;
}

function fromLedger(slot: number, own: Measurements | undefined, report: Measurements): RecoveredSlot {
  if (!own) return { slot, origin: 'recovered', measurements: report, onLedger: true, corrected: [] };
  const reportedNames = Object.keys(report) as DimensionName[];
  const corrected = reportedNames.filter((name) => own[name] !== undefined && own[name] !== report[name]);
  const complete = reportedNames.every((name) => own[name] !== undefined);
  return {
    slot,
    origin: corrected.length === 0 && complete ? 'measured' : 'recovered',
    // What the report does not tell, such as dimensions of other receivers, stays as it was held.
    measurements: { ...own, ...report },
    ...{ onLedger: true, corrected },
  };
}

function countOrigins(slots: readonly RecoveredSlot[]): Record<SlotOrigin, number> {
  const counts = { measured: 0, recovered: 0, missing: 0 };
  for (const { origin } of slots) counts[origin] += 1;
  return counts;
}
