/**
 * Time-of-use billing (paper 001, hardened form 001-H), public side: the bytes of a meter's report, and of the packets a slot block keeps of reports.
 *
 * Read by meters (write reports), aggregators (read them, write slot blocks), every endorser, customer and stranger.
 * Source: paper 001 section 6.3, 6.4, Eq. (8), (9); spec/schemes.md 0.1, 0.5, 2.A, 2.C. Neighbours: range-proof.ts (the proof), tou-billing-messages.ts (everything
 * else that is signed), tou-billing-charge.ts (totals and charges), tou-billing-check.ts (are reports genuine).
 *
 *   ID_i  meter id          γ  slot, counted from 1970 as everywhere (the paper counts from the start of the month)      fpN  fingerprint of the key
 *   C_i,γ ciphertext        π  range proof bound to hdr       σ_i  BLS signature, 96 bytes       tariff  id of the price table, 32 bytes: it names the period
 *   hdr    = lp(HEADER_LABEL, fpN, channel, grid, epoch, tariff, γ, ID_i)
 *   σ_i    = x_i·H(lp(SIGNED_LABEL, hdr, C_i,γ, SHA-256 of π))
 *   report = lp(REPORT_LABEL, hdr, C_i,γ, π, σ_i)                              3072 bits, 20 bits of range: 2.9 kB
 *   packet = lp(ID_i, epoch ‖ number of the tariff ‖ C_i,γ ‖ SHA-256 of π ‖ σ_i)       in a block; 1.07 times C and σ for a 10-byte id, never over 1.14
 *
 * Deviations from the paper: slot and tariff are signed (B1.8, B1.18), fields are joined injectively, the randomness of C is fresh for each slot (B1.10), a proof comes
 * with every report (B1.6, B1.11). Proofs do not go into blocks; the signature covers their hash, so that a proof shown later, to anyone, is the meter's own.
 *
 * What is checked where, and what is left to trust:
 *   both levels  Signature, header, Valid(C): by the aggregator, by every endorser, later by anyone, from the ledger alone.
 *   L2, default  Proofs: by the aggregator when a report comes, and by every endorser when a block comes (one batch; the proofs travel as transient data, which no
 *                block keeps). A meter can neither copy nor leave the range, not even together with the aggregator.
 *   L1           Proofs: by the aggregator only, for networks whose peers have no time for it. Trusts that no aggregator lets a bad proof of a meter it favours pass. Whoever
 *                gets the proof from the aggregator can show the lie, since meter and aggregator signed its hash. Nobody can forge, move, drop or repeat a reading on either level.
 * A deterministic sample, checked by endorsers, would add nothing to L1: whoever builds a block can try sets of reports until its bad one is not drawn.
 */
import { refusal } from '../errors.js';
import { BLS_SIGNATURE_BYTES } from './bls-suite.js';
import { bytesToHex, concatBytes, hexToBytes, lp, splitLp, splitLpAll, u32, u64, utf8 } from './bytes.js';
import { decodeIdentifier, MAX_IDENTIFIER_BYTES } from './identifier.js';
import { merkleLeaf, merkleRoot } from './merkle.js';
import { expectLabel, expectLength, readSlot, readU32 } from './message-fields.js';
import { rangeProofDigest, type RangeStatement } from './range-proof-statement.js';

const HEADER_LABEL = utf8('gridveil/tou-billing/report-header/v1');
const SIGNED_LABEL = utf8('gridveil/tou-billing/report-signature/v1');
const REPORT_LABEL = utf8('gridveil/tou-billing/report/v1');
const PACKETS_LABEL = utf8('gridveil/tou-billing/packets/v1');
const LEAF_LABEL = utf8('gridveil/tou-billing/packet-leaf/v1');
const DIGEST_BYTES = 32;
/** Labels, prefixes, identifiers and fixed fields: no honest report has more than this beside ciphertext, proof and signature. */
const REPORT_OVERHEAD_BYTES = 320 + 3 * MAX_IDENTIFIER_BYTES;
export const MAX_PACKETS = 1000;
/** Price tables that one block may mix: customers have different ones. */
export const MAX_BLOCK_TARIFFS = 64;

/** Where reports count: key, channel, grid. */
export interface BillingScope {
  readonly fingerprint: Uint8Array;
  readonly channel: string;
  readonly grid: string;
}

/** What a report is about. `epoch` numbers the meter's key registrations. */
export interface BillingHeader extends BillingScope {
  readonly epoch: number;
  /** 64 hex digits. */
  readonly tariffId: string;
  readonly slot: number;
  readonly meterId: string;
}

