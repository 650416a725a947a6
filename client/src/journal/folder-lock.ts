/**
 * One process at a time in a folder. The lock is LevelDB's own on an empty database: the kernel frees it when its holder dies,
 * so that there is no stale one to take over after a power cut.
 */
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { ClientError } from '../errors.js';

export interface FolderLock {
  release(): Promise<void>;
}

/** @throws ClientError FOLDER_LOCKED while another process holds it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const lock = new ClassicLevel(join(folder, 'lock'));
  try {
    await lock.open();
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    if (cause?.code === 'LEVEL_LOCKED') throw new ClientError('FOLDER_LOCKED', { folder }, { cause: error });
    throw error;
  }
  return { release: () => lock.close() };
}
