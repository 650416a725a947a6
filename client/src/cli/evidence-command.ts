/** `gridveil evidence`: exports a range of opened slots, or one bill. */
import { exportBill } from '../billing/export-bill.js';
import { findBill } from '../billing/find-bill.js';
import { ClientError } from '../errors.js';
import { withReceipts } from '../billing/left-out-reports.js';
import { readReceiptsFile } from '../billing/receipts-file.js';
import { exportEvidence } from '../evidence/export.js';
import type { Ledger } from '../ledger/port.js';
import { writeNewFile } from './new-file.js';
import { EXIT, printDocument } from './output.js';
import { withLedger, type LedgerOptions } from './with-ledger.js';

export interface EvidenceOptions extends LedgerOptions {
  readonly from: number;
  readonly to: number;
  /** A meter, whose bill is exported instead of slots. */
  readonly bill: string | undefined;
  readonly period: string | undefined;
  /** File of the meter's receipts. */
  readonly receipts?: string;
  readonly out: string | undefined;
}

interface Exported {
  readonly document: object;
  /** What it is, for people. */
  readonly what: string;
}

export async function runEvidence(options: EvidenceOptions): Promise<number> {
  const { bill, period, receipts, from, to, out } = options;
  const wantedBill = billOf(bill, period, receipts);
  const { document, what } = await withLedger(options, (ledger, grid) =>
    wantedBill === undefined
      ? exportSlots(ledger, grid, { fromSlot: from, toSlot: to })
      : exportOneBill(ledger, grid, wantedBill),
  );
  if (out === undefined) printDocument(document);
  else {
    await writeNewFile(out, `${JSON.stringify(document, undefined, 1)}\n`);
    process.stderr.write(`${what} written to ${out}\n`);
  }
  return EXIT.done;
}

interface WantedBill {
  readonly meterId: string;
  readonly period: string;
  readonly receipts: string | undefined;
}

/** @throws ClientError USAGE for one without the other, or receipts without a bill */
function billOf(
  meterId: string | undefined,
  period: string | undefined,
  receipts: string | undefined,
): WantedBill | undefined {
  if (meterId !== undefined && period !== undefined) return { meterId, period, receipts };
  if (receipts !== undefined) throw new ClientError('USAGE', { reason: 'Option --receipts needs --bill.' });
  if (meterId === undefined && period === undefined) return undefined;
  throw new ClientError('USAGE', { reason: 'Options --bill and --period go together.' });
}

async function exportSlots(
  ledger: Ledger,
  grid: string,
  range: { readonly fromSlot: number; readonly toSlot: number },
): Promise<Exported> {
  const document = await exportEvidence(ledger, grid, range);
  const { length } = document.slots;
  return { document, what: `${length} ${length === 1 ? 'slot' : 'slots'} of grid ${grid}` };
}

async function exportOneBill(
  ledger: Ledger,
  grid: string,
  { meterId, period, receipts }: WantedBill,
): Promise<Exported> {
  const receipted = receipts === undefined ? [] : await readReceiptsFile(receipts);
  const ref = await findBill(ledger, grid, meterId, period);
  const { evidence } = await exportBill(ledger, ref);
  const document = await withReceipts(ledger, evidence, receipted);
  return { document, what: `The bill of meter ${meterId} for ${ref.period}` };
}
