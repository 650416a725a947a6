/** A contract that shows which BLS backend a deployed chaincode uses and what it accepts; staged like the product's own. */
import { Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { blsBackend, blsBackendStatus, findInvalidSignatures } from '@gridveil/chaincode/crypto/bls.js';
import { fromBase64url, utf8 } from '@gridveil/chaincode/crypto/bytes.js';

@Info({ title: 'BlsContract', description: 'Checks BLS signatures.' })
export class BlsContract extends Contract {
  constructor() {
    super('bls');
  }

  /** @param argument - JSON array of {key, message, signature}, bytes as base64url */
  @Transaction(false)
  @Returns('string')
  Check(argument: string): string {
    const backend = blsBackend();
    const signed = (JSON.parse(argument) as Record<'key' | 'message' | 'signature', string>[]).map((one) => ({
      key: backend.decodePublicKey(fromBase64url(one.key, 'key'), 'The key'),
      message: utf8(one.message),
      signature: backend.decodeSignature(fromBase64url(one.signature, 'signature'), 'The signature'),
    }));
    return JSON.stringify({ status: blsBackendStatus(), invalid: findInvalidSignatures(signed, backend) });
  }
}

export const contracts = [BlsContract];
