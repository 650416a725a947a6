/** The Paillier key of an evidence document: nothing that it opens says anything before the key has been checked. Run by anyone. */
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { paillierPublicKey, type PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { checkModulusProof } from '@gridveil/chaincode/domain/grid.js';
import { refusal } from '@gridveil/chaincode/errors.js';

/**
 * The key, of an allowed size and proven to be a proper Paillier modulus. h_N plays no part in checking, so the neutral value stands in for it.
 * @param parameters - N as a decimal string; its proof, base64url
 * @throws DecodeError BAD_FIELD. @throws ValidationError MODULUS_SIZE. @throws ProofRejectedError BAD_MODULUS_PROOF. Cost: 11 powers modulo N, 80 ms at 3072 bits.
 */
export function evidenceKey(
  parameters: { readonly n: string; readonly modulusProof: readonly string[] },
  allowedBits: readonly number[],
): PaillierPublicKey {
  const n = BigInt(parameters.n);
  const key = paillierPublicKey(n, 1n);
  if (!allowedBits.includes(key.modulusBits))
    throw refusal('MODULUS_SIZE', { bits: key.modulusBits, allowed: allowedBits.join(', ') });
  const roots = parameters.modulusProof.map((root) => fromBase64url(root, 'modulusProof'));
  checkModulusProof(n, roots);
  return key;
}
