/**
 * What did not go into the totals of a fog node, and why: for its operator, who sees who reported in any case, and nothing of readings.
 */
import type { DurableFogNode } from './durable-fog-node.js';

/** Slots and reports that are listed; the newest. */
const MAX_SLOTS = 96;
const MAX_REPORTS = 1_000;

export interface FogExceptions {
  readonly schema: 'gridveil/fog-exceptions/v1';
  readonly fogNode: string;
  /** Regions of closed slots that lack a meter, or were withheld (count 0). */
  readonly slots: readonly {
    readonly slot: number;
    readonly regions: readonly {
      readonly region: string;
      readonly count: number;
      readonly reported: number;
    }[];
    readonly missing: readonly string[];
  }[];
  readonly lateReports: number;
  /** Refused with REPORT_STALE_SLOT. */
  readonly late: readonly { readonly slot: number; readonly meterId: string; readonly atSeconds: number }[];
  /** A second, different report: refused with REPORT_EQUIVOCATION and kept as evidence; corrections are such reports. */
  readonly contradicted: readonly { readonly slot: number; readonly meterId: string }[];
  /** Authenticated, but no ciphertext. */
  readonly struckOut: readonly { readonly slot: number; readonly meterId: string }[];
}

export function listExceptions(node: DurableFogNode): FogExceptions {
  const late = node.late.all;
  const named = ({
    slot,
    meterId,
  }: {
    slot: number;
    meterId: string;
  }): { slot: number; meterId: string } => ({
    slot,
    meterId,
  });
  return {
    schema: 'gridveil/fog-exceptions/v1',
    fogNode: node.fogNode,
    slots: slotsOf(node),
    lateReports: late.length,
    late: late.slice(-MAX_REPORTS).map(({ slot, meterId, atSeconds }) => ({ slot, meterId, atSeconds })),
    contradicted: node.equivocations.slice(-MAX_REPORTS).map(named),
    struckOut: node.struckOut.slice(-MAX_REPORTS).map(named),
  };
}

function slotsOf(node: DurableFogNode): FogExceptions['slots'] {
  return node
    .closedSlots()
    .slice(-MAX_SLOTS)
    .flatMap(({ slot, regions }) => {
      const missing = node.missingMeters(slot) ?? [];
      const counts = regions.map(({ total, meterIds }) => ({
        region: total.region,
        count: total.count,
        reported: meterIds.length,
      }));
      const complete = missing.length === 0 && counts.every(({ count }) => count > 0);
      return complete ? [] : [{ slot, regions: counts, missing: missing.slice(0, MAX_REPORTS) }];
    });
}
