/** What a journal asks of the file system; tests put a failing or forgetful disk in its place. */
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** An open segment. */
export interface JournalFile {
  /** Writes all of `bytes` at `offset`, or throws. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Resolves when everything written survives a power cut. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface JournalFiles {
  list(folder: string): Promise<string[]>;
  read(file: string): Promise<Buffer>;
  /** Makes `file` with these parts in one step: after a power cut all of it is there or nothing. */
  create(file: string, parts: Iterable<Uint8Array>): Promise<void>;
  append(file: string): Promise<JournalFile>;
  remove(file: string): Promise<void>;
}

const OWNER_ONLY = 0o600;
const TEMPORARY = '.tmp';

export const DISK: JournalFiles = {
  list: (folder) => readdir(folder),
  read: (file) => readFile(file),
  async create(file, parts) {
    const temporary = `${file}${TEMPORARY}`;
    const handle = await open(temporary, 'w', OWNER_ONLY);
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(dirname(file));
  },
  async append(file) {
    const handle = await open(file, 'r+');
    return {
      async write(bytes, offset) {
        for (let done = 0; done < bytes.length;) {
          done += (await handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
        }
      },
      sync: () => handle.datasync(),
      truncate: (sizeBytes) => handle.truncate(sizeBytes),
      close: () => handle.close(),
    };
  },
  remove: (file) => rm(file, { force: true }),
};

/** A name is kept only when the folder that holds it is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
