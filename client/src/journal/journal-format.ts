/**
 * The bytes of a journal: segment files of groups of records, chained under a key. Integers are big-endian.
 *
 * segment = header group*
 * header  = "gvjournl" | version u16 | segment u32 | replayFrom u32 | keepFrom u32 | previous 32 | mac 32          (86 bytes)
 *   mac   = HMAC-SHA256(key, "gridveil/journal/header/v1" | all before it); `previous` is the mac that the segment before it ended with
 * group   = "grp1" | bodyBytes u32 | bodyCrc u32 | headCrc u32 | mac 32 | body; body = lp(record…)                  (48 bytes + body)
 *   mac   = HMAC-SHA256(key, the mac before it | bodyBytes | body); headCrc covers the 12 bytes before it
 *
 * The CRCs (CRC-32 of zlib) tell an unfinished write from a flipped bit; the macs bind every byte and the order of all groups
 * to the key, so that nobody without it can change, reorder or splice a journal. Cutting groups off its very end goes unseen.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { concatBytes, utf8 } from '@gridveil/chaincode/crypto/bytes.js';

const MAGIC = utf8('gvjournl');
const VERSION = 1;
const HEADER_LABEL = utf8('gridveil/journal/header/v1');
const GROUP_MARK = Buffer.from('grp1', 'latin1');
export const MAC_BYTES = 32;
const FIELDS_BYTES = MAGIC.length + 2 + 3 * 4;
export const HEADER_BYTES = FIELDS_BYTES + 2 * MAC_BYTES;
const GROUP_FIELDS_BYTES = 12;
export const GROUP_HEAD_BYTES = GROUP_FIELDS_BYTES + 4 + MAC_BYTES;
/** What a file system writes at once, at least: a write that was cut off leaves whole blocks of zeros. */
const BLOCK_BYTES = 512;
/** Fewer zeros than this may be data. */
const SHORTEST_ZERO_RUN_BYTES = 64;
export const JOURNAL_KEY_BYTES = 32;
const TORN: TornTail = { torn: true };
/** What the first segment of a journal has as `previous`. */
export const NO_MAC = new Uint8Array(MAC_BYTES);

export interface SegmentHeader {
  readonly segment: number;
  /** First segment whose records make up the state. */
  readonly replayFrom: number;
  /** First segment that was kept when this one was made. */
  readonly keepFrom: number;
  readonly previous: Uint8Array;
}

/** Why bytes are no journal, and where. */
export interface Damage {
  readonly offset: number;
  readonly reason: string;
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

export function encodeHeader(key: Uint8Array, header: SegmentHeader): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.set(MAGIC);
  let at = bytes.writeUInt16BE(VERSION, MAGIC.length);
  for (const value of [header.segment, header.replayFrom, header.keepFrom])
    at = bytes.writeUInt32BE(value, at);
  bytes.set(header.previous, at);
  bytes.set(hmac(key, HEADER_LABEL, bytes.subarray(0, FIELDS_BYTES + MAC_BYTES)), FIELDS_BYTES + MAC_BYTES);
  return bytes;
}

/** A header and its mac, with which the chain of the segment begins. */
export interface OpenedHeader extends SegmentHeader {
  readonly mac: Uint8Array;
}

export function decodeHeader(key: Uint8Array, bytes: Buffer): OpenedHeader | Damage {
  if (bytes.length < HEADER_BYTES) return { offset: bytes.length, reason: 'the file ends inside its header' };
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return { offset: 0, reason: 'this is no journal' };
  const version = bytes.readUInt16BE(MAGIC.length);
  if (version !== VERSION) return { offset: MAGIC.length, reason: `version ${version} is not known` };
  const mac = bytes.subarray(FIELDS_BYTES + MAC_BYTES, HEADER_BYTES);
  if (!timingSafeEqual(mac, hmac(key, HEADER_LABEL, bytes.subarray(0, FIELDS_BYTES + MAC_BYTES))))
    return { offset: 0, reason: 'the header does not fit the key' };
  const at = MAGIC.length + 2;
  return {
    segment: bytes.readUInt32BE(at),
    replayFrom: bytes.readUInt32BE(at + 4),
    keepFrom: bytes.readUInt32BE(at + 8),
    previous: bytes.subarray(FIELDS_BYTES, FIELDS_BYTES + MAC_BYTES),
    mac,
  };
}

