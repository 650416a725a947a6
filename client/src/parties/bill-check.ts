/**
 * Is a bill right? Electricity charge verification (paper 001 section 6.6), by a customer, the ESP, an auditor, or anyone else who reads the ledger.
 *
 * Needs what the ledger holds, nothing else: the tariff and the signed reports. Pure; bill-facts.ts reads the facts. Eq. (18) and (19) for ONE user: the product over users that the
 * paper compares is the hole of its own section 4 (break B1.1). Trusts neither the AN nor the ESP nor the contract that stored the bill; trusts the peer for the
 * registered keys, whose proofs are checked, and for completeness of nothing: a missing report shows as an estimate, or refuses the bill.
 * Cost of a month of hours at 3072 bits: 0.4 s with blst, nearly all of it signatures.
 */
import { blsBackend, findInvalidSignatures } from '@gridveil/chaincode/crypto/bls.js';
import type { SignedMessage } from '@gridveil/chaincode/crypto/bls-suite.js';
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import {
  knownCiphertext,
  monthlyCharge,
  wrongCharges,
  type PricedCiphertext,
} from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import {
  missingSlotsMessage,
  monthlyChargeMessage,
  type MissingSlot,
} from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import {
  packetMessage,
  type BillingPacket,
  type BillingScope,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import {
  checkSignerKey,
  storedKey,
  type AggregatorRecord,
  type BillingMeterKeyRecord,
} from '@gridveil/chaincode/domain/billing-parties.js';
import { missingSlotEstimates } from '@gridveil/chaincode/domain/missing-slots.js';
import {
  checkChargeOpening,
  type ChargeOpeningRecord,
  type MissingSlotsRecord,
  type MonthlyChargeRecord,
} from '@gridveil/chaincode/domain/monthly-charge.js';
import { namingMeter } from '@gridveil/chaincode/domain/naming-meter.js';
import {
  bandOfSlot,
  checkTariff,
  firstSlotOf,
  priceMicroPerWh,
  slotCountOf,
  tariffId,
  TARIFF_LIMITS,
  type TariffLimits,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import { refusal } from '@gridveil/chaincode/errors.js';

/** A meter's packet with the slot it stands in. */
export interface SlotPacket extends BillingPacket {
  readonly slot: number;
}

/** What a charge is checked against. */
export interface ChargeFacts {
  readonly scope: BillingScope;
  readonly publicKey: PaillierPublicKey;
  readonly maxReadingWh: number;
  readonly meterId: string;
  readonly tariffId: string;
  readonly tariff: TariffTable;
  /** Of this meter under this tariff, in any order. */
  readonly packets: readonly SlotPacket[];
  /** The keys that the packets name, with their proofs. */
  readonly meterKeys: readonly BillingMeterKeyRecord[];
  readonly aggregatorKeys: readonly AggregatorRecord[];
  /** What the AN signed: from the ledger, or from a bill it sent. */
  readonly charge: MonthlyChargeRecord;
  readonly missingSlots: MissingSlotsRecord | undefined;
}

export interface BillFacts extends ChargeFacts {
  readonly opening: ChargeOpeningRecord;
}

/** What holds of a charge before it is opened. */
export interface VerifiedCharge {
  readonly meterId: string;
  readonly charge: Uint8Array;
  readonly reports: number;
  readonly missing: readonly MissingSlot[];
}

export interface VerifiedBill extends VerifiedCharge {
  /** MT_i of Eq. (17), without the fixed charge, in millionths of the currency unit. */
  readonly chargeMicro: bigint;
  /** What is to pay, fixed charge included, in the smallest unit that is paid. */
  readonly payableMinor: bigint;
}

/**
 * Eq. (18), (19) for one user, and the AN's signatures.
 * @param limits - what tariffs are accepted; smaller ones are for tests
 * @returns what the charge is over
 * @throws GridveilError naming the first thing that is wrong: TARIFF_UNKNOWN for a table that is not the tariff's, those of checkTariff, BAD_BLS_POSSESSION, REPORT_EXISTS, SLOT_OUTSIDE_PERIOD,
 *   REPORT_WRONG_EPOCH, REPORT_BAD_SIGNATURE, TOO_MANY_MISSING_SLOTS, SLOT_NOT_ESTIMABLE, MISSING_SLOTS_UNSIGNED, CHARGE_MISMATCH, AGGREGATOR_UNKNOWN, AGGREGATOR_BAD_SIGNATURE.
 */
export function verifyCharge(facts: ChargeFacts, limits: TariffLimits = TARIFF_LIMITS): VerifiedCharge {
  const { meterId, tariff, publicKey, charge } = facts;
  if (tariffId(tariff) !== facts.tariffId) throw refusal('TARIFF_UNKNOWN', { tariffId: facts.tariffId });
  checkTariff(tariff, limits);
  const bySlot = signedPackets(facts);
  const missing = namingMeter(meterId, () =>
    missingSlotEstimates(tariff, firstSlotOf(tariff), slotCountOf(tariff), (slot) => bySlot.has(slot)),
  );
  const priced = [...bySlot].map(([slot, { ciphertext }]) => pricedAt(tariff, slot, ciphertext));
  for (const one of missing) priced.push(pricedAt(tariff, one.slot, estimateOf(facts, one, bySlot)));
  const stored = { meterId, charge: fromBase64url(charge.charge, 'charge') };
  if (
    wrongCharges(publicKey, [stored], () => monthlyCharge(publicKey, `meter "${meterId}"`, priced)).length > 0
  )
    throw refusal('CHARGE_MISMATCH', { meterId });
  checkAggregator(facts, stored.charge, missing);
  return { ...stored, reports: bySlot.size, missing };
}

/**
 * The whole bill: its charge, and that the ESP's opening is of this charge.
 * @throws GridveilError as verifyCharge, WRONG_CHARGE_OPENING (also for another amount to pay), CHARGE_IMPLAUSIBLE
 */
export function verifyBill(facts: BillFacts, limits: TariffLimits = TARIFF_LIMITS): VerifiedBill {
  const charge = verifyCharge(facts, limits);
  const { publicKey, tariff, opening, meterId } = facts;
  const opened = { m: BigInt(opening.chargeMicro), rho: BigInt(opening.rho) };
  const payableMinor = checkChargeOpening(publicKey, facts, tariff, charge, opened);
  if (String(payableMinor) !== opening.payableMinor) throw refusal('WRONG_CHARGE_OPENING', { meterId });
  return { ...charge, chargeMicro: opened.m, payableMinor };
}

function pricedAt(tariff: TariffTable, slot: number, ciphertext: Uint8Array): PricedCiphertext {
  return { priceMicroPerWh: priceMicroPerWh(tariff, slot), ciphertext };
}

function estimateOf(
  { publicKey, meterId }: ChargeFacts,
  one: MissingSlot,
  bySlot: ReadonlyMap<number, SlotPacket>,
): Uint8Array {
  if ('energyWh' in one) return knownCiphertext(publicKey, one.energyWh);
  const copied = bySlot.get(one.copyOfSlot);
  if (copied === undefined) throw refusal('SLOT_NOT_ESTIMABLE', { meterId, slot: one.slot });
  return copied.ciphertext;
}

/** The packets by slot, ascending: each slot once, each signed by a registered key of the meter for this slot and tariff. One batch. */
function signedPackets(facts: ChargeFacts): Map<number, SlotPacket> {
  const { scope, meterId, tariff, meterKeys } = facts;
  const keys = new Map(
    meterKeys.map((record) => {
      checkSignerKey(scope, 'meter', meterId, decodedKey(record));
      return [record.epoch, storedKey(record.publicKey, `The key of meter "${meterId}"`)];
    }),
  );
  const bySlot = new Map<number, SlotPacket>();
  const signed = [...facts.packets]
    .sort((a, b) => a.slot - b.slot)
    .map((packet): SignedMessage => {
      const { slot, epoch } = packet;
      if (packet.meterId !== meterId || packet.tariffId !== facts.tariffId)
        throw refusal('REPORT_WRONG_TARIFF', { meterId, tariffId: packet.tariffId, plan: tariff.name });
      namingMeter(meterId, () => bandOfSlot(tariff, slot));
      if (bySlot.has(slot)) throw refusal('REPORT_EXISTS', { meterId, slot });
      bySlot.set(slot, packet);
      const key = keys.get(epoch);
      if (key === undefined) throw refusal('REPORT_WRONG_EPOCH', { meterId, epoch });
      const signature = blsBackend().decodeSignature(packet.signature, `The signature of meter "${meterId}"`);
      return { key, message: packetMessage(scope, slot, packet), signature };
    });
  if (findInvalidSignatures(signed).length > 0) throw refusal('REPORT_BAD_SIGNATURE', { meterId });
  return bySlot;
}

function decodedKey(record: {
  readonly epoch: number;
  readonly publicKey: string;
  readonly possession: string;
  readonly signature: string;
}): Parameters<typeof checkSignerKey>[3] {
  return {
    epoch: record.epoch,
    publicKey: fromBase64url(record.publicKey, 'publicKey'),
    possession: fromBase64url(record.possession, 'possession'),
    signature: fromBase64url(record.signature, 'signature'),
  };
}

/** The AN signed this charge, and before it what its missing slots count as. */
function checkAggregator(facts: ChargeFacts, charge: Uint8Array, missing: readonly MissingSlot[]): void {
  const { scope, meterId, tariff, missingSlots } = facts;
  const bill = { meterId, tariffId: facts.tariffId };
  const message = monthlyChargeMessage(scope, facts.charge, bill, {
    charge,
    slots: slotCountOf(tariff),
    missing,
  });
  checkSignedBy(facts, facts.charge, message, `the charge of meter "${meterId}"`);
  if (missing.length === 0) return;
  if (missingSlots === undefined)
    throw refusal('MISSING_SLOTS_UNSIGNED', { meterId, missing: missing.length });
  const record = missingSlotsMessage(scope, missingSlots, bill, tariff.missingSlotRule, missing);
  checkSignedBy(facts, missingSlots, record, `the missing slots of meter "${meterId}"`);
}

/** By one of the keys the aggregator has or had: which one was in use is not stored. */
function checkSignedBy(
  { scope, aggregatorKeys }: ChargeFacts,
  { aggregator, signature }: { readonly aggregator: string; readonly signature: string },
  message: Uint8Array,
  what: string,
): void {
  const records = aggregatorKeys.filter((record) => record.aggregator === aggregator);
  if (records.length === 0) throw refusal('AGGREGATOR_UNKNOWN', { aggregator });
  const decoded = blsBackend().decodeSignature(
    fromBase64url(signature, 'signature'),
    `The signature on ${what}`,
  );
  const holds = records.some((record) => {
    checkSignerKey(scope, 'aggregator', aggregator, decodedKey(record));
    const key = storedKey(record.publicKey, `The key of aggregator "${aggregator}"`);
    return blsBackend().verify({ key, message, signature: decoded });
  });
  if (!holds) throw refusal('AGGREGATOR_BAD_SIGNATURE', { aggregator, what });
}
