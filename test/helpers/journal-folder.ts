/** Journals of text records in temporary folders, all under one key. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { Journal, type JournalOptions } from '@gridveil/client/journal/journal.js';

export const JOURNAL_KEY = new Uint8Array(32).fill(7);

export interface OpenedJournal {
  readonly journal: Journal;
  /** What was replayed. */
  readonly records: string[];
}

export async function openJournal(
  folder: string,
  options: Partial<JournalOptions> = {},
): Promise<OpenedJournal> {
  const records: string[] = [];
  const journal = await Journal.open({ folder, key: JOURNAL_KEY, ...options }, (record) =>
    records.push(Buffer.from(record).toString()),
  );
  return { journal, records };
}

/** Opens, reads and closes again. */
export async function readJournal(
  folder: string,
  options: Partial<JournalOptions> = {},
): Promise<OpenedJournal> {
  const opened = await openJournal(folder, options);
  await opened.journal.close();
  return opened;
}

export const append = (journal: Journal, ...records: readonly string[]): Promise<void> =>
  journal.append(records.map(utf8));

export class JournalFolders {
  readonly #folders: string[] = [];

  async make(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'gridveil-journal-'));
    this.#folders.push(folder);
    return folder;
  }

  async remove(): Promise<void> {
    for (const folder of this.#folders.splice(0)) await rm(folder, { recursive: true, force: true });
  }
}
