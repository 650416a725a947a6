/**
 * Are reports genuine, of whatever slots they are? What aggregators check when many come together (chaincode/src/crypto/tou-billing-check.ts has the check of one slot).
 *
 * Signatures go into one batch for each slot, proofs of all slots into one batch: its one long power, 20 ms at 3072 bits, is then paid once, not for every slot.
 */
import type { BadReport } from '@gridveil/chaincode/crypto/bad-report.js';
import { equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { findInvalidRangeProofs } from '@gridveil/chaincode/crypto/range-proof.js';
import type { RangeStatement } from '@gridveil/chaincode/crypto/range-proof-statement.js';
import { findBadSignatures, type MeterKeys } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import {
  encodeBillingHeader,
  packetHeader,
  packetOf,
  type BillingReport,
  type BillingScope,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import { refusal } from '@gridveil/chaincode/errors.js';

/**
 * @param keyOf - the key that a meter has registered
 * @returns REPORT_BAD_SIGNATURE, REPORT_BAD_PROOF, or what is malformed, by place. @throws RangeError unless all are of this scope.
 */
export function findBadReportsOfSlots(
  statement: RangeStatement,
  scope: BillingScope,
  reports: readonly BillingReport[],
  keyOf: MeterKeys,
): BadReport[] {
  const bySlot = new Map<number, number[]>();
  reports.forEach(({ header, headerBytes, ...rest }, place) => {
    const packet = packetOf({ header, headerBytes, ...rest });
    if (!equalBytes(headerBytes, encodeBillingHeader(packetHeader(scope, header.slot, packet))))
      throw new RangeError('"reports" expected reports of this scope');
    const places = bySlot.get(header.slot);
    if (places === undefined) bySlot.set(header.slot, [place]);
    else places.push(place);
  });
  const bad = new Map<number, BadReport>();
  for (const [slot, places] of bySlot) {
    const packets = places.map((place) => packetOf(reports[place] as BillingReport));
    for (const { index, refusal: why } of findBadSignatures(scope, slot, packets, keyOf)) {
      const place = places[index] ?? 0;
      bad.set(place, { index: place, refusal: why });
    }
  }
  const signed = reports.map((_, place) => place).filter((place) => !bad.has(place));
  const proven = signed.map((place) => {
    const { header, headerBytes, ciphertext, proof } = reports[place] as BillingReport;
    return { owner: `meter "${header.meterId}"`, context: headerBytes, ciphertext, proof };
  });
  for (const { index, malformed } of findInvalidRangeProofs(statement, proven)) {
    const place = signed[index] ?? 0;
    const meterId = reports[place]?.header.meterId ?? '';
    const why = malformed ?? refusal('REPORT_BAD_PROOF', { meterId, maxReadingWh: statement.maximum });
    bad.set(place, { index: place, refusal: why });
  }
  return [...bad.values()].sort((a, b) => a.index - b.index);
}
