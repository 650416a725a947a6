/**
 * Runs Caliper on a list of rounds, as a process group of its own with a hard limit for each round: a killed worker leaves
 * Caliper's manager waiting for ever (spec/caliper.md 5).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FabricConnection } from '@gridveil/client/ledger/fabric/connection.js';
import { poll } from '@gridveil/network/processes/pause.js';
import { groupMembers } from '@gridveil/network/processes/process-identity.js';
import { CaliperError } from '../errors.js';
import type { BenchmarkTarget } from '../inputs/target.js';
import { measureRound, type MeasuredRound } from '../measure/measured-round.js';
import { childrenOf, ProcessSampler, type WatchedProcess } from '../measure/process-sampler.js';
import type { RoundPlan } from '../rounds/plan.js';
import { benchmarkFile, networkFile } from './caliper-files.js';
import { caliperRowsFile, type CaliperRow } from './caliper-row.js';
import { transactionLogFile, type LoggedTransaction } from './transaction-log.js';

/** What a round may take beyond its transactions: the last blocks, Caliper's own pauses, preparing the next round's inputs. */
const ROUND_EXTRA_SECONDS = 45;
/** Until the first round starts, its inputs ready. */
const START_SECONDS = 90;
/** How long one call may take; Caliper's default of 60 s would hide a stalled network. */
const CALL_LIMIT_SECONDS = 20;
/** Until killed processes are gone, all their threads with them. */
const KILL_DEADLINE_MS = 5_000;

export interface EngineRun {
  /** Empty, for this run alone. */
  readonly folder: string;
  readonly connection: FabricConnection;
  readonly target: BenchmarkTarget;
  readonly rounds: readonly RoundPlan[];
  readonly workers: number;
  /** Processes of the network, where they run on this machine. */
  readonly processes: readonly WatchedProcess[];
  /** Told when a round starts. */
  readonly onRound: (label: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** For each round instead of what it needs; tests have no time to wait. */
  readonly limitSeconds?: number;
}

export interface EngineRound {
  readonly plan: RoundPlan;
  readonly measured: MeasuredRound;
  /** Of committed transactions, in ms, for histograms. */
  readonly latenciesMs: readonly number[];
}

/** @throws CaliperError RUN_HUNG, RUN_FAILED, ROUND_FAILED, INTERRUPTED */
export async function runEngine(run: EngineRun): Promise<EngineRound[]> {
  const log = join(run.folder, 'caliper-output.log');
  writeJson(join(run.folder, 'network.json'), networkFile(run.connection, run.target));
  writeJson(
    join(run.folder, 'benchmark.json'),
    benchmarkFile(run.rounds, run.target, run.workers, run.folder),
  );
  if (run.signal?.aborted === true) throw new CaliperError('INTERRUPTED');
  const caliper = startCaliper(run.folder);
  const sampler = new ProcessSampler(run.processes, () => caliperProcesses(caliper));
  sampler.start();
  try {
    await ended(caliper, run, log);
  } finally {
    sampler.stop();
  }
  return measuredRounds(run, sampler, log);
}

function startCaliper(folder: string): ChildProcess {
  const args = [
    ['launch', 'manager'],
    ['--caliper-workspace', folder],
    ['--caliper-benchconfig', 'benchmark.json'],
    ['--caliper-networkconfig', 'network.json'],
    ['--caliper-report-path', 'report.html'],
    ['--caliper-flow-only-test'],
    ['--caliper-progress-reporting-interval', '1000'],
    ['--caliper-fabric-timeout-invokeorquery', String(CALL_LIMIT_SECONDS)],
  ].flat();
  return spawn(process.execPath, [join(__dirname, 'launcher.js'), ...args], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(caliper: ChildProcess, run: EngineRun, log: string): Promise<void> {
  const output = createWriteStream(log);
  caliper.stderr?.pipe(output, { end: false });
  caliper.stdout?.pipe(output, { end: false });
  let limitSeconds = 0;
  let limit: NodeJS.Timeout | undefined;
  let hung = false;
  const allow = (seconds: number): void => {
    clearTimeout(limit);
    limitSeconds = run.limitSeconds ?? Math.ceil(seconds);
    limit = setTimeout(() => {
      hung = true;
      endGroup(caliper);
    }, limitSeconds * 1000);
  };
  allow(START_SECONDS);
  if (caliper.stdout !== null) {
    createInterface({ input: caliper.stdout }).on('line', (line) => {
      const label = /Started round \d+ \(([^)]+)\)/.exec(line)?.[1];
      const plan = run.rounds.find((round) => round.label === label);
      if (plan === undefined) return;
      const { transactions, rateTps, prepareSeconds = 0 } = plan;
      allow(prepareSeconds + transactions / rateTps + ROUND_EXTRA_SECONDS);
      run.onRound(plan.label);
    });
  }
  const interrupt = (): void => endGroup(caliper);
  run.signal?.addEventListener('abort', interrupt);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      caliper.once('error', reject);
      caliper.once('close', resolve);
    });
    if (run.signal?.aborted === true) throw new CaliperError('INTERRUPTED');
    if (hung) throw new CaliperError('RUN_HUNG', { limitSeconds, log });
    if (code !== 0) throw new CaliperError('RUN_FAILED', { code: code ?? 'none', log });
  } finally {
    clearTimeout(limit);
    run.signal?.removeEventListener('abort', interrupt);
    output.end();
    await leftoversEnded(caliper);
  }
}