export interface BillingReport {
  readonly header: BillingHeader;
  /** The header as it was sent: the context of the proof. */
  readonly headerBytes: Uint8Array;
  /** Fixed width big-endian, not yet checked to be a unit. */
  readonly ciphertext: Uint8Array;
  readonly proof: Uint8Array;
  readonly signature: Uint8Array;
}

/** What a block keeps of a report. */
export interface BillingPacket {
  readonly meterId: string;
  readonly epoch: number;
  readonly tariffId: string;
  readonly ciphertext: Uint8Array;
  /** SHA-256 of the range proof, 32 bytes. */
  readonly proofDigest: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeBillingHeader(header: BillingHeader): Uint8Array {
  return lp(
    HEADER_LABEL,
    header.fingerprint,
    header.channel,
    header.grid,
    u32(header.epoch),
    tariffBytes(header.tariffId),
    u64(header.slot),
    header.meterId,
  );
}

/** @throws RangeError unless the id is 64 lower-case hex digits. */
function tariffBytes(tariffId: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(tariffId)) throw new RangeError('"tariffId" expected 64 hex digits');
  return hexToBytes(tariffId);
}

/** What σ_i is made over. */
export function reportMessage(
  headerBytes: Uint8Array,
  ciphertext: Uint8Array,
  proofDigest: Uint8Array,
): Uint8Array {
  return lp(SIGNED_LABEL, headerBytes, ciphertext, proofDigest);
}

export function encodeBillingReport(report: Omit<BillingReport, 'header'>): Uint8Array {
  return lp(REPORT_LABEL, report.headerBytes, report.ciphertext, report.proof, report.signature);
}

/**
 * Decodes a report; sizes are checked before anything is copied. Whether it is genuine, tou-billing-check.ts tells.
 * @throws DecodeError TOO_LARGE, TRUNCATED, TRAILING_BYTES, WRONG_LABEL, BAD_LENGTH, BAD_FIELD, BAD_IDENTIFIER.
 */
export function decodeBillingReport(bytes: Uint8Array, { key, proofBytes }: RangeStatement): BillingReport {
  const limitBytes = key.ciphertextBytes + proofBytes + BLS_SIGNATURE_BYTES + REPORT_OVERHEAD_BYTES;
  if (bytes.length > limitBytes)
    throw refusal('TOO_LARGE', { what: 'A report', limitBytes, actualBytes: bytes.length });
  const [label, headerBytes, ciphertext, proof, signature] = splitLp(bytes, 5, 'A report');
  expectLabel(label, REPORT_LABEL, 'A report');
  expectLength(ciphertext, key.ciphertextBytes, 'The ciphertext');
  expectLength(proof, proofBytes, 'The range proof');
  expectLength(signature, BLS_SIGNATURE_BYTES, 'The signature');
  return { header: decodeHeader(headerBytes), headerBytes, ciphertext, proof, signature };
}

function decodeHeader(bytes: Uint8Array): BillingHeader {
  const fields = splitLp(bytes, 8, 'A report header');
  const [label, fingerprint, channel, grid, epoch, tariff, slot, meterId] = fields;
  expectLabel(label, HEADER_LABEL, 'A report header');
  expectLength(fingerprint, DIGEST_BYTES, 'The key fingerprint');
  expectLength(tariff, DIGEST_BYTES, 'The tariff id');
  return {
    fingerprint,
    channel: decodeIdentifier(channel, 'channel'),
    grid: decodeIdentifier(grid, 'grid'),
    epoch: readU32(epoch, 'The epoch'),
    tariffId: bytesToHex(tariff),
    slot: readSlot(slot),
    meterId: decodeIdentifier(meterId, 'meterId'),
  };
}

/** What a block will keep of a report. */
export function packetOf({ header, ciphertext, proof, signature }: BillingReport): BillingPacket {
  const { meterId, epoch, tariffId } = header;
  return { meterId, epoch, tariffId, ciphertext, proofDigest: rangeProofDigest(proof), signature };
}

/** The header a packet of this slot was signed under: nothing of it is taken from whoever stored the packet but what the meter signed. */
export function packetHeader(
  scope: BillingScope,
  slot: number,
  { meterId, epoch, tariffId }: BillingPacket,
): BillingHeader {
  const { fingerprint, channel, grid } = scope;
  return { fingerprint, channel, grid, epoch, tariffId, slot, meterId };
}

/** What the signature of a packet of this slot is made over. */
export function packetMessage(scope: BillingScope, slot: number, packet: BillingPacket): Uint8Array {
  const headerBytes = encodeBillingHeader(packetHeader(scope, slot, packet));
  return reportMessage(headerBytes, packet.ciphertext, packet.proofDigest);
}

