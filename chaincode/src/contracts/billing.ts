/**
 * Contract `billing`: time-of-use billing on ciphertext (paper 001, hardened form 001-H), up to the end of a period.
 *
 * Terms, BLS keys of aggregators and meters, tariffs before their period; slot blocks while it runs; openings of area totals. Contract `charges` goes on from there, `billing-records` answers
 * queries. Every endorser checks what the aggregator in office (the AN) submits against what meters signed: the AN chooses nothing but whose reports a block holds.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { toBase64url } from '../crypto/bytes.js';
import { decodePackets, type BillingPacket } from '../crypto/tou-billing.js';
import { areaOpening, checkAreaOpening, type AreaOpeningRecord } from '../domain/area-opening.js';
import {
  aggregatorRegistration,
  billingMeterRegistrations,
  billingTerms,
  checkMeterBinding,
  checkSignerKey,
  succeedsEpoch,
  type AggregatorRecord,
  type BillingMeterRecord,
  type BillingMeterRegistration,
  type MeterKeyTerm,
} from '../domain/billing-parties.js';
import {
  checkGridTariff,
  tariffPublication,
  type PeriodRecord,
  type TariffRecord,
} from '../domain/billing-tariff.js';
import { decodeArgument } from '../domain/decode.js';
import { canReport, firstSlotOfPlan, meterKeyChange, withMeterKey } from '../domain/meter-keys.js';
import type { MeterRecord } from '../domain/meter.js';
import { checkSlotWindow } from '../domain/region-total.js';
import {
  checkBlockPart,
  checkBlockSignature,
  checkPacketFacts,
  checkPackets,
  checkProofs,
  isSameBlock,
  MAX_AREA_TOTAL_BYTES,
  MAX_PACKETS_BYTES,
  MAX_PROOFS_BYTES,
  slotBlockSubmission,
  type SlotBlock,
  type SlotBlockRecord,
  type SlotBlockSubmission,
  type SlotParties,
} from '../domain/slot-block.js';
import { checkTariffPublication } from '../domain/tariff-publication.js';
import { firstSlotOf, tariffId as idOfTariff, TARIFF_LIMITS, type TariffLimits } from '../domain/tariff.js';
import { refusal } from '../errors.js';
import { requireGridRole } from '../ledger/access.js';
import {
  numberKey,
  readSlotPackets,
  requireAggregator,
  requireBillingRole,
  requireOffice,
  transactionSeconds,
  type BillingGrid,
} from '../ledger/billing-records.js';
import { canonicalJson, type JsonValue } from '../ledger/canonical-json.js';
import { emit, EVENTS } from '../ledger/events.js';
import { deleteState, readState, scanState, slotKey, writeBytes, writeState } from '../ledger/state.js';
import { expectTransientFields, transientBytes } from '../ledger/transient.js';

@Info({
  title: 'billing',
  description: 'Parties, tariffs, slot blocks and area totals of time-of-use billing',
})
export class BillingContract extends Contract {
  /** What tariffs this deployment accepts; tests run a subclass with short periods. */
  protected readonly tariffLimits: TariffLimits = TARIFF_LIMITS;

  constructor() {
    super('billing');
  }

  /** Needs: esp of the grid's owner. `{grid, proofsCheckedBy, minAreaPercent}`: fixed for good. */
  @Transaction()
  @Returns('string')
  async OpenBilling(ctx: Context, argument: string): Promise<string> {
    const terms = decodeArgument(argument, billingTerms);
    const { grid } = terms;
    await requireGridRole(ctx, grid, 'esp');
    const existing = await readState<object>(ctx.stub, 'billing', [grid]);
    if (existing !== undefined) {
      if (canonicalJson({ ...existing }) !== canonicalJson(terms)) throw refusal('BILLING_EXISTS', { grid });
      return canonicalJson({ status: 'duplicate', grid });
    }
    await writeState(ctx.stub, 'billing', [grid], terms);
    emit(ctx, EVENTS.billingOpened, terms);
    return canonicalJson({ status: 'accepted', grid });
  }

  /** Needs: fog, own fog node. `{grid, aggregator, epoch, publicKey, possession, signature}`: the key an aggregator signs with when it is in office. */
  @Transaction()
  @Returns('string')
  async RegisterAggregator(ctx: Context, argument: string): Promise<string> {
    const registration = decodeArgument(argument, aggregatorRegistration);
    const { grid, aggregator, epoch } = registration;
    const { scope } = await requireAggregator(ctx, grid, aggregator);
    const key = [grid, aggregator];
    const existing = await readState<AggregatorRecord>(ctx.stub, 'billing-aggregator', key);
    const publicKey = toBase64url(registration.publicKey);
    if (existing?.publicKey === publicKey && existing.epoch === epoch)
      return canonicalJson({ status: 'duplicate', grid, aggregator });
    if (!succeedsEpoch({ epoch, publicKey }, existing)) throw refusal('AGGREGATOR_EXISTS', { aggregator });
    checkSignerKey(scope, 'aggregator', aggregator, registration);
    const { possession, signature } = registration;
    const record = { aggregator, epoch, publicKey, possession, signature, txId: ctx.stub.getTxID() };
    await writeState(ctx.stub, 'billing-aggregator', key, record);
    await writeState(ctx.stub, 'billing-aggregator-key', [...key, numberKey(epoch)], record);
    emit(ctx, EVENTS.aggregatorRegistered, { grid, aggregator, epoch });
    return canonicalJson({ status: 'accepted', grid, aggregator });
  }

  /** Needs: registrar of the grid's owner. `{grid, meters: [{meterId, plan, epoch, publicKey, possession, signature, binding}]}`. From when a new key or plan counts: meter-keys.ts. */
  @Transaction()
  @Returns('string')
  async RegisterBillingMeters(ctx: Context, argument: string): Promise<string> {
    const { grid, meters } = decodeArgument(argument, billingMeterRegistrations);
    const billing = await requireBillingRole(ctx, grid, 'registrar');
    if (new Set(meters.map(({ meterId }) => meterId)).size !== meters.length)
      throw refusal('BAD_FIELD', { field: 'meters', expected: 'a list without repeated meter ids' });
    const meterIds: string[] = [];
    for (const meter of meters)
      if (await registerBillingMeter(ctx, billing, meter)) meterIds.push(meter.meterId);
    if (meterIds.length === 0) return canonicalJson({ status: 'duplicate', grid, registered: 0 });
    emit(ctx, EVENTS.billingMetersRegistered, { grid, meterIds });
    return canonicalJson({ status: 'accepted', grid, registered: meterIds.length });
  }

  /** Needs: esp of the grid's owner. `{grid, plan, tariff}`: the price table of a plan for a period that has not begun. */
  @Transaction()
  @Returns('string')
  async PublishTariff(ctx: Context, argument: string): Promise<string> {
    const { grid, plan, tariff } = decodeArgument(argument, tariffPublication);
    const { record, key } = await requireBillingRole(ctx, grid, 'esp');
    checkGridTariff(tariff, record, key, this.tariffLimits);
    const { periodStartSeconds, periodEndSeconds } = tariff;
    const tariffId = idOfTariff(tariff);
    const published = await scanState<PeriodRecord>(ctx.stub, 'billing-period', [grid, plan]);
    const period: PeriodRecord = { tariffId, periodStartSeconds, periodEndSeconds };
    const publishedAtSeconds = transactionSeconds(ctx);
    const outcome = checkTariffPublication(period, published, publishedAtSeconds);
    if (outcome === 'same') return canonicalJson({ status: 'duplicate', grid, tariffId });
    const other = await readState<TariffRecord>(ctx.stub, 'billing-tariff', [grid, tariffId]);
    if (other) throw refusal('TARIFF_OF_OTHER_PLAN', { tariffId, plan: other.plan });
    const replaced = published.find((each) => each.periodStartSeconds === periodStartSeconds);
    if (replaced) await deleteState(ctx.stub, 'billing-tariff', [grid, replaced.tariffId]);
    const txId = ctx.stub.getTxID();
    const stored = { tariffId, plan, tariff, publishedAtSeconds, txId };
    await writeState(ctx.stub, 'billing-tariff', [grid, tariffId], stored);
    await writeState(ctx.stub, 'billing-period', [grid, plan, slotKey(firstSlotOf(tariff))], { ...period });
    emit(ctx, EVENTS.tariffPublished, { grid, plan, tariffId, periodStartSeconds, periodEndSeconds });
    return canonicalJson({ status: 'accepted', grid, tariffId });
  }

  /**
   * Needs: fog, the leader of this term, registered as aggregator. `{grid, aggregator, term, slot, part, count, root, signature}`; transient: `packets` (`encodePackets`),
   * `areaTotal` (C_γ, encoded), and `proofs` (lp of the range proofs, in the order of the packets) where endorsers check them.
   *
   * So packets stand in a block once, in the write set, as bytes. Another block under the same number is not stored, but the first such attempt is, as evidence against its signer.
   */
  @Transaction()
  @Returns('string')
  async SubmitSlotBlock(ctx: Context, argument: string): Promise<string> {
    const submission = decodeArgument(argument, slotBlockSubmission);
    const { grid, aggregator, slot, part } = submission;
    const billing = await requireAggregator(ctx, grid, aggregator);
    const blocks = await scanState<SlotBlockRecord>(ctx.stub, 'slot-block', [grid, slotKey(slot)]);
    const existing = blocks[part];
    if (existing && isSameBlock(submission, existing))
      return canonicalJson({ status: 'duplicate', slot, part, txId: existing.txId });
    const { publicKey } = await requireOffice(ctx, submission);
    const block = { ...submission, areaTotal: transientBytes(ctx, 'areaTotal', MAX_AREA_TOTAL_BYTES) };
    checkBlockSignature(billing.scope, publicKey, block);
    if (existing) return keepConflict(ctx, block, existing);
    checkBlockPart(block, blocks);
    checkSlotWindow(slot, billing.record, transactionSeconds(ctx));
    const { packetBytes, registered } = await checkBlock(ctx, billing, block);
    const txId = ctx.stub.getTxID();
    await writeState(ctx.stub, 'slot-block', blockKey(block), { ...blockRecord(block, txId), registered });
    await writeBytes(ctx.stub, 'slot-block-packets', blockKey(block), packetBytes);
    const { count, term } = block;
    emit(ctx, EVENTS.slotBlockSubmitted, { grid, slot, part, count, aggregator, term, status: 'accepted' });
    return canonicalJson({ status: 'accepted', slot, part, txId });
  }

  /** Needs: esp of the grid's owner. `{grid, slot, m, rho}`: what the meters of block 0 used together, where they are enough of the area. */
  @Transaction()
  @Returns('string')
  async PublishAreaOpening(ctx: Context, argument: string): Promise<string> {
    const { grid, slot, m, rho } = decodeArgument(argument, areaOpening);
    const { record, terms, key } = await requireBillingRole(ctx, grid, 'esp');
    const block = await readState<SlotBlockRecord>(ctx.stub, 'slot-block', blockKey({ grid, slot, part: 0 }));
    if (!block) throw refusal('BLOCK_UNKNOWN', { slot, part: 0 });
    const existing = await readState<AreaOpeningRecord>(ctx.stub, 'area-opening', [grid, slotKey(slot)]);
    if (existing) {
      if (existing.energyWh !== String(m) || existing.rho !== String(rho))
        throw refusal('AREA_OPENING_EXISTS', { slot });
      return canonicalJson({ status: 'duplicate', slot, txId: existing.txId });
    }
    checkAreaOpening(key, { ...record, ...terms }, block, { m, rho });
    const txId = ctx.stub.getTxID();
    const opening = { slot, energyWh: m, rho, count: block.count, txId };
    await writeState(ctx.stub, 'area-opening', [grid, slotKey(slot)], opening);
    emit(ctx, EVENTS.areaOpened, { grid, slot, energyWh: m, count: block.count });
    return canonicalJson({ status: 'accepted', slot, txId });
  }
}

