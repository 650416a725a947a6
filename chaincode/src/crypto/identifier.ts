/**
 * Identifiers of grids, regions, fog nodes and meters: 1 to 64 bytes of NFC UTF-8 without control characters (spec 0.1).
 *
 * Noncharacters are refused, too: Fabric ends the range of a composite key at U+10FFFF, so that no scan would find an id that begins with it.
 */
import { decodeUtf8, utf8 } from './bytes.js';
import { refusal } from '../errors.js';

export const MAX_IDENTIFIER_BYTES = 64;

/** @returns `value` itself. @throws DecodeError BAD_IDENTIFIER */
export function checkIdentifier(value: string, field: string): string {
  const sizeBytes = utf8(value).length;
  const fits = sizeBytes >= 1 && sizeBytes <= MAX_IDENTIFIER_BYTES && value.isWellFormed();
  if (!fits || value.normalize('NFC') !== value || /[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(value))
    throw refusal('BAD_IDENTIFIER', { field });
  return value;
}

/** The identifier in these bytes. @throws DecodeError BAD_IDENTIFIER, BAD_FIELD for bytes that are not UTF-8. */
export function decodeIdentifier(bytes: Uint8Array, field: string): string {
  // Printable ASCII, the usual case, needs no further check: fog nodes read four identifiers in every report.
  const plain = bytes.length >= 1 && bytes.length <= MAX_IDENTIFIER_BYTES && bytes.every(isPrintableAscii);
  if (plain) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return checkIdentifier(decodeUtf8(bytes, field), field);
}

function isPrintableAscii(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}
