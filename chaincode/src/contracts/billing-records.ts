/**
 * Contract `billing-records`: what anyone who checks a bill reads. Queries only.
 *
 * Paper 001 by equation: (8), (9) signed packets and (11), (14) area totals: GetSlotBlock, GetSlotPackets, ListMeterPackets; (12) with each of a meter's packets; (13), (14), (17) GetBill; (15)
 * GetSlotBlock; (16) is not opened for single meters (break B1.5), for an area it is its energy times the price; (18), (19) are ListMeterPackets, the tariff and the equality with GetBill.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { decodeCiphertext, encodeCiphertext } from '../crypto/paillier.js';
import { slotCharge } from '../crypto/tou-billing-charge.js';
import { decodePackets } from '../crypto/tou-billing.js';
import type { AreaOpeningRecord } from '../domain/area-opening.js';
import type {
  AggregatorRecord,
  BillingMeterKeyRecord,
  BillingMeterRecord,
} from '../domain/billing-parties.js';
import {
  partCount,
  tariffIdentifier,
  type CloseRecord,
  type PeriodRecord,
  type TariffRecord,
} from '../domain/billing-tariff.js';
import type { ChargePartRecord, ChargePartSum } from '../domain/charge-part.js';
import {
  decodeArgument,
  identifier,
  integer,
  object,
  optional,
  pageSize,
  slotNumber,
  text,
} from '../domain/decode.js';
import type { DisputeRecord } from '../domain/dispute.js';
import type {
  ChargeOpeningRecord,
  MissingSlotsRecord,
  MonthlyChargeRecord,
} from '../domain/monthly-charge.js';
import type { Role } from '../domain/roles.js';
import { MAX_PART, type SlotBlockRecord } from '../domain/slot-block.js';
import { priceMicroPerWh } from '../domain/tariff.js';
import { refusal } from '../errors.js';
import {
  numberKey,
  readSlotPackets,
  requireBillingReader,
  requireTariff,
  type BillingGrid,
} from '../ledger/billing-records.js';
import { canonicalJson } from '../ledger/canonical-json.js';
import { pageState, readBytes, readState, scanState, slotKey } from '../ledger/state.js';

const READERS: readonly Role[] = ['esp', 'fog', 'mdms', 'registrar', 'auditor', 'customer'];
/** A query reads the whole block of each slot. */
const MAX_SLOTS_PER_QUERY = 200;

const page = { pageSize, bookmark: optional(text(1024)) };
const gridCall = object({ grid: identifier });
const gridPage = object({ grid: identifier, ...page });
const aggregatorCall = object({ grid: identifier, aggregator: identifier });
const meterKeyCall = object({ grid: identifier, meterId: identifier, epoch: integer(1, 1_000_000) });
const tariffCall = object({ grid: identifier, tariffId: tariffIdentifier });
const planPage = object({ grid: identifier, plan: identifier, ...page });
const slotCall = object({ grid: identifier, slot: slotNumber });
const packetsCall = object({ grid: identifier, slot: slotNumber, part: integer(0, MAX_PART) });
const slotPage = object({ grid: identifier, fromSlot: slotNumber, ...page });
const meterPacketsCall = object({
  grid: identifier,
  meterId: identifier,
  fromSlot: slotNumber,
  slots: integer(1, MAX_SLOTS_PER_QUERY),
});
const billCall = object({ grid: identifier, tariffId: tariffIdentifier, meterId: identifier });
const tariffPage = object({ grid: identifier, tariffId: tariffIdentifier, ...page });

@Info({ title: 'billing-records', description: 'Queries of time-of-use billing' })
export class BillingRecordsContract extends Contract {
  constructor() {
    super('billing-records');
  }

  /** Needs: any role of billing. `{grid}`: its terms. */
  @Transaction(false)
  @Returns('string')
  async GetBilling(ctx: Context, argument: string): Promise<string> {
    const { grid } = decodeArgument(argument, gridCall);
    const { terms } = await requireReader(ctx, grid);
    return canonicalJson({ ...terms });
  }

  /** Needs: any role of billing. `{grid, aggregator}`: its present key with its proofs. */
  @Transaction(false)
  @Returns('string')
  async GetAggregator(ctx: Context, argument: string): Promise<string> {
    const { grid, aggregator } = decodeArgument(argument, aggregatorCall);
    await requireReader(ctx, grid);
    const record = await readState<AggregatorRecord>(ctx.stub, 'billing-aggregator', [grid, aggregator]);
    if (!record) throw refusal('AGGREGATOR_UNKNOWN', { aggregator });
    return canonicalJson({ ...record });
  }

