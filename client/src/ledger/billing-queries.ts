/** The queries of time-of-use billing (contract `billing-records`) as typed functions. Bytes are base64url text as they are stored, or decoded where a type says so. */
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { BillingPacket } from '@gridveil/chaincode/crypto/tou-billing.js';
import type { AreaOpeningRecord } from '@gridveil/chaincode/domain/area-opening.js';
import type {
  AggregatorRecord,
  BillingMeterKeyRecord,
  BillingMeterRecord,
  BillingTerms,
} from '@gridveil/chaincode/domain/billing-parties.js';
import type { CloseRecord, PeriodRecord, TariffRecord } from '@gridveil/chaincode/domain/billing-tariff.js';
import type { ChargePartRecord } from '@gridveil/chaincode/domain/charge-part.js';
import type { DisputeRecord } from '@gridveil/chaincode/domain/dispute.js';
import type {
  ChargeOpeningRecord,
  MissingSlotsRecord,
  MonthlyChargeRecord,
} from '@gridveil/chaincode/domain/monthly-charge.js';
import type { SlotBlockRecord } from '@gridveil/chaincode/domain/slot-block.js';
import type { JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';
import { collect, evaluate, pages } from './call.js';
import type { Ledger } from './port.js';

/** Slots that one query of a meter's packets covers: the contract reads their blocks whole. */
const SLOTS_PER_QUERY = 100;

function ask<T>(ledger: Ledger, name: string, argument: JsonValue): Promise<T> {
  return evaluate(ledger, 'billing-records', name, argument);
}

function list<T>(ledger: Ledger, name: string, argument: Record<string, JsonValue>): AsyncGenerator<T> {
  return pages(ledger, 'billing-records', name, argument);
}

export function getBilling(ledger: Ledger, grid: string): Promise<BillingTerms> {
  return ask(ledger, 'GetBilling', { grid });
}

export function getAggregator(ledger: Ledger, grid: string, aggregator: string): Promise<AggregatorRecord> {
  return ask(ledger, 'GetAggregator', { grid, aggregator });
}

/** Every key that aggregators have or had. */
export function listAggregatorKeys(ledger: Ledger, grid: string): Promise<AggregatorRecord[]> {
  return collect(list(ledger, 'ListAggregatorKeys', { grid }));
}

export function listBillingMeters(ledger: Ledger, grid: string): Promise<BillingMeterRecord[]> {
  return collect(list(ledger, 'ListBillingMeters', { grid }));
}

export function getBillingMeterKey(
  ledger: Ledger,
  grid: string,
  meterId: string,
  epoch: number,
): Promise<BillingMeterKeyRecord> {
  return ask(ledger, 'GetBillingMeterKey', { grid, meterId, epoch });
}

export interface TariffState extends TariffRecord {
  /** Absent while the period is open. */
  readonly close?: CloseRecord;
  /** How many parts the closed period has; 0 while it is open. */
  readonly parts: number;
  readonly partsSummed: readonly number[];
}

export function getTariff(ledger: Ledger, grid: string, tariffId: string): Promise<TariffState> {
  return ask(ledger, 'GetTariff', { grid, tariffId });
}

/** The periods of a plan in order, with the ids of their tariffs. */
export function listPeriods(ledger: Ledger, grid: string, plan: string): Promise<PeriodRecord[]> {
  return collect(list(ledger, 'ListPeriods', { grid, plan }));
}

export interface SlotBlocks {
  readonly slot: number;
  /** Block 0, over which the area total counts, and supplements. */
  readonly blocks: readonly SlotBlockRecord[];
  readonly opening?: AreaOpeningRecord;
}

export function getSlotBlock(ledger: Ledger, grid: string, slot: number): Promise<SlotBlocks> {
  return ask(ledger, 'GetSlotBlock', { grid, slot });
}

type Encoded<T> = { readonly [K in keyof T]: T[K] extends Uint8Array ? string : T[K] };

/** The packets of a block, as `encodePackets` and `packetsRoot` take them. */
export async function getSlotPackets(
  ledger: Ledger,
  grid: string,
  slot: number,
  part: number,
): Promise<BillingPacket[]> {
  const call = { grid, slot, part };
  const { packets } = await ask<{ packets: Encoded<BillingPacket>[] }>(ledger, 'GetSlotPackets', call);
  return packets.map(decodedPacket);
}

function decodedPacket(packet: Encoded<BillingPacket>): BillingPacket {
  return {
    ...packet,
    ciphertext: fromBase64url(packet.ciphertext, 'ciphertext'),
    proofDigest: fromBase64url(packet.proofDigest, 'proofDigest'),
    signature: fromBase64url(packet.signature, 'signature'),
  };
}

/** A meter's packet with the price of its slot and its charge ciphertext, Eq. (12). */
export interface PricedPacket extends BillingPacket {
  readonly slot: number;
  readonly priceMicroPerWh: number;
  readonly charge: Uint8Array;
}

/** What a meter reported in `slots` slots, in order; slots without a report are absent. */
export async function* listMeterPackets(
  ledger: Ledger,
  grid: string,
  meterId: string,
  { fromSlot, slots }: { readonly fromSlot: number; readonly slots: number },
): AsyncGenerator<PricedPacket> {
  for (let done = 0; done < slots; done += SLOTS_PER_QUERY) {
    const call = { grid, meterId, fromSlot: fromSlot + done, slots: Math.min(SLOTS_PER_QUERY, slots - done) };
    const { items } = await ask<{ items: Encoded<PricedPacket>[] }>(ledger, 'ListMeterPackets', call);
    for (const { slot, priceMicroPerWh, charge, ...packet } of items)
      yield { ...decodedPacket(packet), slot, priceMicroPerWh, charge: fromBase64url(charge, 'charge') };
  }
}

/** All that the ledger holds of a bill; what is not there yet is absent. */
export interface BillRecord {
  readonly meterId: string;
  readonly tariffId: string;
  readonly parts: readonly ChargePartRecord[];
  readonly missingSlots?: MissingSlotsRecord;
  readonly charge?: MonthlyChargeRecord;
  readonly opening?: ChargeOpeningRecord;
  readonly dispute?: DisputeRecord;
}

export function getBill(
  ledger: Ledger,
  grid: string,
  tariffId: string,
  meterId: string,
): Promise<BillRecord> {
  return ask(ledger, 'GetBill', { grid, tariffId, meterId });
}

export function listCharges(
  ledger: Ledger,
  grid: string,
  tariffId: string,
): AsyncGenerator<MonthlyChargeRecord> {
  return list(ledger, 'ListCharges', { grid, tariffId });
}

export function listChargeOpenings(
  ledger: Ledger,
  grid: string,
  tariffId: string,
): AsyncGenerator<ChargeOpeningRecord> {
  return list(ledger, 'ListChargeOpenings', { grid, tariffId });
}

export function listDisputes(ledger: Ledger, grid: string, tariffId: string): AsyncGenerator<DisputeRecord> {
  return list(ledger, 'ListDisputes', { grid, tariffId });
}

/** Attempts to replace a slot block, each signed by the aggregator that made it. */
export function listBlockConflicts(
  ledger: Ledger,
  grid: string,
  fromSlot: number,
): AsyncGenerator<Omit<SlotBlockRecord, 'registered'> & { readonly firstTxId: string }> {
  return list(ledger, 'ListBlockConflicts', { grid, fromSlot });
}
