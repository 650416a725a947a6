/**
 * Which meter belongs to which region when the data does not say: regions of equal size, one meter more or less.
 *
 * `round-robin` (default) deals the meters out like cards: neighbours in a file, often the same home or street, end up in
 * different regions. `contiguous` cuts the list into runs.
 */
import { ClientError } from '../errors.js';

export type RegionPattern = 'round-robin' | 'contiguous';

export interface RegionAssignment {
  /** Meter ids of each region, in the order of the source. */
  readonly regions: readonly (readonly string[])[];
  /** Meters in the smallest region, to compare with minGroup. */
  readonly smallestGroup: number;
}

/** @throws ClientError REGIONS_TOO_MANY when a region would stay empty; RangeError for a count below 1. */
export function assignRegions(
  meterIds: readonly string[],
  regionCount: number,
  pattern: RegionPattern = 'round-robin',
): RegionAssignment {
  if (!Number.isSafeInteger(regionCount) || regionCount < 1)
    throw new RangeError('"regionCount" expected an integer of at least 1');
  if (regionCount > meterIds.length)
    throw new ClientError('REGIONS_TOO_MANY', { meters: meterIds.length, regions: regionCount });
  const regions = Array.from({ length: regionCount }, (): string[] => []);
  for (const [position, meterId] of meterIds.entries()) {
    const region =
      pattern === 'round-robin'
        ? position % regionCount
        : Math.floor((position * regionCount) / meterIds.length);
    regions[region]?.push(meterId);
  }
  return { regions, smallestGroup: Math.min(...regions.map((region) => region.length)) };
}
