/**
 * Time-of-use billing (paper 001, hardened form 001-H): are reports and packets genuine? Section 6.4, Eq. (9), with the weights of spec 6.3; levels as in tou-billing.ts.
 *
 * Run by aggregators on reports, by endorsers on slot blocks, by anyone on stored packets. The caller has looked at the header: right key, channel, grid, slot in its window,
 * registered meter, its epoch and tariff, one report for each meter and slot. `keyOf` answers with a key that passed its proof of possession.
 * Cost for 100 reports at 3072 bits: signatures 40 ms with blst (with noble 20 times that), proofs 0.4 s.
 */
import { type GridveilError, refusal } from '../errors.js';
import { asRefusal, type BadReport } from './bad-report.js';
import { blsBackend, findInvalidSignatures } from './bls.js';
import type { BlsPublicKey, SignedMessage } from './bls-suite.js';
import { equalBytes } from './bytes.js';
import { rangeProofDigest, type RangeStatement } from './range-proof-statement.js';
import { findInvalidRangeProofs, type ProvenCiphertext } from './range-proof.js';
import {
  encodeBillingHeader,
  packetHeader,
  packetMessage,
  packetOf,
  type BillingPacket,
  type BillingReport,
  type BillingScope,
} from './tou-billing.js';

/** The key a meter had registered in an epoch. */
export type MeterKeys = (meterId: string, epoch: number) => BlsPublicKey;

/**
 * Signatures of stored packets of one slot, Eq. (9).
 * @returns REPORT_BAD_SIGNATURE, or BAD_BLS_POINT for a signature that is no point of the group, by place
 */
export function findBadSignatures(
  scope: BillingScope,
  slot: number,
  packets: readonly BillingPacket[],
  keyOf: MeterKeys,
): BadReport[] {
  return findBadSignaturesOfSlots(
    scope,
    packets.map((packet) => ({ slot, packet })),
    keyOf,
  );
}

/** The same for packets of any slots, in one batch: what whoever checks a bill has. */
export function findBadSignaturesOfSlots(
  scope: BillingScope,
  reports: readonly { readonly slot: number; readonly packet: BillingPacket }[],
  keyOf: MeterKeys,
): BadReport[] {
  const backend = blsBackend();
  const bad: BadReport[] = [];
  const signed: SignedMessage[] = [];
  const places: number[] = [];
  reports.forEach(({ slot, packet }, index) => {
    const { meterId, epoch } = packet;
    try {
      const signature = backend.decodeSignature(packet.signature, `The signature of meter "${meterId}"`);
      signed.push({ key: keyOf(meterId, epoch), message: packetMessage(scope, slot, packet), signature });
      places.push(index);
    } catch (error) {
      bad.push({ index, refusal: asRefusal(error) });
    }
  });
  for (const place of findInvalidSignatures(signed)) {
    const index = places[place] ?? 0;
    const meterId = reports[index]?.packet.meterId ?? '';
    bad.push({ index, refusal: refusal('REPORT_BAD_SIGNATURE', { meterId }) });
  }
  return bad.sort((a, b) => a.index - b.index);
}

/**
 * Range proofs of packets of one slot; the signatures cover their digests.
 * @param proofs - in the order of the packets
 * @returns REPORT_BAD_PROOF, also for a proof that is not the signed one, or what is malformed about it, by place
 */
export function findBadProofs(
  statement: RangeStatement,
  scope: BillingScope,
  slot: number,
  packets: readonly BillingPacket[],
  proofs: readonly Uint8Array[],
): BadReport[] {
  const bad: BadReport[] = [];
  const proven: ProvenCiphertext[] = [];
  const places: number[] = [];
  const badProof = (index: number): GridveilError =>
    refusal('REPORT_BAD_PROOF', {
      meterId: packets[index]?.meterId ?? '',
      maxReadingWh: statement.maximum,
    });
  packets.forEach((packet, index) => {
    const proof = proofs[index] ?? new Uint8Array();
    if (!equalBytes(rangeProofDigest(proof), packet.proofDigest)) {
      bad.push({ index, refusal: badProof(index) });
      return;
    }
    const context = encodeBillingHeader(packetHeader(scope, slot, packet));
    proven.push({ owner: `meter "${packet.meterId}"`, context, ciphertext: packet.ciphertext, proof });
    places.push(index);
  });
  for (const { index: place, malformed } of findInvalidRangeProofs(statement, proven)) {
    const index = places[place] ?? 0;
    bad.push({ index, refusal: malformed ?? badProof(index) });
  }
  return bad.sort((a, b) => a.index - b.index);
}

/**
 * Reports of one slot as they came in: signatures first, then the proofs of those that are signed.
 * @throws RangeError unless all are of this scope and slot.
 */
export function findBadReports(
  statement: RangeStatement,
  scope: BillingScope,
  slot: number,
  reports: readonly BillingReport[],
  keyOf: MeterKeys,
): BadReport[] {
  const packets = reports.map(packetOf);
  reports.forEach(({ headerBytes }, i) => {
    const own = encodeBillingHeader(packetHeader(scope, slot, packets[i] as BillingPacket));
    if (!equalBytes(headerBytes, own)) throw new RangeError('"reports" expected reports of this slot');
  });
  const unsigned = findBadSignatures(scope, slot, packets, keyOf);
  const rest = reports.map((_, i) => i).filter((i) => !unsigned.some(({ index }) => index === i));
  const unproven = findBadProofs(
    statement,
    scope,
    slot,
    rest.map((i) => packets[i] as BillingPacket),
    rest.map((i) => reports[i]?.proof ?? new Uint8Array()),
  );
  return [
    ...unsigned,
    ...unproven.map((bad) => ({ index: rest[bad.index] ?? 0, refusal: bad.refusal })),
  ].sort((a, b) => a.index - b.index);
}
