/**
 * Checks one bill offline: anyone can run it, with a `gridveil/bill-evidence/v1` document from a file or from a ledger. No key, no network.
 *
 * Source: paper 001 section 6.6, Eq. (18), (19) for the one user (19'), (13), (14), (17); spec/schemes.md 2.C. In this order:
 *   parameters   the key's size and the proof that it is a proper Paillier modulus
 *   tariff       it follows the ledger's price rules, its id is the hash of its table, it was published before its period
 *   meter        each key passes its three proofs: possession, registration, binding to the meter's Ed25519 key
 *   packets      each lies in the period, once; each is signed by the meter with this tariff, slot, key, channel and grid: one weighted batch, bad ones are named
 *   missingSlots every slot of the period has a packet or counts as the tariff rules; the aggregator signed that
 *   charge       it is Π C_γ^p_γ over the packets and estimates, (18) and (19'); the aggregator signed it with a registered key
 *   opening      (m, ρ) opens the charge, m is within what the slots can cost, the amount to pay is m and the fixed charge, rounded once
 * The first thing that is wrong is named and ends the check.
 *
 * Not shown by a document: that N, the meter's Ed25519 key and the aggregator's key are those of your utility and your meter (compare them once); what the ledger alone knows
 * (txIds, plan, term, the time of publication, limits); that readings are in range, since range proofs are not kept. Their digests are signed; whoever `proofsCheckedBy` names has checked them.
 * Cost for a month of hours at 3072 bits: about 1 s with blst; with noble 20 ms for each report.
 */
