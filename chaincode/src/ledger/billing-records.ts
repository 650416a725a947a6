/** What the billing contract reads again and again: terms, offices, tariffs, packets, parts of bills. */
import type { Context } from 'fabric-contract-api';
import type { PaillierPublicKey } from '../crypto/paillier.js';
import { decodePackets, type BillingPacket, type BillingScope } from '../crypto/tou-billing.js';
import type { AggregatorRecord, BillingTerms } from '../domain/billing-parties.js';
import { checkPeriodOver, partCount, type CloseRecord, type TariffRecord } from '../domain/billing-tariff.js';
import type { ChargePartRecord, ChargePartSum } from '../domain/charge-part.js';
import { gridPublicKey, type GridRecord } from '../domain/grid.js';
import { checkLeader, NO_LEADER, type LeaderRecord } from '../domain/leadership.js';
import type { Role } from '../domain/roles.js';
import { refusal } from '../errors.js';
import { requireFogNode, requireGrid, requireGridRole, requireRole } from './access.js';
import { readState, scanBytes, scanState, slotKey } from './state.js';

/** A grid with billing. */
export interface BillingGrid {
  readonly record: GridRecord;
  readonly terms: BillingTerms;
  readonly key: PaillierPublicKey;
  readonly scope: BillingScope;
}

export function transactionSeconds(ctx: Context): number {
  return Math.floor(ctx.stub.getDateTimestamp().getTime() / 1000);
}

/** Parts and epochs as key parts sort like numbers. */
export function numberKey(value: number): string {
  return String(value).padStart(7, '0');
}

export function scopeOf(ctx: Context, record: Pick<GridRecord, 'grid' | 'n' | 'hN'>): BillingScope {
  const { fingerprint } = gridPublicKey(record);
  return { fingerprint, channel: ctx.stub.getChannelID(), grid: record.grid };
}

async function billingOf(ctx: Context, record: GridRecord): Promise<BillingGrid> {
  const { grid } = record;
  const terms = await readState<BillingTerms>(ctx.stub, 'billing', [grid]);
  if (!terms) throw refusal('BILLING_UNKNOWN', { grid });
  return { record, terms, key: gridPublicKey(record), scope: scopeOf(ctx, record) };
}

/** The role, membership of the grid's owner, and billing of the grid. @throws GridveilError as requireGridRole, BILLING_UNKNOWN */
export async function requireBillingRole(ctx: Context, grid: string, role: Role): Promise<BillingGrid> {
  return billingOf(ctx, await requireGridRole(ctx, grid, role));
}

/** A role of any organisation. @throws GridveilError as requireRole, GRID_UNKNOWN, BILLING_UNKNOWN */
export async function requireBillingReader(
  ctx: Context,
  grid: string,
  ...roles: readonly Role[]
): Promise<BillingGrid> {
  await requireRole(ctx, ...roles);
  return billingOf(ctx, await requireGrid(ctx, grid));
}

/** The submitter is this aggregator: a fog node of the grid. @throws GridveilError as requireFogNode, BILLING_UNKNOWN */
export async function requireAggregator(
  ctx: Context,
  grid: string,
  aggregator: string,
): Promise<BillingGrid> {
  await requireFogNode(ctx, grid, aggregator);
  return billingOf(ctx, await requireGrid(ctx, grid));
}

/** The aggregator is in office in this term: the AN. @returns its BLS key. @throws GridveilError TERM_STALE, NOT_LEADER, AGGREGATOR_UNKNOWN */
export async function requireOffice(
  ctx: Context,
  { grid, aggregator, term }: { readonly grid: string; readonly aggregator: string; readonly term: number },
): Promise<AggregatorRecord> {
  checkLeader(aggregator, term, (await readState<LeaderRecord>(ctx.stub, 'leader', [grid])) ?? NO_LEADER);
  const record = await readState<AggregatorRecord>(ctx.stub, 'billing-aggregator', [grid, aggregator]);
  if (!record) throw refusal('AGGREGATOR_UNKNOWN', { aggregator });
  return record;
}

/** @throws NotFoundError TARIFF_UNKNOWN */
export async function requireTariff(ctx: Context, grid: string, tariffId: string): Promise<TariffRecord> {
  const record = await readState<TariffRecord>(ctx.stub, 'billing-tariff', [grid, tariffId]);
  if (!record) throw refusal('TARIFF_UNKNOWN', { tariffId });
  return record;
}

export interface ClosedPeriod {
  readonly tariff: TariffRecord;
  readonly close: CloseRecord;
}

/** @throws NotFoundError TARIFF_UNKNOWN. @throws StateConflictError PERIOD_OPEN */
export async function requireClosedPeriod(
  ctx: Context,
  { record }: BillingGrid,
  tariffId: string,
): Promise<ClosedPeriod> {
  const { grid } = record;
  const tariff = await requireTariff(ctx, grid, tariffId);
  const close = await readState<CloseRecord>(ctx.stub, 'billing-close', [grid, tariffId]);
  if (close) return { tariff, close };
  const nowSeconds = transactionSeconds(ctx);
  // Too early says when; later it is the ESP that is due.
  checkPeriodOver(tariff, record, nowSeconds);
  throw refusal('PERIOD_OPEN', { tariffId, nowSeconds, closesAtSeconds: nowSeconds });
}

/** The packets of all blocks of a slot, in the order of the blocks. */
export async function readSlotPackets(
  ctx: Context,
  { record: { grid }, key }: BillingGrid,
  slot: number,
): Promise<BillingPacket[]> {
  const blocks = await scanBytes(ctx.stub, 'slot-block-packets', [grid, slotKey(slot)]);
  return blocks.flatMap((block) => decodePackets(block, key.ciphertextBytes));
}

/** @throws StateConflictError CHARGE_PART_MISSING unless every part of the period has been summed. */
export async function requireAllParts(
  ctx: Context,
  grid: string,
  { tariff: { tariffId, tariff }, close }: ClosedPeriod,
): Promise<void> {
  for (let part = 0; part < partCount(tariff, close); part++) {
    const key = [grid, tariffId, numberKey(part)];
    if (!(await readState<ChargePartSum>(ctx.stub, 'charge-part-sum', key)))
      throw refusal('CHARGE_PART_MISSING', { tariffId, part });
  }
}

/** All that was summed of a meter. @throws NotFoundError BILL_UNKNOWN when it never reported under the tariff. */
export async function requireMeterParts(
  ctx: Context,
  grid: string,
  tariffId: string,
  meterId: string,
): Promise<ChargePartRecord[]> {
  const parts = await scanState<ChargePartRecord>(ctx.stub, 'charge-part', [grid, tariffId, meterId]);
  if (parts.length === 0) throw refusal('BILL_UNKNOWN', { meterId, tariffId });
  return parts;
}
