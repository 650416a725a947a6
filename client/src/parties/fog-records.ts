/**
 * What a fog node writes into its journal. A record is one byte of kind and its fields.
 *
 * 1 report:       slot u64 | length of meter id u16 | meter id | the message as it came
 * 2 closed slot:  lp(slot u64, lp(lp(meter id, message)…) struck out, region…);
 *                 region = lp(region, ciphertext or nothing when withheld, count u32, Merkle root, lp(meter id…), leaves)
 * 3 settled:      slot u64; the ledger holds its region totals
 * 4 equivocation: lp(slot u64, meter id, first message or nothing, second message)
 * 5 forgotten:    slot u64; slots up to this one are closed for good
 * 6 late:         lp(slot u64, meter id, leaf, unix time u64); a report that was refused
 */
import {
  concatBytes,
  decodeUtf8,
  equalBytes,
  lp,
  splitLp,
  splitLpAll,
  u32,
  u64,
  utf8,
} from '@gridveil/chaincode/crypto/bytes.js';
import { readSlot, readU32 } from '@gridveil/chaincode/crypto/message-fields.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { withheldTotal } from '@gridveil/chaincode/domain/region-total.js';
import type { ClosedRegion, ClosedSlot } from './closed-slot.js';
import type { Equivocation, StruckOut } from './fog-node.js';
import type { LateReport } from './late-reports.js';

const KIND = { report: 1, closed: 2, settled: 3, equivocation: 4, forgotten: 5, late: 6 } as const;
const WHAT = 'A record of the fog journal';
const ID_AT = 1 + 8 + 2;
const NOTHING = new Uint8Array(0);

export type FogRecord =
  | { readonly kind: 'report'; readonly slot: number; readonly meterId: string; readonly bytes: Uint8Array }
  | { readonly kind: 'closed'; readonly closed: ClosedSlot; readonly struckOut: readonly StruckOut[] }
  | { readonly kind: 'settled' | 'forgotten'; readonly slot: number }
  | { readonly kind: 'equivocation'; readonly proof: Equivocation }
  | { readonly kind: 'late'; readonly late: LateReport };

const record = (kind: keyof typeof KIND, ...fields: readonly Uint8Array[]): Uint8Array =>
  concatBytes(Uint8Array.of(KIND[kind]), ...fields);

export function reportRecord(slot: number, meterId: string, bytes: Uint8Array): Uint8Array {
  const id = utf8(meterId);
  return record('report', u64(slot), Uint8Array.of(id.length >> 8, id.length & 255), id, bytes);
}

export function closedRecord({ slot, regions }: ClosedSlot, struckOut: readonly StruckOut[]): Uint8Array {
  const out = struckOut.map(({ meterId, bytes }) => lp(meterId, bytes));
  return record('closed', lp(u64(slot), lp(...out), ...regions.map(regionField)));
}

function regionField({ total, meterIds, leaves }: ClosedRegion): Uint8Array {
  const { region, ciphertext, count, merkleRoot } = total;
  return lp(region, count === 0 ? NOTHING : ciphertext, u32(count), merkleRoot, lp(...meterIds), leaves);
}

export function settledRecord(slot: number): Uint8Array {
  return record('settled', u64(slot));
}

export function forgottenRecord(slot: number): Uint8Array {
  return record('forgotten', u64(slot));
}

export function lateRecord({ slot, meterId, leaf, atSeconds }: LateReport): Uint8Array {
  return record('late', lp(u64(slot), meterId, leaf, u64(atSeconds)));
}

export function equivocationRecord({ slot, meterId, first, second }: Equivocation): Uint8Array {
  return record('equivocation', lp(u64(slot), meterId, first ?? NOTHING, second));
}

/**
 * @param key - fills in the ciphertext of withheld regions.
 * @returns fields as views on `bytes`.
 * @throws DecodeError, RangeError for a kind that a later version may write.
 */
