/**
 * The evidence document `gridveil/evidence/v1`: all that a stranger needs to check totals without access to the network.
 *
 * Integers beyond 2^53 are decimal strings; ciphertexts are base64url, big-endian, ceil(|N²|/8) bytes wide.
 * The README describes every field and every check, so that a program of one's own can do the same.
 */
import { z } from 'zod';
import { ClientError } from '../errors.js';

/** Integers modulo a 4096-bit N, with room to spare. */
const decimalString = z.string().regex(/^(0|[1-9][0-9]{0,1299})$/);
const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const positive = count.min(1);
const name = z.string().min(1).max(64);
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
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ClientError('EVIDENCE_MALFORMED', { place: 'the file', reason: 'it is not JSON' });
  }
  const parsed = evidenceDocument.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.map(String).join('.') ?? '';
  throw new ClientError('EVIDENCE_MALFORMED', {
    place: place || 'the document',
    reason: issue?.message ?? 'unknown',
  });
}
