/**
 * Signcryption (paper 002 CBSG, hardened form 002-H), public side: the bytes of a report, which carries one sealed part for each of its receivers.
 *
 * Written by meters, read by accounting nodes, every endorser, receivers and strangers. Source: paper 002 section IV.C, Eq. (1); spec/schemes.md 0.5, 3.C.
 * Neighbours: signcryption-keys.ts (keys), signcryption-check.ts (is it genuine), client/src/crypto/signcryption.ts (seal and open).
 *
 *   ID_S meter   slot counted from 1970   J_R index of a receiver, f_Index of the paper: the first 16 bytes of SHA-256(lp(INDEX_LABEL, channel, grid, ID_R))
 *   D = dP   key material of this report   ω_j part of receiver j, AES-256-GCM: as long as its plaintext and 16 bytes more   (W, z) signature, W = wP
 *   hdr    = lp(HEADER_LABEL, channel, grid, epoch, slot, ID_S, J_1 ‖ epoch_1 ‖ … ‖ J_m ‖ epoch_m)      J ascending, each once
 *   hdr*   = lp(BOUND_LABEL, hdr, the public keys of the receivers)                   not sent: whoever reads the report knows the keys
 *   report = lp(REPORT_LABEL, hdr, D ‖ W ‖ z, ω_1, …, ω_m)              with 3 receivers 55 bytes more than header, D, W, z and parts
 *   t      = SHA-512(lp(SIGNED_LABEL, hdr*, D, lp(ω_1, …, ω_m), public key of ID_S, W))          β = H2(lp(BETA_LABEL, t))   γ = H2(lp(GAMMA_LABEL, t))
 *   z·P    = β·Y_S + γ·X_S + W
 *
 * Deviations from the paper: no pairing (DESIGN section 1); W, slot and receivers with their keys are hashed and both secrets have a coefficient (B2.1, B2.2, B2.5);
 * fields are joined injectively (B2.9); D belongs to one report (B2.10); parts are listed by receiver, not summed, since sums of ciphertexts under different keys decrypt to nothing (B2.6).
 */
import { createHash } from 'node:crypto';
import { refusal } from '../errors.js';
import { bytesToHex, concatBytes, lp, splitLp, splitLpAll, u32, u64, utf8 } from './bytes.js';
import { decodeIdentifier, MAX_IDENTIFIER_BYTES } from './identifier.js';
import { expectLabel, expectLength, readSlot, readU32 } from './message-fields.js';
import { hashToScalar, RISTRETTO_BYTES } from './ristretto.js';
import type { KeyAuthority, SigncryptionPublicKey } from './signcryption-keys.js';

const INDEX_LABEL = utf8('gridveil/signcryption/receiver-index/v1');
const HEADER_LABEL = utf8('gridveil/signcryption/header/v1');
const BOUND_LABEL = utf8('gridveil/signcryption/bound-header/v1');
const REPORT_LABEL = utf8('gridveil/signcryption/report/v1');
const SIGNED_LABEL = utf8('gridveil/signcryption/signed/v1');
const BETA_LABEL = utf8('gridveil/signcryption/beta/v1');
const GAMMA_LABEL = utf8('gridveil/signcryption/gamma/v1');
const DIGEST_LABEL = utf8('gridveil/signcryption/report-digest/v1');
const INDEX_BYTES = 16;
const RECEIVER_BYTES = INDEX_BYTES + 4;
const SEAL_BYTES = 3 * RISTRETTO_BYTES;
export const PART_TAG_BYTES = 16;
export const MAX_RECEIVERS = 16;
export const MAX_PLAINTEXT_BYTES = 4096;
const MAX_PART_BYTES = MAX_PLAINTEXT_BYTES + PART_TAG_BYTES;
/** Labels, prefixes, identifiers and fixed fields: no honest report has more than this beside its parts. */
const REPORT_OVERHEAD_BYTES = 320 + 3 * MAX_IDENTIFIER_BYTES + MAX_RECEIVERS * (RECEIVER_BYTES + 4);
export const MAX_REPORT_BYTES = REPORT_OVERHEAD_BYTES + MAX_RECEIVERS * MAX_PART_BYTES;

