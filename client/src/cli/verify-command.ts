/** `gridveil verify FILE`: checks an evidence document offline. */
import { readFile } from 'node:fs/promises';
import { parseEvidence } from '../evidence/document.js';
import { verifyEvidence } from '../evidence/verify.js';
import { ClientError } from '../errors.js';
import { EXIT, printDocument } from './output.js';

/** @throws ClientError FILE_UNREADABLE, EVIDENCE_MALFORMED, EVIDENCE_REJECTED */
export async function runVerify(file: string, json: boolean): Promise<number> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new ClientError('FILE_UNREADABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
  const document = parseEvidence(text);
  const summary = verifyEvidence(document);
  const { grid, channel, minGroup } = document.parameters;
  if (json) {
    printDocument({ schema: 'gridveil/verification/v1', channel, grid, minGroup, holds: true, ...summary });
    return EXIT.done;
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
  return EXIT.done;
}
