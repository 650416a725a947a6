/**
 * The evidence document `gridveil/evidence/v1`: all that a stranger needs to check totals without access to the network.
 *
 * Integers beyond 2^53 are decimal strings; ciphertexts are base64url, big-endian, ceil(|N²|/8) bytes wide.
 * The README describes every field and every check, so that a program of one's own can do the same.
 */
import { z } from 'zod';
import { base64url, count, decimalString, name, parseDocument, positive } from './document-fields.js';

/** Not z.record, which leaves out a region called `__proto__`. */
const energyByRegion = z.custom<Record<string, number>>(
  isEnergyByRegion,
  'expected whole Wh for each region',
);

function isEnergyByRegion(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((energyWh) => Number.isSafeInteger(energyWh) && energyWh >= 0);
}

const regionTotal = z.strictObject({
  region: name,
  ciphertext: base64url,
  count,
  merkleRoot: base64url,
  txId: z.string(),
});

const evidenceSlot = z.strictObject({
  slot: count,
  regionTotals: z.array(regionTotal),
  total: z.strictObject({ ciphertext: base64url, term: count, leader: name, txId: z.string() }),
  opening: z.strictObject({
    m: decimalString,
    rho: decimalString,
    checkRho: decimalString,
    txId: z.string(),
  }),
  consumptionWh: energyByRegion,
});

export const evidenceDocument = z.strictObject({
  schema: z.literal('gridveil/evidence/v1'),
  scheme: z.literal('fog-aggregation'),
  parameters: z.strictObject({
    n: decimalString,
    modulusProof: z.array(base64url),
    radixBits: z.number().int().min(1).max(48),
    minGroup: count,
    regions: z.array(name).min(1),
    channel: name,
    grid: name,
    slotSeconds: positive,
    maxReadingWh: positive,
    maxMeters: positive,
  }),
  slots: z.array(evidenceSlot).min(1),
});

export type EvidenceDocument = z.infer<typeof evidenceDocument>;
export type EvidenceSlot = z.infer<typeof evidenceSlot>;

/** @throws ClientError EVIDENCE_MALFORMED with the place of the first field that does not fit. */
export function parseEvidence(text: string): EvidenceDocument {
  return parseDocument(evidenceDocument, text);
}
