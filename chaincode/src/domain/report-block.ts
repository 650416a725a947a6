/**
 * Blocks of signcrypted reports: what accounting nodes submit for a slot, and every endorser checks.
 *
 * Run by the contract `reports` and by accounting nodes. Source: paper 002 section IV.D (accounting nodes verify, classify, and write the block), Eq. (2); spec/schemes.md 3.A, 3.C, 6.3.
 * A node chooses nothing but whose reports a block holds: a meter that one node left out is let in by the block of another. There is no turn to wait for (the paper: 101 nodes, one master at
 * a time): the ordering service puts blocks in order, and a report counts once whoever brings it. A block is named by its root, a hash over the digests of its reports.
 */
import { createHash } from 'node:crypto';
import { lp, splitLpAll, toBase64url, u64, utf8 } from '../crypto/bytes.js';
import {
  decodeSigncryptedReport,
  reportDigest,
  type ReportScope,
  type SigncryptedReport,
} from '../crypto/signcryption.js';
import { findBadSigncryptedReports, type SigncryptionDirectory } from '../crypto/signcryption-check.js';
import { compareMeterIds } from '../crypto/tou-billing.js';
import { refusal } from '../errors.js';
import { bytes, identifier, object, slotNumber } from './decode.js';

const ROOT_LABEL = utf8('gridveil/signcryption/block-root/v1');
export const MAX_REPORTS_PER_BLOCK = 500;
/** A state value stays below 1 MB. */
export const MAX_BLOCK_BYTES = 950_000;

export const reportBlockSubmission = object({ grid: identifier, slot: slotNumber, root: bytes(32) });
export type ReportBlockSubmission = ReturnType<typeof reportBlockSubmission>;

/** A report of a block, for whoever looks for it without reading all of them. */
export interface BlockEntry {
  readonly meterId: string;
  /** `reportDigest`, base64url. */
  readonly digest: string;
}

/** As stored; the reports stand beside it, or elsewhere under their digests. */
export interface ReportBlockRecord {
  readonly slot: number;
  /** base64url */
  readonly root: string;
  /** By meter id. */
  readonly reports: readonly BlockEntry[];
  /** Organisation of the accounting node. */
  readonly submittedBy: string;
  readonly txId: string;
}

/** A report with the bytes it came in. */
export interface BlockReport {
  readonly report: SigncryptedReport;
  readonly bytes: Uint8Array;
  readonly digest: Uint8Array;
}

/** The one form of a list of reports: by meter id, each meter once. @throws RangeError for other lists */
export function encodeReportBlock(reports: readonly BlockReport[]): Uint8Array {
  if (!ascending(reports)) throw new RangeError('"reports" expected ascending meter ids, each once');
  return lp(...reports.map((each) => each.bytes));
}

export function byMeterId(a: BlockReport, b: BlockReport): number {
  return compareMeterIds(a.report.header.meterId, b.report.header.meterId);
}

function ascending(reports: readonly BlockReport[]): boolean {
  return reports.every((report, i) => i === 0 || byMeterId(reports[i - 1] as BlockReport, report) < 0);
}

export function blockReport(encoded: Uint8Array): BlockReport {
  const own = Uint8Array.from(encoded);
  return { report: decodeSigncryptedReport(own), bytes: own, digest: reportDigest(own) };
}

/** Decodes what `encodeReportBlock` wrote, and nothing else. @throws DecodeError of the first report that is malformed; BAD_FIELD for another order, TRUNCATED, TRAILING_BYTES */
export function decodeReportBlock(encoded: Uint8Array): BlockReport[] {
  const reports = splitLpAll(encoded, MAX_REPORTS_PER_BLOCK, 'A block of reports').map(blockReport);
  if (reports.length === 0) throw refusal('TRUNCATED', { what: 'A block of reports' });
  if (!ascending(reports)) {
    const expected = 'reports by ascending meter id, each meter once';
    throw refusal('BAD_FIELD', { field: 'reports', expected });
  }
  return reports;
}

/** What names a block. 32 bytes. */
export function reportBlockRoot(
  { channel, grid }: ReportScope,
  slot: number,
  digests: readonly Uint8Array[],
): Uint8Array {
  return new Uint8Array(
    createHash('sha256')
      .update(lp(ROOT_LABEL, channel, grid, u64(slot), lp(...digests)))
      .digest(),
  );
}

/**
 * All that a block must fulfil. Cost for 100 reports: 25 ms, without WebAssembly 70 ms.
 * @param reported - meters that other blocks of the slot have
 * @throws ProofRejectedError BLOCK_MISMATCH. @throws StateConflictError REPORT_EXISTS. @throws GridveilError of `findBadSigncryptedReports` naming the first report that does not count
 */
export function checkReportBlock(
  scope: ReportScope,
  { slot, root }: ReportBlockSubmission,
  reports: readonly BlockReport[],
  directory: SigncryptionDirectory,
  reported: ReadonlySet<string>,
): void {
  const digests = reports.map(({ digest }) => digest);
  if (toBase64url(root) !== toBase64url(reportBlockRoot(scope, slot, digests)))
    throw refusal('BLOCK_MISMATCH', { slot, field: 'root' });
  for (const { report } of reports) {
    const { meterId } = report.header;
    if (reported.has(meterId)) throw refusal('REPORT_EXISTS', { meterId, slot });
  }
  const decoded = reports.map(({ report }) => report);
  const [bad] = findBadSigncryptedReports(scope, slot, decoded, directory);
  if (bad) throw bad.refusal;
}

/** A block that fits into one transaction. */
export function fitsBlock(count: number, sizeBytes: number): boolean {
  return count <= MAX_REPORTS_PER_BLOCK && sizeBytes <= MAX_BLOCK_BYTES;
}

/** What one report adds to a block. */
export function blockEntryBytes(report: BlockReport): number {
  return 4 + report.bytes.length;
}
