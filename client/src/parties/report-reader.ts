/**
 * A receiver of signcrypted reports (R_j of paper 002: control centre, grid operator, equipment supplier, any number of others): finds its parts on the ledger and opens them.
 *
 * Holds: its receiving key. Sees: what meters sealed to it; of all else the ledger has, who reported to whom. It trusts neither its peer nor a content store with what a report says:
 * digest, block root and the meter's signature are checked before a part is opened. Section IV.E, Eq. (3), (4).
 */
import { fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { receiverIndex } from '@gridveil/chaincode/crypto/signcryption.js';
import { checkSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption-check.js';
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
    const opened: OpenedReport[] = [];
    const unread: UnreadReport[] = [];
    for (const block of await getReportBlocks(ledger, view.terms.grid, slot)) {
      this.#checkRoot(slot, block);
      const reports = await this.#reportsOf(block);
      for (const { meterId, digest } of block.reports) {
        try {
          opened.push(await this.#open(meterId, slot, reports.get(digest)));
        } catch (error) {
          if (!(error instanceof GridveilError)) throw error;
          unread.push({ meterId, slot, refusal: error });
        }
      }
    }
    return { opened, unread };
  }

  #checkRoot(slot: number, { root, reports }: ReportBlockRecord): void {
    const digests = reports.map(({ digest }) => fromBase64url(digest, 'digest'));
    if (toBase64url(reportBlockRoot(this.#options.view.authority, slot, digests)) !== root)
      throw refusal('BLOCK_MISMATCH', { slot, field: 'root' });
  }

  /** By digest; those that nobody has any more are left out. */
  async #reportsOf(block: ReportBlockRecord): Promise<Map<string, BlockReport>> {
    const { ledger, view, store } = this.#options;
    const { grid, storage } = view.terms;
    const found: BlockReport[] = [];
    if (storage === 'ledger') found.push(...(await getReports(ledger, grid, block)));
    else
      for (const { digest } of block.reports) {
        const content = await store?.get(digest);
        if (content) found.push(blockReport(content));
      }
    return new Map(found.map((each) => [toBase64url(each.digest), each]));
  }

  async #open(meterId: string, slot: number, found: BlockReport | undefined): Promise<OpenedReport> {
    const { view, key } = this.#options;
    if (found === undefined) throw refusal('CONTENT_OFF_LEDGER', { grid: view.terms.grid });
    const { report } = found;
    if (report.header.meterId !== meterId || report.header.slot !== slot)
      throw refusal('REPORT_WRONG_SLOT', { meterId, slot: report.header.slot, expectedSlot: slot });
    const directory = await view.directoryAt(report, 'meter');
    const receivers = checkSigncryptedReport(view.authority, report, directory);
    const plaintext = openPart(key, report, receivers);
    try {
      return { meterId, slot, measurements: decodeMeasurements(plaintext) };
    } finally {
      plaintext.fill(0);
    }
  }
}
