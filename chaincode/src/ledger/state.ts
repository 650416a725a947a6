/**
 * Typed access to world state: composite keys `(kind, parts…)`, canonical JSON values, one key per entity and slot.
 *
 * Reads see committed state only: nothing written in a transaction can be read in it (Fabric has no read-your-writes).
 */
import type { Context } from 'fabric-contract-api';
import { decodeUtf8, fromBase64url, utf8 } from '../crypto/bytes.js';
import { refusal } from '../errors.js';
import { canonicalJson, type JsonValue } from './canonical-json.js';

export type StateKind =
  | 'role'
  | 'grid'
  | 'grid-proof'
  | 'fog-node'
  | 'region'
  | 'meter'
  | 'region-total'
  | 'region-total-conflict'
  | 'total'
  | 'opening'
  | 'leader'
  | 'lease'
  | 'election'
  | 'candidate'
  | 'vote'
  | 'billing'
  | 'billing-aggregator'
  | 'billing-aggregator-key'
  | 'billing-meter'
  | 'billing-meter-key'
  | 'billing-tariff'
  | 'billing-period'
  | 'slot-block'
  | 'slot-block-packets'
  | 'slot-block-conflict'
  | 'area-opening'
  | 'billing-close'
  | 'charge-part'
  | 'charge-part-sum'
  | 'missing-slots'
  | 'monthly-charge'
  | 'charge-opening'
  | 'dispute'
  | 'signcryption'
  | 'signcryption-sender'
  | 'signcryption-receiver'
  | 'signcryption-key'
  | 'report-block'
  | 'report-block-bytes'
  | 'sealed-message'
  | 'operator-policy'
  | 'device-policy'
  | 'consumption'
  | 'payment'
  | 'action'
  | 'pending-action'
  | 'equipment'
  | 'equipment-event';

export interface Page<T> {
  readonly items: T[];
  /** Empty on the last page. */
  readonly bookmark: string;
}

export interface PageRequest {
  readonly pageSize: number;
  /** As a previous page returned it. */
  readonly bookmark: string | undefined;
}

/** Slots as key parts sort like numbers. */
export function slotKey(slot: number): string {
  return String(slot).padStart(10, '0');
}

type Stub = Context['stub'];

export async function readState<T>(
  stub: Stub,
  kind: StateKind,
  parts: readonly string[],
): Promise<T | undefined> {
  const value = await stub.getState(stub.createCompositeKey(kind, [...parts]));
  return value.length === 0 ? undefined : parse<T>(value);
}

export async function writeState(
  stub: Stub,
  kind: StateKind,
  parts: readonly string[],
  value: JsonValue,
): Promise<void> {
  await stub.putState(stub.createCompositeKey(kind, [...parts]), utf8(canonicalJson(value)));
}

/** A value that is bytes, not JSON: base64url would make it a third larger, in every block. */
export async function readBytes(
  stub: Stub,
  kind: StateKind,
  parts: readonly string[],
): Promise<Uint8Array | undefined> {
  const value = await stub.getState(stub.createCompositeKey(kind, [...parts]));
  return value.length === 0 ? undefined : new Uint8Array(value);
}

export async function writeBytes(
  stub: Stub,
  kind: StateKind,
  parts: readonly string[],
  value: Uint8Array,
): Promise<void> {
  await stub.putState(stub.createCompositeKey(kind, [...parts]), value);
}

export async function deleteState(stub: Stub, kind: StateKind, parts: readonly string[]): Promise<void> {
  await stub.deleteState(stub.createCompositeKey(kind, [...parts]));
}

/** Everything below a key prefix, in key order. The range enters the read set, so it may decide a write. */
export async function scanState<T>(stub: Stub, kind: StateKind, prefix: readonly string[]): Promise<T[]> {
  const found: T[] = [];
  for await (const { value } of stub.getStateByPartialCompositeKey(kind, [...prefix]))
    found.push(parse<T>(value));
  return found;
}

/** As `scanState`, for values that are bytes. */
export async function scanBytes(
  stub: Stub,
  kind: StateKind,
  prefix: readonly string[],
): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const { value } of stub.getStateByPartialCompositeKey(kind, [...prefix]))
    found.push(new Uint8Array(value));
  return found;
}

/**
 * One page below a key prefix, for queries only: Fabric does not re-check paginated ranges at commit.
 * @param from - key parts to begin at on the first page.
 * @throws DecodeError BAD_FIELD for a bookmark that is not of a page below this prefix: Fabric would go on there, whatever lies there.
 */
export async function pageState<T>(
  stub: Stub,
  kind: StateKind,
  prefix: readonly string[],
  request: PageRequest,
  from?: readonly string[],
): Promise<Page<T>> {
  const first = from === undefined ? '' : stub.createCompositeKey(kind, [...from]);
  const { bookmark } = request;
  const { iterator, metadata } = await stub.getStateByPartialCompositeKeyWithPagination(
    kind,
    [...prefix],
    request.pageSize,
    bookmark === undefined ? first : bookmarkedKey(bookmark, stub.createCompositeKey(kind, [...prefix])),
  );
  const items: T[] = [];
  for (let next = await iterator.next(); !next.done; next = await iterator.next())
    items.push(parse<T>(next.value.value));
  await iterator.close();
  return { items, bookmark: Buffer.from(bookmarkAfter(metadata)).toString('base64url') };
}

/** A peer sends no metadata at all when the range is empty, whatever the types say. */
function bookmarkAfter(metadata: { readonly bookmark: string } | undefined): string {
  return metadata?.bookmark ?? '';
}

function bookmarkedKey(bookmark: string, prefix: string): string {
  const key = decodeUtf8(fromBase64url(bookmark, 'bookmark'), 'bookmark');
  // U+10FFFF ends the range: a peer fails on a range that begins there.
  if (!key.startsWith(prefix) || key.startsWith('\u{10ffff}', prefix.length))
    throw refusal('BAD_FIELD', { field: 'bookmark', expected: 'the bookmark of the page before' });
  return key;
}

function parse<T>(value: Uint8Array): T {
  return JSON.parse(Buffer.from(value).toString('utf8')) as T;
}
