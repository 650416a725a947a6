/** The bytes of a decoded proof, whatever a test has changed in it. */
import {
  encodeRangeProof,
  type EncodedPoints,
  type RangeProof,
  type RangeStatement,
} from '@gridveil/chaincode/crypto/range-proof-statement.js';

export type ChangedProof = Omit<RangeProof, keyof EncodedPoints> &
  Readonly<Record<keyof EncodedPoints, { readonly bytes: Uint8Array }>>;

export function encodeDecoded(statement: RangeStatement, proof: ChangedProof): Uint8Array {
  const [V, A, W0, W1] = [proof.V.bytes, proof.A.bytes, proof.W0.bytes, proof.W1.bytes];
  return encodeRangeProof(statement, proof, { V, A, W0, W1 });
}
