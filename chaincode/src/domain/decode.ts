/**
 * Strict decoders for transaction arguments: JSON text in, typed facts out, everything else refused with a code.
 *
 * fabric-contract-api turns `""` into 0 and `1e400` into Infinity without a word (spec/fabric.md 5.1), so every
 * transaction takes one JSON string and decodes it here. A field nobody declared is refused, not ignored.
 */
import { fromBase64url, utf8 } from '../crypto/bytes.js';
import { checkIdentifier } from '../crypto/identifier.js';
import { isLowOrderX25519, X25519_KEY_BYTES } from '../crypto/x25519.js';
import { refusal } from '../errors.js';

/** An argument larger than this is refused before it is parsed: state values stay below 1 MB (DESIGN section 4). */
export const MAX_ARGUMENT_BYTES = 900_000;
export const MAX_PAGE_SIZE = 1000;

export type Decoder<T> = (value: unknown, field: string) => T;
type Shape = Record<string, Decoder<unknown>>;
type Decoded<S extends Shape> = { [K in keyof S]: ReturnType<S[K]> };

function badField(field: string, expected: string): Error {
  return refusal('BAD_FIELD', { field, expected });
}

/** An object with exactly these fields. */
export function object<S extends Shape>(shape: S): Decoder<Decoded<S>> {
  return (value, field) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw missingOr(value, field, 'an object');
    const given = value as Record<string, unknown>;
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(shape, name)) throw refusal('UNKNOWN_FIELD', { field: printable(name) });
    }
    const decoded: Record<string, unknown> = {};
    for (const [name, decoder] of Object.entries(shape)) {
      decoded[name] = decoder(Object.hasOwn(given, name) ? given[name] : undefined, name);
    }
    return decoded as Decoded<S>;
  };
}

/** A list of `minItems` to `maxItems` items. */
export function list<T>(item: Decoder<T>, maxItems: number, minItems = 1): Decoder<T[]> {
  return (value, field) => {
    if (!Array.isArray(value)) throw missingOr(value, field, 'a list');
    if (value.length < minItems || value.length > maxItems) {
      throw badField(field, `a list of ${minItems} to ${maxItems} items`);
    }
    return value.map((entry, i) => item(entry, `${field}[${i}]`));
  };
}

export function optional<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return (value, field) => (value === undefined ? undefined : decoder(value, field));
}

/** A safe integer in [`min`, `max`], as a JSON number. */
export function integer(min: number, max: number): Decoder<number> {
  return (value, field) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw missingOr(value, field, `an integer from ${min} to ${max}`);
    }
    return value;
  };
}

export const slotNumber = integer(0, 9_999_999_999);
export const pageSize = integer(1, MAX_PAGE_SIZE);

/** A non-negative integer as a canonical decimal string of at most `maxDigits` digits. */
export function decimal(maxDigits: number): Decoder<bigint> {
  return (value, field) => {
    if (typeof value !== 'string' || value.length > maxDigits || !/^(0|[1-9][0-9]*)$/.test(value)) {
      throw missingOr(value, field, `a decimal string of at most ${maxDigits} digits`);
    }
    return BigInt(value);
  };
}

/** Unpadded canonical base64url, `sizeBytes` long when given. */
export function bytes(sizeBytes?: number): Decoder<Uint8Array> {
  return (value, field) => {
    if (typeof value !== 'string') throw missingOr(value, field, 'base64url text');
    return fromBase64url(value, field, sizeBytes);
  };
}

/** An X25519 public key that others can agree with. */
export const agreementKey: Decoder<Uint8Array> = (value, field) => {
  const key = bytes(X25519_KEY_BYTES)(value, field);
  if (isLowOrderX25519(key)) throw badField(field, 'an X25519 public key that is not of low order');
  return key;
};

/** 1 to 64 bytes of NFC UTF-8 without control characters (spec 0.1). */
export const identifier: Decoder<string> = (value, field) => {
  if (typeof value !== 'string') throw missingOr(value, field, 'text');
  return checkIdentifier(value, field);
};

/** Any well-formed text of 1 to `maxLength` characters without control characters. */
export function text(maxLength: number): Decoder<string> {
  return (value, field) => {
    const fits = typeof value === 'string' && value.length >= 1 && value.length <= maxLength;
    if (!fits || !value.isWellFormed() || /\p{Cc}/u.test(value)) {
      throw missingOr(value, field, `1 to ${maxLength} characters of plain text`);
    }
    return value;
  };
}

/** Text of at most `maxLength` characters that the pattern, anchored at both ends, takes. */
export function matching(pattern: RegExp, maxLength: number, expected: string): Decoder<string> {
  return (value, field) => {
    if (typeof value !== 'string' || value.length > maxLength || !pattern.test(value))
      throw missingOr(value, field, expected);
    return value;
  };
}

export function oneOf<const T extends string>(allowed: readonly T[]): Decoder<T> {
  return (value, field) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw missingOr(value, field, `one of ${allowed.join(', ')}`);
    return found;
  };
}

/** Parses and decodes a transaction argument. @throws DecodeError */
export function decodeArgument<T>(argument: string, decoder: Decoder<T>): T {
  const sizeBytes = utf8(argument).length;
  if (sizeBytes > MAX_ARGUMENT_BYTES) {
    throw refusal('TOO_LARGE', {
      what: 'The argument',
      limitBytes: MAX_ARGUMENT_BYTES,
      actualBytes: sizeBytes,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(argument);
  } catch {
    throw refusal('MALFORMED_JSON', { reason: 'it is not JSON' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal('MALFORMED_JSON', { reason: 'it is not an object' });
  }
  return decoder(value, 'argument');
}

function missingOr(value: unknown, field: string, expected: string): Error {
  return value === undefined ? refusal('MISSING_FIELD', { field }) : badField(field, expected);
}

/** A stranger's field name in an error stays short and printable. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]|[[\]{}]/g, '?').slice(0, 40);
}
