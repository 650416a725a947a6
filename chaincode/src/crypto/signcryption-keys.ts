/**
 * Signcryption (paper 002 CBSG, hardened form 002-H), public side: certificateless public keys and the proofs that come with them.
 *
 * Checked by every endorser when a key is registered, and by whoever asks the control centre for a partial key. Secrets are in client/src/crypto/signcryption-keys.ts.
 * Source: paper 002 section IV.A, IV.B; spec/schemes.md 3.C; group of ristretto.ts, where the paper has a pairing group.
 *
 *   x, Y_Pub = xP       master key of the control centre, which is the key generation centre (KGC)
 *   x_u, Y_u = x_u P    a user's own secret             α_u = r_u P, h_u = r_u + η_u x     partial key from the KGC, sent in secret
 *   η_u = H1(channel, grid, purpose, id, epoch, Y_Pub, α_u, Y_u)                X_u = α_u + η_u Y_Pub = h_u P     the check that the paper leaves out
 *   possession: Schnorr proofs of x_u for Y_u and of h_u for X_u: (A, s) with sP = A + cY, 64 bytes each
 *
 * Deviations from the paper: η also hashes Y_u, so that a partial key fits one own key and a replaced one is worth nothing (B2.2, B2.4), and so that two keys of one
 * identity and epoch convict the KGC. Sending and receiving keys are different identities, `purpose`. A KGC that registers a wrong key for an id is not stopped by any certificateless
 * scheme; keys are on the ledger, one for each identity and epoch, so that it is seen.
 */
import { refusal } from '../errors.js';
import { concatBytes, lp, u32, utf8 } from './bytes.js';
import { expectLength } from './message-fields.js';
import { GENERATOR, productsVanishVartime, ReceivedPoint } from './received-point.js';
import { decodeScalar, hashToScalar, RISTRETTO_BYTES, RISTRETTO_ORDER } from './ristretto.js';
import { sumOfProductsVartime } from './ristretto-sum.js';

const KEY_LABEL = utf8('gridveil/signcryption/key/v1');
const REQUEST_LABEL = utf8('gridveil/signcryption/key-request/v1');
const PARTIAL_LABEL = utf8('gridveil/signcryption/partial-key/v1');
const POSSESSION_LABEL = utf8('gridveil/signcryption/possession/v1');
/** A point and a scalar. */
export const POSSESSION_BYTES = 64;
/** α_u and Y_u. */
export const PUBLIC_KEY_BYTES = 64;

