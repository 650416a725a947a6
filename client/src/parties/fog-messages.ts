/**
 * What a meter or concentrator sends a fog node or an aggregator, and what it is answered.
 *
 * request = lp(label, report…), 1 to 1,000 reports; answer = one JSON list, an entry for each report in order.
 */
import { decodeUtf8, equalBytes, lp, splitLpAll, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { GridveilError, refusal } from '@gridveil/chaincode/errors.js';
import { z } from 'zod';

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