/** @returns whether anything was written. */
async function registerBillingMeter(
  ctx: Context,
  billing: BillingGrid,
  registration: BillingMeterRegistration,
): Promise<boolean> {
  const { scope } = billing;
  const { grid } = scope;
  const { meterId, plan, epoch } = registration;
  const key = [grid, meterId];
  const meter = await readState<MeterRecord>(ctx.stub, 'meter', key);
  if (!meter) throw refusal('METER_UNKNOWN', { meterId });
  if (meter.revoked) throw refusal('METER_REVOKED', { meterId });
  const existing = await readState<BillingMeterRecord>(ctx.stub, 'billing-meter', key);
  const publicKey = toBase64url(registration.publicKey);
  if (existing?.epoch === epoch && existing.publicKey === publicKey && existing.plan === plan) return false;
  if (!succeedsEpoch({ epoch, publicKey }, existing)) throw refusal('METER_EXISTS', { meterId });
  checkSignerKey(scope, 'meter', meterId, registration);
  checkMeterBinding(scope, registration, meter);
  const record = await newKeyOf(ctx, billing, { meterId, plan, epoch, publicKey }, existing);
  await writeState(ctx.stub, 'billing-meter', key, { ...record });
  const { possession, signature, binding } = registration;
  await writeState(ctx.stub, 'billing-meter-key', [...key, numberKey(epoch)], {
    ...{ meterId, plan, epoch, publicKey, fromSlot: record.fromSlot },
    ...{ possession, signature, binding },
    signingKey: meter.signingKey,
    txId: ctx.stub.getTxID(),
  });
  return true;
}

