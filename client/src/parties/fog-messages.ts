/**
 * What a meter or concentrator sends a fog node or an aggregator, and what it is answered.
 *
 * request = lp(label, report…), 1 to 1,000 reports; answer = one JSON list, an entry for each report in order.
 */
import {
  decodeUtf8,
  equalBytes,
  fromBase64url,
  lp,
  splitLpAll,
  toBase64url,
  utf8,
} from '@gridveil/chaincode/crypto/bytes.js';
import { GridveilError, refusal } from '@gridveil/chaincode/errors.js';
import { z } from 'zod';
import { MAX_BILLING_RECEIPT_BYTES } from './billing-receipt.js';
import { MAX_RECEIPT_BYTES } from './receipt.js';

export const MAX_REPORTS_PER_BATCH = 1000;

/** The reports of one scheme as one message. */
export interface ReportBatchFormat {
  readonly label: string;
  readonly limitBytes: number;
}

/** 4096-bit modulus: reports of about 1.5 KB. */
export const FOG_REPORT_BATCH: ReportBatchFormat = {
  label: 'gridveil/fog-aggregation/report-batch/v1',
  limitBytes: 2_000_000,
};
/** 4096-bit modulus: reports of about 3.5 KB. */
export const BILLING_REPORT_BATCH: ReportBatchFormat = {
  label: 'gridveil/tou-billing/report-batch/v1',
  limitBytes: 4_000_000,
};

const reportAnswer = z.discriminatedUnion('status', [
  z.strictObject({ status: z.enum(['accepted', 'duplicate']) }),
  z.strictObject({ status: z.literal('refused'), code: z.string(), message: z.string() }),
]);
const reportAnswers = z.array(reportAnswer).max(MAX_REPORTS_PER_BATCH);

export type ReportAnswer = Readonly<z.infer<typeof reportAnswer>>;

export function encodeReportBatch(
  reports: readonly Uint8Array[],
  { label }: ReportBatchFormat = FOG_REPORT_BATCH,
): Uint8Array {
  return lp(label, ...reports);
}

/** @throws DecodeError TOO_LARGE, TRUNCATED, TRAILING_BYTES, WRONG_LABEL */
export function decodeReportBatch(
  bytes: Uint8Array,
  { label: expected, limitBytes }: ReportBatchFormat = FOG_REPORT_BATCH,
): Uint8Array[] {
  const what = 'A report batch';
  if (bytes.length > limitBytes) throw refusal('TOO_LARGE', { what, limitBytes, actualBytes: bytes.length });
  const [label, ...reports] = splitLpAll(bytes, MAX_REPORTS_PER_BATCH + 1, what);
  if (!label || !equalBytes(label, utf8(expected))) throw refusal('WRONG_LABEL', { what, expected });
  return reports;
}

export function encodeAnswers(answers: readonly ReportAnswer[]): Uint8Array {
  return utf8(JSON.stringify(answers));
}

/** @throws DecodeError BAD_FIELD for anything but a list of answers. */
export function decodeAnswers(bytes: Uint8Array): ReportAnswer[] {
  const parsed = reportAnswers.safeParse(parseJson(decodeUtf8(bytes, 'answer')));
  if (!parsed.success) throw refusal('BAD_FIELD', { field: 'answer', expected: 'a list of answers' });
  return parsed.data;
}

/** What a meter or concentrator is answered by a node that keeps a journal. */
export interface ReceiptedAnswers {
  readonly answers: readonly ReportAnswer[];
  /** Over all reports that stand, in their order (receipt.ts); undefined when none does. */
  readonly receipt: Uint8Array | undefined;
}

/** Length of a receipt in base64url. */
const characters = (sizeBytes: number): number => Math.ceil((sizeBytes * 4) / 3);
const receiptedAnswers = z.strictObject({
  answers: reportAnswers,
  receipt: z.string().max(characters(MAX_RECEIPT_BYTES)).nullable(),
});

