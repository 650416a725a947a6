/**
 * Secrets on disk: one line of JSON in a file that its owner alone can read. A file that others can read is refused, since what is
 * in it can no longer be called secret.
 */
import { open, readFile, stat } from 'node:fs/promises';
import { ClientError } from '../errors.js';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE: an existing file is never overwritten. */
export async function writeSecretFile(file: string, value: object): Promise<void> {
  try {
    const handle = await open(file, 'wx', OWNER_ONLY);
    await handle.writeFile(`${JSON.stringify(value)}\n`);
    await handle.sync();
    await handle.close();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new ClientError('FILE_EXISTS', { file }, { cause });
    throw new ClientError('FILE_UNWRITABLE', { file, reason: code ?? 'unknown' }, { cause });
  }
}

/**
 * @param kind - what the file should hold, for the refusal: `Paillier`
 * @param decode - throws for anything else
 * @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE, KEY_FILE_MALFORMED
 */
export async function readSecretFile<T>(
  file: string,
  kind: string,
  decode: (value: unknown) => T,
): Promise<T> {
  const text = await readSecretText(file);
  try {
    return decode(JSON.parse(text));
  } catch (cause) {
    throw new ClientError('KEY_FILE_MALFORMED', { file, kind }, { cause });
  }
}

/** @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE */
export async function readSecretText(file: string): Promise<string> {
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
