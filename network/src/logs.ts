/** The end of the logs of a network. */
import { existsSync, readdirSync } from 'node:fs';
import { NetworkError } from './errors.js';
import { networkFolder, pathsOf } from './folders.js';
import { logFile, logTail } from './processes/managed-process.js';
import { requireState } from './state-file.js';

const SUFFIX = '.log';
/** Fabric prints whole stack traces on one line; the file has them in full. */
const LONGEST_LINE = 400;

/** The last lines of one process, or of each. @throws NetworkError NO_NETWORK, UNKNOWN_PROCESS */
export function networkLogs(options: {
  dir?: string | undefined;
  name?: string | undefined;
  lines: number;
}): string {
  const dir = networkFolder(options.dir);
  requireState(dir);
  const { logs } = pathsOf(dir);
  const names = existsSync(logs)
    ? readdirSync(logs)
        .filter((file) => file.endsWith(SUFFIX))
        .map((file) => file.slice(0, -SUFFIX.length))
        .sort()
    : [];
  const { name } = options;
  if (name !== undefined && !names.includes(name)) {
    throw new NetworkError('UNKNOWN_PROCESS', { name, names: names.join(', ') });
  }
  const tail = (one: string): string =>
    logTail(logs, one, options.lines)
      .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line))
      .join('\n');
  return names
    .filter((one) => name === undefined || one === name)
    .map((one) => `==> ${logFile(logs, one)}\n${tail(one)}\n`)
    .join('\n');
}
