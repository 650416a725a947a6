/**
 * Canonical JSON: the one byte form of a state value, a result and an event.
 *
 * Keys sorted by code unit, no white space, integers only; bytes as base64url; bigint as decimal string; undefined fields left out.
 */
import { toBase64url } from '../crypto/bytes.js';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | bigint
  | Uint8Array
  | undefined
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** @throws TypeError for floats, since their text is not the same everywhere. */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (value instanceof Uint8Array) return `"${toBase64url(value)}"`;
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new TypeError('"value" expected a safe integer');
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => canonicalJson(item)).join(',')}]`;
  const fields = Object.entries(value as Record<string, JsonValue>)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
