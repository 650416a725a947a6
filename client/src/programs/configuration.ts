/** One JSON configuration file for each program, checked as a whole before anything starts. Paths in it are relative to its folder. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ClientError } from '../errors.js';
import { LOG_LEVELS } from '../operations/log.js';

export const MAX_PORT = 65_535;
const MAX_FILE_BYTES = 2 ** 20;

/** Folder of the file that is being checked; checking never waits, so that there is only one at a time. */
let base = '.';

/** A path, absolute once it has been read. */
export const path = z
  .string()
  .min(1)
  .transform((name) => resolve(base, name));

/** @throws ClientError FILE_UNREADABLE, CONFIG_INVALID naming the first wrong field. */
export async function readConfiguration<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(file);
  base = dirname(resolve(file));
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ClientError('CONFIG_INVALID', {
    file,
    place: issue?.path.join('.') || 'the file',
    reason: issue?.message ?? 'not known',
  });
}

/** @throws ClientError FILE_UNREADABLE, CONFIG_INVALID for a file that is too large to be a configuration. */
async function readText(file: string): Promise<string> {
  const unreadable = (cause: NodeJS.ErrnoException): never => {
    throw new ClientError('FILE_UNREADABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  };
  const info = await stat(file).catch(unreadable);
  if (!info.isFile()) throw new ClientError('FILE_UNREADABLE', { file, reason: 'not a regular file' });
  if (info.size > MAX_FILE_BYTES)
    throw new ClientError('CONFIG_INVALID', {
      file,
      place: 'the file',
      reason: `more than ${MAX_FILE_BYTES} bytes`,
    });
  return readFile(file, 'utf8').catch(unreadable);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const identifier = z.string().min(1).max(64);
export const seconds = z
  .number()
  .positive()
  .max(86_400 * 366);

/** Loopback unless the file says otherwise. */
export const listenAddress = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(MAX_PORT),
});

/** A broker for reports over MQTT 5. */
export const broker = z.strictObject({
  url: z.url({ protocol: /^mqtts?$/ }),
  username: z.string().min(1).optional(),
  passwordFile: path.optional(),
  ca: path.optional(),
});

/** What every program takes. */
export const common = {
  logLevel: z.enum(LOG_LEVELS).default('info'),
  /** Health and metrics. */
  operations: listenAddress.optional(),
};