import { isDeepStrictEqual } from 'node:util';
import { equalBytes, fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import {
  encodeCiphertext,
  PAILLIER_MODULUS_BITS,
  type PaillierPublicKey,
} from '@gridveil/chaincode/crypto/paillier.js';
import {
  assertChargeFits,
  knownCiphertext,
  monthlyCharge,
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
import { checkMeterBinding, checkSignerKey, storedKey } from '@gridveil/chaincode/domain/billing-parties.js';
import { missingSlotEstimates } from '@gridveil/chaincode/domain/missing-slots.js';
import { checkChargeOpening } from '@gridveil/chaincode/domain/monthly-charge.js';
import { checkAggregatorSignatures } from '@gridveil/chaincode/domain/slot-block.js';
import {
  checkTariff,
  firstSlotOf,
  priceMicroPerWh,
  slotCountOf,
  tariffId,
  TARIFF_LIMITS,
  type TariffLimits,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import { evidenceKey } from '../evidence/evidence-key.js';
import { slotStartIso } from '../metering/slot.js';
import type { BillEvidence } from './bill-evidence.js';

const DIGEST_BYTES = 32;
const SIGNATURE_BYTES = 96;

/** Tests may accept toy keys and short periods. */
export interface BillCheckOptions {
  readonly modulusBits?: readonly number[];
  readonly tariffLimits?: TariffLimits;
}

/** What a bill that holds says. */
export interface CheckedBill {
  /** SHA-256 over N, lowercase hex: compare it with the one the utility publishes. */
  readonly keyFingerprint: string;
  /** Slots with a report that the meter signed. */
  readonly reported: number;
  /** What the others count as. */
  readonly missing: readonly MissingSlot[];
  readonly energyChargeMicro: bigint;
  /** With the fixed charge; exact. */
  readonly totalMicro: bigint;
  /** In units of 10^-minorDigits of the currency. */
  readonly payableMinor: bigint;
}

/**
 * Recomputes the bill and checks every signature.
 * @throws ClientError BILL_REJECTED naming the place, the slot where there is one, and the reason of the first thing that is wrong.
 */
export function verifyBill(document: BillEvidence, options: BillCheckOptions = {}): CheckedBill {
  return new BillCheck(document, options).run();
}

interface Report {
  readonly slot: number;
  readonly packet: BillingPacket;
}

class BillCheck {
  readonly #document: BillEvidence;
  readonly #table: TariffTable;
  readonly #options: Required<BillCheckOptions>;

  constructor(document: BillEvidence, options: BillCheckOptions) {
    this.#document = document;
    this.#table = document.tariff.table;
    const { modulusBits = PAILLIER_MODULUS_BITS, tariffLimits = TARIFF_LIMITS } = options;
    this.#options = { modulusBits, tariffLimits };
  }

  run(): CheckedBill {
    const { parameters } = this.#document;
    const { channel, grid } = parameters;
    const key = this.#at('parameters', () => evidenceKey(parameters, this.#options.modulusBits));
    const scope = { fingerprint: key.fingerprint, channel, grid };
    this.#checkTariff(key);
    this.#checkMeterKeys(scope);
    this.#checkAggregatorKeys(scope);
    const reports = this.#reports(key);
    this.#checkReportSignatures(scope, reports);
    const missing = this.#checkMissingSlots(scope, reports);
    const charge = this.#checkCharge(key, scope, reports, missing);
    const { chargeMicro, payableMinor } = this.#document.opening;
    this.#checkOpening(key, charge);
    const energyChargeMicro = BigInt(chargeMicro);
    return {
      keyFingerprint: Buffer.from(key.fingerprint).toString('hex'),
      reported: reports.length,
      missing,
      energyChargeMicro,
      totalMicro: energyChargeMicro + BigInt(this.#table.fixedChargeMicro),
      payableMinor: BigInt(payableMinor),
    };
  }

  #checkTariff(key: PaillierPublicKey): void {
    const { parameters, tariff } = this.#document;
    const table = this.#table;
    this.#at('tariff.table', () => {
      checkTariff(table, this.#options.tariffLimits);
      const slots = slotCountOf(table);
      const { maxReadingWh } = parameters;
      const maxPriceMicroPerWh = table.bands.at(-1)?.priceMicroPerWh ?? 1;
      assertChargeFits(key, { slots, maxReadingWh, maxPriceMicroPerWh, maxMeters: 1 });
    });
    if (table.slotSeconds !== parameters.slotSeconds)
      this.#reject('tariff.table', 'its slots are not as long as those of the grid');
    if (tariffId(table) !== tariff.tariffId)
      this.#reject(
        'tariff.tariffId',
        'it is not the hash of the table, so it is not this tariff that the meter signed',
      );
    if (tariff.publishedAtSeconds >= table.periodStartSeconds)
      this.#reject('tariff.publishedAtSeconds', 'the tariff was not published before its period began');
  }

  #checkMeterKeys(scope: BillingScope): void {
    const { meterId, keys } = this.#document.meter;
    for (const [i, key] of keys.entries()) {
      const place = `meter.keys[${i}]`;
      if (i > 0 && key.epoch <= (keys[i - 1]?.epoch ?? 0)) this.#reject(place, 'epochs must ascend');
      this.#at(place, () => {
        checkSignerKey(scope, 'meter', meterId, decodedKey(key));
        const binding = fromBase64url(key.binding, 'binding');
        const { plan, signingKey } = key;
        fromBase64url(signingKey, 'signingKey', 32);
        checkMeterBinding(scope, { meterId, plan, ...decodedKey(key), binding }, { signingKey });
      });
    }
  }

  #checkAggregatorKeys(scope: BillingScope): void {
    const { aggregators } = this.#document;
    const names = aggregators.map(({ aggregator, epoch }) => `${epoch} ${aggregator}`);
    if (new Set(names).size !== names.length)
      this.#reject('aggregators', 'a key of one aggregator and epoch stands there twice');
    for (const [i, key] of aggregators.entries())
      this.#at(`aggregators[${i}]`, () =>
        checkSignerKey(scope, 'aggregator', key.aggregator, decodedKey(key)),
      );
  }

  #reports(key: PaillierPublicKey): Report[] {
    const { meter, packets, tariff } = this.#document;
    const planOf = new Map(meter.keys.map(({ epoch, plan }) => [epoch, plan]));
    const first = firstSlotOf(this.#table);
    let previous = first - 1;
    return packets.map(({ slot, epoch, ciphertext, proofDigest, signature }, i) => {
      const place = `packets[${i}]`;
      if (slot <= previous) this.#reject(place, 'slots must ascend and lie in the period', slot);
      if (slot >= first + slotCountOf(this.#table)) this.#reject(place, 'it lies after the period', slot);
      previous = slot;
      const plan = planOf.get(epoch);
      if (plan === undefined) this.#reject(place, `the meter has no key of epoch ${epoch}`, slot);
      if (plan !== tariff.plan)
        this.#reject(place, `the tariff is of plan "${tariff.plan}", the meter was in plan "${plan}"`, slot);
      const decode = (): BillingPacket => ({
        meterId: meter.meterId,
        epoch,
        tariffId: tariff.tariffId,
        ciphertext: fromBase64url(ciphertext, 'ciphertext', key.ciphertextBytes),
        proofDigest: fromBase64url(proofDigest, 'proofDigest', DIGEST_BYTES),
        signature: fromBase64url(signature, 'signature', SIGNATURE_BYTES),
      });
      return { slot, packet: this.#at(place, decode, slot) };
    });
  }

  #checkReportSignatures(scope: BillingScope, reports: readonly Report[]): void {
    const { meterId, keys } = this.#document.meter;
    const keyOfEpoch = new Map(
      keys.map(({ epoch, publicKey }) => [epoch, storedKey(publicKey, `The key of meter "${meterId}"`)]),
    );
    const bad = findBadSignaturesOfSlots(scope, reports, (_, epoch) => {
      const key = keyOfEpoch.get(epoch);
      if (key === undefined) throw new RangeError('"reports" expected reports of known epochs');
      return key;
    });
    const [worst] = bad;
    if (worst === undefined) return;
    const more = bad.length === 1 ? '' : ` (${bad.length} slots have such a report)`;
    const slot = reports[worst.index]?.slot ?? 0;
    this.#reject(`packets[${worst.index}].signature`, `${worst.refusal.sentence}${more}`, slot);
  }

  #checkMissingSlots(scope: BillingScope, reports: readonly Report[]): readonly MissingSlot[] {
    const { meter, missingSlots, tariff } = this.#document;
    const table = this.#table;
    const reported = new Set(reports.map(({ slot }) => slot));
    const expected = this.#at('missingSlots', () =>
      missingSlotEstimates(table, firstSlotOf(table), slotCountOf(table), (slot) => reported.has(slot)),
    );
    const stated = missingSlots?.missing ?? [];
    if (!isDeepStrictEqual(stated.map(plain), expected.map(plain))) {
      const wrong = expected.find((one, i) => !isDeepStrictEqual(plain(one), plain(stated[i])));
      this.#reject(
        'missingSlots',
        'slots without a report must count as the tariff rules, and no other slot',
        wrong?.slot,
      );
    }
    if (missingSlots === undefined) return [];
    if (missingSlots.rule !== table.missingSlotRule)
      this.#reject('missingSlots.rule', 'it is not the rule of the tariff');
    const bill = { meterId: meter.meterId, tariffId: tariff.tariffId };
    const message = missingSlotsMessage(scope, officeOf(missingSlots), bill, missingSlots.rule, expected);
    this.#checkAggregatorSignature('missingSlots', missingSlots, message);
    return expected;
  }

  #checkCharge(
    key: PaillierPublicKey,
    scope: BillingScope,
    reports: readonly Report[],
    missing: readonly MissingSlot[],
  ): Uint8Array {
    const { charge, meter, tariff } = this.#document;
    const { meterId } = meter;
    const slots = slotCountOf(this.#table);
    if (charge.slots !== slots) this.#reject('charge.slots', `the period has ${slots} slots`);
    const stored = this.#at('charge.ciphertext', () =>
      fromBase64url(charge.ciphertext, 'ciphertext', key.ciphertextBytes),
    );
    const recomputed = this.#at('packets', () =>
      encodeCiphertext(key, monthlyCharge(key, `meter "${meterId}"`, this.#priced(key, reports, missing))),
    );
    if (!equalBytes(stored, recomputed))
      this.#reject(
        'charge.ciphertext',
        `it is not what the ${reports.length} signed reports, the ${missing.length} estimates and the tariff give`,
      );
    const bill = { meterId, tariffId: tariff.tariffId };
    const message = monthlyChargeMessage(scope, officeOf(charge), bill, { charge: stored, slots, missing });
    this.#checkAggregatorSignature('charge', charge, message);
    return stored;
  }

  #priced(
    key: PaillierPublicKey,
    reports: readonly Report[],
    missing: readonly MissingSlot[],
  ): PricedCiphertext[] {
    const own = new Map(reports.map(({ slot, packet }) => [slot, packet.ciphertext]));
    const estimates = missing.map((one): [number, Uint8Array] => [
      one.slot,
      'energyWh' in one ? knownCiphertext(key, one.energyWh) : (own.get(one.copyOfSlot) ?? new Uint8Array()),
    ]);
    return [...own, ...estimates].map(([slot, ciphertext]) => ({
      priceMicroPerWh: priceMicroPerWh(this.#table, slot),
      ciphertext,
    }));
  }

  /** With the registered key of the epoch that the document names. */
  #checkAggregatorSignature(
    place: string,
    { aggregator, epoch, signature }: Office & { readonly epoch: number; readonly signature: string },
    message: Uint8Array,
  ): void {
    const signer = this.#document.aggregators.find(
      (each) => each.aggregator === aggregator && each.epoch === epoch,
    );
    if (signer === undefined)
      this.#reject(place, `aggregator "${aggregator}" has no key of epoch ${epoch} here`);
    this.#at(`${place}.signature`, () =>
      checkAggregatorSignatures(signer.publicKey, aggregator, [
        {
          what: `the ${place} of this bill`,
          message,
          signature: fromBase64url(signature, 'signature', SIGNATURE_BYTES),
        },
      ]),
    );
  }

  #checkOpening(key: PaillierPublicKey, charge: Uint8Array): void {
    const { meter, opening, parameters } = this.#document;
    const values = { m: BigInt(opening.chargeMicro), rho: BigInt(opening.rho) };
    const { meterId } = meter;
    const payable = this.#at('opening', () =>
      checkChargeOpening(key, parameters, this.#table, { meterId, charge }, values),
    );
    if (String(payable) !== opening.payableMinor)
      this.#reject('opening.payableMinor', `charge and fixed charge round to ${payable}`);
  }

  #at<T>(place: string, check: () => T, slot?: number): T {
    try {
      return check();
    } catch (error) {
      if (error instanceof GridveilError) return this.#reject(place, error.sentence, slot);
      throw error;
    }
  }

  #reject(place: string, reason: string, slot?: number): never {
    const { meterId } = this.#document.meter;
    const { tariffId: id } = this.#document.tariff;
    const at = slot === undefined ? '' : `slot ${slot}${this.#startOf(slot)}: `;
    const facts = { meterId, tariffId: id, place, reason: `${at}${reason}` };
    throw new ClientError('BILL_REJECTED', slot === undefined ? facts : { ...facts, slot });
  }

  /** When the slot began, for people; nothing for a number that is no slot. */
  #startOf(slot: number): string {
    const { slotSeconds } = this.#document.parameters;
    return slotSeconds <= 86_400 && slot * slotSeconds <= 8e12
      ? ` from ${slotStartIso(slot, slotSeconds)}`
      : '';
  }
}

function decodedKey(key: {
  readonly epoch: number;
  readonly publicKey: string;
  readonly possession: string;
  readonly signature: string;
}): Parameters<typeof checkSignerKey>[3] {
  return {
    epoch: key.epoch,
    publicKey: fromBase64url(key.publicKey, 'publicKey'),
    possession: fromBase64url(key.possession, 'possession'),
    signature: fromBase64url(key.signature, 'signature'),
  };
}

function officeOf({ aggregator, term }: Office): Office {
  return { aggregator, term };
}

/** Comparable whatever object it comes from. */
function plain(one: MissingSlot | undefined): Record<string, number> {
  return { ...one };
}
