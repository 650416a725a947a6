/** The answers to a fleet as a file for `gridveil audit`: one JSON line for each receipt and each refused report, added once, on the disk before the fleet forgets them. */
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeItem, type KeptReceipt, type RefusedReport } from '../parties/fleet-records.js';

const OWNER_ONLY = 0o600;

export class ReceiptFile {
  readonly #handle: FileHandle;
  readonly #lines: Set<string>;
  #sizeBytes: number;

  private constructor(handle: FileHandle, lines: Set<string>, sizeBytes: number) {
    this.#handle = handle;
    this.#lines = lines;
    this.#sizeBytes = sizeBytes;
  }

  /** Opens or makes the file; a last line that was cut off is written over. */
  static async open(file: string): Promise<ReceiptFile> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return '';
    });
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const handle = await open(file, text === '' ? 'w+' : 'r+', OWNER_ONLY);
    await handle.truncate(Buffer.byteLength(whole));
    return new ReceiptFile(handle, new Set(whole.split('\n').filter(Boolean)), Buffer.byteLength(whole));
  }

  /** Adds those that are not there yet. @returns when they survive a power cut. */
  async add(receipts: readonly KeptReceipt[], refused: readonly RefusedReport[] = []): Promise<void> {
    const lines = [...receipts.map(lineOf), ...refused.map(refusedLineOf)];
    const fresh = lines.filter((line) => !this.#lines.has(line));
    if (fresh.length === 0) return;
    const bytes = Buffer.from(fresh.map((line) => `${line}\n`).join(''));
    for (let done = 0; done < bytes.length;)
      done += (await this.#handle.write(bytes, done, bytes.length - done, this.#sizeBytes + done))
        .bytesWritten;
    await this.#handle.datasync();
    this.#sizeBytes += bytes.length;
  }

  /** Everything of an earlier process has been added: lines are new from here on. */
  caughtUp(): void {
    this.#lines.clear();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

export function lineOf({ fogNode, items, receipt }: KeptReceipt): string {
  const encoded = items.map((item) => toBase64url(encodeItem(item)));
  return JSON.stringify({ fogNode, items: encoded, receipt: toBase64url(receipt) });
}

function refusedLineOf({ fogNode, meterId, slot, code }: RefusedReport): string {
  return JSON.stringify({ refused: { fogNode, meterId, slot, code } });
}
