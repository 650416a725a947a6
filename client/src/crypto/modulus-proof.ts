/** Makes the proof of chaincode/src/crypto/modulus-proof.ts with the private key. Run once by the MDMS. */
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { modulusChallenges } from '@gridveil/chaincode/crypto/modulus-proof.js';
import type { PaillierPrivateKey } from './paillier-key.js';
import { rootModuloN } from './paillier-opening.js';

/** 11 N-th roots modulo N, each ceil(|N| / 8) bytes big-endian. Cost: 22 powers with secret exponents modulo half of N. */
export function proveModulus(key: PaillierPrivateKey): Uint8Array[] {
  const { n, modulusBits } = key.publicKey;
  return modulusChallenges(n).map((challenge) =>
    bigintToBytes(rootModuloN(key, challenge), Math.ceil(modulusBits / 8)),
  );
}
