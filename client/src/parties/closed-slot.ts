/**
 * What a fog node keeps of a slot that takes no more reports: its totals, and the leaves under which each counted report stands.
 * Leaves lie side by side, 32 bytes each: a thousand meters of a thousand slots are 40 MB, not a gigabyte of reports.
 */
import { merkleProof, merkleRoot } from '@gridveil/chaincode/crypto/merkle.js';
import { addEncodedCiphertexts, encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { concatBytes, equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { withheldTotal, type RegionTotal } from '@gridveil/chaincode/domain/region-total.js';
import { ValidationError } from '@gridveil/chaincode/errors.js';
import type { GridView } from './grid-view.js';

const LEAF_BYTES = 32;

/** A report that counts. */
export interface AcceptedReport {
  readonly meterId: string;
  readonly region: string;
  /** Range checked; a unit or not shows at the close. */
  readonly ciphertext: Uint8Array;
  readonly leaf: Uint8Array;
  /** The whole message, to show on request. */
  readonly bytes: Uint8Array;
}

export interface ClosedRegion {
  readonly total: RegionTotal;
  /** Meters whose reports stand, sorted; those of a withheld region did report, but are not in its total. */
  readonly meterIds: readonly string[];
  /** 32 bytes for each meter, in the order of `meterIds`. */
  readonly leaves: Uint8Array;
  /** Their whole messages, where nothing else keeps them. */
  readonly reports?: readonly Uint8Array[];
}

export interface ClosedSlot {
  readonly slot: number;
  readonly regions: readonly ClosedRegion[];
}

/** Where a meter's report stands in a closed slot. */
export interface ClosedPlace {
  readonly region: ClosedRegion;
  readonly index: number;
}

/**
 * Sums a region: Valid(C) once for the product; when it fails, once for each report strikes out those that are no unit.
 * Equation (5). A region of fewer than `minGroup` reports is withheld.
 */
export function closeRegion(
  { publicKey, record: grid }: GridView,
  region: string,
  slot: number,
  reports: Iterable<AcceptedReport>,
): {
  readonly counted: readonly AcceptedReport[];
  readonly struckOut: readonly AcceptedReport[];
  readonly total: RegionTotal;
} {
  const all = sortedById(reports, region);
  const product = (some: readonly AcceptedReport[]): bigint | undefined => productOf({ publicKey }, some);
  let counted = all;
  let struckOut: readonly AcceptedReport[] = [];
  let sum = product(all);
  if (sum === undefined) {
    struckOut = all.filter((report) => product([report]) === undefined);
    counted = all.filter((report) => !struckOut.includes(report));
    sum = product(counted);
  }
  if (sum === undefined || counted.length < grid.minGroup)
    return { counted, struckOut, total: withheldTotal(publicKey, region, slot) };
  const total = {
    region,
    slot,
    ciphertext: encodeCiphertext(publicKey, sum),
    count: counted.length,
    merkleRoot: merkleRoot(counted.map(({ leaf }) => leaf)),
  };
  return { counted, struckOut, total };
}

/** @returns undefined when one of the ciphertexts is no unit. */
function productOf(
  { publicKey }: Pick<GridView, 'publicKey'>,
  reports: readonly AcceptedReport[],
): bigint | undefined {
  const entries = reports.map(({ meterId, ciphertext }) => ({ owner: meterId, bytes: ciphertext }));
  try {
    return addEncodedCiphertexts(publicKey, entries);
  } catch (error) {
    if (error instanceof ValidationError) return undefined;
    throw error;
  }
}

/** Leaf order of the Merkle tree: by meter id, code unit by code unit. */
function sortedById(reports: Iterable<AcceptedReport>, region: string): AcceptedReport[] {
  return [...reports]
    .filter((report) => report.region === region)
    .sort((a, b) => (a.meterId < b.meterId ? -1 : 1));
}

/** @param keepsReports - whether the messages themselves stay with it. */
export function closedRegion(
  total: RegionTotal,
  counted: readonly AcceptedReport[],
  keepsReports: boolean,
): ClosedRegion {
  const closed = {
    total,
    meterIds: counted.map(({ meterId }) => meterId),
    leaves: concatBytes(...counted.map(({ leaf }) => leaf)),
  };
  return keepsReports ? { ...closed, reports: counted.map(({ bytes }) => bytes) } : closed;
}

export function findClosed({ regions }: ClosedSlot, meterId: string): ClosedPlace | undefined {
  for (const region of regions) {
    const index = indexOfSorted(region.meterIds, meterId);
    if (index >= 0) return { region, index };
  }
  return undefined;
}

function indexOfSorted(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted ? low : -1;
}

/** Finds a report by its leaf, which only those know who have the report. Cost: one comparison for each report of the slot. */
export function findLeaf({ regions }: ClosedSlot, leaf: Uint8Array): ClosedPlace | undefined {
  for (const region of regions) {
    const index = region.meterIds.findIndex((_, i) => equalBytes(closedLeaf({ region, index: i }), leaf));
    if (index >= 0) return { region, index };
  }
  return undefined;
}

export function closedLeaf({ region, index }: ClosedPlace): Uint8Array {
  return region.leaves.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES);
}

/** Sibling hashes that put the report at `place` under the Merkle root of its region; undefined for a withheld one. */
export function closedProof(
  place: ClosedPlace,
): { index: number; count: number; proof: Uint8Array[] } | undefined {
  const { region, index } = place;
  const { count } = region.total;
  if (count === 0) return undefined;
  const leaves = region.meterIds.map((_, i) => closedLeaf({ region, index: i }));
  return { index, count, proof: merkleProof(leaves, index) };
}
