/**
 * Who takes part in time-of-use billing of a grid: its terms, its aggregators and its meters with their BLS keys.
 *
 * Run by the billing contract. Source: paper 001 section 6.1, 6.2; spec/schemes.md 2.C (register; key change = new epoch), 6.5 (a meter's keys are bound to each other).
 * An aggregator is a fog node of the registry, a meter is a meter of the registry: ids are the same, the BLS key comes on top. A key counts only with
 * three proofs: of possession (the suite's own, against rogue keys), of the registration (this key is for this channel, grid, id and epoch), and, for a meter,
 * its Ed25519 signature over the same facts: whoever registers a BLS key for a meter must have the meter.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { blsBackend, provesPossession } from '../crypto/bls.js';
import { BLS_PUBLIC_KEY_BYTES, BLS_SIGNATURE_BYTES, type BlsPublicKey } from '../crypto/bls-suite.js';
import { fromBase64url } from '../crypto/bytes.js';
import { registrationMessage, type SignerKind } from '../crypto/tou-billing-messages.js';
import type { BillingScope } from '../crypto/tou-billing.js';
import { refusal } from '../errors.js';
import { bytes, identifier, integer, list, object, oneOf } from './decode.js';
import type { MeterRecord } from './meter.js';

/** Checking one meter's proofs costs about 3 ms with blst, 60 ms with noble; a transaction has 30 s. */
export const MAX_BILLING_METERS_PER_REGISTRATION = 100;
const ED25519_SIGNATURE_BYTES = 64;

/** Who checks the range proofs of reports: every endorser (level L2), or the aggregators alone (L1; crypto/tou-billing.ts). */
export const PROOF_CHECKERS = ['endorsers', 'aggregators'] as const;

/** With half of the meters or fewer, the others could be as many. */
export const LOWEST_AREA_PERCENT = 50;
/** What a grid takes that has no reason for another. */
export const USUAL_AREA_PERCENT = 80;

export const billingTerms = object({
  grid: identifier,
  proofsCheckedBy: oneOf(PROOF_CHECKERS),
  /** Of the meters that can report in a slot so many per cent must have, or the area total stays closed (area-opening.ts). */
  minAreaPercent: integer(LOWEST_AREA_PERCENT, 100),
});
export type BillingTerms = ReturnType<typeof billingTerms>;

const blsKeyFields = {
  epoch: integer(1, 1_000_000),
  publicKey: bytes(BLS_PUBLIC_KEY_BYTES),
  possession: bytes(BLS_SIGNATURE_BYTES),
  /** BLS signature over `registrationMessage`. */
  signature: bytes(BLS_SIGNATURE_BYTES),
};

export const aggregatorRegistration = object({
  grid: identifier,
  aggregator: identifier,
  ...blsKeyFields,
});
export type AggregatorRegistration = ReturnType<typeof aggregatorRegistration>;

const billingMeterRegistration = object({
  meterId: identifier,
  /** Customers of one plan have the same tariff in every period. */
  plan: identifier,
  ...blsKeyFields,
  /** Ed25519 signature under the meter's registered signing key over `registrationMessage`. */
  binding: bytes(ED25519_SIGNATURE_BYTES),
});
export type BillingMeterRegistration = ReturnType<typeof billingMeterRegistration>;

export const billingMeterRegistrations = object({
  grid: identifier,
  meters: list(billingMeterRegistration, MAX_BILLING_METERS_PER_REGISTRATION),
});

/** As stored: bytes are base64url. */
export interface AggregatorRecord {
  readonly aggregator: string;
  readonly epoch: number;
  readonly publicKey: string;
  readonly possession: string;
  readonly signature: string;
  readonly txId: string;
}

/** What every slot block needs of a meter, for all meters in one scan: short. Key and plan are the newest; which counts for which slot, meter-keys.ts tells. */
export interface BillingMeterRecord {
  readonly meterId: string;
  readonly plan: string;
  readonly epoch: number;
  readonly publicKey: string;
  /** The first slot whose report this key signs, under this plan. */
  readonly fromSlot: number;
  /** Keys before it, newest first; absent when there is none. */
  readonly earlier?: readonly EarlierMeterKey[];
  readonly revoked: boolean;
}

/** A key of a meter, with its plan and the first slot whose report it signs. */
export type MeterKeyTerm = Pick<BillingMeterRecord, 'plan' | 'epoch' | 'publicKey' | 'fromSlot'>;

/** One that was replaced, with the last slot whose report it signs. */
export type EarlierMeterKey = MeterKeyTerm & { readonly lastSlot: number };

/** A key a meter has or had, with its proofs: packets of old epochs stay verifiable. The plan of a slot is that of the newest key whose first slot is not after it. */
export interface BillingMeterKeyRecord extends Omit<BillingMeterRecord, 'earlier' | 'revoked'> {
  readonly possession: string;
  readonly signature: string;
  readonly binding: string;
  /** The meter's Ed25519 key at that time, which the binding is made with. */
  readonly signingKey: string;
  readonly txId: string;
}

interface SignerKey {
  readonly epoch: number;
  readonly publicKey: Uint8Array;
  readonly possession: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Two pairings each for the proof of possession and the registration signature.
 * @throws DecodeError BAD_BLS_POINT. @throws ProofRejectedError BAD_BLS_POSSESSION naming the id and the proof that fails.
 */
export function checkSignerKey(
  scope: Pick<BillingScope, 'channel' | 'grid'>,
  kind: SignerKind,
  id: string,
  { epoch, publicKey, possession, signature }: SignerKey,
): void {
  const backend = blsBackend();
  const key = backend.decodePublicKey(publicKey, `The key of ${kind} "${id}"`);
  const proof = backend.decodeSignature(possession, `The proof of possession of ${kind} "${id}"`);
  if (!provesPossession(key, proof)) throw refusal('BAD_BLS_POSSESSION', { id, proof: 'possession' });
  const message = registrationMessage(scope, { kind, id, epoch }, publicKey);
  const signed = {
    key,
    message,
    signature: backend.decodeSignature(signature, `The signature of ${kind} "${id}"`),
  };
  if (!backend.verify(signed)) throw refusal('BAD_BLS_POSSESSION', { id, proof: 'signature' });
}

/** @throws ProofRejectedError BAD_METER_BINDING. One Ed25519 verification, strict RFC 8032 rules. */
export function checkMeterBinding(
  scope: Pick<BillingScope, 'channel' | 'grid'>,
  { meterId, epoch, publicKey, binding }: BillingMeterRegistration,
  { signingKey }: Pick<MeterRecord, 'signingKey'>,
): void {
  const message = registrationMessage(scope, { kind: 'meter', id: meterId, epoch }, publicKey);
  const key = fromBase64url(signingKey, 'signingKey');
  let holds = false;
  try {
    holds = ed25519.verify(binding, message, key, { zip215: false });
  } catch {
    // malformed points: it does not hold
  }
  if (!holds) throw refusal('BAD_METER_BINDING', { meterId });
}

/** The first key of a signer has epoch 1; a new key has the next epoch. */
export function succeedsEpoch(
  next: { readonly epoch: number; readonly publicKey: string },
  existing: { readonly epoch: number; readonly publicKey: string } | undefined,
): boolean {
  return next.epoch === (existing?.epoch ?? 0) + 1 && next.publicKey !== existing?.publicKey;
}

/** A registered key, which has passed its proofs, as points. */
export function storedKey(publicKey: string, what: string): BlsPublicKey {
  return blsBackend().decodePublicKey(fromBase64url(publicKey, 'publicKey'), what);
}
