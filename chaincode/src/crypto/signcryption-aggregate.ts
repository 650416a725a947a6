/**
 * EXPERIMENTAL: signatures of a slot that add up to one point of 96 bytes (spec 3.C, form 002-S of paper 002 CBSG), public side.
 *
 * An option beside the signature (W, z) of signcryption.ts, which is what grids use: the construction is our own, its proof is a sketch, nobody has reviewed it, and no contract takes it.
 * Run by accounting nodes and by whoever checks a block. Keys are certificateless as in signcryption-keys.ts, on G1 of BLS12-381. P generator of G1.
 *
 *   x, Y_Pub = xP master key   x_u, Y_u = x_u P   α_u, h_u = r_u + η_u x, X_u = α_u + η_u Y_Pub = h_u P        η_u = H(channel, grid, id, epoch, Y_Pub, α_u, Y_u)
 *   Q, Q', R, R' in G2, hashes of the grid and the slot        β, γ = H(grid, slot, id, epoch, key, message)
 *   T_i = x_i (Q + β_i Q') + h_i (R + γ_i R')          T = Σ T_i
 *   e(P, T) = e(Σ Y_i, Q) e(Σ β_i Y_i, Q') e(Σ X_i, R) e(Σ γ_i X_i, R')          five pairings for any number of meters; no nonce, hence nothing that its repetition would show
 *
 * Conditions, all of them necessary: one signature of a signer in a slot (three let anyone make a fourth, T002-S), and proofs of possession for both secrets (otherwise one key cancels another).
 * It says that the set of reports is what the set of meters signed, not that each contribution is right: bad ones are excluded before they are added, `findBadContributions`.
 * Assumes co-computational Diffie-Hellman in (G1, G2) and the random oracle model. BigInt, not constant time: everything here is public.
 */
import { createHash } from 'node:crypto';
import { pippenger } from '@noble/curves/abstract/curve.js';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { refusal } from '../errors.js';
import {
  BLS_PUBLIC_KEY_BYTES,
  BLS_SIGNATURE_BYTES,
  checkCompressedPoint,
  pointInGroup,
} from './bls-suite.js';
import { bigintToBytes, bytesToBigint, concatBytes, lp, u32, u64, utf8 } from './bytes.js';
import { findBadByHalving } from './halving.js';
import { expectLength } from './message-fields.js';
import type { ReportScope, SigncryptedReport } from './signcryption.js';

const { G1, G2, fields, longSignatures, pairingBatch } = bls12_381;
const LABEL = 'gridveil/signcryption-aggregate';
const DST_SLOT = utf8(`${LABEL}/slot/v1/BLS12381G2_XMD:SHA-256_SSWU_RO_`);
export const AGGREGATE_ORDER = fields.Fr.ORDER;
export const AGGREGATE_SCALAR_BYTES = 32;
/** α_u and Y_u. */
export const AGGREGATE_KEY_BYTES = 2 * BLS_PUBLIC_KEY_BYTES;
/** T_i, and their sum. */
export const CONTRIBUTION_BYTES = BLS_SIGNATURE_BYTES;
/** A point of G1 and a scalar. */
export const AGGREGATE_POSSESSION_BYTES = BLS_PUBLIC_KEY_BYTES + AGGREGATE_SCALAR_BYTES;

export type AggregateKeyPoint = ReturnType<typeof G1.Point.fromBytes>;
export type SlotPoint = ReturnType<typeof G2.Point.fromBytes>;

/** Whose partial keys count. */
export interface AggregateAuthority extends ReportScope {
  /** Y_Pub, 48 bytes. */
  readonly publicKey: Uint8Array;
}

export interface AggregateIdentity {
  readonly id: string;
  readonly epoch: number;
}

export interface AggregatePublicKey extends AggregateIdentity {
  /** Y_u */
  readonly own: AggregateKeyPoint;
  /** X_u */
  readonly partial: AggregateKeyPoint;
  /** Everything about the key. */
  readonly statement: Uint8Array;
}

/** 80 bytes each. */
export interface AggregatePossession {
  readonly own: Uint8Array;
  readonly partial: Uint8Array;
}

/** One meter's part of an aggregate. */
export interface SignedContribution {
  readonly key: AggregatePublicKey;
  /** `aggregateMessage` of its report. */
  readonly message: Uint8Array;
}

/** H with 512 bits of output, so that it is uniform modulo the order. */
function hashToScalar(bytes: Uint8Array): bigint {
  return bytesToBigint(createHash('sha512').update(bytes).digest()) % AGGREGATE_ORDER;
}

function decodeKeyPoint(bytes: Uint8Array, what: string): AggregateKeyPoint {
  checkCompressedPoint(bytes, BLS_PUBLIC_KEY_BYTES, what);
  return pointInGroup(what, () => G1.Point.fromBytes(bytes));
}

