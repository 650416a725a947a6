/**
 * Signcryption (paper 002 CBSG, hardened form 002-H), secret side: what a meter signs besides reports.
 *
 * Run by meters. Messages, symbols and the check: chaincode/src/crypto/signcryption-statement.ts.
 */
import { concatBytes, lp } from '@gridveil/chaincode/crypto/bytes.js';
import { statementChallenges } from '@gridveil/chaincode/crypto/signcryption-statement.js';
import type { SigncryptionKey } from './signcryption-keys.js';

/** @param what - a message of signcryption-statement.ts. @returns W ‖ z, 64 bytes. Cost: 0.2 ms */
export function signStatement(key: SigncryptionKey, what: Uint8Array): Uint8Array {
  const { commitment, answer } = key.sign(lp('statement', what), (W) =>
    statementChallenges(what, key.publicKey, W),
  );
  return concatBytes(commitment, answer);
}
