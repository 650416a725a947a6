/**
 * A receiver of signcrypted reports (R_j of paper 002: control centre, grid operator, equipment supplier, any number of others): finds its parts on the ledger and opens them.
 *
 * Holds: its receiving key. Sees: what meters sealed to it; of all else the ledger has, who reported to whom. It trusts neither its peer nor a content store with what a report says:
 * block root, digests and the meters' signatures, in one batch for each block, are checked before a part is opened. Section IV.E, Eq. (3), (4).
 */
import { fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { receiverIndex, reportDigest } from '@gridveil/chaincode/crypto/signcryption.js';
import {
  findBadSigncryptedReports,
  receiverKeys,
  type SigncryptionDirectory,
} from '@gridveil/chaincode/crypto/signcryption-check.js';
import {
  blockReport,
  reportBlockRoot,
  type BlockReport,
  type ReportBlockRecord,
} from '@gridveil/chaincode/domain/report-block.js';
import { GridveilError, refusal } from '@gridveil/chaincode/errors.js';
import type { ContentStore } from '../content/content-store.js';
import { openPart } from '../crypto/signcryption.js';
import type { SigncryptionKey } from '../crypto/signcryption-keys.js';
import type { Ledger } from '../ledger/port.js';
import { getReportBlocks, getReports } from '../ledger/signcryption-calls.js';
import { decodeMeasurements, type Measurements } from '../metering/dimensions.js';
import type { SigncryptionView } from './signcryption-view.js';

export interface ReportReaderOptions {
  readonly ledger: Ledger;
  readonly view: SigncryptionView;
  readonly key: SigncryptionKey;
  /** Where reports are whose hashes alone are on the ledger. */
  readonly store?: ContentStore;
}

/** What a meter told this receiver about a slot. */
export interface OpenedReport {
  readonly meterId: string;
  readonly slot: number;
  readonly measurements: Measurements;
}

/** A report that gives this receiver nothing, and why. */
export interface UnreadReport {
  readonly meterId: string;
  readonly slot: number;
  readonly refusal: GridveilError;
}

export interface ReadSlot {
  readonly opened: readonly OpenedReport[];
  /** Lost content, parts that do not open, no part for this receiver. */
  readonly unread: readonly UnreadReport[];
}

export class ReportReader {
  readonly #options: ReportReaderOptions;

  constructor(options: ReportReaderOptions) {
    this.#options = options;
  }

  /** J_R of this receiver. */
  get index(): string {
    const { view, key } = this.#options;
    return receiverIndex(view.authority, key.publicKey.id);
  }

  /** Reads all blocks of a slot. @throws ProofRejectedError BLOCK_MISMATCH when a peer's block is not what its root names */
  async readSlot(slot: number): Promise<ReadSlot> {
    const { ledger, view } = this.#options;
    const read: ReadSlot[] = [];
    for (const block of await getReportBlocks(ledger, view.terms.grid, slot)) {
      this.#checkRoot(slot, block);
      read.push(await this.#readBlock(block));
    }
    return {
      opened: read.flatMap(({ opened }) => opened),
      unread: read.flatMap(({ unread }) => unread),
    };
  }

  #checkRoot(slot: number, { root, reports }: ReportBlockRecord): void {
    const digests = reports.map(({ digest }) => fromBase64url(digest, 'digest'));
    if (toBase64url(reportBlockRoot(this.#options.view.authority, slot, digests)) !== root)
      throw refusal('BLOCK_MISMATCH', { slot, field: 'root' });
  }

  async #readBlock(block: ReportBlockRecord): Promise<ReadSlot> {
    const { view } = this.#options;
    const { slot } = block;
    const found = await this.#reportsOf(block);
    const reports = [...found.values()].map(({ report }) => report);
    const directory = await view.directoryAt(reports, 'meter');
    const digests = [...found.keys()];
    const bad = new Map(
      findBadSigncryptedReports(view.authority, slot, reports, directory).map((each) => [
        digests[each.index],
        each.refusal,
      ]),
    );
    const opened: OpenedReport[] = [];
    const unread: UnreadReport[] = [];
    for (const { meterId, digest } of block.reports) {
      try {
        const why = bad.get(digest);
        if (why) throw why;
        opened.push({ meterId, slot, measurements: this.#open(meterId, found.get(digest), directory) });
      } catch (error) {
        if (!(error instanceof GridveilError)) throw error;
        unread.push({ meterId, slot, refusal: error });
      }
    }
    return { opened, unread };
  }

  /** By digest; those that nobody has any more are left out. */
  async #reportsOf(block: ReportBlockRecord): Promise<Map<string, BlockReport>> {
    const { ledger, view, store } = this.#options;
    const { grid, storage } = view.terms;
    const named = new Set(block.reports.map(({ digest }) => digest));
    const found = new Map<string, BlockReport>();
    if (storage === 'ledger')
      for (const report of await getReports(ledger, grid, block)) {
        const digest = toBase64url(report.digest);
        if (named.has(digest)) found.set(digest, report);
      }
    else
      for (const digest of named) {
        const content = await store?.get(digest);
        // Nothing is decoded of what the ledger does not name.
        if (content && toBase64url(reportDigest(content)) === digest) found.set(digest, blockReport(content));
      }
    return found;
  }

  #open(meterId: string, found: BlockReport | undefined, directory: SigncryptionDirectory): Measurements {
    const { view, key } = this.#options;
    if (found === undefined) throw refusal('CONTENT_OFF_LEDGER', { grid: view.terms.grid });
    const { report } = found;
    if (report.header.meterId !== meterId)
      throw refusal('BLOCK_MISMATCH', { slot: report.header.slot, field: 'meter ids' });
    const plaintext = openPart(key, report, receiverKeys(directory, report.header.receivers));
    try {
      return decodeMeasurements(plaintext);
    } finally {
      plaintext.fill(0);
    }
  }
}
