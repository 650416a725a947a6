/**
 * Messages that are sealed to few: actions and policies for a meter, fault reports for those entitled. In form they are signcrypted reports whose sender is no meter.
 *
 * Run by the contracts `regulation` and `equipment`. The ledger sees who sealed to whom and that the signature holds, and keeps the digest; what is said only the receivers read.
 */
import {
  decodeSigncryptedReport,
  MAX_REPORT_BYTES,
  receiverIndex,
  reportDigest,
  type ReportScope,
  type SigncryptedReport,
} from '../crypto/signcryption.js';
import { checkSigncryptedReport } from '../crypto/signcryption-check.js';
import type { KeyAuthority } from '../crypto/signcryption-keys.js';
import { refusal } from '../errors.js';
import { registeredDirectory, type RegisteredKeys, type SigncryptionParty } from './signcryption-parties.js';

/** No message may be longer. */
export const MAX_SEALED_BYTES = MAX_REPORT_BYTES;

export interface SealedMessage {
  readonly report: SigncryptedReport;
  readonly bytes: Uint8Array;
  readonly digest: Uint8Array;
}

/** @throws DecodeError of `decodeSigncryptedReport` */
export function decodeSealed(bytes: Uint8Array): SealedMessage {
  return { report: decodeSigncryptedReport(bytes), bytes, digest: reportDigest(bytes) };
}

/** @throws ValidationError SEALED_FOR_OTHERS unless it is sealed to this one receiver */
export function checkSealedTo(
  scope: ReportScope,
  { report }: SealedMessage,
  receiver: string,
  party: SigncryptionParty,
): void {
  const [only, ...others] = report.header.receivers;
  if (others.length > 0 || only?.index !== receiverIndex(scope, receiver))
    throw refusal('SEALED_FOR_OTHERS', { receiver, party });
}

/**
 * Signed by a registered key of one of the parties, for registered receivers.
 * @returns the id of the sender
 * @throws GridveilError SEALED_FOR_OTHERS for a sender of another party, and of `checkSigncryptedReport`
 */
export function checkSealedBy(
  authority: KeyAuthority,
  { report }: SealedMessage,
  keys: RegisteredKeys,
  parties: readonly SigncryptionParty[],
): string {
  const { meterId: sender, receivers } = report.header;
  const party = keys.senders.get(sender)?.party;
  if (party === undefined || !parties.includes(party))
    throw refusal('SEALED_FOR_OTHERS', { receiver: receivers[0]?.index ?? '', party: parties.join(' or ') });
  checkSigncryptedReport(authority, report, registeredDirectory(authority, keys, party));
  return sender;
}
