/** The MDMS's private key on disk (owned-file.ts). */
import { ClientError } from '../errors.js';
import { readOwnedFile, writeOwnedFile } from './owned-file.js';
import { exportPaillierKey, importPaillierKey, type PaillierPrivateKey } from './paillier-key.js';

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE: an existing key is never overwritten. */
export function writeKeyFile(file: string, key: PaillierPrivateKey): Promise<void> {
  return writeOwnedFile(file, exportPaillierKey(key));
}

/** @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE, KEY_FILE_MALFORMED */
export async function readKeyFile(file: string): Promise<PaillierPrivateKey> {
  const text = await readOwnedFile(file);
  try {
    return importPaillierKey(JSON.parse(text));
  } catch (cause) {
    throw new ClientError('KEY_FILE_MALFORMED', { file }, { cause });
  }
}
