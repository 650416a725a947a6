/**
 * Fog aggregation (paper 000, hardened form 000-H level L1), secret side: how a meter authenticates its report to its fog node.
 *
 * Run by: meter (makes tags), fog node (checks them). Source: spec/schemes.md 1.C.
 * K_ij = HKDF-SHA256(X25519(meter, fog), info = lp(MAC_KEY_LABEL, region, ID, epoch)), 32 bytes;
 * tag = HMAC-SHA256(K_ij, lp(hdr, C_ij)), 32 bytes. Assumes an honest fog node: either side of K_ij can make a tag,
 * so a tag proves nothing to a third party (level L2 of the spec does). Cost: one agreement per meter and epoch, one HMAC per report.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { lp, u32 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  authenticatedBytes,
  encodeReport,
  encodeReportHeader,
  MAC_KEY_LABEL,
  type Report,
  type ReportHeader,
} from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { agree, type KeyPair } from './curve25519.js';

const MAC_KEY_BYTES = 32;

/** The key a meter and its fog node share for one registration epoch. 32 bytes. */
export function deriveMacKey(
  own: KeyPair,
  peerPublicKey: Uint8Array,
  region: string,
  meterId: string,
  epoch: number,
): Uint8Array {
  const info = lp(MAC_KEY_LABEL, region, meterId, u32(epoch));
  return new Uint8Array(
    hkdfSync('sha256', agree(own, peerPublicKey), new Uint8Array(0), info, MAC_KEY_BYTES),
  );
}

function tagOf(authenticated: Uint8Array, macKey: Uint8Array): Uint8Array {
  return createHmac('sha256', macKey).update(authenticated).digest();
}

/** A whole report, ready to send. */
export function sealReport(header: ReportHeader, ciphertext: Uint8Array, macKey: Uint8Array): Uint8Array {
  const headerBytes = encodeReportHeader(header);
  return encodeReport(headerBytes, ciphertext, tagOf(authenticatedBytes(headerBytes, ciphertext), macKey));
}

/** Whether the tag is right; compared in constant time. */
export function verifyReportTag(report: Report, macKey: Uint8Array): boolean {
  return timingSafeEqual(tagOf(report.authenticated, macKey), report.tag);
}
