/**
 * Contract `aggregation`: region totals in, the leader's total, the MDMS's opening, and the queries of an audit.
 *
 * Every value a party submits here is a deterministic function of what was committed before, and every endorser
 * recomputes it: the leader has nothing to choose, and the MDMS can only tell the truth about the committed total.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { toBase64url } from '../crypto/bytes.js';
import { assertUnits, decodeCiphertext, encodeCiphertext } from '../crypto/paillier.js';
import {
  decodeArgument,
  identifier,
  object,
  optional,
  pageSize,
  slotNumber,
  text,
} from '../domain/decode.js';
import type { RegionRecord, StoredFogNode } from '../domain/fog-node.js';
import { gridPublicKey, type GridRecord } from '../domain/grid.js';
import { checkLeader, NO_LEADER, type LeaderRecord } from '../domain/leadership.js';
import {
  checkGroup,
  checkSlotWindow,
  checkWithholding,
  regionTotalSubmission,
  regionWithholding,
  withheldTotal,
  type RegionTotal,
  type RegionTotalRecord,
} from '../domain/region-total.js';
import {
  checkSlotOpening,
  openingSubmission,
  slotRegions,
  slotTotal,
  totalSubmission,
  type OpeningRecord,
  type TotalRecord,
} from '../domain/slot-total.js';
import { refusal } from '../errors.js';
import { requireFogNode, requireGrid, requireGridRole, requireRole } from '../ledger/access.js';
import { canonicalJson, type JsonValue } from '../ledger/canonical-json.js';
import { emit, EVENTS } from '../ledger/events.js';
import { deleteState, pageState, readState, slotKey, writeState, type StateKind } from '../ledger/state.js';

const slotCall = object({ grid: identifier, slot: slotNumber });
const regionSlotCall = object({ grid: identifier, region: identifier, slot: slotNumber });
const slotPageCall = object({
  grid: identifier,
  fromSlot: slotNumber,
  pageSize,
  bookmark: optional(text(1024)),
});

type TotalStatus = 'accepted' | 'duplicate' | 'conflict';

@Info({ title: 'aggregation', description: 'Region totals, slot totals and their public openings' })
export class AggregationContract extends Contract {
  constructor() {
    super('aggregation');
  }

  /**
   * Needs: fog, own fog node, own regions. `{grid, fogNode, totals: [{region, slot, ciphertext, count, merkleRoot}]}`
   *
   * Each total stands alone: accepted, a duplicate of what is there, or in conflict with it. A conflicting total is not
   * stored, but the first such attempt is, as evidence. Malformed input refuses the whole transaction.
   */
  @Transaction()
  @Returns('string')
  async SubmitRegionTotals(ctx: Context, argument: string): Promise<string> {
    const { grid, fogNode, totals } = decodeArgument(argument, regionTotalSubmission);
    await checkTotals(ctx, await requireFogNode(ctx, grid, fogNode), totals);
    const receipts = [];
    const news = [];
    for (const total of totals) {
      const { status, txId, written } = await storeRegionTotal(ctx, grid, fogNode, total);
      const receipt = { region: total.region, slot: total.slot, status, txId };
      receipts.push(receipt);
      if (written) news.push(receipt);
    }
    if (news.length > 0) emit(ctx, EVENTS.regionTotalsSubmitted, { grid, fogNode, totals: news });
    return canonicalJson({ receipts });
  }

  /**
   * Needs: mdms of the grid's owner. `{grid, region, slot, reason}`: leaves a region out of a slot that is not opened yet.
   *
   * A total it replaces is kept as evidence, and the slot's own total goes: the leader settles the slot anew.
   */
  @Transaction()
  @Returns('string')
  async WithholdRegion(ctx: Context, argument: string): Promise<string> {
    const withholding = decodeArgument(argument, regionWithholding);
    const { grid, region, slot, reason } = withholding;
    const gridRecord = await requireGridRole(ctx, grid, 'mdms');
    if (!gridRecord.regions.includes(region)) throw refusal('REGION_UNKNOWN', { region });
    const key = [grid, slotKey(slot), region];
    const existing = await readState<RegionTotalRecord>(ctx.stub, 'region-total', key);
    if (existing?.count === 0) {
      return canonicalJson({ status: 'duplicate', region, slot, txId: existing.txId });
    }
    const slotParts = [grid, slotKey(slot)];
    if (await readState(ctx.stub, 'opening', slotParts)) throw refusal('OPENING_EXISTS', { slot });
    checkWithholding(withholding, existing, gridRecord, transactionSeconds(ctx));
    const served = await readState<RegionRecord>(ctx.stub, 'region', [grid, region]);
    const txId = ctx.stub.getTxID();
    if (existing) {
      const evidence = { ...existing, withheldTxId: txId };
      await writeState(ctx.stub, 'region-total-conflict', [...key, 'withheld'], evidence);
    }
    await writeState(ctx.stub, 'region-total', key, {
      ...withheldTotal(gridPublicKey(gridRecord), region, slot),
      fogNode: existing?.fogNode ?? served?.fogNode ?? '',
      txId,
    });
    if (await readState(ctx.stub, 'total', slotParts)) await deleteState(ctx.stub, 'total', slotParts);
    emit(ctx, EVENTS.regionWithheld, { grid, region, slot, reason });
    return canonicalJson({ status: 'accepted', region, slot, txId });
  }

  /** Needs: fog, the leader of this term. `{grid, fogNode, term, slot, ciphertext}` */
  @Transaction()
  @Returns('string')
  async SubmitTotal(ctx: Context, argument: string): Promise<string> {
    const { grid, fogNode, term, slot, ciphertext } = decodeArgument(argument, totalSubmission);
    await requireFogNode(ctx, grid, fogNode);
    const existing = await readState<TotalRecord>(ctx.stub, 'total', [grid, slotKey(slot)]);
    const encoded = toBase64url(ciphertext);
    if (existing?.ciphertext === encoded && existing.term === term && existing.leader === fogNode) {
      return canonicalJson({ status: 'duplicate', slot, txId: existing.txId });
    }
    checkLeader(fogNode, term, (await readState<LeaderRecord>(ctx.stub, 'leader', [grid])) ?? NO_LEADER);
    if (existing) throw refusal('TOTAL_EXISTS', { slot });
    const gridRecord = await requireGrid(ctx, grid);
    const key = gridPublicKey(gridRecord);
    const regions = slotRegions(key, slot, await readRegionTotals(ctx, gridRecord, slot));
    if (toBase64url(encodeCiphertext(key, slotTotal(key, gridRecord, regions))) !== encoded) {
      throw refusal('TOTAL_MISMATCH', { slot });
    }
    const txId = ctx.stub.getTxID();
    await writeState(ctx.stub, 'total', [grid, slotKey(slot)], {
      slot,
      ciphertext,
      term,
      leader: fogNode,
      txId,
    });
    emit(ctx, EVENTS.totalSubmitted, { grid, slot, term, leader: fogNode });
    return canonicalJson({ status: 'accepted', slot, txId });
  }

  /** Needs: mdms of the grid's owner. `{grid, slot, m, rho, checkRho}` */
  @Transaction()
  @Returns('string')
  async PublishOpening(ctx: Context, argument: string): Promise<string> {
    const { grid, ...opening } = decodeArgument(argument, openingSubmission);
    const { slot, m, rho, checkRho } = opening;
    const gridRecord = await requireGridRole(ctx, grid, 'mdms');
    const total = await readState<TotalRecord>(ctx.stub, 'total', [grid, slotKey(slot)]);
    if (!total) throw refusal('TOTAL_MISSING', { slot });
    const existing = await readState<OpeningRecord>(ctx.stub, 'opening', [grid, slotKey(slot)]);
    if (existing) {
      const same =
        existing.m === String(m) && existing.rho === String(rho) && existing.checkRho === String(checkRho);
      if (!same) throw refusal('OPENING_EXISTS', { slot });
      return canonicalJson({ status: 'duplicate', slot, txId: existing.txId });
    }
    const key = gridPublicKey(gridRecord);
    const regions = slotRegions(key, slot, await readRegionTotals(ctx, gridRecord, slot));
    const ciphertext = decodeCiphertext(key, Buffer.from(total.ciphertext, 'base64url'), `slot ${slot}`);
    const perRegion = checkSlotOpening(
      key,
      gridRecord,
      ctx.stub.getChannelID(),
      regions,
      ciphertext,
      opening,
    );
    const consumptionWh = Object.fromEntries(
      gridRecord.regions.map((region, j) => [region, perRegion[j] ?? 0]),
    );
    const txId = ctx.stub.getTxID();
    await writeState(ctx.stub, 'opening', [grid, slotKey(slot)], {
      slot,
      m,
      rho,
      checkRho,
      consumptionWh,
      txId,
    });
    emit(ctx, EVENTS.slotOpened, { grid, slot, consumptionWh });
    return canonicalJson({ status: 'accepted', slot, txId });
  }

  /** Needs: fog, mdms, registrar or auditor. `{grid, region, slot}`: what a region used, as the MDMS opened it, over how many meters; 0 of 0 when withheld. */
  @Transaction(false)
  @Returns('string')
  async GetConsumption(ctx: Context, argument: string): Promise<string> {
    const { grid, region, slot } = decodeArgument(argument, regionSlotCall);
    await requireRole(ctx, 'fog', 'mdms', 'registrar', 'auditor');
    const gridRecord = await requireGrid(ctx, grid);
    if (!gridRecord.regions.includes(region)) throw refusal('REGION_UNKNOWN', { region });
    const opening = await readState<OpeningRecord>(ctx.stub, 'opening', [grid, slotKey(slot)]);
    if (!opening) throw refusal('SLOT_UNKNOWN', { slot });
    const total = await readState<RegionTotalRecord>(ctx.stub, 'region-total', [grid, slotKey(slot), region]);
    const energyWh = opening.consumptionWh[region] ?? 0;
    return canonicalJson({ grid, region, slot, energyWh, count: total?.count ?? 0 });
  }

  /** Needs: fog, mdms, registrar or auditor. `{grid, region, slot}`: one committed region total, as it was submitted and by whom. */
  @Transaction(false)
  @Returns('string')
  async GetRegionTotal(ctx: Context, argument: string): Promise<string> {
    const { grid, region, slot } = decodeArgument(argument, regionSlotCall);
    await requireRole(ctx, 'fog', 'mdms', 'registrar', 'auditor');
    const total = await readState<RegionTotalRecord>(ctx.stub, 'region-total', [grid, slotKey(slot), region]);
    if (total) return JSON.stringify(total);
    // Reads more only where the answer depends on it.
    const gridRecord = await requireGrid(ctx, grid);
    if (!gridRecord.regions.includes(region)) throw refusal('REGION_UNKNOWN', { region });
    throw refusal('REGION_TOTAL_MISSING', { region, slot });
  }

  /** Needs: fog, mdms, registrar or auditor. `{grid, slot}`: all that the ledger holds of one slot. */
  @Transaction(false)
  @Returns('string')
  async GetSlot(ctx: Context, argument: string): Promise<string> {
    const { grid, slot } = decodeArgument(argument, slotCall);
    await requireRole(ctx, 'fog', 'mdms', 'registrar', 'auditor');
    const gridRecord = await requireGrid(ctx, grid);
    const regionTotals: RegionTotalRecord[] = [];
    for (const region of gridRecord.regions) {
      const record = await readState<RegionTotalRecord>(ctx.stub, 'region-total', [
        grid,
        slotKey(slot),
        region,
      ]);
      if (record) regionTotals.push(record);
    }
    if (regionTotals.length === 0) throw refusal('SLOT_UNKNOWN', { slot });
    const total = await readState<TotalRecord>(ctx.stub, 'total', [grid, slotKey(slot)]);
    const opening = await readState<OpeningRecord>(ctx.stub, 'opening', [grid, slotKey(slot)]);
    return JSON.stringify({ slot, regionTotals, total, opening });
  }

  /** Needs: fog, mdms, registrar or auditor. `{grid, fromSlot, pageSize, bookmark?}` */
  @Transaction(false)
  @Returns('string')
  async ListRegionTotals(ctx: Context, argument: string): Promise<string> {
    return listBySlot(ctx, argument, 'region-total');
  }

  /** Needs: fog, mdms, registrar or auditor. `{grid, fromSlot, pageSize, bookmark?}` */
  @Transaction(false)
  @Returns('string')
  async ListTotals(ctx: Context, argument: string): Promise<string> {
    return listBySlot(ctx, argument, 'total');
  }

  /** Needs: fog, mdms, registrar or auditor. `{grid, fromSlot, pageSize, bookmark?}` */
  @Transaction(false)
  @Returns('string')
  async ListOpenings(ctx: Context, argument: string): Promise<string> {
    return listBySlot(ctx, argument, 'opening');
  }

  /** Needs: fog, mdms, registrar or auditor. `{grid, fromSlot, pageSize, bookmark?}`: attempts to replace a region total. */
  @Transaction(false)
  @Returns('string')
  async ListConflicts(ctx: Context, argument: string): Promise<string> {
    return listBySlot(ctx, argument, 'region-total-conflict');
  }
}