/** The meter's record with a new key: from which slot it signs depends on what runs under the plans. @throws StateConflictError PLAN_PERIODS_CROSS */
async function newKeyOf(
  ctx: Context,
  { record: { grid, slotSeconds } }: BillingGrid,
  next: Omit<MeterKeyTerm, 'fromSlot'> & { readonly meterId: string },
  existing: BillingMeterRecord | undefined,
): Promise<BillingMeterRecord> {
  const nowSeconds = transactionSeconds(ctx);
  const slot = Math.floor(nowSeconds / slotSeconds);
  const change = meterKeyChange(next, existing, slot);
  if (change.kind === 'first') return withMeterKey({ ...next, fromSlot: slot }, undefined, slot);
  if (change.kind === 'key') return withMeterKey({ ...next, fromSlot: change.fromSlot }, existing, slot);
  const periodsOf = (plan: string): Promise<PeriodRecord[]> =>
    scanState<PeriodRecord>(ctx.stub, 'billing-period', [grid, plan]);
  const fromSlot = firstSlotOfPlan(
    next.meterId,
    { slot, nowSeconds, slotSeconds },
    await periodsOf(change.leaves),
    await periodsOf(next.plan),
  );
  return withMeterKey({ ...next, fromSlot }, existing, fromSlot - 1);
}

