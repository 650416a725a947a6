/**
 * Reads a file of readings in any format that is known: CSV, Green Button (ESPI XML), DSMR P1 telegrams. The format is found from the first
 * bytes, or declared.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { ClientError } from '../errors.js';
import { readCsv } from './csv-readings.js';
import { FILE_FORMATS, oneOf, type FileFormat, type ReadingsDeclaration } from './declaration.js';
import { readGreenButton } from './espi-readings.js';
import { readP1 } from './p1-readings.js';
import type { Readings } from './reading-summary.js';

const MAX_FILE_BYTES = 2 ** 30;
const HEAD_BYTES = 4096;
const ENCRYPTED_TELEGRAM = 0xdb;
const READERS = { csv: readCsv, 'green-button': readGreenButton, 'dsmr-p1': readP1 } as const;

/** Reads one file, which has at least one reading. @throws ClientError READINGS_*: the first thing that is wrong; nothing is returned then. */
export async function readReadingsFile(file: string, declared: ReadingsDeclaration = {}): Promise<Readings> {
  const readings = await inspectReadingsFile(file, declared);
  if (readings.table.readingCount === 0)
    throw new ClientError('READINGS_NO_INTERVAL', {
      meters: readings.summary.meters,
      intervalMinutes: readings.summary.format.intervalMinutes,
    });
  return readings;
}

/** As `readReadingsFile`, also for a file that only says what registers showed. */
export async function inspectReadingsFile(
  file: string,
  declared: ReadingsDeclaration = {},
): Promise<Readings> {
  try {
    const head = await headOf(file);
    const format = oneOf('format', declared.format, FILE_FORMATS) ?? formatOf(head);
    return await READERS[format](createReadStream(file), declared);
  } catch (error) {
    throw error instanceof ClientError ? error : fileError(file, error);
  }
}

async function headOf(file: string): Promise<Buffer> {
  // Before it is opened, which would wait for the writer of a pipe.
  const info = await stat(file);
  if (!info.isFile())
    throw new ClientError('READINGS_FILE_UNREADABLE', { file, reason: 'not a regular file' });
  if (info.size > MAX_FILE_BYTES)
    throw new ClientError('READINGS_FILE_TOO_LARGE', { file, limitBytes: MAX_FILE_BYTES });
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** By what each format begins with; a P1 recording may begin inside a telegram. */
export function formatOf(head: Uint8Array): FileFormat {
  if (head[0] === ENCRYPTED_TELEGRAM) return 'dsmr-p1';
  const text = Buffer.from(head)
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (text.startsWith('<')) return 'green-button';
  return /^\/[A-Za-z0-9]{4}/.test(text) || /^\d+-\d+:\d+\.\d+\.\d+\(/m.test(text) ? 'dsmr-p1' : 'csv';
}

function fileError(file: string, error: unknown): unknown {
  const reason = (error as NodeJS.ErrnoException).code;
  if (reason === undefined) return error;
  return reason === 'ENOENT'
    ? new ClientError('READINGS_FILE_MISSING', { file }, { cause: error })
    : new ClientError('READINGS_FILE_UNREADABLE', { file, reason }, { cause: error });
}
