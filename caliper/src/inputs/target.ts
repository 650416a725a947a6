/** What a workload writes to: one grid whose regions are shared out between fog nodes of both organisations. */
export interface BenchmarkFogNode {
  readonly fogNode: string;
  readonly mspId: string;
  readonly user: string;
  readonly regions: readonly string[];
}

export interface BenchmarkTarget {
  readonly channel: string;
  readonly chaincode: string;
  readonly grid: string;
  /** Decimal strings: Paillier modulus and generator of the N-th residues. */
  readonly n: string;
  readonly hN: string;
  readonly seed: string;
  /** Totals are written for this slot and the ones before it. */
  readonly newestSlot: number;
  readonly fogNodes: readonly BenchmarkFogNode[];
}

/** Numbers of the totals that a round may use; no two rounds of a run share one. */
export interface RoundShare {
  /** First total of each fog node. */
  readonly firstTotal: number;
  readonly transactions: number;
  readonly totalsPerTransaction: number;
  readonly metersPerTotal: number;
}

export interface TotalPlace {
  readonly region: string;
  readonly slot: number;
}

/** Region by region, then the slot before: every number has a key of its own. */
export function placeOf(target: BenchmarkTarget, fogNode: BenchmarkFogNode, number: number): TotalPlace {
  const { regions } = fogNode;
  return {
    region: regions[number % regions.length] as string,
    slot: target.newestSlot - Math.floor(number / regions.length),
  };
}

/** Totals each fog node needs for a share: transactions go round the fog nodes. */
export function totalsPerFogNode(
  target: Pick<BenchmarkTarget, 'fogNodes'>,
  share: Omit<RoundShare, 'firstTotal'>,
): number {
  return Math.ceil(share.transactions / target.fogNodes.length) * share.totalsPerTransaction;
}
