/**
 * The control centre (CC of paper 002), which is the key generation centre (KGC): opens signcryption of a grid, issues partial keys, registers keys.
 *
 * Holds: the master key, with which it can make partial keys and open nothing (B2.3). As a receiver it is a `ReportReader` with a key of its own. Section IV.A, IV.B.
 */
import { equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import type { KeyAuthority, KeyPurpose, KeyRequest } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import {
  MAX_KEYS_PER_REGISTRATION,
  type SigncryptionKeyRegistration,
  type SigncryptionTerms,
} from '@gridveil/chaincode/domain/signcryption-parties.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import type { KeyGenerationCentre } from '../crypto/signcryption-authority.js';
import type { Ledger } from '../ledger/port.js';
import {
  openSigncryption,
  registerSigncryptionKeys,
  revokeSigncryptionKey,
} from '../ledger/signcryption-calls.js';

/** What the control centre decides about a grid. */
export type SigncryptionConditions = Omit<SigncryptionTerms, 'grid' | 'authorityKey'>;

export class ControlCentre {
  readonly #ledger: Ledger;
  readonly #kgc: KeyGenerationCentre;
  /** By identity and epoch: each gets one partial key, since two would convict the centre. */
  readonly #issued = new Map<string, { readonly own: Uint8Array; readonly issued: Uint8Array }>();

  constructor(ledger: Ledger, kgc: KeyGenerationCentre) {
    this.#ledger = ledger;
    this.#kgc = kgc;
  }

  get authority(): KeyAuthority {
    return this.#kgc.authority;
  }

  /** Puts the terms on the ledger, for good. */
  async open(conditions: SigncryptionConditions): Promise<void> {
    const { grid, publicKey: authorityKey } = this.authority;
    await openSigncryption(this.#ledger, { grid, authorityKey, ...conditions });
  }

  /**
   * A partial key for a request; the caller knows that the asker is who the request names. The same request again gets the same answer.
   * @throws DecodeError, ProofRejectedError of `KeyGenerationCentre.issue`. @throws StateConflictError SIGNCRYPTION_KEY_EXISTS for a second own key of one epoch
   */
  issue(request: KeyRequest): Uint8Array {
    const { purpose, id, epoch, own } = request;
    const name = JSON.stringify([purpose, id, epoch]);
    const earlier = this.#issued.get(name);
    if (earlier && !equalBytes(earlier.own, own)) throw refusal('SIGNCRYPTION_KEY_EXISTS', { purpose, id });
    const issued = earlier?.issued ?? this.#kgc.issue(request);
    this.#issued.set(name, { own: Uint8Array.from(own), issued });
    return issued;
  }

  /** Registers keys, in as many transactions as it takes. */
  async register(keys: readonly SigncryptionKeyRegistration[]): Promise<void> {
    for (let i = 0; i < keys.length; i += MAX_KEYS_PER_REGISTRATION)
      await registerSigncryptionKeys(
        this.#ledger,
        this.authority.grid,
        keys.slice(i, i + MAX_KEYS_PER_REGISTRATION),
      );
  }

  /** From now on the key signs nothing that counts, or gets no parts. */
  async revoke(purpose: KeyPurpose, id: string): Promise<void> {
    await revokeSigncryptionKey(this.#ledger, this.authority.grid, purpose, id);
  }
}
