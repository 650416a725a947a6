/**
 * What a simulated transaction read and wrote, and the canonical bytes of it.
 *
 * Embedded ledger. Follows Fabric's key-level read/write set (ledger/rwset/kvrwset): versions of the keys read, every
 * range scanned with the versions found in it, and the last value written to each key. Keys are ordered by their
 * UTF-8 bytes, as LevelDB and Fabric order them.
 */
import { lp, splitLpAll, u32, u64, utf8, decodeUtf8, concatBytes } from '@gridveil/chaincode/crypto/bytes.js';

/** The transaction that wrote a value last. */
export interface Version {
  readonly blockNumber: number;
  readonly transactionIndex: number;
}

/** `version` is undefined when the key did not exist. */
export interface KeyRead {
  readonly key: string;
  readonly version: Version | undefined;
}

/** A scan from `startKey` to `endKey`: exclusive when `exhausted`, else inclusive: it stopped at that key. An empty `endKey` is the end of the state. */
export interface RangeRead {
  readonly startKey: string;
  readonly endKey: string;
  readonly exhausted: boolean;
  readonly reads: readonly KeyRead[];
}

/** `value` is undefined when the key is deleted; it is never empty. */
export interface KeyWrite {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

export interface ReadSet {
  readonly keys: readonly KeyRead[];
  readonly ranges: readonly RangeRead[];
}

/** Order of the keys' UTF-8 bytes. JavaScript's own order differs from it beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function sameVersion(a: Version | undefined, b: Version | undefined): boolean {
  return a?.blockNumber === b?.blockNumber && a?.transactionIndex === b?.transactionIndex;
}

/**
 * The canonical bytes of a write set: `lp(key, value, key, value, …)` in key order; a deletion has an empty value.
 * Two endorsements agree when these bytes are equal.
 */
export function encodeWriteSet(writes: readonly KeyWrite[]): Uint8Array {
  const sorted = [...writes].sort((a, b) => compareKeys(a.key, b.key));
  return lp(...sorted.flatMap(({ key, value }) => [key, value ?? new Uint8Array()]));
}

/** @throws DecodeError for bytes `encodeWriteSet` does not make. */
export function decodeWriteSet(bytes: Uint8Array): KeyWrite[] {
  return pairs(splitLpAll(bytes, Infinity, 'The write set')).map(([key, value]) => ({
    key: decodeUtf8(key, 'key'),
    value: value.length === 0 ? undefined : value,
  }));
}

/** `lp(keys, ranges)`, keys in key order, ranges in the order they were opened. */
export function encodeReadSet(reads: ReadSet): Uint8Array {
  const keys = [...reads.keys].sort((a, b) => compareKeys(a.key, b.key));
  const ranges = reads.ranges.map((range) =>
    lp(range.startKey, range.endKey, new Uint8Array([range.exhausted ? 1 : 0]), encodeKeyReads(range.reads)),
  );
  return lp(encodeKeyReads(keys), lp(...ranges));
}

function encodeKeyReads(reads: readonly KeyRead[]): Uint8Array {
  return lp(...reads.flatMap(({ key, version }) => [utf8(key), encodeOptionalVersion(version)]));
}

function encodeOptionalVersion(version: Version | undefined): Uint8Array {
  return version === undefined ? new Uint8Array() : encodeVersion(version);
}

/** Bytes of an encoded version: u64 block number, u32 index in the block. */
export const VERSION_SIZE_BYTES = 12;

export function encodeVersion(version: Version): Uint8Array {
  return concatBytes(u64(version.blockNumber), u32(version.transactionIndex));
}

/** Reads the version at the start of `bytes`. */
export function decodeVersion(bytes: Uint8Array): Version {
  const view = new DataView(bytes.buffer, bytes.byteOffset, VERSION_SIZE_BYTES);
  return { blockNumber: Number(view.getBigUint64(0)), transactionIndex: view.getUint32(8) };
}

function pairs(fields: readonly Uint8Array[]): [Uint8Array, Uint8Array][] {
  return Array.from({ length: Math.floor(fields.length / 2) }, (_, i) => [
    fields[2 * i] as Uint8Array,
    fields[2 * i + 1] as Uint8Array,
  ]);
}