/** One group, ready to be written, and its mac. */
export function encodeGroup(
  key: Uint8Array,
  previous: Uint8Array,
  body: Uint8Array,
): { readonly bytes: Uint8Array; readonly mac: Uint8Array } {
  const head = Buffer.alloc(GROUP_HEAD_BYTES);
  head.set(GROUP_MARK);
  head.writeUInt32BE(body.length, 4);
  head.writeUInt32BE(crc32(body), 8);
  head.writeUInt32BE(crc32(head.subarray(0, GROUP_FIELDS_BYTES)), GROUP_FIELDS_BYTES);
  const mac = hmac(key, previous, head.subarray(4, 8), body);
  head.set(mac, GROUP_HEAD_BYTES - MAC_BYTES);
  return { bytes: concatBytes(head, body), mac };
}

export interface Group {
  readonly body: Buffer;
  readonly mac: Uint8Array;
  readonly end: number;
}

/** The bytes from here on are a write that was never finished: nobody was told that they are kept. */
export interface TornTail {
  readonly torn: true;
}

/**
 * Reads the group at `offset`.
 * @param previous - the mac before it.
 * @returns torn only when the bytes end before the group does, or hold a block the file system never wrote.
 */
export function readGroup(
  key: Uint8Array,
  previous: Uint8Array,
  bytes: Buffer,
  offset: number,
): Group | TornTail | Damage {
  const start = offset + GROUP_HEAD_BYTES;
  if (start > bytes.length) return TORN;
  const fields = bytes.subarray(offset, offset + GROUP_FIELDS_BYTES);
  if (!headHolds(bytes, offset))
    return damagedOrTorn(bytes, offset, bytes.length, 'the head of a group is damaged');
  const end = start + fields.readUInt32BE(4);
  if (end > bytes.length) return TORN;
  const body = bytes.subarray(start, end);
  if (crc32(body) !== fields.readUInt32BE(8))
    return damagedOrTorn(bytes, offset, end, 'the records of a group are damaged');
  const mac = bytes.subarray(start - MAC_BYTES, start);
  if (!timingSafeEqual(mac, hmac(key, previous, fields.subarray(4, 8), body)))
    return { offset, reason: 'a group does not fit the key and the groups before it' };
  return { body, mac, end };
}

/** Torn only as the last thing in the file, and only with a block in it that was never written. */
function damagedOrTorn(bytes: Buffer, offset: number, end: number, reason: string): TornTail | Damage {
  const last = end === bytes.length && !hasGroupAfter(bytes, offset);
  return last && hasUnwrittenBlock(bytes, offset) ? TORN : { offset, reason };
}

function hasGroupAfter(bytes: Buffer, offset: number): boolean {
  let at = offset;
  while ((at = bytes.indexOf(GROUP_MARK, at + 1)) >= 0 && at + GROUP_HEAD_BYTES <= bytes.length) {
    if (headHolds(bytes, at)) return true;
  }
  return false;
}

function headHolds(bytes: Buffer, offset: number): boolean {
  const fields = bytes.subarray(offset, offset + GROUP_FIELDS_BYTES);
  return (
    bytes.readUInt32BE(offset + GROUP_FIELDS_BYTES) === crc32(fields) && fields.indexOf(GROUP_MARK) === 0
  );
}

function hasUnwrittenBlock(bytes: Buffer, offset: number): boolean {
  for (let start = offset, end: number; start < bytes.length; start = end) {
    end = Math.min((Math.floor(start / BLOCK_BYTES) + 1) * BLOCK_BYTES, bytes.length);
    const block = bytes.subarray(start, end);
    if (block.length >= SHORTEST_ZERO_RUN_BYTES && block.every((byte) => byte === 0)) return true;
  }
  return false;
}