/**
 * The packets of a slot in the one form they have: by meter id (byte order), each meter once, tariffs in order of first use.
 * @throws RangeError for packets out of order, too many, or of more than MAX_BLOCK_TARIFFS tariffs.
 */
export function encodePackets(packets: readonly BillingPacket[]): Uint8Array {
  const tariffIds = [...new Set(packets.map(({ tariffId }) => tariffId))];
  if (packets.length > MAX_PACKETS || tariffIds.length > MAX_BLOCK_TARIFFS)
    throw new RangeError(`"packets" expected at most ${MAX_PACKETS}, of ${MAX_BLOCK_TARIFFS} tariffs`);
  const encoded = packets.map((packet) => encodePacket(packet, tariffIds.indexOf(packet.tariffId)));
  if (!ascending(packets)) throw new RangeError('"packets" expected ascending meter ids, each once');
  return lp(PACKETS_LABEL, lp(...tariffIds.map(tariffBytes)), ...encoded);
}

function encodePacket(packet: BillingPacket, tariffNumber: number): Uint8Array {
  const { meterId, epoch, ciphertext, proofDigest, signature } = packet;
  const body = concatBytes(u32(epoch), Uint8Array.of(tariffNumber), ciphertext, proofDigest, signature);
  return lp(meterId, body);
}

/** By UTF-8 bytes, as everyone's language can sort. */
export function compareMeterIds(a: string, b: string): number {
  return Buffer.compare(utf8(a), utf8(b));
}

function ascending(packets: readonly BillingPacket[]): boolean {
  return packets.every(
    ({ meterId }, i) => i === 0 || compareMeterIds(packets[i - 1]?.meterId ?? '', meterId) < 0,
  );
}

/**
 * Decodes what `encodePackets` wrote, and nothing else.
 * @param ciphertextBytes - width of a ciphertext under the grid's key
 * @throws DecodeError TOO_LARGE, TRUNCATED, TRAILING_BYTES, WRONG_LABEL, BAD_LENGTH, BAD_FIELD, BAD_IDENTIFIER.
 */
export function decodePackets(bytes: Uint8Array, ciphertextBytes: number): BillingPacket[] {
  const [label, tariffs, ...encoded] = splitLpAll(bytes, MAX_PACKETS + 2, 'A list of packets');
  if (label === undefined || tariffs === undefined) throw refusal('TRUNCATED', { what: 'A list of packets' });
  expectLabel(label, PACKETS_LABEL, 'A list of packets');
  const tariffIds = splitLpAll(tariffs, MAX_BLOCK_TARIFFS, 'A list of tariffs').map((id) => {
    expectLength(id, DIGEST_BYTES, 'The tariff id');
    return bytesToHex(id);
  });
  const packets = encoded.map((packet) => decodePacket(packet, tariffIds, ciphertextBytes));
  const used = [...new Set(packets.map(({ tariffId }) => tariffId))];
  if (!ascending(packets) || used.join() !== tariffIds.join()) {
    const expected =
      'packets by ascending meter id, each meter once, and their tariffs in order of first use';
    throw refusal('BAD_FIELD', { field: 'packets', expected });
  }
  return packets;
}

function decodePacket(
  bytes: Uint8Array,
  tariffIds: readonly string[],
  ciphertextBytes: number,
): BillingPacket {
  const [meterId, body] = splitLp(bytes, 2, 'A packet');
  expectLength(body, 5 + ciphertextBytes + DIGEST_BYTES + BLS_SIGNATURE_BYTES, 'The body of a packet');
  let offset = 0;
  const next = (sizeBytes: number): Uint8Array => body.subarray(offset, (offset += sizeBytes));
  const epoch = readU32(next(4), 'The epoch');
  const tariffId = tariffIds[next(1)[0] ?? 0];
  if (tariffId === undefined)
    throw refusal('BAD_FIELD', { field: 'tariff', expected: 'the number of a tariff in the list' });
  return {
    meterId: decodeIdentifier(meterId, 'meterId'),
    epoch,
    tariffId,
    ciphertext: next(ciphertextBytes),
    proofDigest: next(DIGEST_BYTES),
    signature: next(BLS_SIGNATURE_BYTES),
  };
}

/** Merkle root over the packets of a slot, in their order. 32 bytes; `packetLeaf` gives the leaves of inclusion proofs. */
export function packetsRoot(
  scope: BillingScope,
  slot: number,
  packets: readonly BillingPacket[],
): Uint8Array {
  return merkleRoot(packets.map((packet) => packetLeaf(scope, slot, packet)));
}

export function packetLeaf(scope: BillingScope, slot: number, packet: BillingPacket): Uint8Array {
  return merkleLeaf(lp(LEAF_LABEL, packetMessage(scope, slot, packet), packet.signature));
}
