/**
 * What the ESP knows of its grid without asking anyone: the meters its installers enrolled, with their Ed25519 signing keys, and how many must report before an area total is opened.
 *
 * The ESP is the utility: it had the list when the meters were installed, on a way of its own (enrolment-file.ts keeps it). A peer that answers with meters or keys of its own making fails it. There
 * is no trust on first use: what is not on the list is refused, and only a person adds to it. A meter may have several keys there, one after the other.
 */
import type { AreaFloor } from '@gridveil/chaincode/domain/area-opening.js';
import { ClientError } from '../errors.js';
import type { ProvenMeterKey } from './bill-check-keys.js';

export interface Enrolment extends AreaFloor {
  readonly channel: string;
  readonly grid: string;
  /** By meter id, its signing keys, base64url. */
  readonly meters: ReadonlyMap<string, readonly string[]>;
}

/** @throws ClientError METER_NOT_ENROLLED unless the key that binds is one that the meter was enrolled with */
export function checkEnrolled(
  { meters }: Enrolment,
  meterId: string,
  { signingKey }: Pick<ProvenMeterKey, 'signingKey'>,
): void {
  if (meters.get(meterId)?.includes(signingKey) !== true)
    throw new ClientError('METER_NOT_ENROLLED', { meterId, signingKey });
}
