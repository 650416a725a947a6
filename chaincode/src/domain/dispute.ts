/**
 * Disputes: a customer contests a bill with the key of the own meter, an auditor answers once.
 *
 * Run by the billing contract. Source: paper 001 section 6.6 (whoever doubts a charge recomputes it); spec/schemes.md 2.A (message dispute). The ledger has recomputed every charge before
 * it stored it, so a dispute is rarely about Eq. (18): it is about readings, estimates or the tariff, and ends with a finding in words.
 * Only the newest key of a meter contests: one that was replaced may be in other hands. A dispute that it filed before stays on record, but does not stand against the newer one.
 */
import { blsBackend } from '../crypto/bls.js';
import { toBase64url } from '../crypto/bytes.js';
import { BLS_SIGNATURE_BYTES } from '../crypto/bls-suite.js';
import { disputeMessage, type BillName } from '../crypto/tou-billing-messages.js';
import type { BillingScope } from '../crypto/tou-billing.js';
import { refusal } from '../errors.js';
import { storedKey, type BillingMeterKeyRecord } from './billing-parties.js';
import { tariffIdentifier } from './billing-tariff.js';
import { bytes, identifier, integer, object, oneOf, text } from './decode.js';

const MAX_TEXT = 500;
export const DISPUTE_FINDINGS = ['bill-stands', 'bill-wrong'] as const;

const bill = { grid: identifier, tariffId: tariffIdentifier, meterId: identifier };

export const disputeOpening = object({
  ...bill,
  /** Of the meter's key. */
  epoch: integer(1, 1_000_000),
  reason: text(MAX_TEXT),
  signature: bytes(BLS_SIGNATURE_BYTES),
});
export type DisputeOpening = ReturnType<typeof disputeOpening>;

export const disputeResolution = object({
  ...bill,
  finding: oneOf(DISPUTE_FINDINGS),
  explanation: text(MAX_TEXT),
});

/** As stored; the signature is base64url. */
export interface DisputeRecord extends BillName {
  readonly epoch: number;
  readonly reason: string;
  readonly signature: string;
  readonly txId: string;
  readonly resolution?: {
    readonly finding: (typeof DISPUTE_FINDINGS)[number];
    readonly explanation: string;
    readonly mspId: string;
    readonly subject: string;
    readonly txId: string;
  };
  /** Disputes about the same bill that keys before this one signed, oldest first; absent when there is none. */
  readonly earlier?: readonly Omit<DisputeRecord, 'earlier'>[];
}

/**
 * What a dispute is beside the one that is stored: the same again, or one of a newer key, which takes its place.
 * @param newestEpoch - of the meter's keys
 * @throws StateConflictError DISPUTE_OLD_KEY, DISPUTE_EXISTS
 */
export function disputeStanding(
  { meterId, epoch, reason, signature }: DisputeOpening,
  existing: DisputeRecord | undefined,
  newestEpoch: number,
): 'same' | 'new' {
  if (existing?.epoch === epoch) {
    if (existing.reason === reason && existing.signature === toBase64url(signature)) return 'same';
    throw refusal('DISPUTE_EXISTS', { meterId });
  }
  if (epoch !== newestEpoch) throw refusal('DISPUTE_OLD_KEY', { meterId, epoch, newestEpoch });
  return 'new';
}

/** The disputes that a newer one leaves behind. */
export function earlierDisputes(
  existing: DisputeRecord | undefined,
): readonly Omit<DisputeRecord, 'earlier'>[] {
  if (existing === undefined) return [];
  const { earlier = [], ...last } = existing;
  return [...earlier, last];
}

/** @throws DecodeError BAD_BLS_POINT. @throws ProofRejectedError DISPUTE_BAD_SIGNATURE */
export function checkDispute(
  scope: BillingScope,
  { meterId, tariffId, epoch, reason, signature }: DisputeOpening,
  { publicKey }: Pick<BillingMeterKeyRecord, 'publicKey'>,
): void {
  const signed = {
    key: storedKey(publicKey, `The key of meter "${meterId}"`),
    message: disputeMessage(scope, { meterId, tariffId }, epoch, reason),
    signature: blsBackend().decodeSignature(signature, `The signature of meter "${meterId}"`),
  };
  if (!blsBackend().verify(signed)) throw refusal('DISPUTE_BAD_SIGNATURE', { meterId, epoch });
}
