/**
 * What the ESP has opened, so that it never opens another ciphertext of the same slot or bill: two totals that differ by one meter are its reading (spec/schemes.md 6.1). Run by the ESP.
 *
 * A disclosure is in the journal, on disk, before the opening leaves the ESP; a restart knows all of them. Only digests are kept: the names tell which slots and bills were opened, which the ledger
 * tells, too. Not compacted: 100 bytes for each slot and bill, 10 MB a year for 10,000 meters billed by the month.
 */
import { createHash } from 'node:crypto';
import { lp, splitLp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { Journal, type JournalOptions } from '../journal/journal.js';

const LABEL = utf8('gridveil/esp/disclosure/v1');

/** A ciphertext that is opened, under the name of what it is. */
export interface Disclosure {
  readonly name: string;
  readonly ciphertext: bigint;
}

export class Disclosures {
  readonly #journal: Journal;
  /** Digest of the ciphertext, hex, by name. */
  readonly #digests: Map<string, string>;

  private constructor(journal: Journal, digests: Map<string, string>) {
    this.#journal = journal;
    this.#digests = digests;
  }

  /** @throws ClientError JOURNAL_DAMAGED, FOLDER_LOCKED, JOURNAL_FULL; DecodeError for a journal of something else */
  static async open(options: JournalOptions): Promise<Disclosures> {
    const digests = new Map<string, string>();
    const journal = await Journal.open(options, (record) => {
      const [label, name, digest] = splitLp(record, 3, 'A disclosure');
      if (Buffer.compare(label, LABEL) !== 0)
        throw new RangeError('"folder" expected a journal of disclosures');
      digests.set(Buffer.from(name).toString(), Buffer.from(digest).toString('hex'));
    });
    return new Disclosures(journal, digests);
  }

  /** @returns the place of the first one under whose name another ciphertext was opened; -1 for none */
  firstOther(disclosures: readonly Disclosure[]): number {
    return disclosures.findIndex(({ name, ciphertext }) => {
      const known = this.#digests.get(name);
      return known !== undefined && known !== digestOf(ciphertext);
    });
  }

  /**
   * Keeps all of them, or none where another one is known.
   * @returns as `firstOther`; when it is -1, all of them survive a power cut
   * @throws ClientError JOURNAL_FULL, JOURNAL_BROKEN: nothing may be handed out then
   */
  async keep(disclosures: readonly Disclosure[]): Promise<number> {
    const other = this.firstOther(disclosures);
    if (other !== -1) return other;
    // Before the disk has them: no second one comes between. What could not be written stays taken, which opens less, not more.
    for (const { name, ciphertext } of disclosures) this.#digests.set(name, digestOf(ciphertext));
    // Known ones, too: they may be on their way to the disk only.
    await this.#journal.append(
      disclosures.map(({ name, ciphertext }) => lp(LABEL, name, Buffer.from(digestOf(ciphertext), 'hex'))),
    );
    return -1;
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}

function digestOf(ciphertext: bigint): string {
  return createHash('sha256').update(ciphertext.toString(16)).digest('hex');
}
