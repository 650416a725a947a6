/**
 * Receipts: what a fog node signs for reports it has journalled, and what a meter or an auditor holds it to.
 *
 * statement = lp(LABEL, item…), item = slot u64 | leaf 32 bytes, one for each report of a message that stands, in the order of the message.
 * Messages that were journalled together are signed together: root = Merkle root (RFC 6962 shape) over merkleLeaf(statement) of each of them,
 * signature = Ed25519 (RFC 8032) under the receipt key of the fog node over lp(ROOT_LABEL, channel, grid, fogNode, root).
 * receipt = signature 64 | root 32 | index u16 | count u16 | sibling hashes, 32 bytes each, from the leaf up; 100 bytes for a message signed alone.
 * The leaf binds the meter, the ciphertext and the tag, so that a receipt without an inclusion under the committed Merkle root proves that the
 * fog node has left the report out. Cost: one signature for each group (36 µs), 2 hashes for each message; without groups a signature
 * is the largest single cost of a report that comes alone.
 */
import { concatBytes, lp, u64 } from '@gridveil/chaincode/crypto/bytes.js';
import { merkleLeaf, merkleRoot, verifyMerkleProof } from '@gridveil/chaincode/crypto/merkle.js';
import { signMessage, verifyMessage, type KeyPair } from '../crypto/curve25519.js';

const LABEL = 'gridveil/fog-aggregation/receipt/v1';
const ROOT_LABEL = 'gridveil/fog-aggregation/receipt-root/v1';
const SIGNATURE_BYTES = 64;
const HASH_BYTES = 32;
const HEAD_BYTES = SIGNATURE_BYTES + HASH_BYTES + 4;
const MAX_MESSAGES = 4096;
/** Path of the largest group. */
export const MAX_RECEIPT_BYTES = HEAD_BYTES + HASH_BYTES * Math.log2(MAX_MESSAGES);

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
  if (messages.length === 0 || messages.length > MAX_MESSAGES)
    throw new RangeError(`"messages" expected 1 to ${MAX_MESSAGES}`);
  const { root, proofs } = provenTree(messages.map(statementLeaf));
  const signature = signMessage(key, signedBytes(issuer, root));
  const place = (index: number): Uint8Array => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt16BE(index);
    bytes.writeUInt16BE(messages.length, 2);
    return bytes;
  };
  return proofs.map((proof, index) => concatBytes(signature, root, place(index), ...proof));
}

/** The root and all paths of a tree in one walk. */
function provenTree(leaves: readonly Uint8Array[]): { root: Uint8Array; proofs: Uint8Array[][] } {
  const [only] = leaves;
  if (only && leaves.length === 1) return { root: only, proofs: [[]] };
  const half = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  const left = provenTree(leaves.slice(0, half));
  const right = provenTree(leaves.slice(half));
  return {
    root: merkleRoot([left.root, right.root]),
    proofs: [
      ...left.proofs.map((proof) => [...proof, right.root]),
      ...right.proofs.map((proof) => [...proof, left.root]),
    ],
  };
}

/** @param publicKey - raw Ed25519, 32 bytes. */
export function verifyReceipt(
  publicKey: Uint8Array,
  issuer: ReceiptIssuer,
  items: readonly ReceiptItem[],
  receipt: Uint8Array,
): boolean {
  const path = receipt.length - HEAD_BYTES;
  if (path < 0 || path % HASH_BYTES !== 0 || receipt.length > MAX_RECEIPT_BYTES) return false;
  const view = new DataView(receipt.buffer, receipt.byteOffset, receipt.length);
  const root = receipt.subarray(SIGNATURE_BYTES, SIGNATURE_BYTES + HASH_BYTES);
  const [index, count] = [view.getUint16(HEAD_BYTES - 4), view.getUint16(HEAD_BYTES - 2)];
  const proof = Array.from({ length: path / HASH_BYTES }, (_, i) =>
    receipt.subarray(HEAD_BYTES + i * HASH_BYTES, HEAD_BYTES + (i + 1) * HASH_BYTES),
  );
  const signature = receipt.subarray(0, SIGNATURE_BYTES);
  return (
    verifyMerkleProof(root, statementLeaf(items), index, count, proof) &&
    verifyMessage(publicKey, signedBytes(issuer, root), signature)
  );
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
    for (let i = 0; i < waiting.length; i += MAX_MESSAGES) {
      const group = waiting.slice(i, i + MAX_MESSAGES);
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
