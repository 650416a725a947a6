/** The MDMS's private key on disk, readable by its owner only. */
import { exportPaillierKey, importPaillierKey, type PaillierPrivateKey } from './paillier-key.js';
import { readSecretFile, writeSecretFile } from './secret-file.js';

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE: an existing key is never overwritten. */
export function writeKeyFile(file: string, key: PaillierPrivateKey): Promise<void> {
  return writeSecretFile(file, exportPaillierKey(key));
}

/** @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE, KEY_FILE_MALFORMED */
export function readKeyFile(file: string): Promise<PaillierPrivateKey> {
  return readSecretFile(file, 'Paillier', importPaillierKey);
}
