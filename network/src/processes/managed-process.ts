/** Starts the long-running processes of a network and ends exactly those. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NetworkError } from '../errors.js';
import { poll } from './pause.js';
import { isAlive, startTimeOf, type ProcessIdentity } from './process-identity.js';
import type { ProcessRecord } from '../state-file.js';

const KILL_DEADLINE_MS = 5_000;
/** How long a process may take to end by itself: the chaincode server finishes what is in flight first. */
const TERM_DEADLINE_MS = 12_000;

export interface ProcessStart {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logs: string;
}

export function logFile(logs: string, name: string): string {
  return join(logs, `${name}.log`);
}

/** Starts the process in a session of its own, so that Ctrl-C in the caller's terminal does not reach it. */
export function startProcess(start: ProcessStart): ProcessRecord {
  mkdirSync(start.logs, { recursive: true });
  const log = openSync(logFile(start.logs, start.name), 'a');
  const child = spawn(start.file, start.args, {
    cwd: start.cwd,
    env: start.env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  // Without a handler a missing file would end the launcher; the missing process number below reports it.
  child.on('error', () => undefined);
  child.unref();
  const pid = child.pid;
  if (pid === undefined) {
    throw new NetworkError('COMMAND_FAILED', {
      step: `starting ${start.name}`,
      reason: `${start.file} cannot be run`,
    });
  }
  return { pid, startTime: startTimeOf(pid) ?? '', startedAt: new Date().toISOString() };
}

/** Asks the process to end, then makes it. Does nothing when it is gone or its number belongs to another process now. */
export async function stopProcess(name: string, identity: ProcessIdentity): Promise<void> {
  for (const [signal, deadlineMs] of [
    ['SIGTERM', TERM_DEADLINE_MS],
    ['SIGKILL', KILL_DEADLINE_MS],
  ] as const) {
    signalProcess(identity, signal);
    const gone = await poll(() => Promise.resolve(isAlive(identity) ? undefined : true), {
      intervalMs: 20,
      deadlineMs,
    });
    if (gone === true) return;
  }
  throw new NetworkError('STILL_ALIVE', { name, pid: identity.pid });
}

/** Sends the signal if, and only if, the process is still the one that was started. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The last lines of a process's log. */
export function logTail(logs: string, name: string, lines: number): string[] {
  try {
    return readFileSync(logFile(logs, name), 'utf8').trimEnd().split('\n').slice(-lines);
  } catch {
    return [];
  }
}