/** Manager and workers: they share the process group that the manager leads. */
function endGroup(caliper: ChildProcess): void {
  if (caliper.pid === undefined) return;
  try {
    process.kill(-caliper.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Workers outlive a manager that was killed or crashed by a moment or for good: none is left when this returns. */
async function leftoversEnded(caliper: ChildProcess): Promise<void> {
  const group = caliper.pid;
  if (group === undefined) return;
  endGroup(caliper);
  await poll(() => Promise.resolve(groupMembers(group).length === 0 ? true : undefined), {
    intervalMs: 20,
    deadlineMs: KILL_DEADLINE_MS,
  });
}

function caliperProcesses(caliper: ChildProcess): WatchedProcess[] {
  if (caliper.pid === undefined) return [];
  const workers = childrenOf(caliper.pid).map((pid) => ({
    processClass: 'client',
    name: `caliper worker ${pid}`,
    pid,
  }));
  return [{ processClass: 'client', name: 'caliper manager', pid: caliper.pid }, ...workers];
}

function measuredRounds(run: EngineRun, sampler: ProcessSampler, log: string): EngineRound[] {
  const rows = JSON.parse(readFileSync(caliperRowsFile(run.folder), 'utf8')) as CaliperRow[];
  const transactions = Array.from({ length: run.workers }, (_, worker) =>
    readTransactions(transactionLogFile(run.folder, worker)),
  ).flat();
  return run.rounds.map((plan, index) => {
    const own = transactions.filter(({ round }) => round === index);
    const row = rows.find(({ Name }) => Name === plan.label);
    const failed = own.filter(({ committed }) => !committed).length;
    const fail = (reason: string): CaliperError =>
      new CaliperError('ROUND_FAILED', { round: plan.label, reason, log });
    if (row === undefined || own.length === 0) throw fail('it has no result');
    if (failed > 0 || row.Fail > 0) throw fail(`${Math.max(failed, row.Fail)} transactions failed`);
    if (own.length !== plan.transactions || row.Succ !== plan.transactions) {
      throw fail(`${own.length} of ${plan.transactions} transactions were made`);
    }
    const latenciesMs = own.map(({ createdMs, finishedMs }) => finishedMs - createdMs);
    return { plan, measured: measureRound(own, sampler, row), latenciesMs };
  });
}

function readTransactions(file: string): LoggedTransaction[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LoggedTransaction);
}

function writeJson(file: string, content: object): void {
  writeFileSync(file, JSON.stringify(content));
}
