/** Fields of `lp` messages, read strictly: labels, widths, integers. */
import { refusal } from '../errors.js';
import { decodeUtf8, equalBytes } from './bytes.js';

/** Slots are numbered from 1970; the largest a message may name. */
const MAX_SLOT = 9_999_999_999n;

/** @throws DecodeError WRONG_LABEL */
export function expectLabel(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (!equalBytes(actual, expected))
    throw refusal('WRONG_LABEL', { what, expected: decodeUtf8(expected, 'label') });
}

/** @throws DecodeError BAD_LENGTH */
export function expectLength(bytes: Uint8Array, expectedBytes: number, what: string): void {
  if (bytes.length !== expectedBytes)
    throw refusal('BAD_LENGTH', { what, expectedBytes, actualBytes: bytes.length });
}

/** @throws DecodeError BAD_LENGTH unless there are 4 bytes. */
export function readU32(bytes: Uint8Array, what: string): number {
  expectLength(bytes, 4, what);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
}

/** A slot number of 8 bytes. @throws DecodeError BAD_LENGTH, BAD_FIELD above 9,999,999,999. */
export function readSlot(bytes: Uint8Array): number {
  expectLength(bytes, 8, 'The slot');
  const slot = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigUint64(0);
  if (slot > MAX_SLOT) throw refusal('BAD_FIELD', { field: 'slot', expected: `at most ${MAX_SLOT}` });
  return Number(slot);
}
