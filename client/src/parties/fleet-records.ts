/**
 * What a fleet of meters writes into its journal, so that a restart sends the same bytes again and never signs a slot twice.
 *
 * 1 report:  lp(fog node, slot u64, message), before it is sent
 * 2 receipt: lp(fog node, items, receipt), items = (slot u64 | leaf 32 bytes)… (receipt.ts)
 * 3 refused: lp(fog node, slot u64 | leaf 32 bytes, meter id, code); the fog node counts it never
 * 4 sealed:  lp(slot u64, meter id…), after a compaction: these have a report for the slot, which has its answer
 * 5 over:    slot u64; no report is made any more for slots up to this one
 */
import { concatBytes, decodeUtf8, lp, splitLp, splitLpAll, u64 } from '@gridveil/chaincode/crypto/bytes.js';
import { readSlot } from '@gridveil/chaincode/crypto/message-fields.js';
import type { ReceiptItem } from './receipt.js';

const KIND = { report: 1, receipt: 2, refused: 3, sealed: 4, over: 5 } as const;
const WHAT = 'A record of the fleet journal';
const SLOT_BYTES = 8;
const ITEM_BYTES = SLOT_BYTES + 32;

/** A receipt and what it is for. */
export interface KeptReceipt {
  readonly fogNode: string;
  readonly items: readonly ReceiptItem[];
  readonly receipt: Uint8Array;
}

/** What a fog node refused for good. */
export interface RefusedReport {
  readonly fogNode: string;
  readonly meterId: string;
  readonly slot: number;
  /** Such as REPORT_STALE_SLOT: it came too late. */
  readonly code: string;
}

export type FleetRecord =
  | { readonly kind: 'report'; readonly fogNode: string; readonly slot: number; readonly bytes: Uint8Array }
  | ({ readonly kind: 'receipt' } & KeptReceipt)
  | { readonly kind: 'refused'; readonly report: RefusedReport; readonly item: ReceiptItem }
  | { readonly kind: 'sealed'; readonly slot: number; readonly meterIds: readonly string[] }
  | { readonly kind: 'over'; readonly slot: number };

export function sentRecord(fogNode: string, slot: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(KIND.report), lp(fogNode, u64(slot), bytes));
}

export function receiptRecord({ fogNode, items, receipt }: KeptReceipt): Uint8Array {
  return concatBytes(
    Uint8Array.of(KIND.receipt),
    lp(fogNode, concatBytes(...items.map(encodeItem)), receipt),
  );
}

export function refusedRecord({ fogNode, meterId, code }: RefusedReport, item: ReceiptItem): Uint8Array {
  return concatBytes(Uint8Array.of(KIND.refused), lp(fogNode, encodeItem(item), meterId, code));
}

export function sealedRecord(slot: number, meterIds: Iterable<string>): Uint8Array {
  return concatBytes(Uint8Array.of(KIND.sealed), lp(u64(slot), ...meterIds));
}

export function overRecord(slot: number): Uint8Array {
  return concatBytes(Uint8Array.of(KIND.over), u64(slot));
}

export function encodeItem({ slot, leaf }: ReceiptItem): Uint8Array {
  return concatBytes(u64(slot), leaf);
}

/** @throws DecodeError, RangeError for a kind that a later version may write. */
export function decodeFleetRecord(bytes: Uint8Array): FleetRecord {
  const fields = bytes.subarray(1);
  if (bytes[0] === KIND.refused) return decodeRefused(fields);
  if (bytes[0] === KIND.over) return { kind: 'over', slot: readSlot(fields) };
  if (bytes[0] === KIND.sealed) {
    const [slot, ...ids] = splitLpAll(fields, Infinity, WHAT);
    const meterIds = ids.map((id) => decodeUtf8(id, 'meterId'));
    return { kind: 'sealed', slot: readSlot(slot ?? new Uint8Array(0)), meterIds };
  }
  const [fogNode, middle, last] = splitLp(fields, 3, WHAT);
  const name = decodeUtf8(fogNode, 'fogNode');
  if (bytes[0] === KIND.report)
    return { kind: 'report', fogNode: name, slot: readSlot(middle), bytes: Uint8Array.from(last) };
  if (bytes[0] !== KIND.receipt) throw new RangeError(`the journal holds records of kind ${bytes[0]}`);
  const items: ReceiptItem[] = [];
  for (let at = 0; at < middle.length; at += ITEM_BYTES)
    items.push(decodeItem(middle.subarray(at, at + ITEM_BYTES)));
  return { kind: 'receipt', fogNode: name, items, receipt: Uint8Array.from(last) };
}

function decodeRefused(fields: Uint8Array): FleetRecord {
  const [fogNode, itemBytes, meterId, code] = splitLp(fields, 4, WHAT);
  const item = decodeItem(itemBytes);
  const report = {
    fogNode: decodeUtf8(fogNode, 'fogNode'),
    meterId: decodeUtf8(meterId, 'meterId'),
    slot: item.slot,
    code: decodeUtf8(code, 'code'),
  };
  return { kind: 'refused', report, item };
}

/** @throws DecodeError BAD_LENGTH, BAD_FIELD */
export function decodeItem(bytes: Uint8Array): ReceiptItem {
  return { slot: readSlot(bytes.subarray(0, SLOT_BYTES)), leaf: Uint8Array.from(bytes.subarray(SLOT_BYTES)) };
}
