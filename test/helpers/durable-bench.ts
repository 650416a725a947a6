/** A fog node with a journal on a disk that can lose power, and a ledger that keeps totals. */
import { bytesToBigint, fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeReport, reportLeaf } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { generateSigningKey } from '@gridveil/client/crypto/curve25519.js';
import { DurableFogNode, type DurableFogNodeOptions } from '@gridveil/client/parties/durable-fog-node.js';
import { encodeReportBatch, type ReceiptedAnswers } from '@gridveil/client/parties/fog-messages.js';
import { verifyReceipt } from '@gridveil/client/parties/receipt.js';
import { openToy } from './bench-values.js';
import { FogBench } from './fog-bench.js';
import { ForgetfulDisk } from './forgetful-disk.js';
import { JOURNAL_KEY, type JournalFolders } from './journal-folder.js';
import { TotalLedger } from './total-ledger.js';

export class DurableBench {
  disk = new ForgetfulDisk();
  readonly ledger = new TotalLedger();
  readonly receiptKey = generateSigningKey();
  options: Partial<DurableFogNodeOptions> = {};
  #node: DurableFogNode | undefined;

  private constructor(
    readonly fog: FogBench,
    readonly folders: JournalFolders,
  ) {}

  static async open(folders: JournalFolders): Promise<DurableBench> {
    const bench = new DurableBench(await FogBench.open(), folders);
    await bench.start();
    return bench;
  }

  get node(): DurableFogNode {
    if (!this.#node) throw new Error('the node is down');
    return this.#node;
  }

  /** A new process on what the disk holds. */
  async start(): Promise<DurableFogNode> {
    this.#node = await DurableFogNode.open({
      ...this.fog.options(this.ledger.submit),
      receiptKey: this.receiptKey,
      journal: {
        folder: await this.folders.make(),
        key: JOURNAL_KEY,
        files: this.disk,
        segmentBytes: 20_000,
      },
      ...this.options,
    });
    await this.#node.syncMeters();
    return this.#node;
  }

  /** Power cut and restart: what was not synced is gone, but for a part of it. */
  restart(keptOfRest = 0): Promise<DurableFogNode> {
    this.disk = this.disk.cutPower(keptOfRest);
    return this.start();
  }

  send(...reports: readonly Uint8Array[]): Promise<ReceiptedAnswers> {
    return this.node.handle(encodeReportBatch(reports));
  }

  /** Whether the receipt is over exactly these reports. */
  holds(receipt: Uint8Array | undefined, ...reports: readonly Uint8Array[]): boolean {
    const { channel, record, publicKey } = this.fog.grid;
    const items = reports.map((bytes) => {
      const { header, ciphertext, tag } = decodeReport(bytes, publicKey.ciphertextBytes);
      return { slot: header.slot, leaf: reportLeaf(header.meterId, ciphertext, tag) };
    });
    const issuer = { channel, grid: record.grid, fogNode: 'fog' };
    return receipt !== undefined && verifyReceipt(this.receiptKey.publicKey, issuer, items, receipt);
  }

  /** What the ledger's total of a region opens to. */
  opened(region: string, slot: number): bigint | undefined {
    const total = this.ledger.total(region, slot);
    return total && openToy(this.fog.key, bytesToBigint(fromBase64url(total.ciphertext, 'ciphertext'))).m;
  }
}
