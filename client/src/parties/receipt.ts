/**
 * Receipts: what a fog node signs for reports it has journalled, and what a meter or an auditor holds it to.
 *
 * statement = lp(LABEL, item…), item = slot u64 | leaf 32 bytes, one for each report of a message that stands, in the order of the message.
 * Messages that were journalled together are signed together: root = Merkle root (RFC 6962 shape) over merkleLeaf(statement) of each of them,
 * signature = Ed25519 (RFC 8032) under the receipt key of the fog node over lp(ROOT_LABEL, channel, grid, fogNode, root).
 * receipt = signature 64 | path (receipt-path.ts); 100 bytes for a message signed alone.
 * The leaf binds the meter, the ciphertext and the tag, so that a receipt without an inclusion under the committed Merkle root proves that the
 * fog node has left the report out. Cost: one signature for each group (36 µs), 2 hashes for each message; without groups a signature
 * is the largest single cost of a report that comes alone.
 */
import { concatBytes, lp, u64 } from '@gridveil/chaincode/crypto/bytes.js';
import { merkleLeaf } from '@gridveil/chaincode/crypto/merkle.js';
import { signMessage, verifyMessage, type KeyPair } from '../crypto/curve25519.js';
import { MAX_PATH_BYTES, MAX_PATHS, pathsUnderRoot, rootOfPath } from './receipt-path.js';

const LABEL = 'gridveil/fog-aggregation/receipt/v1';
const ROOT_LABEL = 'gridveil/fog-aggregation/receipt-root/v1';
const SIGNATURE_BYTES = 64;
/** Path of the largest group. */
export const MAX_RECEIPT_BYTES = SIGNATURE_BYTES + MAX_PATH_BYTES;

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

function statementLeaf(items: readonly ReceiptItem[]): Uint8Array {
  return merkleLeaf(lp(LABEL, ...items.map(({ slot, leaf }) => concatBytes(u64(slot), leaf))));
}

function signedBytes({ channel, grid, fogNode }: ReceiptIssuer, root: Uint8Array): Uint8Array {
  return lp(ROOT_LABEL, channel, grid, fogNode, root);
}

/** One receipt for each message, under one signature. @throws RangeError for no message or more than 4,096. */
export function signReceipts(
  key: KeyPair,
  issuer: ReceiptIssuer,
  messages: readonly (readonly ReceiptItem[])[],
): Uint8Array[] {
  const { root, paths } = pathsUnderRoot(messages.map(statementLeaf));
  const signature = signMessage(key, signedBytes(issuer, root));
  return paths.map((path) => concatBytes(signature, path));
}

/** @param publicKey - raw Ed25519, 32 bytes. */
export function verifyReceipt(
  publicKey: Uint8Array,
  issuer: ReceiptIssuer,
  items: readonly ReceiptItem[],
  receipt: Uint8Array,
): boolean {
  const root = rootOfPath(statementLeaf(items), receipt.subarray(SIGNATURE_BYTES));
  const signature = receipt.subarray(0, SIGNATURE_BYTES);
  return root !== undefined && verifyMessage(publicKey, signedBytes(issuer, root), signature);
}

/** Signs what comes in one turn of the event loop together, as the journal hands it back. */
export class ReceiptSigner {
  #waiting: {
    readonly items: readonly ReceiptItem[];
    readonly resolve: (receipt: Uint8Array) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];

  constructor(
    private readonly key: KeyPair,
    private readonly issuer: ReceiptIssuer,
  ) {}

  sign(items: readonly ReceiptItem[]): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ items, resolve, reject }) === 1) setImmediate(() => this.#signAll());
    });
  }

  #signAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let i = 0; i < waiting.length; i += MAX_PATHS) {
      const group = waiting.slice(i, i + MAX_PATHS);
      try {
        const receipts = signReceipts(
          this.key,
          this.issuer,
          group.map(({ items }) => items),
        );
        for (const [k, { resolve }] of group.entries()) resolve(receipts[k] as Uint8Array);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
  }
}
