/**
 * Signcryption (paper 002 CBSG, hardened form 002-H), public side: what a meter signs besides reports, such as that it received an action.
 *
 * Signed with the meter's sending key, checked by every endorser: meters have no identity on the ledger, so somebody else submits what they state. Symbols as in signcryption.ts.
 *
 *   t = SHA-512(lp(STATEMENT_LABEL, what, public key of ID_S, W))   β = H2(lp(BETA_LABEL, t))   γ = H2(lp(GAMMA_LABEL, t))   z·P = β·Y_S + γ·X_S + W
 *
 * The labels keep statements and reports apart. Not constant time: everything here is public.
 */
import { createHash } from 'node:crypto';
import { refusal } from '../errors.js';
import { lp, u32, u64, utf8 } from './bytes.js';
import { expectLength } from './message-fields.js';
import { GENERATOR, productsVanishVartime, ReceivedPoint } from './received-point.js';
import { decodeScalar, hashToScalar, RISTRETTO_BYTES, RISTRETTO_ORDER } from './ristretto.js';
import type { ReportScope, SignatureChallenges } from './signcryption.js';
import type { SigncryptionPublicKey } from './signcryption-keys.js';

const STATEMENT_LABEL = utf8('gridveil/signcryption/statement/v1');
const BETA_LABEL = utf8('gridveil/signcryption/statement-beta/v1');
const GAMMA_LABEL = utf8('gridveil/signcryption/statement-gamma/v1');
const ACKNOWLEDGEMENT_LABEL = 'gridveil/regulation/acknowledgement/v1';
const APPEAL_LABEL = 'gridveil/regulation/appeal/v1';
const DEVICE_POLICY_LABEL = 'gridveil/regulation/device-policy/v1';

/** W ‖ z. */
export const STATEMENT_SIGNATURE_BYTES = 2 * RISTRETTO_BYTES;

/** β and γ of a statement. @param commitment - W, 32 bytes */
export function statementChallenges(
  what: Uint8Array,
  sender: SigncryptionPublicKey,
  commitment: Uint8Array,
): SignatureChallenges {
  const signed = lp(STATEMENT_LABEL, what, sender.statement, commitment);
  const transcript = createHash('sha512').update(signed).digest();
  const beta = hashToScalar(lp(BETA_LABEL, transcript));
  return { beta, gamma: hashToScalar(lp(GAMMA_LABEL, transcript)), transcript };
}

/**
 * One sum of four products.
 * @param signature - W ‖ z, 64 bytes
 * @throws DecodeError BAD_LENGTH, BAD_FIELD. @throws ProofRejectedError STATEMENT_BAD_SIGNATURE
 */
export function checkStatement(what: Uint8Array, sender: SigncryptionPublicKey, signature: Uint8Array): void {
  expectLength(signature, STATEMENT_SIGNATURE_BYTES, 'The signature of a statement');
  const W = new ReceivedPoint(signature.subarray(0, RISTRETTO_BYTES), 'commitment');
  const z = decodeScalar(signature.subarray(RISTRETTO_BYTES), 'answer');
  const { beta, gamma } = statementChallenges(what, sender, W.bytes);
  const holds = productsVanishVartime([
    { point: sender.own, scalar: beta },
    { point: sender.partial, scalar: gamma },
    { point: W, scalar: 1n },
    { point: GENERATOR, scalar: (RISTRETTO_ORDER - z) % RISTRETTO_ORDER },
  ]);
  if (!holds) throw refusal('STATEMENT_BAD_SIGNATURE', { meterId: sender.id, epoch: sender.epoch });
}

/** What a meter signs when it has received an action. @param digest - of the sealed message, 32 bytes */
export function acknowledgementMessage(
  { channel, grid }: ReportScope,
  meterId: string,
  nonce: string,
  digest: Uint8Array,
): Uint8Array {
  return lp(ACKNOWLEDGEMENT_LABEL, channel, grid, meterId, nonce, digest);
}

/** What a meter signs when its customer appeals. @param noticeEndsAtSeconds - of the trip: so an appeal is against one trip */
export function appealMessage(
  { channel, grid }: ReportScope,
  meterId: string,
  noticeEndsAtSeconds: number,
): Uint8Array {
  return lp(APPEAL_LABEL, channel, grid, meterId, u64(noticeEndsAtSeconds));
}

/** What a meter signs when its customer sets a policy for the own devices. @param digest - of the sealed policy, 32 bytes */
export function devicePolicyMessage(
  { channel, grid }: ReportScope,
  meterId: string,
  version: number,
  digest: Uint8Array,
): Uint8Array {
  return lp(DEVICE_POLICY_LABEL, channel, grid, meterId, u32(version), digest);
}