function keyStatement(
  { channel, grid, publicKey }: AggregateAuthority,
  { id, epoch }: AggregateIdentity,
  bytes: Uint8Array,
): Uint8Array {
  return lp(`${LABEL}/key/v1`, channel, grid, publicKey, id, u32(epoch), bytes);
}

/** η_u. @param bytes - α_u ‖ Y_u */
export function aggregateKeyChallenge(
  authority: AggregateAuthority,
  identity: AggregateIdentity,
  bytes: Uint8Array,
): bigint {
  return hashToScalar(lp(`${LABEL}/partial-key/v1`, keyStatement(authority, identity, bytes)));
}

/**
 * Decodes a public key and computes its X_u. Cost: 8 ms.
 * @param bytes - α_u ‖ Y_u
 * @throws DecodeError BAD_LENGTH, BAD_BLS_POINT
 */
export function decodeAggregateKey(
  authority: AggregateAuthority,
  { id, epoch }: AggregateIdentity,
  bytes: Uint8Array,
): AggregatePublicKey {
  expectLength(bytes, AGGREGATE_KEY_BYTES, 'An aggregate key');
  const what = `The aggregate key of "${id}"`;
  const alpha = decodeKeyPoint(bytes.subarray(0, BLS_PUBLIC_KEY_BYTES), what);
  const own = decodeKeyPoint(bytes.subarray(BLS_PUBLIC_KEY_BYTES), what);
  const master = decodeKeyPoint(authority.publicKey, 'The key of the control centre');
  const eta = aggregateKeyChallenge(authority, { id, epoch }, bytes);
  const partial = alpha.add(master.multiplyUnsafe(eta));
  if (partial.is0()) throw refusal('BAD_BLS_POINT', { what, reason: 'its partial key is the identity' });
  return { id, epoch, own, partial, statement: keyStatement(authority, { id, epoch }, bytes) };
}

/** What proves that one knows the secret of a point is bound to. @param announcement - 48 bytes */
export function aggregatePossessionChallenge(
  secret: keyof AggregatePossession,
  statement: Uint8Array,
  announcement: Uint8Array,
): bigint {
  return hashToScalar(lp(`${LABEL}/possession/v1`, secret, statement, announcement));
}

/**
 * Schnorr proofs of x_u and h_u: sP = A + cY. A key counts only with both.
 * @throws DecodeError BAD_LENGTH, BAD_BLS_POINT, BAD_FIELD. @throws ProofRejectedError BAD_SIGNCRYPTION_POSSESSION
 */
export function checkAggregatePossession(key: AggregatePublicKey, possession: AggregatePossession): void {
  for (const secret of ['own', 'partial'] as const) {
    const proof = possession[secret];
    expectLength(proof, AGGREGATE_POSSESSION_BYTES, 'A proof of possession');
    const announcement = proof.subarray(0, BLS_PUBLIC_KEY_BYTES);
    const answer = decodeScalar(proof.subarray(BLS_PUBLIC_KEY_BYTES));
    const c = aggregatePossessionChallenge(secret, key.statement, announcement);
    const right = decodeKeyPoint(announcement, 'A proof of possession').add(key[secret].multiplyUnsafe(c));
    if (!G1.Point.BASE.multiplyUnsafe(answer).equals(right))
      throw refusal('BAD_SIGNCRYPTION_POSSESSION', { id: key.id, secret });
  }
}

function decodeScalar(bytes: Uint8Array): bigint {
  const scalar = bytesToBigint(bytes);
  if (scalar >= AGGREGATE_ORDER)
    throw refusal('BAD_FIELD', { field: 'answer', expected: 'a scalar below the order of the group' });
  return scalar;
}

/** @param scalar - below the order. 32 bytes, big-endian */
export function encodeAggregateScalar(scalar: bigint): Uint8Array {
  return bigintToBytes(scalar, AGGREGATE_SCALAR_BYTES);
}

/** Q, Q', R, R' of a slot. Cost: 32 ms. */
export function slotPoints({ channel, grid }: ReportScope, slot: number): readonly SlotPoint[] {
  return ['Q', "Q'", 'R', "R'"].map((name) =>
    longSignatures.hash(lp(`${LABEL}/slot/v1`, channel, grid, u64(slot), name), DST_SLOT),
  );
}

/** What is signed of a report: all of it but a signature. @param bound - hdr*, `boundHeader` of signcryption.ts */
export function aggregateMessage(
  bound: Uint8Array,
  { keyMaterial, parts }: Pick<SigncryptedReport, 'keyMaterial' | 'parts'>,
): Uint8Array {
  return new Uint8Array(
    createHash('sha512')
      .update(lp(`${LABEL}/message/v1`, bound, keyMaterial, lp(...parts)))
      .digest(),
  );
}

