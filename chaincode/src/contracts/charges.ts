/**
 * Contract `charges`: the bills of a period that is over (paper 001, hardened form 001-H). What meters reported comes from contract `billing`.
 *
 * The ESP closes the period; its parts are summed; the aggregator in office (the AN) signs what missing slots count as, and the monthly charges; the ESP opens them; customers contest them.
 * Every endorser recomputes parts, missing slots and charges from committed packets and the tariff, and checks every opening: neither AN nor ESP has anything to choose.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { fromBase64url, toBase64url } from '../crypto/bytes.js';
import { encodeCiphertext } from '../crypto/paillier.js';
import {
  missingSlotsMessage,
  monthlyChargeMessage,
  type MissingSlot,
} from '../crypto/tou-billing-messages.js';
import type { BillingMeterRecord } from '../domain/billing-parties.js';
import { checkPeriodOver, periodClosing, slotsOfPart, type CloseRecord } from '../domain/billing-tariff.js';
import {
  chargePartCall,
  sumChargePart,
  type ChargePartSum,
  type SlotPackets,
} from '../domain/charge-part.js';
import { decodeArgument } from '../domain/decode.js';
import {
  checkDispute,
  disputeOpening,
  disputeResolution,
  disputeStanding,
  earlierDisputes,
  type DisputeRecord,
} from '../domain/dispute.js';
import { keyOfEpoch } from '../domain/meter-keys.js';
import {
  chargeOfParts,
  chargeOpenings,
  checkChargeOpening,
  missingSlotsOf,
  missingSlotsSubmission,
  monthlyChargeSubmission,
  type ChargeOpeningRecord,
  type MissingSlotsRecord,
  type MonthlyChargeRecord,
} from '../domain/monthly-charge.js';
import { checkAggregatorSignatures, officeOf, type SignedByAggregator } from '../domain/slot-block.js';
import { slotCountOf } from '../domain/tariff.js';
import { refusal } from '../errors.js';
import { requireRole } from '../ledger/access.js';
import {
  numberKey,
  readSlotPackets,
  requireAggregator,
  requireAllParts,
  requireBillingReader,
  requireBillingRole,
  requireClosedPeriod,
  requireMeterParts,
  requireOffice,
  requireTariff,
  transactionSeconds,
  type BillingGrid,
  type ClosedPeriod,
} from '../ledger/billing-records.js';
import { canonicalJson, type JsonValue } from '../ledger/canonical-json.js';
import { emit, EVENTS } from '../ledger/events.js';
import { readState, writeState } from '../ledger/state.js';

interface BillReceipt {
  readonly meterId: string;
  readonly status: 'accepted' | 'duplicate';
  readonly txId: string;
}

@Info({
  title: 'charges',
  description: 'Monthly charges of time-of-use billing, their openings and disputes',
})
export class ChargesContract extends Contract {
  constructor() {
    super('charges');
  }

  /** Needs: esp of the grid's owner. `{grid, tariffId, slotsPerPart}`: no report of the period counts from now on. */
  @Transaction()
  @Returns('string')
  async CloseBillingPeriod(ctx: Context, argument: string): Promise<string> {
    const { grid, tariffId, slotsPerPart } = decodeArgument(argument, periodClosing);
    const { record } = await requireBillingRole(ctx, grid, 'esp');
    const tariff = await requireTariff(ctx, grid, tariffId);
    const existing = await readState<CloseRecord>(ctx.stub, 'billing-close', [grid, tariffId]);
    if (existing) {
      if (existing.slotsPerPart !== slotsPerPart) throw refusal('PERIOD_CLOSED', { tariffId });
      return canonicalJson({ status: 'duplicate', tariffId, txId: existing.txId });
    }
    const closedAtSeconds = transactionSeconds(ctx);
    checkPeriodOver(tariff, record, closedAtSeconds);
    const txId = ctx.stub.getTxID();
    const close = { tariffId, slotsPerPart, closedAtSeconds, txId };
    await writeState(ctx.stub, 'billing-close', [grid, tariffId], close);
    emit(ctx, EVENTS.billingPeriodClosed, { grid, tariffId, slotsPerPart });
    return canonicalJson({ status: 'accepted', tariffId, txId });
  }

  /** Needs: fog, own fog node, in office or not. `{grid, aggregator, tariffId, part}`: multiplies what every meter reported in a part of a closed period, price by price. */
  @Transaction()
  @Returns('string')
  async SumChargePart(ctx: Context, argument: string): Promise<string> {
    const { grid, aggregator, tariffId, part } = decodeArgument(argument, chargePartCall);
    const billing = await requireAggregator(ctx, grid, aggregator);
    const { tariff, close } = await requireClosedPeriod(ctx, billing, tariffId);
    const slots = slotsOfPart(tariff, close, part);
    const sumKey = [grid, tariffId, numberKey(part)];
    const existing = await readState<ChargePartSum>(ctx.stub, 'charge-part-sum', sumKey);
    if (existing) return canonicalJson({ status: 'duplicate', tariffId, part, txId: existing.txId });
    const packets: SlotPackets[] = [];
    for (const slot of slots) packets.push({ slot, packets: await readSlotPackets(ctx, billing, slot) });
    const parts = sumChargePart(billing.key, tariffId, tariff.tariff, part, packets);
    for (const each of parts)
      await writeState(ctx.stub, 'charge-part', [grid, tariffId, each.meterId, numberKey(part)], {
        ...each,
        products: each.products.map((product) => ({ ...product })),
      });
    const txId = ctx.stub.getTxID();
    await writeState(ctx.stub, 'charge-part-sum', sumKey, { part, meters: parts.length, txId });
    emit(ctx, EVENTS.chargePartSummed, { grid, tariffId, part, meters: parts.length });
    return canonicalJson({ status: 'accepted', tariffId, part, txId });
  }

  /** Needs: fog, the leader of this term, registered as aggregator. `{grid, aggregator, term, tariffId, records: [{meterId, signature}]}`: what missing slots count as, signed before the bill. */
  @Transaction()
  @Returns('string')
  async RecordMissingSlots(ctx: Context, argument: string): Promise<string> {
    const submission = decodeArgument(argument, missingSlotsSubmission);
    const { grid, aggregator, term, tariffId, records } = submission;
    assertMetersOnce(records, 'records');
    const { billing, publicKey, period } = await requireBillablePeriod(ctx, submission);
    const { tariff } = period.tariff;
    const txId = ctx.stub.getTxID();
    const receipts: BillReceipt[] = [];
    const signed: SignedByAggregator[] = [];
    for (const { meterId, signature } of records) {
      const key = [grid, tariffId, meterId];
      const existing = await readState<MissingSlotsRecord>(ctx.stub, 'missing-slots', key);
      if (existing) {
        receipts.push({ meterId, status: 'duplicate', txId: existing.txId });
        continue;
      }
      const parts = await requireMeterParts(ctx, grid, tariffId, meterId);
      const missing = missingSlotsOf(tariff, period.close.slotsPerPart, meterId, parts);
      if (missing.length === 0) throw refusal('NOTHING_MISSING', { meterId });
      const rule = tariff.missingSlotRule;
      const bill = { meterId, tariffId };
      const message = missingSlotsMessage(billing.scope, officeOf(submission), bill, rule, missing);
      signed.push({ what: `the missing slots of meter "${meterId}"`, message, signature });
      const facts = { meterId, aggregator, term, signature, txId };
      await writeState(ctx.stub, 'missing-slots', key, { ...facts, rule, missing: missing.map(jsonOf) });
      receipts.push({ meterId, status: 'accepted', txId });
    }
    checkAggregatorSignatures(publicKey, aggregator, signed);
    return reportBills(ctx, EVENTS.missingSlotsRecorded, { grid, tariffId }, receipts);
  }

  /** Needs: fog, the leader of this term, registered as aggregator. `{grid, aggregator, term, tariffId, charges: [{meterId, charge, signature}]}`; each is recomputed. */
  @Transaction()
  @Returns('string')
  async SubmitMonthlyCharges(ctx: Context, argument: string): Promise<string> {
    const submission = decodeArgument(argument, monthlyChargeSubmission);
    const { grid, aggregator, term, tariffId, charges } = submission;
    assertMetersOnce(charges, 'charges');
    const { billing, publicKey, period } = await requireBillablePeriod(ctx, submission);
    const { tariff } = period.tariff;
    const txId = ctx.stub.getTxID();
    const receipts: BillReceipt[] = [];
    const signed: SignedByAggregator[] = [];
    const readCopied = copiedReports(ctx, billing, tariffId);
    for (const { meterId, charge, signature } of charges) {
      const key = [grid, tariffId, meterId];
      const existing = await readState<MonthlyChargeRecord>(ctx.stub, 'monthly-charge', key);
      if (existing) {
        if (existing.charge !== toBase64url(charge)) throw refusal('CHARGE_MISMATCH', { meterId });
        receipts.push({ meterId, status: 'duplicate', txId: existing.txId });
        continue;
      }
      const parts = await requireMeterParts(ctx, grid, tariffId, meterId);
      const missing = missingSlotsOf(tariff, period.close.slotsPerPart, meterId, parts);
      if (missing.length > 0 && !(await readState(ctx.stub, 'missing-slots', key)))
        throw refusal('MISSING_SLOTS_UNSIGNED', { meterId, missing: missing.length });
      const copied = await readCopied(meterId, missing);
      const recomputed = chargeOfParts(billing.key, tariff, meterId, parts, missing, copied);
      if (toBase64url(encodeCiphertext(billing.key, recomputed)) !== toBase64url(charge))
        throw refusal('CHARGE_MISMATCH', { meterId });
      const slots = slotCountOf(tariff);
      const facts = { charge, slots, missing };
      const message = monthlyChargeMessage(billing.scope, officeOf(submission), { meterId, tariffId }, facts);
      signed.push({ what: `the charge of meter "${meterId}"`, message, signature });
      const record = { meterId, charge, slots, missing: missing.length, aggregator, term, signature, txId };
      await writeState(ctx.stub, 'monthly-charge', key, record);
      receipts.push({ meterId, status: 'accepted', txId });
    }
    checkAggregatorSignatures(publicKey, aggregator, signed);
    return reportBills(ctx, EVENTS.monthlyChargesSubmitted, { grid, tariffId }, receipts);
  }

  /** Needs: esp of the grid's owner. `{grid, tariffId, openings: [{meterId, m, rho}]}`: the bills, in clear and with their proofs. */
  @Transaction()
  @Returns('string')
  async PublishChargeOpenings(ctx: Context, argument: string): Promise<string> {
    const { grid, tariffId, openings } = decodeArgument(argument, chargeOpenings);
    assertMetersOnce(openings, 'openings');
    const { record, key: publicKey } = await requireBillingRole(ctx, grid, 'esp');
    const { tariff } = await requireTariff(ctx, grid, tariffId);
    const txId = ctx.stub.getTxID();
    const receipts: BillReceipt[] = [];
    for (const { meterId, m, rho } of openings) {
      const key = [grid, tariffId, meterId];
      const stored = await readState<MonthlyChargeRecord>(ctx.stub, 'monthly-charge', key);
      if (!stored) throw refusal('BILL_UNKNOWN', { meterId, tariffId });
      const existing = await readState<ChargeOpeningRecord>(ctx.stub, 'charge-opening', key);
      if (existing) {
        if (existing.chargeMicro !== String(m) || existing.rho !== String(rho))
          throw refusal('CHARGE_OPENING_EXISTS', { meterId });
        receipts.push({ meterId, status: 'duplicate', txId: existing.txId });
        continue;
      }
      const bill = { meterId, charge: fromBase64url(stored.charge, 'charge') };
      const payableMinor = checkChargeOpening(publicKey, record, tariff, bill, { m, rho });
      await writeState(ctx.stub, 'charge-opening', key, { meterId, chargeMicro: m, rho, payableMinor, txId });
      receipts.push({ meterId, status: 'accepted', txId });
    }
    return reportBills(ctx, EVENTS.chargesOpened, { grid, tariffId }, receipts);
  }

  /** Needs: customer, with a signature of the meter's newest key. `{grid, tariffId, meterId, epoch, reason, signature}` */
  @Transaction()
  @Returns('string')
  async OpenDispute(ctx: Context, argument: string): Promise<string> {
    const dispute = decodeArgument(argument, disputeOpening);
    const { grid, tariffId, meterId, epoch, reason, signature } = dispute;
    const { scope } = await requireBillingReader(ctx, grid, 'customer');
    const key = [grid, tariffId, meterId];
    if (!(await readState(ctx.stub, 'monthly-charge', key)))
      throw refusal('BILL_UNKNOWN', { meterId, tariffId });
    const meter = await readState<BillingMeterRecord>(ctx.stub, 'billing-meter', [grid, meterId]);
    const existing = await readState<DisputeRecord>(ctx.stub, 'dispute', key);
    const signer = meter && keyOfEpoch(meter, epoch);
    if (!signer) throw refusal('REPORT_WRONG_EPOCH', { meterId, epoch });
    if (disputeStanding(dispute, existing, meter.epoch) === 'same')
      return canonicalJson({ status: 'duplicate', meterId, tariffId, txId: existing?.txId ?? '' });
    checkDispute(scope, dispute, signer);
    const txId = ctx.stub.getTxID();
    const earlier = earlierDisputes(existing);
    const record = { meterId, tariffId, epoch, reason, signature, txId };
    await writeState(ctx.stub, 'dispute', key, earlier.length === 0 ? record : { ...record, earlier });
    emit(ctx, EVENTS.disputeOpened, { grid, meterId, tariffId, reason });
    return canonicalJson({ status: 'accepted', meterId, tariffId, txId });
  }

  /** Needs: auditor. `{grid, tariffId, meterId, finding, explanation}` */
  @Transaction()
  @Returns('string')
  async ResolveDispute(ctx: Context, argument: string): Promise<string> {
    const { grid, tariffId, meterId, finding, explanation } = decodeArgument(argument, disputeResolution);
    const { mspId, subject } = await requireRole(ctx, 'auditor');
    await requireBillingReader(ctx, grid, 'auditor');
    const key = [grid, tariffId, meterId];
    const dispute = await readState<DisputeRecord>(ctx.stub, 'dispute', key);
    if (!dispute) throw refusal('DISPUTE_UNKNOWN', { meterId, tariffId });
    const { resolution } = dispute;
    if (resolution) {
      if (resolution.finding !== finding || resolution.explanation !== explanation)
        throw refusal('DISPUTE_RESOLVED', { meterId });
      return canonicalJson({ status: 'duplicate', meterId, tariffId, txId: resolution.txId });
    }
    const txId = ctx.stub.getTxID();
    const resolved = { finding, explanation, mspId, subject, txId };
    await writeState(ctx.stub, 'dispute', key, { ...dispute, resolution: resolved });
    emit(ctx, EVENTS.disputeResolved, { grid, meterId, tariffId, finding });
    return canonicalJson({ status: 'accepted', meterId, tariffId, txId });
  }
}

