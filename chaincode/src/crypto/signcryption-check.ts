/**
 * Signcryption (paper 002 CBSG, hardened form 002-H): are reports genuine? Paper 002 section IV.D, Eq. (2), with the weights of spec 6.3.
 *
 * Run by accounting nodes on reports, by endorsers on blocks, by anyone on stored reports. Symbols as in signcryption.ts. The caller sees to the time window and to one report for each
 * meter and slot. For n reports with weights δ_i of 128 bits, a hash of everything checked:
 *
 *   Σ δ_i (β_i·Y_i + γ_i·X_i + W_i) - (Σ δ_i z_i)·P = O       one sum of 3n + 1 products; coefficients of one sender's keys are added up
 *
 * An invalid batch passes with probability 2^-128 for each hash that its maker tries (random oracle model); two signatures that cancel each other's error do not (B2.8).
 * Cost for 100 reports: 20 ms, without WebAssembly 60 ms. Not constant time: everything here is public.
 */
import { createHash } from 'node:crypto';
import { type GridveilError, refusal } from '../errors.js';
import { asRefusal, type BadReport } from './bad-report.js';
import { bytesToBigint, lp, u32 } from './bytes.js';
import { findBadByHalving } from './halving.js';
import { GENERATOR, productsVanishVartime, ReceivedPoint, type ReceivedProduct } from './received-point.js';
import { decodeScalar, RISTRETTO_ORDER } from './ristretto.js';
import { ristrettoEngine, type RistrettoEngine } from './ristretto-engine.js';
import {
  boundHeader,
  receiverIndex,
  signatureChallenges,
  type ReceiverName,
  type ReportScope,
  type SignatureChallenges,
  type SigncryptedReport,
} from './signcryption.js';
import type { SigncryptionPublicKey } from './signcryption-keys.js';

const BATCH_LABEL = 'gridveil/signcryption/batch/v1';
const WEIGHT_LABEL = 'gridveil/signcryption/batch-weight/v1';
const WEIGHT_BYTES = 16;

/** The registered keys of a grid; all of them passed their proofs of possession. */
export interface SigncryptionDirectory {
  /** The signing key that counts for a meter. @throws NotFoundError METER_UNKNOWN, StateConflictError METER_REVOKED and the like */
  sender(meterId: string): SigncryptionPublicKey;
  /** The key of the receiver with this index. @throws NotFoundError RECEIVER_UNKNOWN */
  receiver(index: string): SigncryptionPublicKey;
}

/** A directory of the keys given. */
export function directoryOf(
  scope: ReportScope,
  keys: readonly SigncryptionPublicKey[],
): SigncryptionDirectory {
  const senders = new Map(keys.filter(({ purpose }) => purpose === 'sender').map((key) => [key.id, key]));
  const receivers = new Map(
    keys.filter(({ purpose }) => purpose === 'receiver').map((key) => [receiverIndex(scope, key.id), key]),
  );
  return {
    sender: (meterId) => senders.get(meterId) ?? raise(refusal('METER_UNKNOWN', { meterId })),
    receiver: (index) => receivers.get(index) ?? raise(refusal('RECEIVER_UNKNOWN', { receiverIndex: index })),
  };
}

function raise(error: Error): never {
  throw error;
}

/**
 * The keys of a header's receivers, in its order.
 * @throws NotFoundError RECEIVER_UNKNOWN. @throws ValidationError RECEIVER_WRONG_EPOCH
 */
export function receiverKeys(
  directory: SigncryptionDirectory,
  receivers: readonly ReceiverName[],
): SigncryptionPublicKey[] {
  return receivers.map(({ index, epoch }) => {
    const key = directory.receiver(index);
    if (key.epoch !== epoch)
      throw refusal('RECEIVER_WRONG_EPOCH', { receiver: key.id, epoch, currentEpoch: key.epoch });
    return key;
  });
}

/** A report with all that its equation needs. */
interface Claim {
  readonly sender: SigncryptionPublicKey;
  readonly challenges: SignatureChallenges;
  readonly W: ReceivedPoint;
  readonly z: bigint;
}

/**
 * Reports of one slot that do not count, by place, each with its reason; none when all are genuine.
 * @param engine - the one of this process when left out; null computes with BigInt
 * @returns REPORT_WRONG_GRID, REPORT_WRONG_SLOT, REPORT_WRONG_EPOCH, RECEIVER_UNKNOWN, RECEIVER_WRONG_EPOCH, REPORT_BAD_SIGNATURE, BAD_FIELD for a D, W or z
 * that is not canonical, or what the directory says about the meter
 */
