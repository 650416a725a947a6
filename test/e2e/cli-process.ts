/** The real command line as a child process, with a state folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const GRIDVEIL = join(__dirname, '..', '..', '..', 'client', 'bin', 'gridveil.js');

export interface CliResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRun {
  readonly child: ChildProcess;
  readonly done: Promise<CliResult>;
  /** Resolves when the run has written `text` to stderr. @throws Error when it ends without. */
  saysOnStderr(text: string): Promise<void>;
}

/** A temporary folder in which the command line keeps its state and the tests their files. */
export class CliHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'gridveil-e2e-'));

  file(name: string): string {
    return join(this.folder, name);
  }

  start(args: readonly string[]): CliRun {
    const child = spawn(process.execPath, [GRIDVEIL, ...args], {
      cwd: this.folder,
      env: { ...process.env, GRIDVEIL_HOME: join(this.folder, 'home') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const done = new Promise<CliResult>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
    });
    return {
      child,
      done,
      saysOnStderr: (text) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (stderr.includes(text)) resolve();
          };
          child.stderr.on('data', look);
          look();
          void done.then(() => reject(new Error(`it ended without saying "${text}":\n${stderr}`)), reject);
        }),
    };
  }

  run(...args: readonly string[]): Promise<CliResult> {
    return this.start(args).done;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The cheapest demo there is: the arguments of a run that takes a second or two. */
export const SMALL_DEMO = [
  'demo',
  '--bits',
  '2048',
  '--meters',
  '6',
  '--slots',
  '2',
  '--regions',
  '2',
] as const;

/** Lines wider than a terminal of 80 columns. */
export function wideLines(text: string): string[] {
  return text.split('\n').filter((line) => [...line].length > 80);
}
