/** `gridveil bill verify`: a customer checks the own bill from the ledger, and with the own readings where they are given. */
import { EXIT, printDocument } from '../output.js';
import { withLedger } from '../with-ledger.js';
import { findAndCheckBill, readOwnReadings } from './checked-bill.js';
import type { BillOptions } from './options.js';
import { billVerification, billVerificationText } from './verification.js';

/** @throws ClientError BILL_REJECTED, BILL_REPORTS_LEFT_OUT, BILL_DIFFERS; as `findAndCheckBill` */
export async function runBillVerify(options: BillOptions): Promise<number> {
  const readings = await readOwnReadings(options);
  const { evidence, own, receipts, result } = await withLedger(options, (ledger, grid) =>
    findAndCheckBill(ledger, grid, options, readings),
  );
  if ('rejected' in result) throw result.rejected;
  const { checked } = result;
  const compared = { readings: own !== undefined, receipts };
  if (options.json) printDocument(billVerification(evidence, checked, compared));
  else process.stdout.write(billVerificationText(evidence, checked, 'ledger', compared));
  return EXIT.done;
}