function blockKey({ grid, slot, part }: Pick<SlotBlockSubmission, 'grid' | 'slot' | 'part'>): string[] {
  return [grid, slotKey(slot), numberKey(part)];
}

function blockRecord(block: SlotBlock, txId: string): Record<string, JsonValue> {
  const { slot, part, count, root, areaTotal, aggregator, term, signature } = block;
  return { slot, part, count, root, areaTotal, aggregator, term, signature, txId };
}

async function keepConflict(ctx: Context, block: SlotBlock, existing: SlotBlockRecord): Promise<string> {
  const { grid, slot, part, count, aggregator, term } = block;
  const key = [...blockKey(block), 'attempt'];
  if ((await readState(ctx.stub, 'slot-block-conflict', key)) === undefined) {
    const attempt = { ...blockRecord(block, ctx.stub.getTxID()), firstTxId: existing.txId };
    await writeState(ctx.stub, 'slot-block-conflict', key, attempt);
    emit(ctx, EVENTS.slotBlockSubmitted, { grid, slot, part, count, aggregator, term, status: 'conflict' });
  }
  return canonicalJson({ status: 'conflict', slot, part, txId: existing.txId });
}

/** All that packets must fulfil. @returns them as they were sent, which is the one form they have, and how many meters could have reported. */
async function checkBlock(
  ctx: Context,
  billing: BillingGrid,
  block: SlotBlock,
): Promise<{ readonly packetBytes: Uint8Array; readonly registered: number }> {
  const { key, scope, record, terms } = billing;
  const proofsChecked = terms.proofsCheckedBy === 'endorsers';
  expectTransientFields(ctx, 'packets', 'areaTotal', ...(proofsChecked ? ['proofs'] : []));
  const packetBytes = transientBytes(ctx, 'packets', MAX_PACKETS_BYTES);
  const packets = decodePackets(packetBytes, key.ciphertextBytes);
  const parties = await slotParties(ctx, billing, block, packets);
  checkPacketFacts(block.slot, packets, parties);
  checkPackets(key, scope, block, packets, parties.meters);
  if (proofsChecked) {
    const proofs = transientBytes(ctx, 'proofs', MAX_PROOFS_BYTES);
    checkProofs(key, scope, record.maxReadingWh, block.slot, packets, proofs);
  }
  const registered = [...parties.meters.values()].filter((meter) => canReport(meter, block.slot)).length;
  return { packetBytes, registered };
}

async function slotParties(
  ctx: Context,
  billing: BillingGrid,
  { grid, slot, part }: SlotBlockSubmission,
  packets: readonly BillingPacket[],
): Promise<SlotParties> {
  // One range for all: a read of each would put every key into the block.
  const meters = await scanState<BillingMeterRecord>(ctx.stub, 'billing-meter', [grid]);
  const earlier = part === 0 ? [] : await readSlotPackets(ctx, billing, slot);
  const tariffs = new Map<string, TariffRecord>();
  const closedTariffs = new Set<string>();
  for (const id of new Set(packets.map(({ tariffId }) => tariffId))) {
    const tariff = await readState<TariffRecord>(ctx.stub, 'billing-tariff', [grid, id]);
    if (tariff) tariffs.set(id, tariff);
    if (await readState(ctx.stub, 'billing-close', [grid, id])) closedTariffs.add(id);
  }
  return {
    meters: new Map(meters.map((meter) => [meter.meterId, meter])),
    tariffs,
    closedTariffs,
    reported: new Set(earlier.map(({ meterId }) => meterId)),
  };
}
