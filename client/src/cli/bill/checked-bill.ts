/** Reads a bill from a ledger and checks it: what all of `gridveil bill` begins with. */
import { exportBill, type ExportedBill } from '../../billing/export-bill.js';
import { findBill, type BillRef } from '../../billing/find-bill.js';
import { checkLeftOut, withReceipts } from '../../billing/left-out-reports.js';
import { billOfReadings, checkOwnBill } from '../../billing/own-readings.js';
import { readReceiptsFile } from '../../billing/receipts-file.js';
import { verifyBill, type CheckedBill } from '../../billing/verify-bill.js';
import { ClientError } from '../../errors.js';
import type { Ledger } from '../../ledger/port.js';
import { readReadingsFile } from '../../metering/reading-file.js';
import type { ReadingTable } from '../../metering/reading.js';
import type { ClearBill } from '../../metering/tariffs/clear-bill.js';
import type { BillOptions } from './options.js';

/** A bill with what the check found. */
export interface FoundBill extends ExportedBill {
  readonly ref: BillRef;
  readonly result: { readonly checked: CheckedBill } | { readonly rejected: ClientError };
  /** The bill of the customer's own readings, where they were given. */
  readonly own: ClearBill | undefined;
  /** How many receipts it was compared with, where they were given. */
  readonly receipts: number | undefined;
}

/** @throws ClientError READINGS_*; undefined without a file */
export async function readOwnReadings(options: BillOptions): Promise<ReadingTable | undefined> {
  return options.data === undefined ? undefined : (await readReadingsFile(options.data, options)).table;
}

/** A bill that does not hold is a finding, not an error. @throws as `findBill`, `exportBill`, `readReceiptsFile`, `billOfReadings` */
export async function findAndCheckBill(
  ledger: Ledger,
  grid: string,
  options: BillOptions,
  readings: ReadingTable | undefined,
): Promise<FoundBill> {
  const ref = await findBill(ledger, grid, options.meter, options.period);
  const receipted = options.receipts === undefined ? undefined : await readReceiptsFile(options.receipts);
  const { evidence: bare, dispute } = await exportBill(ledger, ref);
  const evidence = await withReceipts(ledger, bare, receipted ?? []);
  const own = readings && billOfReadings(evidence, readings, options.dataMeter);
  const found = { ref, evidence, dispute, own, receipts: receipted?.length };
  try {
    const checked = verifyBill(evidence);
    checkLeftOut(evidence, checked.keyFingerprint);
    if (own) checkOwnBill(evidence, own);
    return { ...found, result: { checked } };
  } catch (error) {
    if (error instanceof ClientError) return { ...found, result: { rejected: error } };
    throw error;
  }
}
