/**
 * `npm run campaign -- [--minutes N] [--ledger embedded|fabric] [--seed TEXT] [--out FILE]`: a field of real programs under traffic, random kills for N minutes,
 * and a verdict: exit code 0 when every receipted report is counted once, 1 when not, 2 for a wrong option. FILE gets one JSON line for each fault.
 * With `--rate N` there are no faults but a constant load of N reports a second (sustained.ts), and the verdict is over totals and lateness.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { resetNetwork } from '@gridveil/network/down.js';
import { lineReporter } from '@gridveil/network/reporter.js';
import { startNetwork } from '@gridveil/network/up.js';
import { CommitWatch } from './commit-watch.js';
import { FaultLog } from './fault-log.js';
import { FOG_POINTS, killFog, killProgram, OUTBOX_POINTS, type FogFault } from './field-faults.js';
import { FieldRun, FOGS } from './field-run.js';
import { killNode, type NetworkFault } from './network-faults.js';
import { sustain } from './sustained.js';
import type { Verdict } from './verdict.js';

const PORT_BASE = 19_400;
const NETWORK_FAULTS: readonly NetworkFault[] = ['peer', 'raft-leader', 'chaincode'];
const PAUSE_MS = 1_000;
/** Faults of one fog node between two looks at the clock. */
const FAULTS_AT_ONCE = 4;

class UsageError extends Error {}
class Interrupted extends Error {}

/** Rejects on Ctrl-C and SIGTERM, so that what was started is ended. */
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Interrupted()));
});
interrupted.catch(() => undefined); // where nothing has been started yet

interface Options {
  readonly minutes: number;
  readonly ledger: 'embedded' | 'fabric';
  readonly seed: string;
  readonly out: string;
  /** Reports a second of a constant load; undefined for faults. */
  readonly rate: number | undefined;
}

function readOptions(): Options {
  const usage =
    'usage: npm run campaign -- [--minutes N] [--ledger embedded|fabric] [--seed TEXT] [--out FILE] [--rate N]';
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '30' },
        ledger: { type: 'string', default: 'embedded' },
        seed: { type: 'string', default: new Date().toISOString() },
        out: { type: 'string', default: 'campaign.jsonl' },
        rate: { type: 'string' },
      },
    });
    const { minutes, ledger, seed, out, rate } = values;
    if (!/^[0-9]{1,4}(\.[0-9]+)?$/.test(minutes) || (ledger !== 'embedded' && ledger !== 'fabric'))
      throw new UsageError(usage);
    if (rate !== undefined && !/^[1-9][0-9]{0,4}$/.test(rate)) throw new UsageError(usage);
    return {
      minutes: Number(minutes),
      ledger,
      seed,
      out,
      rate: rate === undefined ? undefined : Number(rate),
    };
  } catch (error) {
    throw error instanceof UsageError
      ? error
      : new UsageError(`${String((error as Error).message)}\n${usage}`);
  }
}

/** Kills fog nodes, each in its own loop, and the ledger and MDMS beside them, until the time is over. */
async function breakPrograms(run: FieldRun, log: FaultLog, endsAtMs: number): Promise<void> {
  const goesOn = (): boolean => performance.now() < endsAtMs;
  const points = run.usesFabric ? [...FOG_POINTS, ...OUTBOX_POINTS] : FOG_POINTS;
  const draw = (): FogFault => {
    const at = Math.floor(run.random() * points.length * 1.5);
    return points[at];
  };
  const fogs = FOGS.map(async (fog) => {
    while (goesOn()) {
      await killFog(run, log, fog, Array.from({ length: FAULTS_AT_ONCE }, draw));
      await sleep(PAUSE_MS);
    }
  });
  const others = (run.usesFabric ? (['mdms'] as const) : (['ledger', 'mdms'] as const)).map(async (party) => {
    while (goesOn()) await killProgram(run, log, party, { times: 1, everyMs: 4_000 });
  });
  await Promise.all([...fogs, ...others]);
}

