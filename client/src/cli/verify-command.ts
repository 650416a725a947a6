/** `gridveil verify FILE`: checks an evidence document of slots or of a bill offline. */
import { readFile } from 'node:fs/promises';
import { BILL_EVIDENCE_SCHEMA, parseBillEvidence } from '../billing/bill-evidence.js';
import { checkLeftOut } from '../billing/left-out-reports.js';
import { verifyBill } from '../billing/verify-bill.js';
import { ClientError } from '../errors.js';
import { parseEvidence } from '../evidence/document.js';
import { parseJson } from '../evidence/document-fields.js';
import { verifyEvidence } from '../evidence/verify.js';
import { billVerification, billVerificationText, NOTHING_COMPARED } from './bill/verification.js';
import { EXIT, printDocument } from './output.js';

/** @throws ClientError FILE_UNREADABLE, EVIDENCE_MALFORMED, EVIDENCE_REJECTED, BILL_REJECTED, BILL_REPORTS_LEFT_OUT */
export async function runVerify(file: string, json: boolean): Promise<number> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new ClientError('FILE_UNREADABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
  if (schemaOf(text) === BILL_EVIDENCE_SCHEMA) verifyBillText(text, json);
  else verifySlotsText(text, json);
  return EXIT.done;
}

function schemaOf(text: string): unknown {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
}

function verifyBillText(text: string, json: boolean): void {
  const evidence = parseBillEvidence(text);
  const checked = verifyBill(evidence);
  checkLeftOut(evidence, checked.keyFingerprint);
  if (json) printDocument(billVerification(evidence, checked, NOTHING_COMPARED));
  else process.stdout.write(billVerificationText(evidence, checked, 'file'));
}

function verifySlotsText(text: string, json: boolean): void {
  const document = parseEvidence(text);
  const summary = verifyEvidence(document);
  const { grid, channel, minGroup } = document.parameters;
  if (json) {
    printDocument({ schema: 'gridveil/verification/v1', channel, grid, minGroup, holds: true, ...summary });
    return;
  }
  const lines = [
    `The evidence holds: ${summary.slots} slots, ${summary.regionTotals} region totals over ${summary.reports} reports,`,
    `${summary.energyWh} Wh in all. Every total is the sum of its region totals, every opening`,
    'fits, every region has its own digits.',
    '',
    `  grid       ${grid} on channel ${channel}, no group below ${minGroup}`,
    `  key        ${summary.keyFingerprint}`,
    '',
    'The file is consistent with itself. It is what the ledger holds if the key is',
    'the one your utility publishes and a peer you trust has the same totals under',
    'the same txIds.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
