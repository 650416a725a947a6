/**
 * How the ledger port goes over HTTP between the process that holds an embedded ledger and the parties beside it on one host.
 *
 * `POST /v1/submit|evaluate` take a call and answer 200 with the result or 4xx/5xx with a failure; `POST /v1/session` names the identity;
 * `POST /v1/events` streams one JSON object a line. Every request carries `authorization: Bearer TOKEN`. Both ends are of one version.
 */
import { parseWireError } from '@gridveil/chaincode/errors.js';
import { fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { z } from 'zod';
import { LedgerError, type LedgerErrorCode } from '../ledger-error.js';
import type { Transaction } from '../port.js';

export const MAX_BODY_BYTES = 16 * 2 ** 20;

export const sessionRequest = z.strictObject({ mspId: z.string().max(128), user: z.string().max(128) });
export const sessionAnswer = z.strictObject({ channel: z.string(), mspId: z.string(), subject: z.string() });

export const callRequest = z.strictObject({
  ...sessionRequest.shape,
  contract: z.string().max(128),
  name: z.string().max(128),
  argument: z.string(),
  transient: z.record(z.string(), z.string()),
});
export type CallRequest = z.infer<typeof callRequest>;

export const submitAnswer = z.strictObject({
  transactionId: z.string(),
  blockNumber: z.int().nonnegative(),
  result: z.string(),
});
export const evaluateAnswer = z.strictObject({ result: z.string() });

const checkpoint = z.strictObject({ blockNumber: z.int(), transactionId: z.string().optional() });
export const eventsRequest = z.strictObject({ ...sessionRequest.shape, after: checkpoint.optional() });
export const ledgerEvent = z.strictObject({
  name: z.string(),
  transactionId: z.string(),
  blockNumber: z.int(),
  payload: z.string(),
});

/** A contract's refusal as its message, a failure of the ledger with code and facts. */
export const failure = z.strictObject({
  refusal: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});
export type Failure = z.infer<typeof failure>;

export function encodeTransient({ transient = {} }: Transaction): Record<string, string> {
  return Object.fromEntries(Object.entries(transient).map(([name, bytes]) => [name, toBase64url(bytes)]));
}

export function decodeTransient(transient: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  return Object.fromEntries(
    Object.entries(transient).map(([name, text]) => [name, fromBase64url(text, name)]),
  );
}

/** @returns undefined for what neither a contract nor a ledger says. */
export function encodeFailure(error: unknown): Failure | undefined {
  if (error instanceof GridveilError) return { refusal: error.message };
  if (error instanceof LedgerError)
    return { code: error.code, message: error.message, facts: { ...error.facts } };
  return undefined;
}

export function decodeFailure({ refusal, code, message, facts }: Failure): Error {
  const refused = refusal === undefined ? undefined : parseWireError(refusal);
  return (
    refused ??
    new LedgerError((code ?? 'REJECTED') as LedgerErrorCode, message ?? 'The ledger server failed.', facts)
  );
}
