import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  EMPTY_MERKLE_ROOT,
  merkleLeaf,
  merkleProof,
  merkleRoot,
  verifyMerkleProof,
} from '@gridveil/chaincode/crypto/merkle.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => merkleLeaf(utf8(`leaf ${i}`)));
const sha256 = (...parts: readonly Uint8Array[]) =>
  new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());

/** Inputs and roots of the tree tests of Certificate Transparency's reference code (RFC 6962). */
const CT_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('merkle tree', () => {
  it('gives the roots of RFC 6962 trees', () => {
    const leaves = CT_LEAVES.map((leaf) => merkleLeaf(new Uint8Array(Buffer.from(leaf, 'hex'))));
    assert.deepEqual(
      CT_ROOTS,
      leaves.map((_, i) => hex(merkleRoot(leaves.slice(0, i + 1)))),
    );
  });

  it('of nothing is the hash of nothing', () => {
    assert.equal(hex(EMPTY_MERKLE_ROOT), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    assert.deepEqual(merkleRoot([]), EMPTY_MERKLE_ROOT);
  });

  it('proves each leaf of each size, and nothing else', () => {
    for (let count = 1; count <= 17; count++) {
      const leaves = leavesOf(count);
      const root = merkleRoot(leaves);
      for (const [index, leaf] of leaves.entries()) {
        const proof = merkleProof(leaves, index);
        assert.ok(verifyMerkleProof(root, leaf, index, count, proof));
        assert.ok(!verifyMerkleProof(root, merkleLeaf(leaf), index, count, proof), 'another leaf');
        assert.ok(!verifyMerkleProof(sha256(root), leaf, index, count, proof), 'another root');
        for (let other = 0; other < count; other++)
          if (other !== index)
            assert.ok(!verifyMerkleProof(root, leaf, other, count, proof), 'another place');
        assert.ok(!verifyMerkleProof(root, leaf, index, count, [...proof, leaf]), 'longer');
        if (proof.length > 0) {
          assert.ok(!verifyMerkleProof(root, leaf, index, count, proof.slice(1)), 'shorter');
          assert.ok(!verifyMerkleProof(root, leaf, index, count, proof.slice(0, -1)), 'shorter');
        }
      }
    }
  });

  it('takes no inner node for a leaf', () => {
    const leaves = leavesOf(4);
    const root = merkleRoot(leaves);
    const [left, right] = [merkleRoot(leaves.slice(0, 2)), merkleRoot(leaves.slice(2))];
    assert.ok(!verifyMerkleProof(root, merkleLeaf(left), 0, 2, [right]));
    assert.notDeepEqual(merkleLeaf(new Uint8Array([...left, ...right])), root);
  });

  it('rejects places outside the tree', () => {
    const leaves = leavesOf(3);
    const root = merkleRoot(leaves);
    const proof = merkleProof(leaves, 0);
    for (const [index, count] of [
      [-1, 3],
      [3, 3],
      [0.5, 3],
      [NaN, 3],
      [0, 0],
      [0, NaN],
      [0, Infinity],
      [0, 2 ** 53],
    ] as const)
      assert.equal(verifyMerkleProof(root, leaves[0] as Uint8Array, index, count, proof), false);
    for (const index of [-1, 3, 0.5, NaN]) assert.throws(() => merkleProof(leaves, index), RangeError);
  });

  it('changes with the order of its leaves', () => {
    const leaves = leavesOf(3);
    assert.notDeepEqual(merkleRoot(leaves), merkleRoot([...leaves].reverse()));
  });
});