/** Everything that can be wrong with a submission before the ledger is asked what it already holds. */
async function checkTotals(
  ctx: Context,
  { grid, fogNode, regions, limits }: StoredFogNode,
  totals: readonly RegionTotal[],
): Promise<void> {
  const nowSeconds = transactionSeconds(ctx);
  const key = gridPublicKey(limits);
  const seen = new Set<string>();
  for (const total of totals) {
    const { region, slot } = total;
    checkSlotWindow(slot, limits, nowSeconds);
    if (!regions.includes(region)) {
      // One read more only where the answer depends on it.
      const known = (await requireGrid(ctx, grid)).regions.includes(region);
      throw known ? refusal('NOT_YOUR_REGION', { fogNode, region }) : refusal('REGION_UNKNOWN', { region });
    }
    checkGroup(total, limits);
    const id = `${slotKey(slot)}${region}`;
    if (seen.has(id))
      throw refusal('BAD_FIELD', {
        field: 'totals',
        expected: 'a list that names each region and slot once',
      });
    seen.add(id);
  }
  const entries = totals.map(({ region, ciphertext }) => {
    const owner = `region "${region}"`;
    return { owner, ciphertext: decodeCiphertext(key, ciphertext, owner) };
  });
  assertUnits(key, entries);
}

function transactionSeconds(ctx: Context): number {
  return Math.floor(ctx.stub.getDateTimestamp().getTime() / 1000);
}

