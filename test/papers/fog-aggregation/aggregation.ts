/**
 * Paper 000 (LDAS-BC), section V.C: fog nodes multiply the reports of their region, the leader multiplies the regions,
 * eq. (5) to (8), and writes a transaction.
 *
 * Where the radix enters: eq. (9) weighs regions by a_j, but neither (2), (5) nor (8) ever applies it. Resolved with
 * a_j = R^(j-1), applied by the leader through Horner's rule.
 */
import { macOf, type Report, fogAccepts } from './report.js';
import { modPow, type PublicParameters } from './paillier.js';

/** (C_j, mac_j, T_p) as sent to the leader, with the sender it needs to be checked. */
export interface RegionReport {
  readonly ciphertext: bigint;
  readonly mac: string;
  readonly time: string;
  readonly fogId: string;
}

/** Tx = (C_AS, Leader, T_p): unsigned, and bound to no region report. */
export interface BlockTransaction {
  readonly total: bigint;
  readonly leaderId: string;
  readonly time: string;
}

function product(values: readonly bigint[], modulus: bigint): bigint {
  return values.reduce((total, value) => (total * value) % modulus, 1n);
}

/** Eq. (5), indices put right: C_j = Π_i C_ij mod N², over the meters i of region j. */
export function aggregateRegion({ N2 }: PublicParameters, ciphertexts: readonly bigint[]): bigint {
  return product(ciphertexts, N2);
}

/** Eq. (5) as printed: C_i = Π_j C_ij runs over the regions j. `grid[j][i]` is meter i of region j. */
export function literalAggregateMeter(
  { N2 }: PublicParameters,
  grid: readonly (readonly bigint[])[],
  i: number,
): bigint {
  return product(
    grid.map((region) => region[i] ?? 1n),
    N2,
  );
}

/** What a fog node does with the reports of one interval: check each by eq. (4), then eq. (5) and (6). */
export function makeRegionReport(
  parameters: PublicParameters,
  fogId: string,
  time: string,
  reports: readonly Report[],
): RegionReport {
  const accepted = reports.filter((report) => fogAccepts(parameters, report));
  const ciphertext = aggregateRegion(
    parameters,
    accepted.map((report) => report.ciphertext),
  );
  return { ciphertext, mac: macOf(parameters, ciphertext, time, fogId), time, fogId };
}

/** Eq. (7) resolved: recomputed with the identity of the sender. */
export function leaderAccepts(parameters: PublicParameters, report: RegionReport): boolean {
  return macOf(parameters, report.ciphertext, report.time, report.fogId) === report.mac;
}

/** Eq. (7) as printed: recomputed with the identity of the leader. */
export function literalLeaderAccepts(
  parameters: PublicParameters,
  report: RegionReport,
  leaderId: string,
): boolean {
  return macOf(parameters, report.ciphertext, report.time, leaderId) === report.mac;
}

/** Eq. (8) with the radix of (9): C_AS = Π_j C_j^(R^(j-1)) mod N², by Horner from the last region. */
export function aggregateRegions(
  { N2 }: PublicParameters,
  regions: readonly bigint[],
  radix: bigint,
): bigint {
  return regions.reduceRight((total, C) => (modPow(total, radix, N2) * C) % N2, 1n);
}

/** Eq. (8) as printed: the plain product, which forgets the regions. */
export function literalAggregateRegions({ N2 }: PublicParameters, regions: readonly bigint[]): bigint {
  return product(regions, N2);
}

/** "Acknowledgments from over a third of the nodes" put a block on the chain; its content is checked by nobody. */
export function blockAccepted(acknowledgements: number, nodes: number): boolean {
  return acknowledgements > nodes / 3;
}
