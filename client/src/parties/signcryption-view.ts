/** What every party of signcryption knows: the terms and keys of a grid as the ledger holds them. */
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import {
  receiverIndex,
  type ReceiverName,
  type SigncryptedReport,
} from '@gridveil/chaincode/crypto/signcryption.js';
import { directoryOf, type SigncryptionDirectory } from '@gridveil/chaincode/crypto/signcryption-check.js';
import type {
  KeyAuthority,
  KeyPurpose,
  SigncryptionPublicKey,
} from '@gridveil/chaincode/crypto/signcryption-keys.js';
import {
  registeredDirectory,
  registeredKey,
  type RegisteredKeys,
  type SigncryptionKeyRecord,
  type SigncryptionParty,
  type SigncryptionTermsRecord,
} from '@gridveil/chaincode/domain/signcryption-parties.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import type { Ledger } from '../ledger/port.js';
import { getSigncryption, getSigncryptionKey, listSigncryptionKeys } from '../ledger/signcryption-calls.js';

export class SigncryptionView {
  readonly #ledger: Ledger;
  readonly #senders = new Map<string, SigncryptionKeyRecord>();
  readonly #receivers = new Map<string, SigncryptionKeyRecord>();
  /** Keys of epochs, by purpose, id and epoch. */
  readonly #ofEpochs = new Map<string, SigncryptionPublicKey>();

  private constructor(
    ledger: Ledger,
    readonly terms: SigncryptionTermsRecord,
    readonly authority: KeyAuthority,
  ) {
    this.#ledger = ledger;
  }

  /** @throws NotFoundError SIGNCRYPTION_UNKNOWN */
  static async read(ledger: Ledger, grid: string): Promise<SigncryptionView> {
    const terms = await getSigncryption(ledger, grid);
    const publicKey = fromBase64url(terms.authorityKey, 'authorityKey');
    const view = new SigncryptionView(ledger, terms, { channel: ledger.channel, grid, publicKey });
    await view.sync();
    return view;
  }

  /** Reads the keys that count now. */
  async sync(): Promise<void> {
    const { grid } = this.terms;
    const [senders, receivers] = await Promise.all([
      listSigncryptionKeys(this.#ledger, grid, 'sender'),
      listSigncryptionKeys(this.#ledger, grid, 'receiver'),
    ]);
    this.#senders.clear();
    for (const record of senders) this.#senders.set(record.id, record);
    this.#receivers.clear();
    for (const record of receivers) this.#receivers.set(receiverIndex(this.authority, record.id), record);
  }

  get keys(): RegisteredKeys {
    return { senders: this.#senders, receivers: this.#receivers };
  }

  /** The keys that count now, for messages of one party. */
  directory(party: SigncryptionParty): SigncryptionDirectory {
    return registeredDirectory(this.authority, this.keys, party);
  }

  /** The key that a part is sealed to. @throws NotFoundError SIGNCRYPTION_KEY_UNKNOWN, RECEIVER_REVOKED */
  receiver(id: string): SigncryptionPublicKey {
    if (!this.#receivers.has(receiverIndex(this.authority, id)))
      throw refusal('SIGNCRYPTION_KEY_UNKNOWN', { purpose: 'receiver', id });
    return this.directory('other').receiver(receiverIndex(this.authority, id));
  }

  /**
   * Keys that stored messages were made with, whatever counts now; all in the same epochs, as those of one block are.
   * @throws NotFoundError METER_UNKNOWN, RECEIVER_UNKNOWN, SIGNCRYPTION_KEY_UNKNOWN
   */
  async directoryAt(
    messages: readonly SigncryptedReport[],
    party: SigncryptionParty,
  ): Promise<SigncryptionDirectory> {
    // Who was registered after the last look.
    if (messages.some((message) => !this.#knows(message))) await this.sync();
    const keys = new Map<string, SigncryptionPublicKey>();
    for (const { header } of messages) {
      const { meterId, epoch } = header;
      if (this.#senders.get(meterId)?.party !== party) throw refusal('METER_UNKNOWN', { meterId });
      keys.set(`sender/${meterId}`, await this.#keyAt('sender', meterId, epoch));
      for (const receiver of header.receivers)
        if (!keys.has(receiver.index)) keys.set(receiver.index, await this.#receiverAt(receiver));
    }
    return directoryOf(this.authority, [...keys.values()]);
  }

  #knows({ header: { meterId, receivers } }: SigncryptedReport): boolean {
    return this.#senders.has(meterId) && receivers.every(({ index }) => this.#receivers.has(index));
  }

  async #receiverAt({ index, epoch }: ReceiverName): Promise<SigncryptionPublicKey> {
    const receiver = this.#receivers.get(index);
    if (receiver === undefined) throw refusal('RECEIVER_UNKNOWN', { receiverIndex: index });
    return this.#keyAt('receiver', receiver.id, epoch);
  }

  async #keyAt(purpose: KeyPurpose, id: string, epoch: number): Promise<SigncryptionPublicKey> {
    const name = JSON.stringify([purpose, id, epoch]);
    const known = this.#ofEpochs.get(name);
    if (known) return known;
    const { grid } = this.terms;
    const record = await getSigncryptionKey(this.#ledger, grid, { purpose, id, epoch });
    const key = registeredKey(this.authority, record);
    this.#ofEpochs.set(name, key);
    return key;
  }
}
