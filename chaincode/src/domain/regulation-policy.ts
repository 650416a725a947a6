/**
 * Policies of a meter: its operator's, without which it is not regulated, and its user's for the own devices.
 *
 * Run by the contract `regulation`. What a policy says of power, prices and hours is sealed to the meter, which merges the two (client/src/parties/device-policy.ts); the ledger holds versions,
 * digests, and of the operator's the notice periods, which it enforces.
 */
import { refusal } from '../errors.js';
import { STATEMENT_SIGNATURE_BYTES } from '../crypto/signcryption-statement.js';
import { bytes, identifier, integer, object } from './decode.js';
import { paymentNotices } from './regulation-payment.js';

const version = integer(1, 1_000_000);

export const operatorPolicy = object({ grid: identifier, meterId: identifier, version, ...paymentNotices });
export type OperatorPolicy = ReturnType<typeof operatorPolicy>;

/** As stored. */
export interface OperatorPolicyRecord extends Omit<OperatorPolicy, 'grid'> {
  /** Of what is sealed to the meter, base64url. */
  readonly digest: string;
  readonly txId: string;
}

export const devicePolicy = object({
  grid: identifier,
  meterId: identifier,
  version,
  /** The meter's, over `devicePolicyMessage`: it has taken the policy from its user. */
  signature: bytes(STATEMENT_SIGNATURE_BYTES),
});

export interface DevicePolicyRecord {
  readonly meterId: string;
  readonly version: number;
  readonly digest: string;
  readonly signature: string;
  readonly txId: string;
}

interface Versioned {
  readonly version: number;
  readonly digest: string;
}

/**
 * Versions count up from 1. The same version with the same content again is harmless.
 * @returns whether it is new
 * @throws StateConflictError POLICY_VERSION
 */
export function isNextVersion(meterId: string, next: Versioned, existing: Versioned | undefined): boolean {
  if (existing?.version === next.version && existing.digest === next.digest) return false;
  const expected = (existing?.version ?? 0) + 1;
  if (next.version !== expected)
    throw refusal('POLICY_VERSION', { meterId, version: next.version, expected });
  return true;
}

/** @throws DecodeError BAD_FIELD for notices shorter than the grid's terms allow */
export function checkNotices(
  { arrearsNoticeSeconds, tripNoticeSeconds }: OperatorPolicy,
  { minNoticeSeconds }: { readonly minNoticeSeconds: number },
): void {
  const notices = { arrearsNoticeSeconds, tripNoticeSeconds };
  for (const [field, seconds] of Object.entries(notices))
    if (seconds < minNoticeSeconds)
      throw refusal('BAD_FIELD', {
        field,
        expected: `at least ${minNoticeSeconds}, as the terms of the grid say`,
      });
}
