/**
 * Sealed bytes kept off the ledger, under their digest: what accounting nodes write and receivers read where the ledger keeps hashes only.
 *
 * A store is trusted with nothing: it holds ciphertext, and whoever reads compares the digest. What it loses is lost, and shows: the ledger says what there was.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { reportDigest } from '@gridveil/chaincode/crypto/signcryption.js';

export interface ContentStore {
  /** Keeps the bytes under their digest. */
  put(content: Uint8Array): Promise<void>;
  /** @param digest - `reportDigest`, base64url. @returns undefined when the store has nothing that fits the digest */
  get(digest: string): Promise<Uint8Array | undefined>;
}

/** For one process. */
export class MemoryContentStore implements ContentStore {
  readonly #contents = new Map<string, Uint8Array>();

  put(content: Uint8Array): Promise<void> {
    this.#contents.set(toBase64url(reportDigest(content)), Uint8Array.from(content));
    return Promise.resolve();
  }

  get(digest: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#contents.get(digest));
  }
}

/** One file for each content; written under another name first, so that no reader finds half of one. */
export class FolderContentStore implements ContentStore {
  constructor(readonly folder: string) {}

  async put(content: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = this.#file(toBase64url(reportDigest(content)));
    const unfinished = `${file}.${randomUUID()}`;
    await writeFile(unfinished, content, { mode: 0o600 });
    await rename(unfinished, file);
  }

  async get(digest: string): Promise<Uint8Array | undefined> {
    if (!/^[\w-]{43}$/.test(digest)) return undefined;
    try {
      const content = new Uint8Array(await readFile(this.#file(digest)));
      return equalBytes(reportDigest(content), Buffer.from(digest, 'base64url')) ? content : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #file(digest: string): string {
    return join(this.folder, digest);
  }
}
