/** The bytes of a decoded proof, whatever a test has changed in it. */
import {
  encodeRangeProof,
  type RangeProof,
  type RangeStatement,
} from '@gridveil/chaincode/crypto/range-proof-statement.js';

export function encodeDecoded(statement: RangeStatement, proof: RangeProof): Uint8Array {
  const [V, A, W0, W1] = [proof.V, proof.A, proof.W0, proof.W1].map((point) => point.toBytes()) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  return encodeRangeProof(statement, proof, { V, A, W0, W1 });
}
