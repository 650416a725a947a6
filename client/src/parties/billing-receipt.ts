/**
 * Receipts of time-of-use billing: what an aggregator signs for reports it has taken, and what a meter, its customer or a stranger holds it to.
 *
 * receipt = signature 96 | path (receipt-path.ts) from the report's `packetLeaf` to the root of all reports that were receipted together,
 * signature = BLS under the aggregator's registered key over `receiptMessage`. The leaf binds meter, epoch, tariff, slot, ciphertext, proof and the meter's own signature: a receipt
 * beside a bill that counts the slot as missing proves that this aggregator left the report out, to whoever has its key from the ledger.
 * Cost: one signature for each group (0.4 ms with blst), and as much again to check it.
 */
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { BLS_SIGNATURE_BYTES, type BlsPublicKey } from '@gridveil/chaincode/crypto/bls-suite.js';
import { concatBytes, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { receiptMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import type { BillingPacket, BillingScope } from '@gridveil/chaincode/crypto/tou-billing.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import type { BlsKey } from '../crypto/bls-key.js';
import { MAX_PATH_BYTES, pathsUnderRoot, rootOfPath } from './receipt-path.js';

export const MAX_BILLING_RECEIPT_BYTES = BLS_SIGNATURE_BYTES + MAX_PATH_BYTES;

/** What a meter keeps of a report: what it signed, and what an aggregator signed for it. */
export interface ReceiptedReport {
  readonly aggregator: string;
  readonly slot: number;
  readonly packet: BillingPacket;
  readonly receipt: Uint8Array;
}

/** One receipt for each report, under one signature. @throws RangeError for no report or more than 4,096. */
export function signBillingReceipts(
  key: BlsKey,
  scope: BillingScope,
  aggregator: string,
  leaves: readonly Uint8Array[],
): Uint8Array[] {
  const { root, paths } = pathsUnderRoot(leaves);
  const signature = key.sign(receiptMessage(scope, aggregator, root));
  return paths.map((path) => concatBytes(signature, path));
}

/** Checks receipts of one aggregator; a signature over many of them is checked once. */
export class BillingReceiptCheck {
  readonly #known = new Map<string, boolean>();

  /** @param keys - that the aggregator has or had: a receipt does not say which one it is under */
  constructor(
    private readonly scope: BillingScope,
    private readonly aggregator: string,
    private readonly keys: readonly BlsPublicKey[],
  ) {}

  /** Whether the receipt is for the report with this leaf. */
  holds(leaf: Uint8Array, receipt: Uint8Array): boolean {
    if (receipt.length > MAX_BILLING_RECEIPT_BYTES) return false;
    const root = rootOfPath(leaf, receipt.subarray(BLS_SIGNATURE_BYTES));
    if (root === undefined) return false;
    const signature = receipt.subarray(0, BLS_SIGNATURE_BYTES);
    const id = toBase64url(concatBytes(signature, root));
    const known = this.#known.get(id) ?? this.#isSigned(root, signature);
    this.#known.set(id, known);
    return known;
  }

  #isSigned(root: Uint8Array, signatureBytes: Uint8Array): boolean {
    const backend = blsBackend();
    const message = receiptMessage(this.scope, this.aggregator, root);
    try {
      const signature = backend.decodeSignature(signatureBytes, 'The signature of a receipt');
      return this.keys.some((key) => backend.verify({ key, message, signature }));
    } catch (error) {
      if (error instanceof GridveilError) return false;
      throw error;
    }
  }
}