/** Where reports count. */
export type ReportScope = Pick<KeyAuthority, 'channel' | 'grid'>;

/** A receiver as a header names it. */
export interface ReceiverName {
  /** J_R, 32 hex digits. */
  readonly index: string;
  /** Of the receiver's key. */
  readonly epoch: number;
}

export interface SigncryptionHeader extends ReportScope {
  /** Of the meter's signing key. */
  readonly epoch: number;
  readonly slot: number;
  readonly meterId: string;
  /** Ascending by index, each once. */
  readonly receivers: readonly ReceiverName[];
}

export interface SigncryptedReport {
  readonly header: SigncryptionHeader;
  /** The header as it was sent. */
  readonly headerBytes: Uint8Array;
  /** D, encoded, not yet decoded as a point. */
  readonly keyMaterial: Uint8Array;
  /** W, encoded, not yet decoded as a point. */
  readonly commitment: Uint8Array;
  /** z, encoded, not yet decoded as a scalar. */
  readonly answer: Uint8Array;
  /** ω_j in the order of the receivers. */
  readonly parts: readonly Uint8Array[];
}

/** J_R: where the part of a receiver is found. 32 hex digits. */
export function receiverIndex({ channel, grid }: ReportScope, receiverId: string): string {
  return createHash('sha256')
    .update(lp(INDEX_LABEL, channel, grid, receiverId))
    .digest('hex')
    .slice(0, 2 * INDEX_BYTES);
}

/** @throws RangeError for receivers out of order, repeated, none or too many. */
export function encodeSigncryptionHeader(header: SigncryptionHeader): Uint8Array {
  const { channel, grid, epoch, slot, meterId, receivers } = header;
  const ascending = receivers.every(({ index }, i) => i === 0 || (receivers[i - 1]?.index ?? '') < index);
  if (!ascending || receivers.length === 0 || receivers.length > MAX_RECEIVERS)
    throw new RangeError(
      `"receivers" expected 1 to ${MAX_RECEIVERS} receivers by ascending index, each once`,
    );
  const names = receivers.flatMap((receiver) => [indexBytes(receiver.index), u32(receiver.epoch)]);
  return lp(HEADER_LABEL, channel, grid, u32(epoch), u64(slot), meterId, concatBytes(...names));
}

/** @throws RangeError unless the index is 32 lower-case hex digits. */
function indexBytes(index: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/.test(index)) throw new RangeError('"index" expected 32 hex digits');
  return Buffer.from(index, 'hex');
}

/** @throws DecodeError WRONG_LABEL, TRUNCATED, TRAILING_BYTES, BAD_LENGTH, BAD_FIELD, BAD_IDENTIFIER, RECEIVER_REPEATED, RECEIVERS_UNORDERED. */
export function decodeSigncryptionHeader(bytes: Uint8Array): SigncryptionHeader {
  const [label, channel, grid, epoch, slot, meterId, receivers] = splitLp(bytes, 7, 'A report header');
  expectLabel(label, HEADER_LABEL, 'A report header');
  return {
    channel: decodeIdentifier(channel, 'channel'),
    grid: decodeIdentifier(grid, 'grid'),
    epoch: readU32(epoch, 'The epoch'),
    slot: readSlot(slot),
    meterId: decodeIdentifier(meterId, 'meterId'),
    receivers: decodeReceivers(receivers),
  };
}

function decodeReceivers(bytes: Uint8Array): ReceiverName[] {
  const count = bytes.length / RECEIVER_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_RECEIVERS) {
    const expected = `1 to ${MAX_RECEIVERS} receivers of ${RECEIVER_BYTES} bytes each`;
    throw refusal('BAD_FIELD', { field: 'receivers', expected });
  }
  const receivers = Array.from({ length: count }, (_, i) => {
    const name = bytes.subarray(i * RECEIVER_BYTES, (i + 1) * RECEIVER_BYTES);
    const epoch = readU32(name.subarray(INDEX_BYTES), 'The epoch of a receiver');
    return { index: bytesToHex(name.subarray(0, INDEX_BYTES)), epoch };
  });
  receivers.forEach(({ index }, i) => {
    const before = receivers[i - 1]?.index ?? '';
    if (receivers.findIndex((other) => other.index === index) < i)
      throw refusal('RECEIVER_REPEATED', { receiverIndex: index });
    if (index < before) throw refusal('RECEIVERS_UNORDERED');
  });
  return receivers;
}

