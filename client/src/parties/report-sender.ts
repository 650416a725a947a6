/**
 * How a meter or concentrator hands its reports to a fog node: at least once, until a receipt that holds has come. Run by meters.
 *
 * A report is repeated, the same bytes, while its fate is not known; the fog node counts it once. Waits grow and are jittered, and never
 * shorter than the fog node asks. Keeps no report: the caller hands it over again when `deliver` gives up.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { decodeReport, reportLeaf } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { ClientError } from '../errors.js';
import { decodeReceiptedAnswers, encodeReportBatch, type ReceiptedAnswers } from './fog-messages.js';
import type { GridView } from './grid-view.js';
import { verifyReceipt, type ReceiptIssuer, type ReceiptItem } from './receipt.js';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;
const OK = 200;
/** ECONNREFUSED and its like. */
const NETWORK_FAILURE = /^E[A-Z]{3,}$/;

/** One attempt to hand over a batch (transport/report-poster.ts). */
export type PostBatch = (body: Uint8Array) => Promise<{
  readonly status: number;
  readonly body: Uint8Array;
  readonly retryAfterMs: number | undefined;
}>;

export interface ReportSenderOptions {
  readonly fogNode: string;
  /** Ed25519 receipt key of the fog node, 32 bytes. */
  readonly receiptKey: Uint8Array;
  readonly grid: GridView;
  readonly post: PostBatch;
  readonly signal?: AbortSignal;
  /** Waits double up to this; default 30 s. */
  readonly longestWaitMs?: number;
  /** Told of every attempt that failed and of the wait that follows. */
  readonly onWait?: (reason: string, waitMs: number) => void;
}

/** Answers to a batch, whose receipt holds. */
export interface Delivery extends ReceiptedAnswers {
  /** The reports that stand, as the receipt names them. */
  readonly items: readonly ReceiptItem[];
}

export class ReportSender {
  readonly #options: ReportSenderOptions;
  readonly #issuer: ReceiptIssuer;

  constructor(options: ReportSenderOptions) {
    const { grid, fogNode } = options;
    this.#options = options;
    this.#issuer = { channel: grid.channel, grid: grid.record.grid, fogNode };
  }

  /**
   * Sends the batch until it is answered. At most 1,000 reports.
   * @throws ClientError RECEIPT_INVALID when the fog node signs something else, REPORTS_REFUSED when it refuses the whole message;
   *   AbortError after `signal`.
   */
  async deliver(reports: readonly Uint8Array[]): Promise<Delivery> {
    const body = encodeReportBatch(reports);
    for (let attempt = 0; ; attempt++) {
      const { answer, reason, retryAfterMs = 0 } = await this.#attempt(body);
      if (answer) return this.#checked(reports, decodeReceiptedAnswers(answer, reports.length));
      const ownMs = Math.min(FIRST_WAIT_MS * 2 ** attempt, this.#options.longestWaitMs ?? LONGEST_WAIT_MS);
      const waitMs = Math.max(retryAfterMs, ownMs / 2) + (Math.random() * ownMs) / 2;
      this.#options.onWait?.(reason, waitMs);
      await pause(waitMs, undefined, this.#options.signal ? { signal: this.#options.signal } : {});
    }
  }

  async #attempt(
    body: Uint8Array,
  ): Promise<{ answer?: Uint8Array; reason: string; retryAfterMs?: number | undefined }> {
    try {
      const { status, body: answer, retryAfterMs } = await this.#options.post(body);
      if (status === OK) return { answer, reason: '' };
      if (status >= 400 && status < 500 && status !== 408 && status !== 429)
        throw new ClientError('REPORTS_REFUSED', { fogNode: this.#issuer.fogNode, status });
      return { reason: `status ${status}`, retryAfterMs };
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (typeof code !== 'string' || !NETWORK_FAILURE.test(code)) throw error;
      return { reason: code };
    }
  }

  #checked(reports: readonly Uint8Array[], { answers, receipt }: ReceiptedAnswers): Delivery {
    const { ciphertextBytes } = this.#options.grid.publicKey;
    const items = reports.flatMap((bytes, i) => {
      if (answers[i]?.status === 'refused') return [];
      const { header, ciphertext, tag } = decodeReport(bytes, ciphertextBytes);
      return { slot: header.slot, leaf: reportLeaf(header.meterId, ciphertext, tag) };
    });
    if (items.length > 0) {
      const holds = receipt && verifyReceipt(this.#options.receiptKey, this.#issuer, items, receipt);
      if (!holds) throw new ClientError('RECEIPT_INVALID', { fogNode: this.#issuer.fogNode });
    }
    return { answers, receipt, items };
  }
}
