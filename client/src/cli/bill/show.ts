/** `gridveil bill show`: the bill of a meter for people, as a document, and as a page to print. It is checked before it is shown. */
import { billHtml } from '../../billing/bill-html.js';
import { billDocument, billStatement, type BillVerdict } from '../../billing/bill-statement.js';
import { parseZone } from '../../metering/stamp.js';
import { writeNewFile } from '../new-file.js';
import { EXIT, printDocument } from '../output.js';
import { withLedger } from '../with-ledger.js';
import { wrap } from '../wrap.js';
import { billText } from './bill-text.js';
import { findAndCheckBill, readOwnReadings, type FoundBill } from './checked-bill.js';
import type { ShowBillOptions } from './options.js';

/** @returns the exit code: a bill that is wrong is shown, and is a failure. @throws as `findAndCheckBill`; ClientError FILE_EXISTS, FILE_UNWRITABLE */
export async function runBillShow(options: ShowBillOptions): Promise<number> {
  const zone = parseZone(options.zone ?? 'UTC');
  const readings = await readOwnReadings(options);
  const found = await withLedger(options, (ledger, grid) =>
    findAndCheckBill(ledger, grid, options, readings),
  );
  const verdict = verdictOf(found);
  const statement = billStatement(found.evidence, verdict, found.dispute, found.own);
  if (options.html !== undefined) {
    await writeNewFile(options.html, billHtml(statement, zone));
    process.stderr.write(`printable bill written to ${options.html}\n`);
  }
  if (options.json) printDocument(billDocument(statement));
  else {
    const sentence = verdict.holds
      ? 'Checked: this bill is right. `gridveil bill verify` says what was recomputed.'
      : verdict.sentence;
    process.stdout.write(`${billText(statement, zone)}\n${wrap(sentence).join('\n')}\n`);
  }
  return verdict.holds ? EXIT.done : EXIT.failure;
}

function verdictOf({ result, own }: FoundBill): BillVerdict {
  if ('rejected' in result)
    return { holds: false, code: result.rejected.code, sentence: result.rejected.sentence };
  const { keyFingerprint } = result.checked;
  return { holds: true, keyFingerprint, readingsCompared: own !== undefined };
}