interface BillableSubmission {
  readonly grid: string;
  readonly aggregator: string;
  readonly term: number;
  readonly tariffId: string;
}

interface BillablePeriod {
  readonly billing: BillingGrid;
  /** Of the aggregator in office. */
  readonly publicKey: string;
  readonly period: ClosedPeriod;
}

/** A closed period, all its parts summed, and the aggregator in office that makes the bills. @throws GridveilError as the four checks */
async function requireBillablePeriod(ctx: Context, submission: BillableSubmission): Promise<BillablePeriod> {
  const { grid, aggregator, tariffId } = submission;
  const billing = await requireAggregator(ctx, grid, aggregator);
  const { publicKey } = await requireOffice(ctx, submission);
  const period = await requireClosedPeriod(ctx, billing, tariffId);
  await requireAllParts(ctx, grid, period);
  return { billing, publicKey, period };
}

/** Reads what a meter reported in the slots that its estimates copy. */
type CopiedReports = (
  meterId: string,
  missing: readonly MissingSlot[],
) => Promise<(slot: number) => Uint8Array>;

/** A slot is read once, however many meters copy from it. */
function copiedReports(ctx: Context, billing: BillingGrid, tariffId: string): CopiedReports {
  const known = new Map<number, ReadonlyMap<string, Uint8Array>>();
  const read = async (slot: number): Promise<void> => {
    if (known.has(slot)) return;
    const packets = (await readSlotPackets(ctx, billing, slot)).filter((each) => each.tariffId === tariffId);
    known.set(slot, new Map(packets.map(({ meterId, ciphertext }) => [meterId, ciphertext])));
  };
  return async (meterId, missing) => {
    for (const one of missing) if ('copyOfSlot' in one) await read(one.copyOfSlot);
    return (slot) => {
      const ciphertext = known.get(slot)?.get(meterId);
      if (ciphertext === undefined) throw new RangeError('"slot" expected a slot that the meter reported');
      return ciphertext;
    };
  };
}

function jsonOf(one: MissingSlot): Record<string, JsonValue> {
  return { ...one };
}

/** @throws DecodeError BAD_FIELD */
function assertMetersOnce(items: readonly { readonly meterId: string }[], field: string): void {
  if (new Set(items.map(({ meterId }) => meterId)).size !== items.length)
    throw refusal('BAD_FIELD', { field, expected: 'a list that names each meter once' });
}

/** One event for what was written; none when all of it was there. */
function reportBills(
  ctx: Context,
  event: (typeof EVENTS)[keyof typeof EVENTS],
  facts: { readonly grid: string; readonly tariffId: string },
  receipts: readonly BillReceipt[],
): string {
  const meterIds = receipts.filter(({ status }) => status === 'accepted').map(({ meterId }) => meterId);
  if (meterIds.length > 0) emit(ctx, event, { ...facts, meterIds });
  return canonicalJson({ receipts: receipts.map((receipt) => ({ ...receipt })) });
}