/** Whose partial keys count on a grid. */
export interface KeyAuthority {
  readonly channel: string;
  readonly grid: string;
  /** Y_Pub, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** What a key is for: reports are signed with the one, parts are opened with the other. */
export type KeyPurpose = 'sender' | 'receiver';

export interface KeyIdentity {
  readonly purpose: KeyPurpose;
  readonly id: string;
  /** Numbers the keys of this id and purpose. */
  readonly epoch: number;
}

/** A decoded public key. Who made it knows its secrets once `possessionHolds` for both. */
export interface SigncryptionPublicKey extends KeyIdentity {
  /** α_u ‖ Y_u as they were sent. */
  readonly bytes: Uint8Array;
  /** Y_u */
  readonly own: ReceivedPoint;
  /** X_u */
  readonly partial: ReceivedPoint;
  /** Everything about the key: what is hashed wherever the key counts. */
  readonly statement: Uint8Array;
}

/** Which secret a proof of possession is about. */
export type KeySecret = 'own' | 'partial';

/** Decodes Y_Pub. @throws DecodeError BAD_LENGTH, BAD_FIELD */
export function decodeAuthorityKey(publicKey: Uint8Array): ReceivedPoint {
  expectLength(publicKey, RISTRETTO_BYTES, 'The key of the control centre');
  return new ReceivedPoint(publicKey, 'authorityKey');
}

/** What a proof of x_u is about when nobody has seen α_u yet. @param own - Y_u, 32 bytes */
export function requestStatement(
  authority: KeyAuthority,
  identity: KeyIdentity,
  own: Uint8Array,
): Uint8Array {
  return lp(REQUEST_LABEL, ...identityFields(authority, identity), own);
}

function keyStatement(authority: KeyAuthority, identity: KeyIdentity, bytes: Uint8Array): Uint8Array {
  return lp(KEY_LABEL, ...identityFields(authority, identity), bytes);
}

function identityFields(
  { channel, grid, publicKey }: KeyAuthority,
  { purpose, id, epoch }: KeyIdentity,
): (string | Uint8Array)[] {
  return [channel, grid, publicKey, purpose, id, u32(epoch)];
}

/** η_u. @param bytes - α_u ‖ Y_u */
export function partialKeyChallenge(
  authority: KeyAuthority,
  identity: KeyIdentity,
  bytes: Uint8Array,
): bigint {
  return hashToScalar(lp(PARTIAL_LABEL, keyStatement(authority, identity, bytes)));
}

/**
 * Decodes a public key and computes its X_u. Cost: 2 ms.
 * @param bytes - α_u ‖ Y_u
 * @throws DecodeError BAD_LENGTH, BAD_FIELD for points that are not canonical or the identity.
 */
export function decodePublicKey(
  authority: KeyAuthority,
  { purpose, id, epoch }: KeyIdentity,
  bytes: Uint8Array,
): SigncryptionPublicKey {
  expectLength(bytes, PUBLIC_KEY_BYTES, `The signcryption key of "${id}"`);
  const identity = { purpose, id, epoch };
  const copy = Uint8Array.from(bytes);
  const alpha = new ReceivedPoint(copy.subarray(0, RISTRETTO_BYTES), 'alpha');
  const own = new ReceivedPoint(copy.subarray(RISTRETTO_BYTES), 'ownKey');
  const partial = sumOfProductsVartime([
    { point: alpha.prepared, scalar: 1n },
    {
      point: decodeAuthorityKey(authority.publicKey).prepared,
      scalar: partialKeyChallenge(authority, identity, copy),
    },
  ]);
  if (partial.is0())
    throw refusal('BAD_FIELD', { field: 'alpha', expected: 'of a partial key other than 0' });
  return {
    ...identity,
    bytes: copy,
    own,
    partial: new ReceivedPoint(partial.toBytes(), 'partialKey'),
    statement: keyStatement(authority, identity, copy),
  };
}

/** c of a proof of possession. @param announcement - A, 32 bytes. @param statement - `requestStatement` for x_u, `statement` of the key for h_u */
export function possessionChallenge(
  secret: KeySecret,
  statement: Uint8Array,
  announcement: Uint8Array,
): bigint {
  return hashToScalar(lp(POSSESSION_LABEL, secret, statement, announcement));
}

export function encodePossession(announcement: Uint8Array, answer: Uint8Array): Uint8Array {
  return concatBytes(announcement, answer);
}

/**
 * Whether who made the proof knows the logarithm of `point`: sP - cY - A = O. Cost: 0.5 ms, without WebAssembly 3 ms.
 * @throws DecodeError BAD_LENGTH, BAD_FIELD
 */
function possessionHolds(
  secret: KeySecret,
  statement: Uint8Array,
  point: ReceivedPoint,
  proof: Uint8Array,
): boolean {
  expectLength(proof, POSSESSION_BYTES, `The proof of the ${secret} secret`);
  const announcement = new ReceivedPoint(proof.subarray(0, RISTRETTO_BYTES), 'announcement');
  const s = decodeScalar(proof.subarray(RISTRETTO_BYTES), 'answer');
  const c = possessionChallenge(secret, statement, announcement.bytes);
  return productsVanishVartime([
    { point: GENERATOR, scalar: s },
    { point, scalar: (RISTRETTO_ORDER - c) % RISTRETTO_ORDER },
    { point: announcement, scalar: RISTRETTO_ORDER - 1n },
  ]);
}

/** A request for a partial key. */
export interface KeyRequest extends KeyIdentity {
  /** Y_u, 32 bytes. */
  readonly own: Uint8Array;
  /** Of x_u, 64 bytes. */
  readonly possession: Uint8Array;
}

/**
 * What the KGC checks before it makes a partial key; who asks, it has to know otherwise.
 * @throws DecodeError BAD_LENGTH, BAD_FIELD. @throws ProofRejectedError BAD_SIGNCRYPTION_POSSESSION
 */
export function checkKeyRequest(authority: KeyAuthority, { own, possession, ...identity }: KeyRequest): void {
  expectLength(own, RISTRETTO_BYTES, `The own key of "${identity.id}"`);
  const point = new ReceivedPoint(own, 'ownKey');
  if (!possessionHolds('own', requestStatement(authority, identity, own), point, possession))
    throw refusal('BAD_SIGNCRYPTION_POSSESSION', { id: identity.id, secret: 'own' });
}

/** Proofs of both secrets, 64 bytes each. */
export interface KeyPossession {
  readonly own: Uint8Array;
  readonly partial: Uint8Array;
}

/**
 * What every endorser checks before a key is registered: whoever registers it knows x_u and h_u.
 * @throws DecodeError BAD_LENGTH, BAD_FIELD. @throws ProofRejectedError BAD_SIGNCRYPTION_POSSESSION
 */
export function checkPossession(
  authority: KeyAuthority,
  key: SigncryptionPublicKey,
  { own, partial }: KeyPossession,
): void {
  checkKeyRequest(authority, { ...identityOf(key), own: key.own.bytes, possession: own });
  if (!possessionHolds('partial', key.statement, key.partial, partial))
    throw refusal('BAD_SIGNCRYPTION_POSSESSION', { id: key.id, secret: 'partial' });
}

export function identityOf({ purpose, id, epoch }: KeyIdentity): KeyIdentity {
  return { purpose, id, epoch };
}