async function storeRegionTotal(
  ctx: Context,
  grid: string,
  fogNode: string,
  total: RegionTotal,
): Promise<{ status: TotalStatus; txId: string; written: boolean }> {
  const { region, slot } = total;
  const key = [grid, slotKey(slot), region];
  const existing = await readState<RegionTotalRecord>(ctx.stub, 'region-total', key);
  const txId = ctx.stub.getTxID();
  if (!existing) {
    await writeState(ctx.stub, 'region-total', key, { ...total, fogNode, txId });
    return { status: 'accepted', txId, written: true };
  }
  const attempt = canonicalJson({ ...total });
  if (canonicalJson(submittedFacts(existing)) === attempt)
    return { status: 'duplicate', txId: existing.txId, written: false };
  const conflictKey = [...key, 'attempt'];
  const known = await readState(ctx.stub, 'region-total-conflict', conflictKey);
  if (known === undefined) {
    await writeState(ctx.stub, 'region-total-conflict', conflictKey, {
      ...total,
      fogNode,
      firstTxId: existing.txId,
      txId,
    });
  }
  return { status: 'conflict', txId: existing.txId, written: known === undefined };
}

/** A stored total as it was submitted, to compare with another submission. */
function submittedFacts({ region, slot, ciphertext, count, merkleRoot }: RegionTotalRecord): JsonValue {
  return { region, slot, ciphertext, count, merkleRoot };
}

/** One record for each region, in radix order. @throws StateConflictError REGION_TOTAL_MISSING */
async function readRegionTotals(ctx: Context, grid: GridRecord, slot: number): Promise<RegionTotalRecord[]> {
  const records: RegionTotalRecord[] = [];
  for (const region of grid.regions) {
    const record = await readState<RegionTotalRecord>(ctx.stub, 'region-total', [
      grid.grid,
      slotKey(slot),
      region,
    ]);
    if (!record) throw refusal('REGION_TOTAL_MISSING', { region, slot });
    records.push(record);
  }
  return records;
}

async function listBySlot(ctx: Context, argument: string, kind: StateKind): Promise<string> {
  const { grid, fromSlot, ...request } = decodeArgument(argument, slotPageCall);
  await requireRole(ctx, 'fog', 'mdms', 'registrar', 'auditor');
  await requireGrid(ctx, grid);
  return JSON.stringify(await pageState(ctx.stub, kind, [grid], request, [grid, slotKey(fromSlot)]));
}
