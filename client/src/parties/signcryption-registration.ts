/** How a party gets its signcryption key: it asks the control centre with its own secret, and proves both secrets when the key is registered. */
import type { KeyAuthority, KeyIdentity, KeyRequest } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import type {
  SigncryptionKeyRegistration,
  SigncryptionParty,
} from '@gridveil/chaincode/domain/signcryption-parties.js';
import { OwnSecret, type SigncryptionKey } from '../crypto/signcryption-keys.js';

/** What a party registers its key with; new proofs at each call. */
export function signcryptionKeyRegistration(
  key: SigncryptionKey,
  party: SigncryptionParty,
): SigncryptionKeyRegistration {
  const { purpose, id, epoch, bytes } = key.publicKey;
  return { purpose, id, epoch, party, publicKey: bytes, ...key.provePossession() };
}

/** A new key from request to acceptance. @param ask - brings the request to the control centre. @throws ProofRejectedError BAD_PARTIAL_KEY */
export async function requestSigncryptionKey(
  authority: KeyAuthority,
  identity: KeyIdentity,
  ask: (request: KeyRequest) => Uint8Array | Promise<Uint8Array>,
): Promise<SigncryptionKey> {
  const own = await OwnSecret.generate();
  return own.accept(authority, identity, await ask(own.request(authority, identity)));
}
