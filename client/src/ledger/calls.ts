/**
 * The transactions and queries of registry, leadership and fog aggregation as typed functions over the ledger port: one function per transaction.
 * Those of time-of-use billing are in billing-calls.ts and billing-queries.ts.
 */
import type { FogNodeRecord, FogNodeRegistration } from '@gridveil/chaincode/domain/fog-node.js';
import type { GridParameters, ProvenGrid } from '@gridveil/chaincode/domain/grid.js';
import type { MeterRecord, MeterRegistration } from '@gridveil/chaincode/domain/meter.js';
import type {
  RegionTotal,
  RegionTotalRecord,
  RegionWithholding,
} from '@gridveil/chaincode/domain/region-total.js';
import type { Role } from '@gridveil/chaincode/domain/roles.js';
import type { OpeningRecord, SlotOpening, TotalRecord } from '@gridveil/chaincode/domain/slot-total.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import { collect, evaluate, pages, submit, type WriteReceipt } from './call.js';
import type { Ledger } from './port.js';

// registry

export function grantRole(ledger: Ledger, subject: string, role: Role): Promise<WriteReceipt> {
  return submit(ledger, 'registry', 'GrantRole', { subject, role });
}

export function createGrid(ledger: Ledger, parameters: GridParameters): Promise<WriteReceipt> {
  return submit(ledger, 'registry', 'CreateGrid', parameters);
}

export function registerFogNode(ledger: Ledger, registration: FogNodeRegistration): Promise<WriteReceipt> {
  return submit(ledger, 'registry', 'RegisterFogNode', registration);
}

/** Hands a region to another registered fog node. */
export function assignRegion(
  ledger: Ledger,
  grid: string,
  region: string,
  fogNode: string,
): Promise<WriteReceipt> {
  return submit(ledger, 'registry', 'AssignRegion', { grid, region, fogNode });
}

export function registerMeters(
  ledger: Ledger,
  grid: string,
  meters: readonly MeterRegistration[],
): Promise<WriteReceipt> {
  return submit(ledger, 'registry', 'RegisterMeters', { grid, meters });
}

export function revokeMeter(ledger: Ledger, grid: string, meterId: string): Promise<WriteReceipt> {
  return submit(ledger, 'registry', 'RevokeMeter', { grid, meterId });
}

export function getGrid(ledger: Ledger, grid: string): Promise<ProvenGrid> {
  return evaluate(ledger, 'registry', 'GetGrid', { grid });
}

export function listGrids(ledger: Ledger): Promise<{ grid: string; owner: string }[]> {
  return collect(pages(ledger, 'registry', 'ListGrids', {}));
}

export function listFogNodes(ledger: Ledger, grid: string): Promise<FogNodeRecord[]> {
  return collect(pages(ledger, 'registry', 'ListFogNodes', { grid }));
}

export function listMeters(ledger: Ledger, grid: string): Promise<MeterRecord[]> {
  return collect(pages(ledger, 'registry', 'ListMeters', { grid }));
}

// leadership

export interface Leadership {
  /** Term of the last elected leader; 0 before the first. */
  readonly term: number;
  readonly leader: string;
  readonly leaseEndsAtMs: number;
  readonly electionTerm: number;
}

export function getLeadership(ledger: Ledger, grid: string): Promise<Leadership> {
  return evaluate(ledger, 'leadership', 'GetLeadership', { grid });
}

export function startElection(
  ledger: Ledger,
  grid: string,
  fogNode: string,
  term: number,
): Promise<WriteReceipt> {
  return submit(ledger, 'leadership', 'StartElection', { grid, fogNode, term });
}

export function castVote(
  ledger: Ledger,
  grid: string,
  fogNode: string,
  term: number,
  candidate: string,
): Promise<WriteReceipt> {
  return submit(ledger, 'leadership', 'CastVote', { grid, fogNode, term, candidate });
}

export function claimLeadership(
  ledger: Ledger,
  grid: string,
  fogNode: string,
  term: number,
): Promise<WriteReceipt> {
  return submit(ledger, 'leadership', 'ClaimLeadership', { grid, fogNode, term });
}

