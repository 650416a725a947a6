/**
 * `npm run campaign -- [--minutes N] [--ledger embedded|fabric] [--seed TEXT] [--out FILE]`: a field of real programs under traffic, random kills for N minutes,
 * and a verdict: exit code 0 when every receipted report is counted once, 1 when not, 2 for a wrong option. FILE gets one JSON line for each fault.
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
import type { Verdict } from './verdict.js';

const PORT_BASE = 19_400;
const NETWORK_FAULTS: readonly NetworkFault[] = ['peer', 'raft-leader', 'chaincode'];
const PAUSE_MS = 1_000;
/** Faults of one fog node between two looks at the clock. */
const FAULTS_AT_ONCE = 4;

class UsageError extends Error {}

interface Options {
  readonly minutes: number;
  readonly ledger: 'embedded' | 'fabric';
  readonly seed: string;
  readonly out: string;
}

function readOptions(): Options {
  const usage =
    'usage: npm run campaign -- [--minutes N] [--ledger embedded|fabric] [--seed TEXT] [--out FILE]';
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '30' },
        ledger: { type: 'string', default: 'embedded' },
        seed: { type: 'string', default: new Date().toISOString() },
        out: { type: 'string', default: 'campaign.jsonl' },
      },
    });
    const { minutes, ledger, seed, out } = values;
    if (!/^[0-9]{1,4}(\.[0-9]+)?$/.test(minutes) || (ledger !== 'embedded' && ledger !== 'fabric'))
      throw new UsageError(usage);
    return { minutes: Number(minutes), ledger, seed, out };
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

async function campaign({ minutes, ledger, seed, out }: Options): Promise<Verdict> {
  const work = mkdtempSync(join(tmpdir(), 'gridveil-campaign-'));
  const dir = join(work, 'network');
  const log = new FaultLog(out);
  const network =
    ledger === 'fabric'
      ? await startNetwork({ dir, portBase: 'auto', reporter: lineReporter(process.stderr) })
      : undefined;
  try {
    const connection = network ? { connection: network.connectionFile } : {};
    const run = await FieldRun.open({
      ...connection,
      portBase: PORT_BASE,
      seed,
      opens: true,
      everyMs: 1_000,
    });
    try {
      process.stderr.write(`campaign of ${minutes} minutes on ${ledger}, seed ${seed}, faults in ${out}\n`);
      const endsAtMs = performance.now() + minutes * 60_000;
      await Promise.all([
        breakPrograms(run, log, endsAtMs),
        ...(network ? [breakNetwork(run, log, dir, endsAtMs)] : []),
      ]);
      await run.stopTraffic();
      const verdict = await run.verdict();
      process.stdout.write(`${log.table()}\n\n${verdictText(verdict)}`);
      return verdict;
    } finally {
      await run.close();
    }
  } finally {
    if (network) await resetNetwork({ dir });
    rmSync(work, { recursive: true, force: true });
  }
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
  const { violations } = await campaign(readOptions());
  return violations.length === 0 ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const usage = error instanceof UsageError;
    process.stderr.write(`${usage ? error.message : String((error as Error).stack)}\n`);
    process.exitCode = usage ? 2 : 1;
  },
);
