/**
 * The receipts of billing reports, run by whoever sends reports: a meter, or a concentrator for many. Keeps the receipt of each report, with what the meter signed.
 *
 * What it keeps is the evidence against an aggregator that leaves a report out (left-out-reports.ts); until the bill is there, nothing of it may be thrown away. About 1.4 kB a report.
 */
import type { BlsPublicKey } from '@gridveil/chaincode/crypto/bls-suite.js';
import { rangeStatement, type RangeStatement } from '@gridveil/chaincode/crypto/range-proof-statement.js';
import { decodeBillingReport, packetLeaf, packetOf } from '@gridveil/chaincode/crypto/tou-billing.js';
import { ClientError } from '../errors.js';
import { BillingReceiptCheck, type ReceiptedReport } from './billing-receipt.js';
import type { BillingView } from './billing-view.js';
import type { BillingAnswers } from './fog-messages.js';

export class ReceiptBook {
  readonly #billing: BillingView;
  readonly #statement: RangeStatement;
  /** meter id → slot → report with its receipt */
  readonly #kept = new Map<string, Map<number, ReceiptedReport>>();

  constructor(billing: BillingView) {
    this.#billing = billing;
    this.#statement = rangeStatement(billing.publicKey, billing.record.maxReadingWh);
  }

  /**
   * Checks and keeps the receipts that came with the answers to a message.
   * @param key - the aggregator's registered one. @param reports - as they were sent
   * @throws ClientError BILLING_RECEIPT_INVALID when a report stands, as the answer says, but its receipt does not hold: nothing is kept then.
   */
  keep(
    aggregator: string,
    key: BlsPublicKey,
    reports: readonly Uint8Array[],
    { answers, receipts }: BillingAnswers,
  ): void {
    const { scope } = this.#billing;
    const check = new BillingReceiptCheck(scope, aggregator, [key]);
    const fresh: ReceiptedReport[] = [];
    reports.forEach((bytes, place) => {
      if (answers[place]?.status === 'refused') return;
      const report = decodeBillingReport(bytes, this.#statement);
      const { slot, meterId } = report.header;
      const packet = packetOf(report);
      const receipt = receipts[place];
      if (receipt === undefined || !check.holds(packetLeaf(scope, slot, packet), receipt))
        throw new ClientError('BILLING_RECEIPT_INVALID', { aggregator, meterId, slot });
      // Copies: views would hold whole messages in memory.
      const { ciphertext, signature } = packet;
      const own = { ...packet, ciphertext: ciphertext.slice(), signature: signature.slice() };
      fresh.push({ aggregator, slot, packet: own, receipt });
    });
    for (const one of fresh) {
      const { meterId } = one.packet;
      const ofMeter = this.#kept.get(meterId) ?? new Map<number, ReceiptedReport>();
      this.#kept.set(meterId, ofMeter.set(one.slot, one));
    }
  }

  /** The receipted reports of a meter, ascending by slot. */
  of(meterId: string): ReceiptedReport[] {
    return [...(this.#kept.get(meterId)?.values() ?? [])].sort((a, b) => a.slot - b.slot);
  }
}