export function renewLease(
  ledger: Ledger,
  grid: string,
  fogNode: string,
  term: number,
): Promise<WriteReceipt> {
  return submit(ledger, 'leadership', 'RenewLease', { grid, fogNode, term });
}

// aggregation

export interface RegionTotalReceipt {
  readonly region: string;
  readonly slot: number;
  readonly status: 'accepted' | 'duplicate' | 'conflict';
  /** Transaction that wrote the standing total. */
  readonly txId: string;
}

/** @throws StateConflictError REGION_TOTAL_EXISTS when another total stands; the rest of the list has been stored. */
export async function submitRegionTotals(
  ledger: Ledger,
  grid: string,
  fogNode: string,
  totals: readonly RegionTotal[],
): Promise<RegionTotalReceipt[]> {
  const argument = { grid, fogNode, totals: totals.map((total) => ({ ...total })) };
  const { receipts } = await submit<{ receipts: RegionTotalReceipt[] }>(
    ledger,
    'aggregation',
    'SubmitRegionTotals',
    argument,
  );
  const conflict = receipts.find((receipt) => receipt.status === 'conflict');
  if (conflict) throw refusal('REGION_TOTAL_EXISTS', { region: conflict.region, slot: conflict.slot });
  return receipts;
}

/** Leaves a region out of a slot that is not opened yet; the leader then settles the slot anew. */
export function withholdRegion(
  ledger: Ledger,
  withholding: RegionWithholding,
): Promise<WriteReceipt & { txId: string }> {
  return submit(ledger, 'aggregation', 'WithholdRegion', withholding);
}

export function submitTotal(
  ledger: Ledger,
  argument: { grid: string; fogNode: string; term: number; slot: number; ciphertext: Uint8Array },
): Promise<WriteReceipt & { txId: string }> {
  return submit(ledger, 'aggregation', 'SubmitTotal', argument);
}

export function publishOpening(
  ledger: Ledger,
  grid: string,
  opening: SlotOpening,
): Promise<WriteReceipt & { txId: string }> {
  return submit(ledger, 'aggregation', 'PublishOpening', { grid, ...opening });
}

/** All that the ledger holds of one slot; regions that have not submitted yet are absent. */
export interface SlotRecord {
  readonly slot: number;
  readonly regionTotals: readonly RegionTotalRecord[];
  readonly total?: TotalRecord;
  readonly opening?: OpeningRecord;
}

export function getSlot(ledger: Ledger, grid: string, slot: number): Promise<SlotRecord> {
  return evaluate(ledger, 'aggregation', 'GetSlot', { grid, slot });
}

export function getRegionTotal(
  ledger: Ledger,
  grid: string,
  region: string,
  slot: number,
): Promise<RegionTotalRecord> {
  return evaluate(ledger, 'aggregation', 'GetRegionTotal', { grid, region, slot });
}

export function getConsumption(
  ledger: Ledger,
  grid: string,
  region: string,
  slot: number,
): Promise<{ energyWh: number; count: number }> {
  return evaluate(ledger, 'aggregation', 'GetConsumption', { grid, region, slot });
}

/** Totals from a slot on, in slot order. */
export function listTotals(ledger: Ledger, grid: string, fromSlot: number): AsyncGenerator<TotalRecord> {
  return pages(ledger, 'aggregation', 'ListTotals', { grid, fromSlot });
}

/** Region totals from a slot on, in slot order. */
export function listRegionTotals(
  ledger: Ledger,
  grid: string,
  fromSlot: number,
): AsyncGenerator<RegionTotalRecord> {
  return pages(ledger, 'aggregation', 'ListRegionTotals', { grid, fromSlot });
}

/** Openings from a slot on, in slot order. */
export function listOpenings(ledger: Ledger, grid: string, fromSlot: number): AsyncGenerator<OpeningRecord> {
  return pages(ledger, 'aggregation', 'ListOpenings', { grid, fromSlot });
}

export function listConflicts(
  ledger: Ledger,
  grid: string,
  fromSlot: number,
): AsyncGenerator<RegionTotalRecord> {
  return pages(ledger, 'aggregation', 'ListConflicts', { grid, fromSlot });
}
