/** What a proposal carries beside its argument and no block keeps: endorsers see it, orderers and later readers do not. */
import type { Context } from 'fabric-contract-api';
import { refusal } from '../errors.js';

/**
 * A transient field of a proposal.
 * @param limitBytes - the most it may have
 * @throws DecodeError MISSING_FIELD, TOO_LARGE
 */
export function transientBytes(ctx: Context, name: string, limitBytes: number): Uint8Array {
  const bytes = ctx.stub.getTransient().get(name);
  if (bytes === undefined) throw refusal('MISSING_FIELD', { field: `transient ${name}` });
  if (bytes.length > limitBytes)
    throw refusal('TOO_LARGE', {
      what: `The transient field "${name}"`,
      limitBytes,
      actualBytes: bytes.length,
    });
  return new Uint8Array(bytes);
}

/** Every field has a meaning: one that nobody asked for is refused. @throws DecodeError UNKNOWN_FIELD */
export function expectTransientFields(ctx: Context, ...names: readonly string[]): void {
  for (const name of ctx.stub.getTransient().keys())
    if (!names.includes(name))
      throw refusal('UNKNOWN_FIELD', { field: `transient ${name.replace(/[^\w-]/g, '?').slice(0, 40)}` });
}
