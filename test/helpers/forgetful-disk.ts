/** A disk in memory, of one folder, that loses what was not synced, and can be full or broken: what kill -9 alone never shows. */
import { basename } from 'node:path';
import type { JournalFile, JournalFiles } from '@gridveil/client/journal/journal-files.js';

interface StoredFile {
  kept: Buffer;
  written: Buffer;
}

export class ForgetfulDisk implements JournalFiles {
  /** Bytes it takes in all; a write that does not fit is cut off. */
  roomBytes = Infinity;
  failSync = false;
  syncs = 0;
  /** Turns of the event loop that a sync takes. */
  syncTurns = 1;
  /** Called before every sync returns. */
  beforeSync: () => Promise<void> = async () => {
    for (let turn = 0; turn < this.syncTurns; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  readonly #files = new Map<string, StoredFile>();
  #off = false;

  /** Nothing reaches the disk any more; what was not synced is kept up to `keptOfRest` of its bytes. */
  cutPower(keptOfRest = 0): ForgetfulDisk {
    this.#off = true;
    const after = new ForgetfulDisk();
    after.syncTurns = this.syncTurns;
    for (const [name, { kept, written }] of this.#files) {
      const rest = Math.floor((written.length - kept.length) * keptOfRest);
      const bytes = Buffer.concat([kept, written.subarray(kept.length, kept.length + rest)]);
      after.#files.set(name, { kept: bytes, written: bytes });
    }
    return after;
  }

  list(): Promise<string[]> {
    return Promise.resolve([...this.#files.keys()]);
  }

  read(file: string): Promise<Buffer> {
    return Promise.resolve(Buffer.from(this.#file(file).written));
  }

  create(file: string, parts: Iterable<Uint8Array>): Promise<void> {
    const bytes = Buffer.concat([...parts]);
    this.#checkRoom(bytes.length);
    if (!this.#off) this.#files.set(basename(file), { kept: bytes, written: bytes });
    return Promise.resolve();
  }

  append(file: string): Promise<JournalFile> {
    const stored = this.#file(file);
    return Promise.resolve({
      write: async (bytes: Uint8Array, offset: number) => {
        const room = Math.max(0, this.roomBytes - this.#used());
        const fitting = bytes.subarray(0, Math.min(bytes.length, room));
        stored.written = Buffer.concat([stored.written.subarray(0, offset), fitting]);
        await Promise.resolve();
        if (fitting.length < bytes.length) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      },
      sync: async () => {
        this.syncs += 1;
        const { written } = stored;
        await this.beforeSync();
        if (this.failSync) throw Object.assign(new Error('failed'), { code: 'EIO' });
        if (!this.#off) stored.kept = written;
        else await new Promise(() => undefined); // the machine is off: nothing ever returns
      },
      truncate: (sizeBytes: number) => {
        stored.written = stored.written.subarray(0, sizeBytes);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
  }

  remove(file: string): Promise<void> {
    if (!this.#off) this.#files.delete(basename(file));
    return Promise.resolve();
  }

  #used(): number {
    return [...this.#files.values()].reduce((sum, { written }) => sum + written.length, 0);
  }

  #checkRoom(bytes: number): void {
    if (this.#used() + bytes > this.roomBytes) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  }

  #file(file: string): StoredFile {
    const stored = this.#files.get(basename(file));
    if (!stored) throw Object.assign(new Error(`no ${file}`), { code: 'ENOENT' });
    return stored;
  }
}
