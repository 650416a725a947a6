/**
 * Byte codecs every message shares: fixed-width integers, base64url, UTF-8 and the injective `lp` encoding (spec 0.1).
 *
 * `lp(x1..xk)` writes a u32 big-endian length before each field, so that two different field lists of the same
 * number of fields never give the same bytes. Every hash, MAC and signature input of the product goes through it.
 */
import { refusal } from '../errors.js';

const TEXT_ENCODER = new TextEncoder();
const TEXT_DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Uint8Array {
  return TEXT_ENCODER.encode(text);
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Big-endian, exactly `sizeBytes` wide. @throws RangeError when the value does not fit. */
export function bigintToBytes(value: bigint, sizeBytes: number): Uint8Array {
  if (value < 0n) throw new RangeError('"value" expected a non-negative integer');
  const hex = value.toString(16);
  if (hex.length > sizeBytes * 2) throw new RangeError(`"value" expected at most ${sizeBytes} bytes`);
  return new Uint8Array(Buffer.from(hex.padStart(sizeBytes * 2, '0'), 'hex'));
}

/** Big-endian. The empty array is 0. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`);
}

/** 4 bytes big-endian; `value` in [0, 2^32). */
export function u32(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
    throw new RangeError('"value" expected a u32');
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

/** 8 bytes big-endian; `value` a safe non-negative integer. */
export function u64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('"value" expected a safe u64');
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

/** Length-prefixed concatenation: u32 length, then the bytes, for each field. Text fields are UTF-8. */
export function lp(...fields: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = fields.map((field) => (typeof field === 'string' ? utf8(field) : field));
  const out = new Uint8Array(parts.reduce((size, part) => size + 4 + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    const { length } = part;
    out[offset] = length >>> 24;
    out[offset + 1] = length >>> 16;
    out[offset + 2] = length >>> 8;
    out[offset + 3] = length;
    out.set(part, offset + 4);
    offset += 4 + length;
  }
  return out;
}

/**
 * Splits an `lp` encoding into exactly `count` fields, as views on `bytes`.
 * @throws DecodeError TRUNCATED, TRAILING_BYTES.
 */
export function splitLp<N extends number>(bytes: Uint8Array, count: N, what: string): Fields<N> {
  const fields = splitLpAll(bytes, count, what);
  if (fields.length < count) throw refusal('TRUNCATED', { what });
  return fields as Fields<N>;
}

/** As many fields as asked for. */
type Fields<N extends number, F extends Uint8Array[] = []> = number extends N
  ? Uint8Array[]
  : F['length'] extends N
    ? F
    : Fields<N, [...F, Uint8Array]>;

/** @throws DecodeError BAD_FIELD for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, field: string): string {
  try {
    return TEXT_DECODER.decode(bytes);
  } catch {
    throw refusal('BAD_FIELD', { field, expected: 'UTF-8 text' });
  }
}

export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

/**
 * Unpadded base64url in its one canonical form.
 * @throws DecodeError BAD_FIELD for any other text; BAD_LENGTH when `sizeBytes` is given and does not match.
 */
export function fromBase64url(text: string, field: string, sizeBytes?: number): Uint8Array {
  const buffer = Buffer.from(text, 'base64url');
  if (buffer.toString('base64url') !== text)
    throw refusal('BAD_FIELD', { field, expected: 'unpadded base64url' });
  if (sizeBytes !== undefined && buffer.length !== sizeBytes) {
    throw refusal('BAD_LENGTH', {
      what: `Field "${field}"`,
      expectedBytes: sizeBytes,
      actualBytes: buffer.length,
    });
  }
  return new Uint8Array(buffer);
}

/**
 * Splits an `lp` encoding into all its fields, at most `maxFields`, as views on `bytes`.
 * @throws DecodeError TRUNCATED, TRAILING_BYTES when there are more fields.
 */
export function splitLpAll(bytes: Uint8Array, maxFields: number, what: string): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (fields.length === maxFields)
      throw refusal('TRAILING_BYTES', { what, extraBytes: bytes.length - offset });
    const end = offset + 4 <= bytes.length ? offset + 4 + view.getUint32(offset) : Infinity;
    if (end > bytes.length) throw refusal('TRUNCATED', { what });
    fields.push(bytes.subarray(offset + 4, end));
    offset = end;
  }
  return fields;
}

export function bytesToHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** @param hex - an even number of hex digits */
export function hexToBytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
