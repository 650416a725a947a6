/**
 * What can be wrong with a field of a transaction argument, by the kind of the field: a list of [value, code].
 *
 * `RawJson` values go into the JSON text as they are, for what JSON.stringify would not write.
 */
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';

export class RawJson {
  constructor(readonly text: string) {}
}

export type BadValue = readonly [value: unknown, code: ErrorCode];

const all = (code: ErrorCode, ...values: readonly unknown[]): BadValue[] =>
  values.map((value) => [value, code] as const);

const NO_TEXT = [null, true, 0, 1, [], ['a'], {}] as const;
const NO_NUMBER = [null, true, '1', '', [], [1], {}] as const;
/** Numbers that lose something on their way through a JSON parser or an integer type. */
const NO_INTEGER = [1.5, -1, 2 ** 53, new RawJson('1e400'), new RawJson('-1e400')] as const;

const UNPRINTABLE = ['a\u0000b', 'a\nb', '\u007f', '\u0085', '\ud800', 'a\udc00', '\udc00\ud800'] as const;

export const identifier = [
  ...all('BAD_FIELD', ...NO_TEXT),
  ...all('BAD_IDENTIFIER', '', 'x'.repeat(65), 'é'.repeat(33), 'e\u0301', '\u212b', ...UNPRINTABLE),
  ...all('BAD_IDENTIFIER', '\u{10ffff}a', '\ufffe', '\ufdd0'),
];

/** @param maxLength - in UTF-16 code units */
export const text = (maxLength: number): BadValue[] =>
  all('BAD_FIELD', ...NO_TEXT, '', 'x'.repeat(maxLength + 1), ...UNPRINTABLE);

export const integer = (min: number, max: number): BadValue[] =>
  all('BAD_FIELD', ...NO_NUMBER, ...NO_INTEGER, min - 1, max + 1);

export const decimal = (maxDigits: number): BadValue[] => [
  ...all('BAD_FIELD', ...NO_TEXT, '', '-1', '+1', '01', '00', '-0', '1.0', '1e3', ' 1', '1 ', '1_0', '0x10'),
  ...all('BAD_FIELD', '1n', '\uff11', '\u0661', 'NaN', `1${'0'.repeat(maxDigits)}`),
];

/** Text that is base64url of nothing, or not the only one for its bytes. */
const NO_BASE64URL = ['AA==', 'AA=', 'A', 'AB', 'AAB', '+/+/', 'A A', 'AAAA\n', 'ä', '\ud800'] as const;

export const anyBytes = all('BAD_FIELD', ...NO_TEXT, ...NO_BASE64URL);

export const bytes = (sizeBytes: number): BadValue[] => [
  ...anyBytes,
  ...all('BAD_LENGTH', '', 'AA', base64url(sizeBytes - 1), base64url(sizeBytes + 1)),
];

export const list = (item: unknown, maxItems: number): BadValue[] =>
  all('BAD_FIELD', null, true, 1, '', 'a', {}, { length: 1 }, [], new Array(maxItems + 1).fill(item));

export const oneOf = (...values: readonly unknown[]): BadValue[] =>
  all('BAD_FIELD', ...NO_TEXT, '', ...values);

function base64url(sizeBytes: number): string {
  return Buffer.alloc(sizeBytes).toString('base64url');
}

/** JSON text in which raw values stand as they are. */
export function jsonWithRaw(value: unknown): string {
  const raw: string[] = [];
  const text = JSON.stringify(value, (_, field: unknown) =>
    field instanceof RawJson ? `@raw-${raw.push(field.text) - 1}@` : field,
  );
  return text.replace(/"@raw-([0-9]+)@"/g, (_, i: string) => raw[Number(i)] ?? '');
}
