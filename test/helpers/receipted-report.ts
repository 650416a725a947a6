/** A report with a receipt, as an aggregator of a BillingBench would have signed it, whoever the meter and whatever the slot. */
import { packetLeaf, packetOf } from '@gridveil/chaincode/crypto/tou-billing.js';
import { signBillingReceipts, type ReceiptedReport } from '@gridveil/client/parties/billing-receipt.js';
import type { BillingBench } from './billing-bench.js';

export function receiptedReport(
  billing: BillingBench,
  meterId: string,
  slot: number,
  person: 'fogA' | 'fogB',
): ReceiptedReport {
  const packet = packetOf(billing.report(meterId, slot, 7));
  const leaf = packetLeaf(billing.scope, slot, packet);
  const [receipt = new Uint8Array()] = signBillingReceipts(billing.key(person), billing.scope, person, [
    leaf,
  ]);
  return { aggregator: person, slot, packet, receipt };
}
