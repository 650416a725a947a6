/**
 * The receipts of one meter's billing reports as a file: one JSON line for each report, with what the meter signed, so that the file alone is evidence.
 *
 * Written by `gridveil bill run --keys`, read by customers. Bytes are base64url; nothing in it is secret, no reading can be got out of it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { BLS_SIGNATURE_BYTES } from '@gridveil/chaincode/crypto/bls-suite.js';
import { fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { z } from 'zod';
import { ClientError } from '../errors.js';
import { base64url, count, identifierText, positive } from '../evidence/document-fields.js';
import type { ReceiptedReport } from '../parties/billing-receipt.js';

const DIGEST_BYTES = 32;

const receiptLine = z.strictObject({
  meterId: identifierText,
  slot: count,
  epoch: positive.max(0xffffffff),
  tariffId: z.string().regex(/^[0-9a-f]{64}$/),
  ciphertext: base64url,
  proofDigest: base64url,
  signature: base64url,
  aggregator: identifierText,
  receipt: base64url,
});

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE */
export async function writeReceiptsFile(file: string, reports: readonly ReceiptedReport[]): Promise<void> {
  const lines = reports.map(({ aggregator, slot, packet, receipt }) => {
    const { meterId, epoch, tariffId, ciphertext, proofDigest, signature } = packet;
    const line: z.infer<typeof receiptLine> = {
      ...{ meterId, slot, epoch, tariffId },
      ciphertext: toBase64url(ciphertext),
      proofDigest: toBase64url(proofDigest),
      signature: toBase64url(signature),
      ...{ aggregator, receipt: toBase64url(receipt) },
    };
    return `${JSON.stringify(line)}\n`;
  });
  await writeFile(file, lines.join(''), { flag: 'wx', mode: 0o600 }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') throw new ClientError('FILE_EXISTS', { file }, { cause });
    throw new ClientError('FILE_UNWRITABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
}

/** @throws ClientError FILE_UNREADABLE, BILLING_RECEIPTS_MALFORMED */
export async function readReceiptsFile(file: string): Promise<ReceiptedReport[]> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new ClientError('FILE_UNREADABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
  return text
    .split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const report = parseLine(line);
      if (report === undefined) throw new ClientError('BILLING_RECEIPTS_MALFORMED', { file, line: number });
      return report;
    });
}

function parseLine(line: string): ReceiptedReport | undefined {
  try {
    const { aggregator, slot, receipt, ciphertext, proofDigest, signature, ...name } = receiptLine.parse(
      JSON.parse(line),
    );
    const packet = {
      ...name,
      ciphertext: fromBase64url(ciphertext, 'ciphertext'),
      proofDigest: fromBase64url(proofDigest, 'proofDigest', DIGEST_BYTES),
      signature: fromBase64url(signature, 'signature', BLS_SIGNATURE_BYTES),
    };
    return { aggregator, slot, packet, receipt: fromBase64url(receipt, 'receipt') };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || error instanceof GridveilError)
      return undefined;
    throw error;
  }
}
