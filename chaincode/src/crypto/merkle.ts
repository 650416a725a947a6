/**
 * Merkle tree over the reports of a region, shaped as RFC 6962 section 2.1 (leaf prefix 0x00, node prefix 0x01), SHA-256.
 *
 * A fog node commits the root with its region total; a meter checks that its own report is under it.
 * Cost: n leaf hashes and n - 1 node hashes for a root, log2(n) for a proof check.
 */
import { hash } from 'node:crypto';
import { concatBytes, equalBytes } from './bytes.js';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(hash('sha256', concatBytes(...parts), 'buffer'));
}

/** Root of no leaves at all: SHA-256 of the empty string. 32 bytes. */
export const EMPTY_MERKLE_ROOT = sha256();

export function merkleLeaf(content: Uint8Array): Uint8Array {
  return sha256(LEAF, content);
}

/** Largest power of two below `count` (count >= 2). */
function splitPoint(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

/** Root over leaf hashes in the given order. 32 bytes. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return EMPTY_MERKLE_ROOT;
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const k = splitPoint(leaves.length);
  return sha256(NODE, merkleRoot(leaves.slice(0, k)), merkleRoot(leaves.slice(k)));
}

/** Sibling hashes from the leaf up (RFC 6962 section 2.1.1). @throws RangeError for an index outside the tree. */
export function merkleProof(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
    throw new RangeError('"index" is outside the tree');
  if (leaves.length === 1) return [];
  const k = splitPoint(leaves.length);
  return index < k
    ? [...merkleProof(leaves.slice(0, k), index), merkleRoot(leaves.slice(k))]
    : [...merkleProof(leaves.slice(k), index - k), merkleRoot(leaves.slice(0, k))];
}

/** Whether `leaf` stands at `index` of a tree of `count` leaves with this root. */
export function verifyMerkleProof(
  root: Uint8Array,
  leaf: Uint8Array,
  index: number,
  count: number,
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= count) return false;
  const computed = climb(leaf, index, count, [...proof]);
  return computed !== undefined && equalBytes(computed, root);
}

/** Consumes `proof` from its end; undefined when it is too short or too long. */
function climb(leaf: Uint8Array, index: number, count: number, proof: Uint8Array[]): Uint8Array | undefined {
  if (count === 1) return proof.length === 0 ? leaf : undefined;
  const sibling = proof.pop();
  if (sibling === undefined) return undefined;
  const k = splitPoint(count);
  if (index < k) {
    const left = climb(leaf, index, k, proof);
    return left && sha256(NODE, left, sibling);
  }
  const right = climb(leaf, index - k, count - k, proof);
  return right && sha256(NODE, sibling, right);
}
