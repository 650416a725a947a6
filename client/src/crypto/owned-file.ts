/** Files with secrets: JSON, readable by their owner only. One that others can read is refused, since what is in it can no longer be called secret. */
import { open, readFile, stat } from 'node:fs/promises';
import { ClientError } from '../errors.js';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE: an existing file is never overwritten. */
export async function writeOwnedFile(file: string, document: unknown): Promise<void> {
  try {
    const handle = await open(file, 'wx', OWNER_ONLY);
    await handle.writeFile(`${JSON.stringify(document)}\n`);
    await handle.sync();
    await handle.close();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new ClientError('FILE_EXISTS', { file }, { cause });
    throw new ClientError('FILE_UNWRITABLE', { file, reason: code ?? 'unknown' }, { cause });
  }
}

/** @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE */
export async function readOwnedFile(file: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new ClientError('KEY_FILE_EXPOSED', { file, mode: (mode & 0o777).toString(8) });
    }
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ClientError('FILE_UNREADABLE', { file, reason }, { cause });
  }
}
