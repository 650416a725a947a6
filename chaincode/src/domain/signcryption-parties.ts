/**
 * Who takes part in signcryption on a grid: the terms its control centre opens it on, and registered keys.
 *
 * Run by the contracts `reports` and `regulation`. Source: paper 002 section IV.A, IV.B; spec/schemes.md 3.C (register; one key for each identity and epoch, changes visible).
 * A key counts with proofs of possession of both of its secrets. Its party says what it may do: a meter reports, an operator regulates, and so on; receivers may be any number of any party.
 */
import { fromBase64url, toBase64url } from '../crypto/bytes.js';
import { receiverIndex, type ReportScope } from '../crypto/signcryption.js';
import type { SigncryptionDirectory } from '../crypto/signcryption-check.js';
import {
  checkPossession,
  decodeAuthorityKey,
  decodePublicKey,
  POSSESSION_BYTES,
  PUBLIC_KEY_BYTES,
  type KeyAuthority,
  type KeyPurpose,
  type SigncryptionPublicKey,
} from '../crypto/signcryption-keys.js';
import { refusal } from '../errors.js';
import { bytes, identifier, integer, list, object, oneOf } from './decode.js';
import { MAX_NOTICE_SECONDS } from './regulation-payment.js';

/** Checking one key costs about 3 ms, without WebAssembly 10 ms; a transaction has 30 s. */
export const MAX_KEYS_PER_REGISTRATION = 200;
/** A decoded key costs 2 ms and about 2 kB. */
const KEY_CACHE_SIZE = 20_000;

/** Where sealed bytes lie: on the ledger, or elsewhere under their digest, which the ledger keeps. */
export const STORAGES = ['ledger', 'digest'] as const;
export type Storage = (typeof STORAGES)[number];

/** Fixed for good. */
export const signcryptionTerms = object({
  grid: identifier,
  /** Y_Pub */
  authorityKey: bytes(32),
  slotSeconds: integer(60, 86_400),
  maxSlotAgeSeconds: integer(60, 10_000_000_000),
  storage: oneOf(STORAGES),
  /** Organisation of the regulator: another one than that of the operator, which owns the grid. */
  regulator: identifier,
  /** No policy may give a customer less time than this, neither before arrears are serious nor before a trip. */
  minNoticeSeconds: integer(1, MAX_NOTICE_SECONDS),
});
export type SigncryptionTerms = ReturnType<typeof signcryptionTerms>;

/** As stored: bytes are base64url. */
export interface SigncryptionTermsRecord extends Omit<SigncryptionTerms, 'authorityKey'> {
  readonly authorityKey: string;
  /** Organisation of the control centre and the operator. */
  readonly owner: string;
}

/** @throws DecodeError BAD_FIELD */
export function checkTerms({ authorityKey, regulator }: SigncryptionTerms, owner: string): void {
  decodeAuthorityKey(authorityKey);
  if (regulator === owner)
    throw refusal('BAD_FIELD', {
      field: 'regulator',
      expected: 'another organisation than that of the operator',
    });
}

export const KEY_PURPOSES = ['sender', 'receiver'] as const satisfies readonly KeyPurpose[];
export const PARTIES = ['meter', 'control-centre', 'operator', 'supplier', 'customer', 'other'] as const;
export type SigncryptionParty = (typeof PARTIES)[number];

const keyRegistration = object({
  purpose: oneOf(KEY_PURPOSES),
  id: identifier,
  party: oneOf(PARTIES),
  epoch: integer(1, 1_000_000),
  /** α_u ‖ Y_u */
  publicKey: bytes(PUBLIC_KEY_BYTES),
  own: bytes(POSSESSION_BYTES),
  partial: bytes(POSSESSION_BYTES),
});
export type SigncryptionKeyRegistration = ReturnType<typeof keyRegistration>;

export const keyRegistrations = object({
  grid: identifier,
  keys: list(keyRegistration, MAX_KEYS_PER_REGISTRATION),
});

/** The key that counts for an identity, as stored. */
export interface SigncryptionKeyRecord {
  readonly purpose: KeyPurpose;
  readonly id: string;
  readonly party: SigncryptionParty;
  readonly epoch: number;
  /** base64url of α_u ‖ Y_u */
  readonly publicKey: string;
  readonly revoked: boolean;
}

/** A key an identity has or had, with its proofs: reports of old epochs stay verifiable. */
export interface SigncryptionKeyHistory extends Omit<SigncryptionKeyRecord, 'revoked'> {
  readonly own: string;
  readonly partial: string;
  readonly txId: string;
}

export function keyRecord({
  purpose,
  id,
  party,
  epoch,
  publicKey,
}: SigncryptionKeyRegistration): SigncryptionKeyRecord {
  return { purpose, id, party, epoch, publicKey: toBase64url(publicKey), revoked: false };
}

/** @throws DecodeError BAD_FIELD. @throws ProofRejectedError BAD_SIGNCRYPTION_POSSESSION */
export function checkRegistration(authority: KeyAuthority, registration: SigncryptionKeyRegistration): void {
  checkPossession(authority, decodePublicKey(authority, registration, registration.publicKey), registration);
}

const keyCache = new Map<string, SigncryptionPublicKey>();

/** A registered key as points; those in use are kept, since computing X_u of one costs more than checking a report with it. */
export function registeredKey(
  authority: KeyAuthority,
  { purpose, id, epoch, publicKey }: Omit<SigncryptionKeyRecord, 'revoked' | 'party'>,
): SigncryptionPublicKey {
  const { channel, grid } = authority;
  const name = JSON.stringify([
    channel,
    grid,
    toBase64url(authority.publicKey),
    purpose,
    id,
    epoch,
    publicKey,
  ]);
  const cached = keyCache.get(name);
  if (cached) return cached;
  const key = decodePublicKey(authority, { purpose, id, epoch }, fromBase64url(publicKey, 'publicKey'));
  if (keyCache.size >= KEY_CACHE_SIZE) keyCache.clear();
  keyCache.set(name, key);
  return key;
}

/** What reports name, as far as the ledger knows it. */
export interface RegisteredKeys {
  /** By id. */
  readonly senders: ReadonlyMap<string, SigncryptionKeyRecord>;
  /** By receiver index. */
  readonly receivers: ReadonlyMap<string, SigncryptionKeyRecord>;
}

/** A directory whose senders are of one party. */
export function registeredDirectory(
  authority: KeyAuthority,
  { senders, receivers }: RegisteredKeys,
  party: SigncryptionParty,
): SigncryptionDirectory {
  return {
    sender: (meterId) => {
      const record = senders.get(meterId);
      if (record?.party !== party) throw refusal('METER_UNKNOWN', { meterId });
      if (record.revoked) throw refusal('METER_REVOKED', { meterId });
      return registeredKey(authority, record);
    },
    receiver: (index) => {
      const record = receivers.get(index);
      if (!record) throw refusal('RECEIVER_UNKNOWN', { receiverIndex: index });
      if (record.revoked) throw refusal('RECEIVER_REVOKED', { receiver: record.id });
      return registeredKey(authority, record);
    },
  };
}

/** Under which name the ledger keeps the current key of an identity: receivers are found by what reports name them by. */
export function currentKeyName(
  scope: ReportScope,
  { purpose, id }: { readonly purpose: KeyPurpose; readonly id: string },
): string {
  return purpose === 'sender' ? id : receiverIndex(scope, id);
}
