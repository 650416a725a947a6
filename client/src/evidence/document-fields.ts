/** What evidence documents are made of, and how their text is read: strictly, naming the first place that does not fit. */
import { checkIdentifier } from '@gridveil/chaincode/crypto/identifier.js';
import { z } from 'zod';
import { ClientError } from '../errors.js';

/** Integers modulo a 4096-bit N, with room to spare. */
export const decimalString = z.string().regex(/^(0|[1-9][0-9]{0,1299})$/);
export const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/);
export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const positive = count.min(1);
export const name = z.string().min(1).max(64);

/** @throws ClientError EVIDENCE_MALFORMED with the place of the first field that does not fit. */
export function parseDocument<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.map(String).join('.') ?? '';
  throw new ClientError('EVIDENCE_MALFORMED', {
    place: place || 'the document',
    reason: issue?.message ?? 'unknown',
  });
}

/** @throws ClientError EVIDENCE_MALFORMED */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ClientError('EVIDENCE_MALFORMED', { place: 'the file', reason: 'it is not JSON' });
  }
}

/** Names of channels, grids, meters, aggregators, plans, as the ledger takes them. */
export const identifierText = z
  .string()
  .refine(isIdentifier, 'expected 1 to 64 bytes of normalised text without control characters');

function isIdentifier(text: string): boolean {
  try {
    return checkIdentifier(text, 'name') === text;
  } catch {
    return false;
  }
}
