/** A fog node: a Fabric identity that serves whole regions and agrees on keys with their meters. */
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

/** As stored: bytes are base64url. */
export interface FogNodeRecord extends Omit<FogNodeRegistration, 'agreementKey'> {
  readonly agreementKey: string;
}

/** Which fog node serves a region. */
export interface RegionRecord {
  readonly fogNode: string;
}