  /** Needs: any role of billing. `{grid, pageSize, bookmark?}`: every key aggregators have or had, with its proofs. */
  @Transaction(false)
  @Returns('string')
  async ListAggregatorKeys(ctx: Context, argument: string): Promise<string> {
    const { grid, ...request } = decodeArgument(argument, gridPage);
    await requireReader(ctx, grid);
    return JSON.stringify(
      await pageState<AggregatorRecord>(ctx.stub, 'billing-aggregator-key', [grid], request),
    );
  }

  /** Needs: any role of billing. `{grid, pageSize, bookmark?}` */
  @Transaction(false)
  @Returns('string')
  async ListBillingMeters(ctx: Context, argument: string): Promise<string> {
    const { grid, ...request } = decodeArgument(argument, gridPage);
    await requireReader(ctx, grid);
    return JSON.stringify(await pageState<BillingMeterRecord>(ctx.stub, 'billing-meter', [grid], request));
  }

  /** Needs: any role of billing. `{grid, meterId, epoch}`: a key the meter has or had, with its proofs. */
  @Transaction(false)
  @Returns('string')
  async GetBillingMeterKey(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId, epoch } = decodeArgument(argument, meterKeyCall);
    await requireReader(ctx, grid);
    const key = [grid, meterId, numberKey(epoch)];
    const record = await readState<BillingMeterKeyRecord>(ctx.stub, 'billing-meter-key', key);
    if (!record) throw refusal('METER_UNKNOWN', { meterId, epoch });
    return canonicalJson({ ...record });
  }

  /** Needs: any role of billing. `{grid, tariffId}`: the table, how the period was closed, which of its parts are summed. */
  @Transaction(false)
  @Returns('string')
  async GetTariff(ctx: Context, argument: string): Promise<string> {
    const { grid, tariffId } = decodeArgument(argument, tariffCall);
    await requireReader(ctx, grid);
    const record: TariffRecord = await requireTariff(ctx, grid, tariffId);
    const close = await readState<CloseRecord>(ctx.stub, 'billing-close', [grid, tariffId]);
    const sums = await scanState<ChargePartSum>(ctx.stub, 'charge-part-sum', [grid, tariffId]);
    const parts = close ? partCount(record.tariff, close) : 0;
    return JSON.stringify({ ...record, close, parts, partsSummed: sums.map(({ part }) => part) });
  }

  /** Needs: any role of billing. `{grid, plan, pageSize, bookmark?}`: its periods with the ids of their tariffs. */
  @Transaction(false)
  @Returns('string')
  async ListPeriods(ctx: Context, argument: string): Promise<string> {
    const { grid, plan, ...request } = decodeArgument(argument, planPage);
    await requireReader(ctx, grid);
    return JSON.stringify(await pageState<PeriodRecord>(ctx.stub, 'billing-period', [grid, plan], request));
  }

  /** Needs: any role of billing. `{grid, slot}`: its blocks without their packets, and what the area used, once opened. */
  @Transaction(false)
  @Returns('string')
  async GetSlotBlock(ctx: Context, argument: string): Promise<string> {
    const { grid, slot } = decodeArgument(argument, slotCall);
    await requireReader(ctx, grid);
    const blocks = await scanState<SlotBlockRecord>(ctx.stub, 'slot-block', [grid, slotKey(slot)]);
    if (blocks.length === 0) throw refusal('BLOCK_UNKNOWN', { slot, part: 0 });
    const opening = await readState<AreaOpeningRecord>(ctx.stub, 'area-opening', [grid, slotKey(slot)]);
    return JSON.stringify({ slot, blocks, opening });
  }

  /** Needs: any role of billing. `{grid, slot, part}`: the packets of a block, signatures and all. */
  @Transaction(false)
  @Returns('string')
  async GetSlotPackets(ctx: Context, argument: string): Promise<string> {
    const { grid, slot, part } = decodeArgument(argument, packetsCall);
    const { key } = await requireReader(ctx, grid);
    const packetKey = [grid, slotKey(slot), numberKey(part)];
    const bytes = await readBytes(ctx.stub, 'slot-block-packets', packetKey);
    if (!bytes) throw refusal('BLOCK_UNKNOWN', { slot, part });
    const packets = decodePackets(bytes, key.ciphertextBytes);
    return canonicalJson({ slot, part, packets: packets.map((packet) => ({ ...packet })) });
  }

  /** Needs: any role of billing. `{grid, meterId, fromSlot, slots}`: a meter's packets in these slots, each with the price of its slot and its charge ciphertext, Eq. (12). */
  @Transaction(false)
  @Returns('string')
  async ListMeterPackets(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId, fromSlot, slots } = decodeArgument(argument, meterPacketsCall);
    const billing = await requireReader(ctx, grid);
    const { key } = billing;
    const tariffs = new Map<string, TariffRecord>();
    const items = [];
    for (let slot = fromSlot; slot < fromSlot + slots; slot++) {
      const packet = (await readSlotPackets(ctx, billing, slot)).find((each) => each.meterId === meterId);
      if (!packet) continue;
      const { tariffId, ciphertext } = packet;
      const known = tariffs.get(tariffId) ?? (await requireTariff(ctx, grid, tariffId));
      tariffs.set(tariffId, known);
      const price = priceMicroPerWh(known.tariff, slot);
      const charge = slotCharge(key, decodeCiphertext(key, ciphertext, `meter "${meterId}"`), price);
      items.push({ ...packet, slot, priceMicroPerWh: price, charge: encodeCiphertext(key, charge) });
    }
    return canonicalJson({ items });
  }

  /** Needs: any role of billing. `{grid, tariffId, meterId}`: the parts, missing slots, charge, opening and dispute of a bill, as far as they are there. */
  @Transaction(false)
  @Returns('string')
  async GetBill(ctx: Context, argument: string): Promise<string> {
    const { grid, tariffId, meterId } = decodeArgument(argument, billCall);
    await requireReader(ctx, grid);
    const key = [grid, tariffId, meterId];
    const parts = await scanState<ChargePartRecord>(ctx.stub, 'charge-part', key);
    if (parts.length === 0) throw refusal('BILL_UNKNOWN', { meterId, tariffId });
    return JSON.stringify({
      ...{ meterId, tariffId, parts },
      missingSlots: await readState<MissingSlotsRecord>(ctx.stub, 'missing-slots', key),
      charge: await readState<MonthlyChargeRecord>(ctx.stub, 'monthly-charge', key),
      opening: await readState<ChargeOpeningRecord>(ctx.stub, 'charge-opening', key),
      dispute: await readState<DisputeRecord>(ctx.stub, 'dispute', key),
    });
  }

  /** Needs: any role of billing. `{grid, tariffId, pageSize, bookmark?}`: the monthly charges of a period. */
  @Transaction(false)
  @Returns('string')
  async ListCharges(ctx: Context, argument: string): Promise<string> {
    const { grid, tariffId, ...request } = decodeArgument(argument, tariffPage);
    await requireReader(ctx, grid);
    return JSON.stringify(
      await pageState<MonthlyChargeRecord>(ctx.stub, 'monthly-charge', [grid, tariffId], request),
    );
  }

  /** Needs: any role of billing. `{grid, tariffId, pageSize, bookmark?}` */
  @Transaction(false)
  @Returns('string')
  async ListChargeOpenings(ctx: Context, argument: string): Promise<string> {
    const { grid, tariffId, ...request } = decodeArgument(argument, tariffPage);
    await requireReader(ctx, grid);
    return JSON.stringify(
      await pageState<ChargeOpeningRecord>(ctx.stub, 'charge-opening', [grid, tariffId], request),
    );
  }

  /** Needs: any role of billing. `{grid, tariffId, pageSize, bookmark?}` */
  @Transaction(false)
  @Returns('string')
  async ListDisputes(ctx: Context, argument: string): Promise<string> {
    const { grid, tariffId, ...request } = decodeArgument(argument, tariffPage);
    await requireReader(ctx, grid);
    return JSON.stringify(await pageState<DisputeRecord>(ctx.stub, 'dispute', [grid, tariffId], request));
  }

  /** Needs: any role of billing. `{grid, fromSlot, pageSize, bookmark?}`: attempts to replace a slot block, signed by the aggregator that made them. */
  @Transaction(false)
  @Returns('string')
  async ListBlockConflicts(ctx: Context, argument: string): Promise<string> {
    const { grid, fromSlot, ...request } = decodeArgument(argument, slotPage);
    await requireReader(ctx, grid);
    const from = [grid, slotKey(fromSlot)];
    return JSON.stringify(
      await pageState<SlotBlockRecord>(ctx.stub, 'slot-block-conflict', [grid], request, from),
    );
  }
}

function requireReader(ctx: Context, grid: string): Promise<BillingGrid> {
  return requireBillingReader(ctx, grid, ...READERS);
}
