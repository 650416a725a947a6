/** Runs one short command to its end, with nothing but the environment it is given. */
import { spawn } from 'node:child_process';
import { NetworkError } from '../errors.js';

export interface Command {
  /** What the command does, for messages: "joining orderer1 to the channel". */
  readonly step: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Called for each line on stderr, while it runs. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @returns whatever the exit code is.
 * @throws NetworkError INTERRUPTED when the signal aborts, COMMAND_FAILED when the file cannot be run.
 */
export function runCommand(command: Command): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command.file, command.args, {
      env: command.env,
      cwd: command.cwd,
      signal: command.signal,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let partial = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      lines.forEach((line) => command.onLine?.(line));
    });
    child.on('error', (cause) => {
      reject(
        command.signal?.aborted === true
          ? new NetworkError('INTERRUPTED', {}, { cause })
          : new NetworkError('COMMAND_FAILED', { step: command.step, reason: cause.message }, { cause }),
      );
    });
    child.on('close', (code) => {
      // Ctrl-C reaches the child, too: its own complaint is not the reason.
      if (command.signal?.aborted === true) reject(new NetworkError('INTERRUPTED'));
      else resolve({ exitCode: code ?? 1, stdout, stderr });
    });
  });
}

/** As `runCommand`, and @throws NetworkError COMMAND_FAILED with the last line said when the exit code is not 0. */
export async function runChecked(command: Command): Promise<CommandResult> {
  const result = await runCommand(command);
  if (result.exitCode === 0) return result;
  throw new NetworkError('COMMAND_FAILED', { step: command.step, reason: lastLine(result) });
}

/** The last line a command wrote, without the log prefix of Fabric's tools. */
export function lastLine(result: CommandResult): string {
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? `exit code ${result.exitCode}`).trim();
}