async function breakNetwork(run: FieldRun, log: FaultLog, dir: string, endsAtMs: number): Promise<void> {
  const watch = new CommitWatch(run);
  try {
    for (let i = 0; performance.now() < endsAtMs; i++) {
      await killNode(run, watch, log, dir, NETWORK_FAULTS[i % NETWORK_FAULTS.length] as NetworkFault);
      await sleep(PAUSE_MS);
    }
  } finally {
    await watch.close();
  }
}

/** @returns what is broken. */
async function campaign(options: Options): Promise<readonly string[]> {
  const work = mkdtempSync(join(tmpdir(), 'gridveil-campaign-'));
  const dir = join(work, 'network');
  const network =
    options.ledger === 'fabric'
      ? await startNetwork({ dir, portBase: 'auto', reporter: lineReporter(process.stderr) })
      : undefined;
  try {
    const connection = network ? { connection: network.connectionFile } : {};
    return await (options.rate === undefined
      ? breakField(options, connection, network && dir)
      : load(options, connection, options.rate));
  } finally {
    if (network) await resetNetwork({ dir });
    rmSync(work, { recursive: true, force: true });
  }
}

async function load(
  { minutes, ledger }: Options,
  connection: { readonly connection?: string },
  reportsPerSecond: number,
): Promise<readonly string[]> {
  process.stderr.write(`${reportsPerSecond} reports a second for ${minutes} minutes on ${ledger}\n`);
  const result = await sustain({ ...connection, minutes, reportsPerSecond }, interrupted);
  const { reports, seconds, regionTotals, receiptMs, violations } = result;
  process.stdout.write(
    `${reports} reports in ${seconds.toFixed(0)} s: ${(reports / seconds).toFixed(0)} a second, ${regionTotals} region totals\n` +
      `from due to receipt: p50 ${receiptMs.p50} ms, p99 ${receiptMs.p99} ms, max ${receiptMs.max} ms\n` +
      `${violations.length === 0 ? 'Every total is right and nothing came late.' : violations.join('\n')}\n`,
  );
  return violations;
}

/** @param dir - folder of the Fabric network, where there is one. */
async function breakField(
  { minutes, ledger, seed, out }: Options,
  connection: { readonly connection?: string },
  dir: string | undefined,
): Promise<readonly string[]> {
  const log = new FaultLog(out);
  const run = await FieldRun.open({ ...connection, portBase: PORT_BASE, seed, opens: true, everyMs: 1_000 });
  try {
    process.stderr.write(`campaign of ${minutes} minutes on ${ledger}, seed ${seed}, faults in ${out}\n`);
    return await Promise.race([breakAndJudge(run, log, minutes, dir), interrupted]);
  } finally {
    await run.close();
  }
}

async function breakAndJudge(
  run: FieldRun,
  log: FaultLog,
  minutes: number,
  dir: string | undefined,
): Promise<readonly string[]> {
  const endsAtMs = performance.now() + minutes * 60_000;
  await Promise.all([
    breakPrograms(run, log, endsAtMs),
    ...(dir === undefined ? [] : [breakNetwork(run, log, dir, endsAtMs)]),
  ]);
  await run.stopTraffic();
  const verdict = await run.verdict();
  process.stdout.write(`${log.table()}\n\n${verdictText(verdict)}`);
  return verdict.violations;
}

function verdictText({
  receipted,
  counted,
  refused,
  lost,
  double,
  withheld,
  violations,
  regionTotals,
}: Verdict): string {
  const found = violations.map((each) => `  ${each}\n`).join('');
  const ends =
    violations.length === 0
      ? 'Every receipted report is counted exactly once.\n'
      : `${violations.length} promises are broken:\n${found}`;
  return (
    `${receipted} reports receipted, ${counted} counted in ${regionTotals} region totals, ${refused} refused as late, ` +
    `${withheld} regions withheld\n${lost} lost, ${double} counted twice\n${ends}`
  );
}

async function main(): Promise<number> {
  return (await campaign(readOptions())).length === 0 ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof Interrupted) return process.exit(130);
    const usage = error instanceof UsageError;
    process.stderr.write(`${usage ? error.message : String((error as Error).stack)}\n`);
    process.exitCode = usage ? 2 : 1;
  },
);
