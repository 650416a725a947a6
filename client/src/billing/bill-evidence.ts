/**
 * The evidence document `gridveil/bill-evidence/v1`: all that a stranger needs to check one bill without access to the network.
 *
 * Written by export-bill.ts from a ledger, checked by verify-bill.ts. Integers beyond 2^53 are decimal strings; ciphertexts are base64url, big-endian, ceil(|N²|/8) bytes wide.
 * client/schemas/bill-evidence-v1.schema.json and the README describe every field and every check, so that a program of one's own can do the same.
 */
import { PROOF_CHECKERS } from '@gridveil/chaincode/domain/billing-parties.js';
import { MISSING_SLOT_RULES } from '@gridveil/chaincode/domain/missing-slots.js';
import { tariffTable, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { z } from 'zod';
import {
  base64url,
  count,
  decimalString,
  identifierText,
  parseDocument,
  positive,
} from '../evidence/document-fields.js';

export const BILL_EVIDENCE_SCHEMA = 'gridveil/bill-evidence/v1';

const u32 = positive.max(0xffffffff);
const txId = z.string();

/** Read by the ledger's own decoder, so that what has a price here has it there. */
const table = z.unknown().transform((value, context): TariffTable => {
  try {
    return tariffTable(value, 'table');
  } catch (error) {
    if (!(error instanceof GridveilError)) throw error;
    context.addIssue({ code: 'custom', message: error.sentence });
    return z.NEVER;
  }
});

const blsKey = {
  epoch: u32,
  publicKey: base64url,
  possession: base64url,
  signature: base64url,
  txId,
};

/** Who signed as AN: the aggregator, the term it was in office, the epoch of its key. */
const office = { aggregator: identifierText, term: u32, epoch: u32, signature: base64url, txId };

const missingSlot = z.union([
  z.strictObject({ slot: count, energyWh: count }),
  z.strictObject({ slot: count, copyOfSlot: count }),
]);

export const billEvidence = z.strictObject({
  schema: z.literal(BILL_EVIDENCE_SCHEMA),
  scheme: z.literal('tou-billing'),
  parameters: z.strictObject({
    n: decimalString,
    modulusProof: z.array(base64url),
    channel: identifierText,
    grid: identifierText,
    slotSeconds: positive,
    maxReadingWh: positive,
    proofsCheckedBy: z.enum(PROOF_CHECKERS),
  }),
  tariff: z.strictObject({
    tariffId: z.string().regex(/^[0-9a-f]{64}$/),
    plan: identifierText,
    publishedAtSeconds: count,
    txId,
    table,
  }),
  meter: z.strictObject({
    meterId: identifierText,
    keys: z
      .array(z.strictObject({ ...blsKey, plan: identifierText, signingKey: base64url, binding: base64url }))
      .min(1),
  }),
  aggregators: z.array(z.strictObject({ ...blsKey, aggregator: identifierText })).min(1),
  packets: z
    .array(
      z.strictObject({
        slot: count,
        epoch: u32,
        ciphertext: base64url,
        proofDigest: base64url,
        signature: base64url,
      }),
    )
    .min(1),
  missingSlots: z
    .strictObject({ ...office, rule: z.enum(MISSING_SLOT_RULES), missing: z.array(missingSlot).min(1) })
    .optional(),
  charge: z.strictObject({ ...office, ciphertext: base64url, slots: positive }),
  /** Reports of slots that count as missing, with receipts that aggregators signed for them. */
  leftOut: z
    .array(
      z.strictObject({
        slot: count,
        epoch: u32,
        ciphertext: base64url,
        proofDigest: base64url,
        signature: base64url,
        aggregator: identifierText,
        receipt: base64url,
      }),
    )
    .min(1)
    .optional(),
  opening: z.strictObject({
    chargeMicro: decimalString,
    rho: decimalString,
    payableMinor: decimalString,
    txId,
  }),
});

export type BillEvidence = z.infer<typeof billEvidence>;

/** @throws ClientError EVIDENCE_MALFORMED with the place of the first field that does not fit. */
export function parseBillEvidence(text: string): BillEvidence {
  return parseDocument(billEvidence, text);
}
