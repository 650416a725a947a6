/**
 * Checks one bill offline: anyone can run it, with a `gridveil/bill-evidence/v1` document from a file or from a ledger. No key, no network.
 *
 * The check is the one of parties/bill-check.ts; here it is given what a document says, the Paillier key first: of an allowed size, with the proof that it is a proper modulus.
 * The first thing that is wrong is named, with its place in the document, and ends the check.
 *
 * Not shown by a document: that N, the meter's Ed25519 key and the aggregator's key are those of your utility and your meter (compare them once); what the ledger alone knows
 * (txIds, plan, term, the time of publication, limits); that readings are in range, since range proofs are not kept. Their digests are signed; whoever `proofsCheckedBy` names has checked them.
 */
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { BLS_SIGNATURE_BYTES } from '@gridveil/chaincode/crypto/bls-suite.js';
import { PAILLIER_MODULUS_BITS, type PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import type { MissingSlot } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import { TARIFF_LIMITS, type TariffLimits } from '@gridveil/chaincode/domain/tariff.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import { evidenceKey } from '../evidence/evidence-key.js';
import { slotStartIso } from '../metering/slot.js';
import { verifyBill as verifyBillFacts, type BillFacts, type SlotPacket } from '../parties/bill-check.js';
import type { BillPlaces } from '../parties/bill-places.js';
import type { BillEvidence } from './bill-evidence.js';

const DIGEST_BYTES = 32;

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
  const { modulusBits = PAILLIER_MODULUS_BITS, tariffLimits = TARIFF_LIMITS } = options;
  const places = new DocumentPlaces(document);
  const key = places.at('parameters', () => evidenceKey(document.parameters, modulusBits));
  const facts = factsOf(document, key, places);
  const { reports, missing, chargeMicro, payableMinor } = verifyBillFacts(facts, tariffLimits, places);
  return {
    keyFingerprint: Buffer.from(key.fingerprint).toString('hex'),
    reported: reports,
    missing,
    energyChargeMicro: chargeMicro,
    totalMicro: chargeMicro + BigInt(facts.tariff.fixedChargeMicro),
    payableMinor,
  };
}

function factsOf(document: BillEvidence, publicKey: PaillierPublicKey, places: BillPlaces): BillFacts {
  const { parameters, tariff, meter, aggregators, charge, missingSlots, opening } = document;
  const { channel, grid, slotSeconds, maxReadingWh } = parameters;
  const { tariffId, plan, publishedAtSeconds } = tariff;
  const { ciphertext, ...signedCharge } = charge;
  return {
    scope: { fingerprint: publicKey.fingerprint, channel, grid },
    ...{ publicKey, slotSeconds, maxReadingWh },
    ...{ meterId: meter.meterId, tariffId, tariff: tariff.table, plan, publishedAtSeconds },
    packets: packetsOf(document, publicKey, places),
    ...{ meterKeys: meter.keys, aggregatorKeys: aggregators },
    ...{ charge: { ...signedCharge, charge: ciphertext }, missingSlots, opening },
  };
}

function packetsOf(
  { meter, packets, tariff }: BillEvidence,
  key: PaillierPublicKey,
  places: BillPlaces,
): SlotPacket[] {
  return packets.map(({ slot, epoch, ciphertext, proofDigest, signature }, i) =>
    places.at(
      `packets[${i}]`,
      () => ({
        ...{ slot, epoch, meterId: meter.meterId, tariffId: tariff.tariffId },
        ciphertext: fromBase64url(ciphertext, 'ciphertext', key.ciphertextBytes),
        proofDigest: fromBase64url(proofDigest, 'proofDigest', DIGEST_BYTES),
        signature: fromBase64url(signature, 'signature', BLS_SIGNATURE_BYTES),
      }),
      slot,
    ),
  );
}

/** Turns what is wrong into BILL_REJECTED, with the place in the document. */
class DocumentPlaces implements BillPlaces {
  constructor(private readonly document: BillEvidence) {}

  at<T>(place: string, check: () => T, slot?: number): T {
    try {
      return check();
    } catch (error) {
      if (error instanceof GridveilError) throw this.#rejection(place, error, slot);
      throw error;
    }
  }

  #rejection(place: string, { sentence, facts }: GridveilError, slot: number | undefined): ClientError {
    const { meter, tariff } = this.document;
    const at = slot === undefined ? '' : `slot ${slot}${this.#startOf(slot)}: `;
    const reports = Number(facts['reports'] ?? 1);
    const more = reports > 1 ? ` (${reports} slots have such a report)` : '';
    const found = {
      ...{ meterId: meter.meterId, tariffId: tariff.tariffId },
      ...{ place, reason: `${at}${sentence}${more}` },
    };
    return new ClientError('BILL_REJECTED', slot === undefined ? found : { ...found, slot });
  }

  /** When the slot began, for people; nothing for a number that is no slot. */
  #startOf(slot: number): string {
    const { slotSeconds } = this.document.parameters;
    return slotSeconds <= 86_400 && slot * slotSeconds <= 8e12
      ? ` from ${slotStartIso(slot, slotSeconds)}`
      : '';
  }
}
