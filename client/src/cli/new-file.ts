/** Files that commands write: never over an existing one. */
import { writeFile } from 'node:fs/promises';
import { ClientError } from '../errors.js';

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE */
export async function writeNewFile(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') throw new ClientError('FILE_EXISTS', { file }, { cause });
    throw new ClientError('FILE_UNWRITABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
}
