/**
 * Is a bill right? Electricity charge verification (paper 001 section 6.6): the one check of all who look at bills, by what the ledger holds (bill-facts.ts) or by an evidence document
 * (billing/verify-bill.ts); by the ESP before it opens a charge.
 *
 * Pure. Source: Eq. (18) and (19) for ONE user, since the product over users that the paper compares is the hole of its own section 4 (break B1.1); (13), (14), (17); spec/schemes.md 2.C.
 * The Paillier key is checked before, by the caller (evidence/evidence-key.ts). In this order:
 *   tariff       it follows the price rules, has the slots of the grid, its id is the hash of its table, it was published before its period
 *   meter        each key passes its three proofs: possession, registration, binding to the meter's Ed25519 key; epochs ascend
 *   aggregators  each key passes its two proofs, and stands there once
 *   packets      slots ascend and lie in the period; each is of a key of the tariff's plan and signed with this tariff, slot, key, channel and grid: one weighted batch
 *   missingSlots every slot without a packet counts as the tariff rules, and no other; the aggregator signed that
 *   charge       it is Π C_γ^p_γ over packets and estimates, (18) and (19'), over z slots; the aggregator signed it with a registered key
 *   opening      (m, ρ) opens the charge, m is within what the slots can cost, the amount to pay is m and the fixed charge, rounded once
 * Trusts neither the AN nor the ESP nor the contract that stored the bill, and whoever gave the facts for completeness of nothing: a missing report shows as an estimate, or refuses the bill.
 * Cost of a month of hours at 3072 bits: 0.5 s with blst, nearly all of it signatures; with noble 20 ms for each report.
 */
