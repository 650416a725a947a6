/**
 * Runs the test files of one layer with mocha in a process of its own, with an end to everything: a time limit, a
 * temporary folder and state folder that are removed, and no process left behind.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftovers, kill } from './leftovers.js';
import { sourceOf, type LayerReport } from './reporter.js';

export interface LayerRun {
  /** Compiled test files. */
  readonly files: readonly string[];
  readonly limitMs: number;
  /** One line for each test, not only for each file. */
  readonly verbose?: boolean;
  /** Only count the tests. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  /** Where the tests' output goes; `inherit` by default. */
  readonly output?: 'inherit' | 'ignore';
}

export interface LayerResult {
  readonly passed: number;
  /** Failed tests and problems. */
  readonly failed: number;
  readonly skipped: number;
  /** Which tests were skipped, or why. */
  readonly notes: readonly string[];
  /** What went wrong beside the tests themselves. */
  readonly problems: readonly string[];
  readonly durationMs: number;
}

/** After its last test a layer has this long to end by itself: longer means that something was never closed. */
const END_LIMIT_MS = 15_000;
const MOCHA = join(require.resolve('mocha/package.json'), '..', 'bin', 'mocha.js');
const REPORTER = join(__dirname, 'reporter.js');
/** A developer's own networks and ledgers stay out of the tests. */
const NOT_INHERITED = ['GRIDVEIL_NETWORK_DIR', 'GRIDVEIL_CONNECTION', 'GRIDVEIL_PORT_BASE'];

export async function runLayer(run: LayerRun): Promise<LayerResult> {
  const startedAtMs = performance.now();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gridveil-test-')));
  const child = startMocha(run, folder);
  try {
    const { report, problems } = await follow(child, run);
    const leftCount = await endLeftovers(child.pid ?? 0, folder);
    if (leftCount > 0) problems.push(`${leftCount} processes were left running and had to be killed`);
    return {
      passed: report?.passed ?? 0,
      failed: (report?.failed ?? 0) + problems.length,
      skipped: report?.skipped.length ?? 0,
      notes: report?.skipped.map(({ file, title }) => `${file}: ${title}`) ?? [],
      problems,
      durationMs: performance.now() - startedAtMs,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function startMocha({ files, verbose, dryRun, output }: LayerRun, folder: string): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: folder, GRIDVEIL_HOME: join(folder, 'home') };
  for (const name of NOT_INHERITED) delete env[name];
  const args = [
    '--reporter',
    REPORTER,
    '--reporter-option',
    `verbose=${verbose === true}`,
    '--forbid-only',
    ...(dryRun === true ? ['--dry-run'] : []),
    ...files,
  ];
  return fork(MOCHA, args, {
    env,
    detached: true,
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', output ?? 'inherit', output ?? 'inherit', 'ipc'],
  });
}

/** Waits for the end of the process, or makes it. */
async function follow(
  child: ChildProcess,
  { files, limitMs, signal }: LayerRun,
): Promise<{ report: LayerReport | undefined; problems: string[] }> {
  const problems: string[] = [];
  let report: LayerReport | undefined;
  const end = (problem: string): void => {
    problems.push(problem);
    kill(-(child.pid ?? 0));
  };
  const endAfter = (ms: number, problem: string): NodeJS.Timeout => setTimeout(() => end(problem), ms);
  let timer = endAfter(limitMs, `ended after its time limit of ${limitMs / 1000} s`);
  child.once('message', (message) => {
    report = message as LayerReport;
    clearTimeout(timer);
    timer = endAfter(END_LIMIT_MS, `did not end within ${END_LIMIT_MS / 1000} s after its last test`);
  });
  const interrupt = (): void => end('interrupted');
  signal?.addEventListener('abort', interrupt, { once: true });
  const exit = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => resolve(by ?? `exit code ${code}`));
  });
  clearTimeout(timer);
  signal?.removeEventListener('abort', interrupt);
  if (report === undefined && problems.length === 0) problems.push(`ended before its last test (${exit})`);
  if (report !== undefined) problems.push(...filesWithoutTests(files, report));
  return { report, problems };
}

function filesWithoutTests(files: readonly string[], report: LayerReport): string[] {
  return files
    .map(sourceOf)
    .filter((file) => !report.files.includes(file))
    .map((file) => `${file} has no test`);
}
