/** Reading what is sealed to single receivers in regulation: found on the ledger or in a content store, its digest compared, its sender's signature checked, then opened. */
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeSigncryptedReport, reportDigest } from '@gridveil/chaincode/crypto/signcryption.js';
import { checkSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption-check.js';
import type { SigncryptionParty } from '@gridveil/chaincode/domain/signcryption-parties.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import type { ContentStore } from '../content/content-store.js';
import { openPart } from '../crypto/signcryption.js';
import type { SigncryptionKey } from '../crypto/signcryption-keys.js';
import type { Ledger } from '../ledger/port.js';
import { getSealed } from '../ledger/signcryption-calls.js';
import type { SigncryptionView } from './signcryption-view.js';

export interface SealedReaderOptions {
  readonly ledger: Ledger;
  readonly view: SigncryptionView;
  readonly key: SigncryptionKey;
  /** Where messages are whose hashes alone are on the ledger. */
  readonly store?: ContentStore;
}

export class SealedReader {
  readonly #options: SealedReaderOptions;

  constructor(options: SealedReaderOptions) {
    this.#options = options;
  }

  /**
   * @param digest - base64url. @param party - of the sender
   * @throws NotFoundError CONTENT_OFF_LEDGER. @throws ProofRejectedError REPORT_BAD_SIGNATURE, PART_REFUSED. @throws ValidationError NOT_A_RECEIVER
   */
  async open(digest: string, party: SigncryptionParty): Promise<Uint8Array> {
    const sealed = await this.#find(digest);
    if (sealed === undefined || toBase64url(reportDigest(sealed)) !== digest)
      throw refusal('CONTENT_OFF_LEDGER', { grid: this.#options.view.terms.grid });
    return (await this.openBytes(sealed, party)).plaintext;
  }

  /** A message as it was handed over. @throws as `open` */
  async openBytes(
    sealed: Uint8Array,
    party: SigncryptionParty,
  ): Promise<{ readonly sender: string; readonly plaintext: Uint8Array }> {
    const { view, key } = this.#options;
    const report = decodeSigncryptedReport(sealed);
    const directory = await view.directoryAt([report], party);
    const receivers = checkSigncryptedReport(view.authority, report, directory);
    return { sender: report.header.meterId, plaintext: openPart(key, report, receivers) };
  }

  #find(digest: string): Promise<Uint8Array | undefined> {
    const { ledger, view, store } = this.#options;
    const { grid, storage } = view.terms;
    if (storage === 'ledger') return getSealed(ledger, grid, digest);
    return store?.get(digest) ?? Promise.resolve(undefined);
  }
}