import { isDeepStrictEqual } from 'node:util';
import { BLS_SIGNATURE_BYTES } from '@gridveil/chaincode/crypto/bls-suite.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import {
  knownCiphertext,
  monthlyCharge,
  wrongCharges,
  type PricedCiphertext,
} from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { findBadSignaturesOfSlots } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import {
  missingSlotsMessage,
  monthlyChargeMessage,
  type MissingSlot,
  type Office,
} from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import type { BillingPacket, BillingScope } from '@gridveil/chaincode/crypto/tou-billing.js';
import { storedKey } from '@gridveil/chaincode/domain/billing-parties.js';
import { checkGridTariff } from '@gridveil/chaincode/domain/billing-tariff.js';
import { missingSlotEstimates } from '@gridveil/chaincode/domain/missing-slots.js';
import { checkChargeOpening, type ChargeOpeningRecord } from '@gridveil/chaincode/domain/monthly-charge.js';
import { namingMeter } from '@gridveil/chaincode/domain/naming-meter.js';
import {
  bandOfSlot,
  firstSlotOf,
  priceMicroPerWh,
  slotCountOf,
  tariffId,
  TARIFF_LIMITS,
  type TariffLimits,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import {
  checkAggregatorKeys,
  checkMeterKeys,
  type MeterSigner,
  type ProvenAggregatorKey,
  type ProvenMeterKey,
} from './bill-check-keys.js';
import { NO_PLACES, type BillPlaces } from './bill-places.js';

/** A meter's packet with the slot it stands in. */
export interface SlotPacket extends BillingPacket {
  readonly slot: number;
}

/** Signed by the AN. The ledger does not say with which of its keys; a document does. */
export interface SignedByOffice extends Office {
  /** base64url */
  readonly signature: string;
  readonly epoch?: number;
}

export interface StatedCharge extends SignedByOffice {
  /** base64url */
  readonly charge: string;
  /** z */
  readonly slots: number;
  /** How many of them had no report; a document does not repeat it. */
  readonly missing?: number;
}

export interface StatedMissingSlots extends SignedByOffice {
  readonly rule: string;
  readonly missing: readonly MissingSlot[];
}

/** What a charge is checked against. */
export interface ChargeFacts {
  readonly scope: BillingScope;
  /** Checked to be a proper modulus. */
  readonly publicKey: PaillierPublicKey;
  readonly slotSeconds: number;
  readonly maxReadingWh: number;
  readonly meterId: string;
  readonly tariffId: string;
  readonly tariff: TariffTable;
  readonly plan: string;
  readonly publishedAtSeconds: number;
  /** Of this meter under this tariff, slots ascending. */
  readonly packets: readonly SlotPacket[];
  /** At least those that the packets name, epochs ascending. */
  readonly meterKeys: readonly ProvenMeterKey[];
  readonly aggregatorKeys: readonly ProvenAggregatorKey[];
  /** What the AN signed: from the ledger, from a document, or from a bill it sent. */
  readonly charge: StatedCharge;
  readonly missingSlots: StatedMissingSlots | undefined;
}

export interface BillFacts extends ChargeFacts {
  readonly opening: Omit<ChargeOpeningRecord, 'meterId' | 'txId'>;
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
 * @param places - are told where in a document a check is
 * @returns what the charge is over
 * @throws GridveilError naming the first thing that is wrong: those of checkGridTariff, TARIFF_ID_MISMATCH, TARIFF_PUBLISHED_LATE, BAD_FIELD, BAD_BLS_POINT, BAD_BLS_POSSESSION, BAD_METER_BINDING,
 *   SLOT_OUTSIDE_PERIOD, REPORT_EXISTS, REPORT_WRONG_EPOCH, REPORT_WRONG_TARIFF, REPORT_BAD_SIGNATURE, TOO_MANY_MISSING_SLOTS, SLOT_NOT_ESTIMABLE, MISSING_SLOTS_UNSIGNED,
 *   MISSING_SLOTS_MISMATCH, CHARGE_MISMATCH, AGGREGATOR_UNKNOWN, AGGREGATOR_BAD_SIGNATURE.
 */
export function verifyCharge(
  facts: ChargeFacts,
  limits: TariffLimits = TARIFF_LIMITS,
  places: BillPlaces = NO_PLACES,
): VerifiedCharge {
  return new ChargeCheck(facts, limits, places).run();
}

/**
 * The whole bill: its charge, and that the ESP's opening is of this charge.
 * @throws GridveilError as verifyCharge, WRONG_CHARGE_OPENING, CHARGE_IMPLAUSIBLE, PAYABLE_MISMATCH
 */
export function verifyBill(
  facts: BillFacts,
  limits: TariffLimits = TARIFF_LIMITS,
  places: BillPlaces = NO_PLACES,
): VerifiedBill {
  const charge = verifyCharge(facts, limits, places);
  const { publicKey, tariff, opening, meterId } = facts;
  const opened = { m: BigInt(opening.chargeMicro), rho: BigInt(opening.rho) };
  const payableMinor = places.at('opening', () =>
    checkChargeOpening(publicKey, facts, tariff, charge, opened),
  );
  places.at('opening.payableMinor', () => {
    if (String(payableMinor) !== opening.payableMinor)
      throw refusal('PAYABLE_MISMATCH', { meterId, payableMinor: String(payableMinor) });
  });
  return { ...charge, chargeMicro: opened.m, payableMinor };
}

class ChargeCheck {
  readonly #facts: ChargeFacts;
  readonly #limits: TariffLimits;
  readonly #places: BillPlaces;

  constructor(facts: ChargeFacts, limits: TariffLimits, places: BillPlaces) {
    this.#facts = facts;
    this.#limits = limits;
    this.#places = places;
  }

  run(): VerifiedCharge {
    const { scope, meterId, meterKeys, aggregatorKeys, packets } = this.#facts;
    this.#checkTariff();
    const signers = checkMeterKeys(scope, meterId, meterKeys, this.#places);
    checkAggregatorKeys(scope, aggregatorKeys, this.#places);
    this.#checkPackets(signers);
    this.#checkReportSignatures(signers);
    const bySlot = new Map(packets.map(({ slot, ciphertext }) => [slot, ciphertext]));
    const missing = this.#checkMissingSlots(bySlot);
    const charge = this.#checkCharge(bySlot, missing);
    return { meterId, charge, reports: packets.length, missing };
  }

  #checkTariff(): void {
    const { scope, publicKey, tariff, slotSeconds, maxReadingWh, publishedAtSeconds } = this.#facts;
    const { grid } = scope;
    const id = this.#facts.tariffId;
    this.#places.at('tariff.table', () =>
      checkGridTariff(tariff, { grid, slotSeconds, maxReadingWh, maxMeters: 1 }, publicKey, this.#limits),
    );
    this.#places.at('tariff.tariffId', () => {
      if (tariffId(tariff) !== id) throw refusal('TARIFF_ID_MISMATCH', { tariffId: id });
    });
    const startSeconds = tariff.periodStartSeconds;
    this.#places.at('tariff.publishedAtSeconds', () => {
      if (publishedAtSeconds >= startSeconds)
        throw refusal('TARIFF_PUBLISHED_LATE', { tariffId: id, publishedAtSeconds, startSeconds });
    });
  }

  #checkPackets(signers: ReadonlyMap<number, MeterSigner>): void {
    const { meterId, tariff, plan, packets } = this.#facts;
    const id = this.#facts.tariffId;
    for (const [i, { slot, epoch, ...packet }] of packets.entries()) {
      const check = (): void => {
        namingMeter(meterId, () => bandOfSlot(tariff, slot));
        const previous = packets[i - 1]?.slot ?? -1;
        if (slot === previous) throw refusal('REPORT_EXISTS', { meterId, slot });
        if (slot < previous)
          throw refusal('BAD_FIELD', { field: 'packets', expected: 'a list whose slots ascend' });
        const signer = signers.get(epoch);
        if (signer === undefined) throw refusal('REPORT_WRONG_EPOCH', { meterId, epoch });
        if (packet.meterId !== meterId || packet.tariffId !== id || signer.plan !== plan)
          throw refusal('REPORT_WRONG_TARIFF', { meterId, tariffId: packet.tariffId, plan: signer.plan });
      };
      this.#places.at(`packets[${i}]`, check, slot);
    }
  }

  #checkReportSignatures(signers: ReadonlyMap<number, MeterSigner>): void {
    const { scope, meterId, packets } = this.#facts;
    const reports = packets.map((packet) => ({ slot: packet.slot, packet }));
    const bad = findBadSignaturesOfSlots(scope, reports, (_, epoch) => {
      const signer = signers.get(epoch);
      if (signer === undefined) throw new RangeError('"packets" expected packets of known epochs');
      return signer.key;
    });
    const [worst] = bad;
    if (worst === undefined) return;
    const slot = packets[worst.index]?.slot ?? 0;
    const found =
      worst.refusal.code === 'REPORT_BAD_SIGNATURE'
        ? refusal('REPORT_BAD_SIGNATURE', { meterId, slot, reports: bad.length })
        : worst.refusal;
    this.#fail(`packets[${worst.index}].signature`, found, slot);
  }

  #checkMissingSlots(bySlot: ReadonlyMap<number, Uint8Array>): readonly MissingSlot[] {
    const { scope, meterId, tariff, missingSlots: stated } = this.#facts;
    const expected = this.#places.at('missingSlots', () =>
      namingMeter(meterId, () =>
        missingSlotEstimates(tariff, firstSlotOf(tariff), slotCountOf(tariff), (slot) => bySlot.has(slot)),
      ),
    );
    if (stated === undefined) {
      if (expected.length > 0)
        this.#fail('missingSlots', refusal('MISSING_SLOTS_UNSIGNED', { meterId, missing: expected.length }));
      return [];
    }
    const mismatch = refusal('MISSING_SLOTS_MISMATCH', { meterId });
    if (!isDeepStrictEqual(stated.missing.map(plain), expected.map(plain))) {
      const wrong = expected.find((one, i) => !isDeepStrictEqual(plain(one), plain(stated.missing[i])));
      this.#fail('missingSlots', mismatch, wrong?.slot);
    }
    if (stated.rule !== tariff.missingSlotRule) this.#fail('missingSlots.rule', mismatch);
    const message = missingSlotsMessage(scope, officeOf(stated), this.#bill, stated.rule, expected);
    this.#checkSignedBy('missingSlots', stated, message, `the missing slots of meter "${meterId}"`);
    return expected;
  }

  #checkCharge(bySlot: ReadonlyMap<number, Uint8Array>, missing: readonly MissingSlot[]): Uint8Array {
    const { scope, publicKey, meterId, tariff, charge: stated } = this.#facts;
    const slots = slotCountOf(tariff);
    const mismatch = refusal('CHARGE_MISMATCH', { meterId });
    if (stated.slots !== slots) this.#fail('charge.slots', mismatch);
    if ((stated.missing ?? missing.length) !== missing.length) this.#fail('charge.missing', mismatch);
    const charge = this.#places.at('charge.ciphertext', () =>
      fromBase64url(stated.charge, 'ciphertext', publicKey.ciphertextBytes),
    );
    const priced = this.#priced(bySlot, missing);
    const recomputed = this.#places.at('packets', () =>
      monthlyCharge(publicKey, `meter "${meterId}"`, priced),
    );
    if (wrongCharges(publicKey, [{ meterId, charge }], () => recomputed).length > 0)
      this.#fail('charge.ciphertext', mismatch);
    const message = monthlyChargeMessage(scope, officeOf(stated), this.#bill, { charge, slots, missing });
    this.#checkSignedBy('charge', stated, message, `the charge of meter "${meterId}"`);
    return charge;
  }

  #priced(
    bySlot: ReadonlyMap<number, Uint8Array>,
    missing: readonly MissingSlot[],
  ): readonly PricedCiphertext[] {
    const { publicKey, tariff } = this.#facts;
    const estimates = missing.map((one): [number, Uint8Array] => [
      one.slot,
      'energyWh' in one
        ? knownCiphertext(publicKey, one.energyWh)
        : (bySlot.get(one.copyOfSlot) ?? new Uint8Array()),
    ]);
    return [...bySlot, ...estimates].map(([slot, ciphertext]) => ({
      priceMicroPerWh: priceMicroPerWh(tariff, slot),
      ciphertext,
    }));
  }

  /** By the key of the epoch that is stated, else by one of those the aggregator has or had. */
  #checkSignedBy(
    place: string,
    { aggregator, epoch, signature }: SignedByOffice,
    message: Uint8Array,
    what: string,
  ): void {
    const own = this.#facts.aggregatorKeys.filter(
      (key) => key.aggregator === aggregator && (epoch === undefined || key.epoch === epoch),
    );
    if (own.length === 0) this.#fail(place, refusal('AGGREGATOR_UNKNOWN', { aggregator }));
    this.#places.at(`${place}.signature`, () => {
      const backend = blsBackend();
      const bytes = fromBase64url(signature, 'signature', BLS_SIGNATURE_BYTES);
      const decoded = backend.decodeSignature(bytes, `The signature on ${what}`);
      const holds = own.some(({ publicKey }) => {
        const key = storedKey(publicKey, `The key of aggregator "${aggregator}"`);
        return backend.verify({ key, message, signature: decoded });
      });
      if (!holds) throw refusal('AGGREGATOR_BAD_SIGNATURE', { aggregator, what });
    });
  }

  get #bill(): { readonly meterId: string; readonly tariffId: string } {
    const { meterId, tariffId: id } = this.#facts;
    return { meterId, tariffId: id };
  }

  #fail(place: string, error: Error, slot?: number): never {
    return this.#places.at(
      place,
      () => {
        throw error;
      },
      slot,
    );
  }
}

function officeOf({ aggregator, term }: Office): Office {
  return { aggregator, term };
}

/** Comparable whatever object it comes from. */
function plain(one: MissingSlot | undefined): Record<string, number> {
  return { ...one };
}
