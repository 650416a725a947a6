/** What the contracts `reports` and `regulation` read again and again: terms, keys, sealed messages. */
import type { Context } from 'fabric-contract-api';
import { fromBase64url, toBase64url } from '../crypto/bytes.js';
import type { KeyAuthority, KeyPurpose, SigncryptionPublicKey } from '../crypto/signcryption-keys.js';
import {
  currentKeyName,
  registeredKey,
  type RegisteredKeys,
  type SigncryptionKeyRecord,
  type SigncryptionTermsRecord,
} from '../domain/signcryption-parties.js';
import type { Role } from '../domain/roles.js';
import { refusal } from '../errors.js';
import { requireRole } from './access.js';
import type { Caller } from './caller.js';
import { readState, writeBytes, type StateKind } from './state.js';

/** A grid with signcryption. */
export interface SigncryptionGrid {
  readonly terms: SigncryptionTermsRecord;
  readonly authority: KeyAuthority;
}

/** Whoever takes part may read what all peers have anyway. */
export const SIGNCRYPTION_READERS: readonly Role[] = [
  ...(['kgc', 'accounting', 'operator', 'regulator', 'supplier'] as const),
  ...(['customer', 'auditor', 'registrar'] as const),
];

/** @throws NotFoundError SIGNCRYPTION_UNKNOWN */
export async function requireSigncryption(ctx: Context, grid: string): Promise<SigncryptionGrid> {
  const terms = await readState<SigncryptionTermsRecord>(ctx.stub, 'signcryption', [grid]);
  if (!terms) throw refusal('SIGNCRYPTION_UNKNOWN', { grid });
  const publicKey = fromBase64url(terms.authorityKey, 'authorityKey');
  return { terms, authority: { channel: ctx.stub.getChannelID(), grid, publicKey } };
}

/** A role of any organisation. @throws AuthorisationError ROLE_REQUIRED. @throws NotFoundError SIGNCRYPTION_UNKNOWN */
export async function requireSigncryptionRole(
  ctx: Context,
  grid: string,
  ...roles: readonly Role[]
): Promise<SigncryptionGrid & { readonly caller: Caller }> {
  const caller = await requireRole(ctx, ...roles);
  return { ...(await requireSigncryption(ctx, grid)), caller };
}

/** A role of the grid's owner. @throws AuthorisationError ROLE_REQUIRED, NOT_GRID_OWNER. @throws NotFoundError SIGNCRYPTION_UNKNOWN */
export async function requireSigncryptionOwner(
  ctx: Context,
  grid: string,
  role: Role,
): Promise<SigncryptionGrid & { readonly caller: Caller }> {
  const found = await requireSigncryptionRole(ctx, grid, role);
  const { owner } = found.terms;
  if (owner !== found.caller.mspId) throw refusal('NOT_GRID_OWNER', { grid, owner });
  return found;
}

export function keyKind(purpose: KeyPurpose): StateKind {
  return purpose === 'sender' ? 'signcryption-sender' : 'signcryption-receiver';
}

/** The key that counts for an identity. */
export function readKey(
  ctx: Context,
  { channel, grid }: Pick<KeyAuthority, 'channel' | 'grid'>,
  identity: { readonly purpose: KeyPurpose; readonly id: string },
): Promise<SigncryptionKeyRecord | undefined> {
  const name = currentKeyName({ channel, grid }, identity);
  return readState(ctx.stub, keyKind(identity.purpose), [grid, name]);
}

/** The signing key of a meter. @throws NotFoundError METER_UNKNOWN. @throws StateConflictError METER_REVOKED */
export async function requireMeterKey(
  ctx: Context,
  authority: KeyAuthority,
  meterId: string,
): Promise<SigncryptionPublicKey> {
  const record = await readKey(ctx, authority, { purpose: 'sender', id: meterId });
  if (record?.party !== 'meter') throw refusal('METER_UNKNOWN', { meterId });
  if (record.revoked) throw refusal('METER_REVOKED', { meterId });
  return registeredKey(authority, record);
}

/** One read for each key that is named: a scan would read the keys of all meters of the grid for a block of a few. */
export async function readRegisteredKeys(
  ctx: Context,
  grid: string,
  senderIds: Iterable<string>,
  receiverIndices: Iterable<string>,
): Promise<RegisteredKeys> {
  const read = async (
    kind: StateKind,
    names: Iterable<string>,
  ): Promise<Map<string, SigncryptionKeyRecord>> => {
    const found = new Map<string, SigncryptionKeyRecord>();
    for (const name of new Set(names)) {
      const record = await readState<SigncryptionKeyRecord>(ctx.stub, kind, [grid, name]);
      if (record) found.set(name, record);
    }
    return found;
  };
  return {
    senders: await read('signcryption-sender', senderIds),
    receivers: await read('signcryption-receiver', receiverIndices),
  };
}

/** Keeps a sealed message under its digest, where the terms say that the ledger keeps bytes. @returns the digest, base64url */
export async function keepSealed(
  ctx: Context,
  { storage, grid }: SigncryptionTermsRecord,
  digest: Uint8Array,
  sealed: Uint8Array,
): Promise<string> {
  const name = toBase64url(digest);
  if (storage === 'ledger') await writeBytes(ctx.stub, 'sealed-message', [grid, name], sealed);
  return name;
}