/** One JSON object: the list of answers, and the receipt as base64url or null. */
export function encodeReceiptedAnswers({ answers, receipt }: ReceiptedAnswers): string {
  return JSON.stringify({ answers, receipt: receipt === undefined ? null : toBase64url(receipt) });
}

/** @throws DecodeError BAD_FIELD for anything else than `expected` answers with or without a receipt. */
export function decodeReceiptedAnswers(bytes: Uint8Array, expected: number): ReceiptedAnswers {
  const parsed = receiptedAnswers.safeParse(parseJson(decodeUtf8(bytes, 'answer')));
  if (!parsed.success || parsed.data.answers.length !== expected)
    throw refusal('BAD_FIELD', { field: 'answer', expected: `${expected} answers and a receipt` });
  const { answers, receipt } = parsed.data;
  return { answers, receipt: receipt === null ? undefined : fromBase64url(receipt, 'receipt') };
}

/** What an aggregator answers: for each report whether it counts, and the receipt of each that does (billing-receipt.ts). */
export interface BillingAnswers {
  readonly answers: readonly ReportAnswer[];
  readonly receipts: readonly (Uint8Array | undefined)[];
}

const billingAnswers = z.strictObject({
  answers: reportAnswers,
  receipts: z
    .array(z.string().max(characters(MAX_BILLING_RECEIPT_BYTES)).nullable())
    .max(MAX_REPORTS_PER_BATCH),
});

/** One JSON object: the list of answers, and for each the receipt as base64url or null. */
export function encodeBillingAnswers({ answers, receipts }: BillingAnswers): Uint8Array {
  const encoded = receipts.map((receipt) => (receipt === undefined ? null : toBase64url(receipt)));
  return utf8(JSON.stringify({ answers, receipts: encoded }));
}

/** @throws DecodeError BAD_FIELD for anything but a list of answers and as many receipts. */
export function decodeBillingAnswers(bytes: Uint8Array): BillingAnswers {
  const parsed = billingAnswers.safeParse(parseJson(decodeUtf8(bytes, 'answer')));
  if (!parsed.success || parsed.data.answers.length !== parsed.data.receipts.length)
    throw refusal('BAD_FIELD', { field: 'answer', expected: 'a list of answers and a receipt for each' });
  const { answers, receipts } = parsed.data;
  return {
    answers,
    receipts: receipts.map((receipt) => (receipt === null ? undefined : fromBase64url(receipt, 'receipt'))),
  };
}

/** Where a report stands in a closed slot; count 0 in a region that was withheld. */
export interface Inclusion {
  readonly region: string;
  readonly index: number;
  readonly count: number;
  /** Sibling hashes, 32 bytes each, from the leaf up. */
  readonly proof: readonly Uint8Array[];
}

const inclusion = z.strictObject({
  region: z.string(),
  index: z.int().nonnegative(),
  count: z.int().nonnegative(),
  proof: z.array(z.string().max(64)).max(32),
});

export function encodeInclusion({ proof, ...place }: Inclusion): string {
  return JSON.stringify({ ...place, proof: proof.map(toBase64url) });
}

/** @throws DecodeError BAD_FIELD */
export function decodeInclusion(bytes: Uint8Array): Inclusion {
  const parsed = inclusion.safeParse(parseJson(decodeUtf8(bytes, 'answer')));
  if (!parsed.success) throw refusal('BAD_FIELD', { field: 'answer', expected: 'a proof of inclusion' });
  const { proof, ...place } = parsed.data;
  return { ...place, proof: proof.map((hash) => fromBase64url(hash, 'proof', 32)) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a refused report is told. @throws anything that is not a refusal. */
export function refusalAnswer(error: unknown): ReportAnswer {
  if (!(error instanceof GridveilError)) throw error;
  return { status: 'refused', code: error.code, message: error.sentence };
}