export function decodeFogRecord(bytes: Uint8Array, key: PaillierPublicKey): FogRecord {
  const fields = bytes.subarray(1);
  switch (bytes[0] ?? 0) {
    case KIND.report:
      return decodeReportRecord(bytes);
    case KIND.closed:
      return decodeClosed(fields, key);
    case KIND.settled:
      return { kind: 'settled', slot: readSlot(fields) };
    case KIND.forgotten:
      return { kind: 'forgotten', slot: readSlot(fields) };
    case KIND.equivocation:
      return { kind: 'equivocation', proof: decodeEquivocation(fields) };
    case KIND.late:
      return { kind: 'late', late: decodeLate(fields) };
    default:
      throw new RangeError(
        `the journal holds records of kind ${bytes[0]}: it was written by a later version`,
      );
  }
}

/** The report in a record of `slot`; undefined for any other record. Much cheaper than decoding each. */
export function reportOfSlot(
  bytes: Uint8Array,
  slot: number,
): { readonly meterId: string; readonly bytes: Uint8Array } | undefined {
  if (bytes[0] !== KIND.report || !equalBytes(bytes.subarray(1, 9), u64(slot))) return undefined;
  return decodeReportRecord(bytes);
}

function decodeReportRecord(bytes: Uint8Array): Extract<FogRecord, { kind: 'report' }> {
  const idEnd = ID_AT + (((bytes[ID_AT - 2] ?? 0) << 8) | (bytes[ID_AT - 1] ?? 0));
  return {
    kind: 'report',
    slot: readSlot(bytes.subarray(1, 9)),
    meterId: decodeUtf8(bytes.subarray(ID_AT, idEnd), 'meterId'),
    bytes: bytes.subarray(idEnd),
  };
}

function decodeClosed(bytes: Uint8Array, key: PaillierPublicKey): FogRecord {
  const [slotBytes, out, ...regions] = splitLpAll(bytes, Infinity, WHAT);
  const slot = readSlot(slotBytes ?? NOTHING);
  const struckOut = splitLpAll(out ?? NOTHING, Infinity, WHAT).map((each) => {
    const [id, message] = splitLp(each, 2, WHAT);
    return { slot, meterId: decodeUtf8(id, 'meterId'), bytes: Uint8Array.from(message) };
  });
  return {
    kind: 'closed',
    closed: { slot, regions: regions.map((region) => decodeRegion(region, slot, key)) },
    struckOut,
  };
}

/** Copies what it keeps: a view would hold the whole segment of the journal in memory. */
function decodeRegion(bytes: Uint8Array, slot: number, key: PaillierPublicKey): ClosedRegion {
  const [name, ciphertext, countBytes, merkleRoot, ids, leaves] = splitLp(bytes, 6, WHAT);
  const region = decodeUtf8(name, 'region');
  const count = readU32(countBytes, 'The count');
  const total =
    count === 0
      ? withheldTotal(key, region, slot)
      : {
          region,
          slot,
          ciphertext: Uint8Array.from(ciphertext),
          count,
          merkleRoot: Uint8Array.from(merkleRoot),
        };
  return {
    total,
    meterIds: splitLpAll(ids, Infinity, WHAT).map((id) => decodeUtf8(id, 'meterId')),
    leaves: Uint8Array.from(leaves),
  };
}

function decodeLate(bytes: Uint8Array): LateReport {
  const [slot, meterId, leaf, atSeconds] = splitLp(bytes, 4, WHAT);
  return {
    slot: readSlot(slot),
    meterId: decodeUtf8(meterId, 'meterId'),
    leaf: Uint8Array.from(leaf),
    atSeconds: readSlot(atSeconds),
  };
}

function decodeEquivocation(bytes: Uint8Array): Equivocation {
  const [slot, meterId, first, second] = splitLp(bytes, 4, WHAT);
  return {
    slot: readSlot(slot),
    meterId: decodeUtf8(meterId, 'meterId'),
    first: first.length === 0 ? undefined : Uint8Array.from(first),
    second: Uint8Array.from(second),
  };
}
