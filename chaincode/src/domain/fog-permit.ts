/**
 * What lets one Fabric identity submit region totals as one fog node: its registration, its role and the limits of its grid
 * in a single record, because a submission is the ledger's most frequent transaction and every record it reads costs each
 * endorser as much as the checks themselves. The registry keeps permits true whenever one of the three changes.
 */
import type { FogNodeRecord } from './fog-node.js';
import type { GridRecord } from './grid.js';

/** The parameters of a grid that a region total is checked against; a grid never changes. */
export type SubmissionLimits = Pick<
  GridRecord,
  'n' | 'hN' | 'slotSeconds' | 'maxSlotAgeSeconds' | 'minGroup' | 'maxMeters'
>;

export interface FogPermit {
  readonly grid: string;
  readonly fogNode: string;
  /** Regions it serves now. */
  readonly regions: readonly string[];
  /** Whether the identity holds the role `fog`. */
  readonly active: boolean;
  readonly limits: SubmissionLimits;
}

export function fogPermit(
  grid: GridRecord,
  { fogNode, regions }: Pick<FogNodeRecord, 'fogNode' | 'regions'>,
  active: boolean,
): FogPermit {
  const { n, hN, slotSeconds, maxSlotAgeSeconds, minGroup, maxMeters } = grid;
  return {
    grid: grid.grid,
    fogNode,
    regions,
    active,
    limits: { n, hN, slotSeconds, maxSlotAgeSeconds, minGroup, maxMeters },
  };
}
