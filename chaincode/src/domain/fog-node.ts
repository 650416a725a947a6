/** A fog node: a Fabric identity that serves whole regions and agrees on keys with their meters. */
import type { SubmissionLimits } from './grid.js';
import { agreementKey, identifier, list, object, text } from './decode.js';

export const fogNodeRegistration = object({
  grid: identifier,
  fogNode: identifier,
  mspId: identifier,
  /** Certificate subject as ledger/caller.ts names it. */
  subject: text(512),
  regions: list(identifier, 128),
  /** X25519 public key the meters of its regions agree with. */
  agreementKey,
});

export const regionAssignment = object({ grid: identifier, region: identifier, fogNode: identifier });

export type FogNodeRegistration = ReturnType<typeof fogNodeRegistration>;

/** As queries answer it: bytes are base64url. */
export interface FogNodeRecord extends Omit<FogNodeRegistration, 'agreementKey'> {
  readonly agreementKey: string;
}

/**
 * As stored, with what its submissions are checked against: a region total is the ledger's most frequent transaction, and
 * every record it reads costs each endorser as much as the checks themselves. A grid never changes, so the copy stays true.
 */
export interface StoredFogNode extends FogNodeRecord {
  readonly limits: SubmissionLimits;
}

/** What others are told of a fog node. */
export function fogNodeRecord({
  grid,
  fogNode,
  mspId,
  subject,
  regions,
  agreementKey,
}: StoredFogNode): FogNodeRecord {
  return { grid, fogNode, mspId, subject, regions, agreementKey };
}

/** Which fog node serves a region. */
export interface RegionRecord {
  readonly fogNode: string;
}
