/**
 * Fog aggregation (paper 000, hardened form 000-H level L1), public side: the bytes of a report and what is hashed of a slot.
 *
 * Read by: meter (writes reports), fog node (reads them), every endorser and stranger (transcript of a slot).
 * Source: spec/schemes.md sections 0.1, 0.5, 1.C. Symbols: C_ij = report ciphertext of meter i in region j,
 * C_j = region total, t = slot, fpN = key fingerprint, ID_ij = meter id.
 *
 * report = lp(LABEL, hdr, C_ij, tag); hdr = lp(HEADER_LABEL, fpN, channel, grid, epoch, region, slot, meterId);
 * tag = HMAC-SHA256(K_ij, lp(hdr, C_ij)), 32 bytes. 3072-bit modulus: C_ij 768 bytes, report about 1 KB.
 */
import { createHash } from 'node:crypto';
import { decodeIdentifier, MAX_IDENTIFIER_BYTES } from './identifier.js';
import { lp, splitLp, u32, u64, utf8 } from './bytes.js';
import { merkleLeaf } from './merkle.js';
import { expectLabel, expectLength, readSlot, readU32 } from './message-fields.js';
import { refusal } from '../errors.js';

const REPORT_LABEL = utf8('gridveil/fog-aggregation/report/v1');
const HEADER_LABEL = utf8('gridveil/fog-aggregation/report-header/v1');
const LEAF_LABEL = utf8('gridveil/fog-aggregation/report-leaf/v1');
const SLOT_LABEL = 'gridveil/fog-aggregation/slot/v1';
export const MAC_KEY_LABEL = 'gridveil/fog-aggregation/mac/v1';
export const TAG_BYTES = 32;
const FINGERPRINT_BYTES = 32;
/** In front of every field of `lp`. */
const LENGTH_BYTES = 4;
/** Five labels and prefixes, five identifiers: no honest report has more than this beside its ciphertext. */
const REPORT_OVERHEAD_BYTES = 256 + 4 * MAX_IDENTIFIER_BYTES;

/** What a report is about. `epoch` numbers the meter's key registrations. */
export interface ReportHeader {
  readonly fingerprint: Uint8Array;
  readonly channel: string;
  readonly grid: string;
  readonly epoch: number;
  readonly region: string;
  readonly slot: number;
  readonly meterId: string;
}

export interface Report {
  readonly header: ReportHeader;
  /** The header as it was sent. */
  readonly headerBytes: Uint8Array;
  /** What the tag covers, `authenticatedBytes(headerBytes, ciphertext)`: these bytes lie together in the report. */
  readonly authenticated: Uint8Array;
  /** Fixed width big-endian, not yet checked to be a unit. */
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

export function encodeReportHeader(header: ReportHeader): Uint8Array {
  return lp(
    HEADER_LABEL,
    header.fingerprint,
    header.channel,
    header.grid,
    u32(header.epoch),
    header.region,
    u64(header.slot),
    header.meterId,
  );
}

/** What the tag is computed over. */
export function authenticatedBytes(headerBytes: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return lp(headerBytes, ciphertext);
}

export function encodeReport(headerBytes: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array): Uint8Array {
  return lp(REPORT_LABEL, headerBytes, ciphertext, tag);
}

/**
 * Decodes a report; sizes are checked before anything is copied.
 * @param ciphertextBytes - width of a ciphertext under the grid's key.
 * @throws DecodeError TOO_LARGE, TRUNCATED, TRAILING_BYTES, WRONG_LABEL, BAD_LENGTH, BAD_FIELD, BAD_IDENTIFIER.
 */
export function decodeReport(bytes: Uint8Array, ciphertextBytes: number): Report {
  const limitBytes = ciphertextBytes + REPORT_OVERHEAD_BYTES;
  if (bytes.length > limitBytes)
    throw refusal('TOO_LARGE', { what: 'A report', limitBytes, actualBytes: bytes.length });
  const [label, headerBytes, ciphertext, tag] = splitLp(bytes, 4, 'A report');
  expectLabel(label, REPORT_LABEL, 'A report');
  expectLength(ciphertext, ciphertextBytes, 'The ciphertext');
  expectLength(tag, TAG_BYTES, 'The tag');
  const header = decodeHeader(headerBytes);
  const start = LENGTH_BYTES + label.length;
  const authenticated = bytes.subarray(
    start,
    start + 2 * LENGTH_BYTES + headerBytes.length + ciphertext.length,
  );
  return { header, headerBytes, authenticated, ciphertext, tag };
}

function decodeHeader(bytes: Uint8Array): ReportHeader {
  const fields = splitLp(bytes, 8, 'A report header');
  const [label, fingerprint, channel, grid, epoch, region, slot, meterId] = fields;
  expectLabel(label, HEADER_LABEL, 'A report header');
  expectLength(fingerprint, FINGERPRINT_BYTES, 'The key fingerprint');
  return {
    fingerprint,
    channel: decodeIdentifier(channel, 'channel'),
    grid: decodeIdentifier(grid, 'grid'),
    epoch: readU32(epoch, 'The epoch'),
    region: decodeIdentifier(region, 'region'),
    slot: readSlot(slot),
    meterId: decodeIdentifier(meterId, 'meterId'),
  };
}

/** Merkle leaf of one accepted report: lp(ID, C_ij, tag) (spec 1.C). 32 bytes. */
export function reportLeaf(meterId: string, ciphertext: Uint8Array, tag: Uint8Array): Uint8Array {
  return merkleLeaf(lp(LEAF_LABEL, meterId, ciphertext, tag));
}

/** A region's committed facts of one slot, in the form everyone hashes. */
export interface RegionTotalFacts {
  readonly region: string;
  readonly ciphertext: Uint8Array;
  readonly count: number;
  readonly merkleRoot: Uint8Array;
}

/** SHA-256 over all that the ledger holds of a slot, regions in radix order: the transcript of the radix check. 32 bytes. */
export function slotTranscript(
  fingerprint: Uint8Array,
  channel: string,
  grid: string,
  slot: number,
  regions: readonly RegionTotalFacts[],
): Uint8Array {
  const records = regions.map((r) => lp(r.region, r.ciphertext, u32(r.count), r.merkleRoot));
  return new Uint8Array(
    createHash('sha256')
      .update(lp(SLOT_LABEL, fingerprint, channel, grid, u64(slot), ...records))
      .digest(),
  );
}