export function findBadSigncryptedReports(
  scope: ReportScope,
  slot: number,
  reports: readonly SigncryptedReport[],
  directory: SigncryptionDirectory,
  engine: RistrettoEngine | null = ristrettoEngine(),
): BadReport[] {
  const bad: BadReport[] = [];
  const claims: Claim[] = [];
  const places: number[] = [];
  reports.forEach((report, index) => {
    try {
      claims.push(claimOf(scope, slot, report, directory, engine));
      places.push(index);
    } catch (error) {
      bad.push({ index, refusal: asRefusal(error) });
    }
  });
  for (const place of findBadClaims(claims, engine)) {
    const index = places[place] ?? 0;
    bad.push({ index, refusal: badSignature(reports[index]?.header.meterId ?? '') });
  }
  return bad.sort((a, b) => a.index - b.index);
}

/**
 * One report: what a receiver checks before it opens its part.
 * @returns the keys of its receivers. @throws the refusal that `findBadSigncryptedReports` would name
 */
export function checkSigncryptedReport(
  scope: ReportScope,
  report: SigncryptedReport,
  directory: SigncryptionDirectory,
): SigncryptionPublicKey[] {
  const engine = ristrettoEngine();
  const claim = claimOf(scope, report.header.slot, report, directory, engine);
  if (findBadClaims([claim], engine).length > 0) throw badSignature(report.header.meterId);
  return receiverKeys(directory, report.header.receivers);
}

function badSignature(meterId: string): GridveilError {
  return refusal('REPORT_BAD_SIGNATURE', { meterId });
}

function claimOf(
  { channel, grid }: ReportScope,
  slot: number,
  report: SigncryptedReport,
  directory: SigncryptionDirectory,
  engine: RistrettoEngine | null,
): Claim {
  const { header, headerBytes, keyMaterial, commitment, answer } = report;
  const { meterId, epoch } = header;
  if (header.channel !== channel || header.grid !== grid) throw refusal('REPORT_WRONG_GRID');
  if (header.slot !== slot)
    throw refusal('REPORT_WRONG_SLOT', { meterId, slot: header.slot, expectedSlot: slot });
  const sender = directory.sender(meterId);
  if (sender.epoch !== epoch) throw refusal('REPORT_WRONG_EPOCH', { meterId, epoch });
  const bound = boundHeader(headerBytes, receiverKeys(directory, header.receivers));
  // Nothing is computed with D here, but a ledger shall not keep a report that nobody can open.
  new ReceivedPoint(keyMaterial, 'keyMaterial', engine);
  return {
    sender,
    challenges: signatureChallenges(bound, report, sender),
    W: new ReceivedPoint(commitment, 'commitment', engine),
    z: decodeScalar(answer, 'answer'),
  };
}

function findBadClaims(claims: readonly Claim[], engine: RistrettoEngine | null): number[] {
  const weights = batchWeights(claims);
  return findBadByHalving(claims.length, (start, end) =>
    claimsHold(claims.slice(start, end), weights.slice(start, end), engine),
  );
}

/** From a hash of everything that is checked, each in [1, 2^128); 1 for a single report. */
function batchWeights(claims: readonly Claim[]): bigint[] {
  if (claims.length === 1) return [1n];
  const hash = createHash('sha256').update(lp(BATCH_LABEL, u32(claims.length)));
  for (const { challenges, z } of claims) hash.update(lp(challenges.transcript, z.toString()));
  const transcript = hash.digest();
  return claims.map((_, i) => {
    const weight = createHash('sha256')
      .update(lp(WEIGHT_LABEL, transcript, u32(i)))
      .digest();
    return bytesToBigint(weight.subarray(0, WEIGHT_BYTES)) || 1n;
  });
}

function claimsHold(
  claims: readonly Claim[],
  weights: readonly bigint[],
  engine: RistrettoEngine | null,
): boolean {
  /** Coefficients of Y and X of each sender, not reduced. */
  const ofSenders = new Map<SigncryptionPublicKey, { own: bigint; partial: bigint }>();
  const products: ReceivedProduct[] = [];
  let ofGenerator = 0n;
  claims.forEach(({ sender, challenges, W, z }, i) => {
    const weight = weights[i] ?? 1n;
    const sums = ofSenders.get(sender) ?? { own: 0n, partial: 0n };
    sums.own += weight * challenges.beta;
    sums.partial += weight * challenges.gamma;
    ofSenders.set(sender, sums);
    products.push({ point: W, scalar: weight });
    ofGenerator += weight * z;
  });
  for (const [sender, { own, partial }] of ofSenders) {
    products.push({ point: sender.own, scalar: own % RISTRETTO_ORDER });
    products.push({ point: sender.partial, scalar: partial % RISTRETTO_ORDER });
  }
  products.push({
    point: GENERATOR,
    scalar: (RISTRETTO_ORDER - (ofGenerator % RISTRETTO_ORDER)) % RISTRETTO_ORDER,
  });
  return productsVanishVartime(products, engine);
}
