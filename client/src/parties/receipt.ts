/**
 * Receipts: what a fog node signs for reports it has journalled, and what a meter or an auditor holds it to.
 *
 * statement = lp(LABEL, channel, grid, fogNode, item…), item = slot u64 | leaf 32 bytes, one for each report of a message that stands,
 * in the order of the message; receipt = Ed25519 (RFC 8032) under the receipt key of the fog node, 64 bytes. The leaf binds the meter, the ciphertext and
 * the tag, so that a receipt without an inclusion under the committed Merkle root proves that the fog node has left the report out.
 */
import { concatBytes, lp, u64 } from '@gridveil/chaincode/crypto/bytes.js';
import { signMessage, verifyMessage, type KeyPair } from '../crypto/curve25519.js';

const LABEL = 'gridveil/fog-aggregation/receipt/v1';
export const RECEIPT_BYTES = 64;

export interface ReceiptIssuer {
  readonly channel: string;
  readonly grid: string;
  readonly fogNode: string;
}

/** A report that stands. */
export interface ReceiptItem {
  readonly slot: number;
  readonly leaf: Uint8Array;
}

function statement(issuer: ReceiptIssuer, items: readonly ReceiptItem[]): Uint8Array {
  const { channel, grid, fogNode } = issuer;
  return lp(LABEL, channel, grid, fogNode, ...items.map(({ slot, leaf }) => concatBytes(u64(slot), leaf)));
}

export function signReceipt(key: KeyPair, issuer: ReceiptIssuer, items: readonly ReceiptItem[]): Uint8Array {
  return signMessage(key, statement(issuer, items));
}

/** @param publicKey - raw Ed25519, 32 bytes. */
export function verifyReceipt(
  publicKey: Uint8Array,
  issuer: ReceiptIssuer,
  items: readonly ReceiptItem[],
  receipt: Uint8Array,
): boolean {
  return receipt.length === RECEIPT_BYTES && verifyMessage(publicKey, statement(issuer, items), receipt);
}
