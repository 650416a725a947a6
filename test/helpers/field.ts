/** A field of real programs (`gridveil fog`, `meters` …) in a temporary folder, to be started, killed and started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AuditReport } from '@gridveil/client/programs/audit.js';

const CLI = join(__dirname, '..', '..', '..', 'client', 'bin', 'gridveil.js');
const READY_MS = 60_000;

export interface LogLine {
  readonly event: string;
  readonly level: number;
  readonly [fact: string]: unknown;
}

export class Program {
  readonly log: LogLine[] = [];
  /** Lines that are no JSON: a program writes none. */
  readonly noise: string[] = [];
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;

  constructor(
    readonly name: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ) {
    this.#process = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const read = this.#process.stderr ? this.#readLog(this.#process.stderr) : Promise.resolve();
    this.ended = Promise.all([once(this.#process, 'close'), read]).then(() => undefined);
  }

  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  get signal(): NodeJS.Signals | null {
    return this.#process.signalCode;
  }

  get isRunning(): boolean {
    return this.exitCode === null && this.signal === null;
  }

  async stdout(): Promise<string> {
    let text = '';
    if (this.#process.stdout) for await (const part of this.#process.stdout) text += String(part);
    await this.ended;
    return text;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isReady(): boolean {
    return this.log.some(({ event }) => event === 'ready');
  }

  /** @throws Error when the program ends first. */
  async ready(): Promise<void> {
    const giveUpAt = Date.now() + READY_MS;
    while (!this.isReady) {
      if (!this.isRunning) await this.ended; // its last lines count
      if (!this.isReady && (!this.isRunning || Date.now() > giveUpAt))
        throw new Error(
          `${this.name} did not get ready: ${this.noise.join('\n')} ${JSON.stringify(this.log.at(-1))}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    await this.ended;
  }

  async #readLog(stream: NodeJS.ReadableStream): Promise<void> {
    for await (const line of createInterface(stream)) {
      try {
        this.log.push(JSON.parse(line) as LogLine);
      } catch {
        this.noise.push(line);
      }
    }
  }
}

export class Field {
  readonly #running = new Map<string, Program>();
  /** Everything that ever ran. */
  readonly programs: Program[] = [];

  private constructor(readonly folder: string) {}

  /** @param options - of `gridveil init`. */
  static async make(...options: readonly string[]): Promise<Field> {
    const field = new Field(join(await mkdtemp(join(tmpdir(), 'gridveil-field-')), 'field'));
    await field.run('init', field.folder, ...options);
    return field;
  }

  /** A command that ends by itself. @throws Error unless it ends with 0. */
  async run(...args: readonly string[]): Promise<string> {
    const program = this.#remember(new Program(args[0] ?? '', args));
    const text = await program.stdout();
    if (program.exitCode !== 0)
      throw new Error(
        `${args.join(' ')} ended with ${program.exitCode}: ${program.noise.join('\n')} ${JSON.stringify(program.log)}`,
      );
    return text;
  }

  config(party: string): string {
    return join(this.folder, party, 'config.json');
  }

  /** Starts the program of a party's folder. */
  async start(party: string, env: NodeJS.ProcessEnv = {}): Promise<Program> {
    const program = this.launch(party, env);
    await program.ready();
    return program;
  }

  /** As `start`, without waiting. */
  launch(party: string, env: NodeJS.ProcessEnv = {}): Program {
    const command = party.startsWith('fog-') ? 'fog' : party;
    const program = this.#remember(new Program(party, [command, '--config', this.config(party)], env));
    this.#running.set(party, program);
    return program;
  }

  /** Changes fields of a party's configuration file. */
  async configure(party: string, change: (config: Record<string, unknown>) => object): Promise<void> {
    const file = this.config(party);
    const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...config, ...change(config) }));
  }

  program(party: string): Program {
    const program = this.#running.get(party);
    if (!program) throw new Error(`${party} was never started`);
    return program;
  }

  async audit(): Promise<AuditReport> {
    const program = this.#remember(
      new Program('audit', ['audit', '--config', this.config('audit'), '--json']),
    );
    return JSON.parse(await program.stdout()) as AuditReport;
  }

  async grid(): Promise<{ grid: string; regions: readonly string[] }> {
    const { record } = JSON.parse(await readFile(join(this.folder, 'grid.json'), 'utf8')) as {
      record: { grid: string; regions: string[] };
    };
    return record;
  }

  async remove(): Promise<void> {
    for (const program of this.programs) if (program.isRunning) await program.end('SIGKILL');
    await rm(join(this.folder, '..'), { recursive: true, force: true });
  }

  #remember(program: Program): Program {
    this.programs.push(program);
    return program;
  }
}