/** hdr*: the header with the keys it is for. @param receivers - in the order of the header */
export function boundHeader(
  headerBytes: Uint8Array,
  receivers: readonly SigncryptionPublicKey[],
): Uint8Array {
  return lp(BOUND_LABEL, headerBytes, ...receivers.map(({ statement }) => statement));
}

/** β and γ of a report, and t, which stands for everything that is signed. */
export interface SignatureChallenges {
  readonly beta: bigint;
  readonly gamma: bigint;
  /** t, 64 bytes. */
  readonly transcript: Uint8Array;
}

/** @param bound - hdr* */
export function signatureChallenges(
  bound: Uint8Array,
  { keyMaterial, parts, commitment }: Pick<SigncryptedReport, 'keyMaterial' | 'parts' | 'commitment'>,
  sender: SigncryptionPublicKey,
): SignatureChallenges {
  const signed = lp(SIGNED_LABEL, bound, keyMaterial, lp(...parts), sender.statement, commitment);
  const transcript = createHash('sha512').update(signed).digest();
  const beta = hashToScalar(lp(BETA_LABEL, transcript));
  return { beta, gamma: hashToScalar(lp(GAMMA_LABEL, transcript)), transcript };
}

export function encodeSigncryptedReport(report: Omit<SigncryptedReport, 'header'>): Uint8Array {
  const { headerBytes, keyMaterial, commitment, answer, parts } = report;
  return lp(REPORT_LABEL, headerBytes, concatBytes(keyMaterial, commitment, answer), ...parts);
}

/**
 * Decodes a report; sizes are checked before anything is copied. Whether it is genuine, signcryption-check.ts tells.
 * @throws DecodeError TOO_LARGE, TRUNCATED, TRAILING_BYTES, WRONG_LABEL, BAD_LENGTH, BAD_FIELD, BAD_IDENTIFIER, RECEIVER_COUNT, RECEIVER_REPEATED, RECEIVERS_UNORDERED.
 */
export function decodeSigncryptedReport(bytes: Uint8Array): SigncryptedReport {
  if (bytes.length > MAX_REPORT_BYTES)
    throw refusal('TOO_LARGE', {
      what: 'A report',
      limitBytes: MAX_REPORT_BYTES,
      actualBytes: bytes.length,
    });
  const [label, headerBytes, seal, ...parts] = splitLpAll(bytes, 3 + MAX_RECEIVERS, 'A report');
  if (label === undefined || headerBytes === undefined || seal === undefined)
    throw refusal('TRUNCATED', { what: 'A report' });
  expectLabel(label, REPORT_LABEL, 'A report');
  const header = decodeSigncryptionHeader(headerBytes);
  expectLength(seal, SEAL_BYTES, 'The key material and signature of a report');
  if (parts.length !== header.receivers.length)
    throw refusal('RECEIVER_COUNT', {
      receivers: header.receivers.length,
      parts: parts.length,
      limit: MAX_RECEIVERS,
    });
  for (const part of parts) {
    if (part.length < PART_TAG_BYTES || part.length > MAX_PART_BYTES)
      throw refusal('BAD_FIELD', {
        field: 'part',
        expected: `${PART_TAG_BYTES} to ${MAX_PART_BYTES} bytes long`,
      });
  }
  const next = (i: number): Uint8Array => seal.subarray(i * RISTRETTO_BYTES, (i + 1) * RISTRETTO_BYTES);
  return { header, headerBytes, keyMaterial: next(0), commitment: next(1), answer: next(2), parts };
}

/** 32 bytes that name a report: what a ledger keeps of one whose bytes are stored elsewhere, and the address they are stored under. @param encoded - the whole report */
export function reportDigest(encoded: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(lp(DIGEST_LABEL, encoded)).digest());
}