/** β and γ. */
export function contributionChallenges(
  { channel, grid }: ReportScope,
  slot: number,
  { key, message }: SignedContribution,
): { readonly beta: bigint; readonly gamma: bigint } {
  const signed = lp(`${LABEL}/signed/v1`, channel, grid, u64(slot), key.statement, message);
  return {
    beta: hashToScalar(lp(`${LABEL}/beta/v1`, signed)),
    gamma: hashToScalar(lp(`${LABEL}/gamma/v1`, signed)),
  };
}

/** @throws DecodeError BAD_LENGTH, BAD_BLS_POINT */
function decodeContribution(bytes: Uint8Array): SlotPoint {
  const what = 'A contribution to an aggregate';
  checkCompressedPoint(bytes, CONTRIBUTION_BYTES, what);
  return pointInGroup(what, () => G2.Point.fromBytes(bytes));
}

/** T = Σ T_i, 96 bytes. @throws DecodeError BAD_LENGTH, BAD_BLS_POINT, also when the sum is the identity */
export function sumContributions(contributions: readonly Uint8Array[]): Uint8Array {
  const sum = contributions.map(decodeContribution).reduce((total, T) => total.add(T), G2.Point.ZERO);
  if (sum.is0()) throw refusal('BAD_BLS_POINT', { what: 'The aggregate', reason: 'it is the identity' });
  return sum.toBytes(true);
}

/**
 * Whether T is the sum of what these meters signed for these reports in this slot. Cost for 100 reports: 0.2 s.
 * @param accepted - meters that the slot has a report of already
 * @returns false also for no report
 * @throws StateConflictError REPORT_EQUIVOCATION for a meter that is there twice, or was accepted before. @throws DecodeError BAD_LENGTH, BAD_BLS_POINT for a T that is no point
 */
export function aggregateHolds(
  scope: ReportScope,
  slot: number,
  signed: readonly SignedContribution[],
  T: Uint8Array,
  accepted: ReadonlySet<string> = new Set(),
): boolean {
  requireOneOfEach(slot, signed, accepted);
  return signed.length > 0 && sumHolds(slotPoints(scope, slot), scope, slot, signed, decodeContribution(T));
}

/** Three signatures of one meter in one slot give away a fourth: the rule that everything rests on. */
function requireOneOfEach(
  slot: number,
  signed: readonly SignedContribution[],
  accepted: ReadonlySet<string>,
): void {
  const seen = new Set(accepted);
  for (const { key } of signed) {
    if (seen.has(key.id)) throw refusal('REPORT_EQUIVOCATION', { meterId: key.id, slot });
    seen.add(key.id);
  }
}

function sumHolds(
  points: readonly SlotPoint[],
  scope: ReportScope,
  slot: number,
  signed: readonly SignedContribution[],
  T: SlotPoint,
): boolean {
  const challenges = signed.map((one) => contributionChallenges(scope, slot, one));
  const [own, partial] = [signed.map(({ key }) => key.own), signed.map(({ key }) => key.partial)];
  const sum = (keys: readonly AggregateKeyPoint[]): AggregateKeyPoint =>
    keys.reduce((total, key) => total.add(key), G1.Point.ZERO);
  const weighted = (keys: AggregateKeyPoint[], weights: bigint[]): AggregateKeyPoint =>
    pippenger(G1.Point, keys, weights);
  const keySums = [
    sum(own),
    weighted(
      own,
      challenges.map(({ beta }) => beta),
    ),
    sum(partial),
    weighted(
      partial,
      challenges.map(({ gamma }) => gamma),
    ),
  ];
  const pairs = [
    { g1: G1.Point.BASE.negate(), g2: T },
    ...keySums.flatMap((g1, i) => {
      const g2 = points[i];
      // noble takes no identity in a pairing; its factor would be 1.
      return g2 === undefined || g1.is0() ? [] : [{ g1, g2 }];
    }),
  ];
  return fields.Fp12.eql(pairingBatch(pairs), fields.Fp12.ONE);
}

/**
 * Places of contributions that do not belong into the aggregate, in order; what is left adds up to one that holds. Contributions that only cancel each other's error stay: an aggregate is about the set.
 * @throws StateConflictError REPORT_EQUIVOCATION. @throws DecodeError BAD_LENGTH, BAD_BLS_POINT of the first one that is no point
 */
export function findBadContributions(
  scope: ReportScope,
  slot: number,
  contributions: readonly (SignedContribution & { readonly contribution: Uint8Array })[],
): number[] {
  requireOneOfEach(slot, contributions, new Set());
  const points = slotPoints(scope, slot);
  const decoded = contributions.map(({ contribution }) => decodeContribution(contribution));
  return findBadByHalving(contributions.length, (start, end) => {
    const T = decoded.slice(start, end).reduce((total, one) => total.add(one), G2.Point.ZERO);
    return !T.is0() && sumHolds(points, scope, slot, contributions.slice(start, end), T);
  });
}

/** A key or proof as it is sent. */
export function encodeAggregateKey(alpha: AggregateKeyPoint, own: AggregateKeyPoint): Uint8Array {
  return concatBytes(alpha.toBytes(true), own.toBytes(true));
}
