/**
 * Many receipts under one signature: each holds the way from its own leaf to the Merkle root (RFC 6962 shape) that was signed.
 *
 * path = root 32 bytes | index u16 | count u16 | sibling hashes, 32 bytes each, from the leaf up. Written by fog nodes and aggregators, read by meters, auditors and strangers.
 */
import { concatBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { merkleRoot, verifyMerkleProof } from '@gridveil/chaincode/crypto/merkle.js';

const HASH_BYTES = 32;
const HEAD_BYTES = HASH_BYTES + 4;
/** Leaves under one root. */
export const MAX_PATHS = 4096;
export const MAX_PATH_BYTES = HEAD_BYTES + HASH_BYTES * Math.log2(MAX_PATHS);

/** The root over leaves and the path of each. @throws RangeError for no leaf or more than 4,096. */
export function pathsUnderRoot(leaves: readonly Uint8Array[]): {
  readonly root: Uint8Array;
  readonly paths: readonly Uint8Array[];
} {
  if (leaves.length === 0 || leaves.length > MAX_PATHS)
    throw new RangeError(`"leaves" expected 1 to ${MAX_PATHS}`);
  const { root, proofs } = provenTree(leaves);
  const place = (index: number): Uint8Array => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt16BE(index);
    bytes.writeUInt16BE(leaves.length, 2);
    return bytes;
  };
  return { root, paths: proofs.map((proof, index) => concatBytes(root, place(index), ...proof)) };
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

/** @returns the root that the path leads to from this leaf; undefined when it does not, or is no path. */
export function rootOfPath(leaf: Uint8Array, path: Uint8Array): Uint8Array | undefined {
  const proofBytes = path.length - HEAD_BYTES;
  if (proofBytes < 0 || proofBytes % HASH_BYTES !== 0 || path.length > MAX_PATH_BYTES) return undefined;
  const view = new DataView(path.buffer, path.byteOffset, path.length);
  const root = path.subarray(0, HASH_BYTES);
  const [index, count] = [view.getUint16(HASH_BYTES), view.getUint16(HASH_BYTES + 2)];
  const proof = Array.from({ length: proofBytes / HASH_BYTES }, (_, i) =>
    path.subarray(HEAD_BYTES + i * HASH_BYTES, HEAD_BYTES + (i + 1) * HASH_BYTES),
  );
  return verifyMerkleProof(root, leaf, index, count, proof) ? root : undefined;
}
