/** The command `npm run caliper`: runs the benchmark, prints its report, and writes results, charts and Caliper's own report. */
import { join, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { stateFolder } from '@gridveil/client/cli/state-folder.js';
import { ClientError } from '@gridveil/client/errors.js';
import { LedgerError } from '@gridveil/client/ledger/ledger-error.js';
import { NetworkError } from '@gridveil/network/errors.js';
import { lineReporter } from '@gridveil/network/reporter.js';
import { runBenchmark, type BenchmarkOptions } from './benchmark.js';
import { CaliperError } from './errors.js';
import {
  FULL_OWN_CLIENT,
  OWN_CLIENT_GROUPS,
  SHORT_OWN_CLIENT,
  type OwnClientGroup,
} from './own-client/own-client-rows.js';
import { requireWritable, writeReport } from './report/report-files.js';
import { resultsOf } from './report/results.js';
import { FULL_SIZES, ROUND_GROUPS, SHORT_SIZES, type RoundGroup } from './rounds/plan.js';
import { FULL_SIGNCRYPTED_BLOCKS, SHORT_SIGNCRYPTED_BLOCKS } from './rounds/signcrypted-block-rounds.js';
import { FULL_SLOT_BLOCKS, SHORT_SLOT_BLOCKS } from './rounds/slot-block-rounds.js';
import { DEFAULT_BLOCK_TIMEOUT_MS, type NetworkChoice } from './setup/benchmark-network.js';

const ALL_GROUPS: readonly string[] = [...ROUND_GROUPS, ...OWN_CLIENT_GROUPS];
/** Blocks are benchmarks of their own, with their own tables: only when asked for. */
const DEFAULT_GROUPS = ALL_GROUPS.filter((group) => !/-blocks$/.test(group));
const DEFAULT_REPEATS = 5;
/** Rows beside the table take long and are repeated so often at most. */
const LONG_REPEATS = 3;
const MODULUS_BITS = 3_072;

interface Flags {
  readonly rounds?: string;
  readonly repeat?: string;
  readonly out?: string;
  readonly seed: string;
  readonly rate?: string;
  readonly workers: string;
  readonly blockTimeout?: string;
  readonly bft?: true;
  readonly short?: true;
  readonly json?: true;
  readonly running?: string | true;
  readonly connection?: string;
  readonly testNetwork?: string;
}

const interrupt = new AbortController();
// Repeated ones change nothing: everything is being ended already.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());

function program(): Command {
  return new Command('npm run caliper --')
    .description('Benchmarks Gridveil on real Fabric with Hyperledger Caliper. Starts a network of its own.')
    .option(
      '--rounds <list>',
      `some of ${ALL_GROUPS.join(',')}; all but slot-blocks and signcrypted-blocks by default`,
    )
    .option('--repeat <n>', `networks to repeat everything on, ${DEFAULT_REPEATS} by default`)
    .option('--rate <tps>', `writes that Caliper sends in a second, ${FULL_SIZES.writeTps} by default`)
    .option('--workers <n>', 'processes of Caliper: 1, 2, 4 or 5', '2')
    .option('--seed <text>', 'from which all inputs are made', 'gridveil')
    .option('--out <folder>', 'where results.json, report.md and charts go')
    .option('--short', 'a few dozen transactions of each kind: does it work?')
    .option(
      '--block-timeout <ms>',
      `longest wait for a block of the own network, ${DEFAULT_BLOCK_TIMEOUT_MS} by default`,
    )
    .option('--bft', '4 BFT orderers in the own network')
    .option('--running [folder]', 'use the network that "npm run network -- up" has started')
    .option('--connection <file>', 'use the network of a connection file')
    .option('--test-network <folder>', "use fabric-samples' test-network in this folder")
    .option('--json', 'print results.json on stdout and nothing else')
    .exitOverride()
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const out = resolve(flags.out ?? join(stateFolder(), 'caliper'));
  const options = optionsOf(flags);
  requireWritable(out);
  const runs = await runBenchmark(options);
  const results = resultsOf(options, runs, commandOf(process.argv.slice(2)));
  if (results.rows.length === 0) throw new CaliperError('NOTHING_MEASURED');
  const markdown = writeReport(
    out,
    results,
    runs.map(({ caliperReport }) => caliperReport),
  );
  process.stdout.write(flags.json === true ? `${JSON.stringify(results)}\n` : `\n${markdown}`);
  options.reporter.step(`written to ${out}`);
}

function optionsOf(flags: Flags): BenchmarkOptions {
  const groups = groupsOf(flags.rounds);
  const sizes = flags.short === true ? SHORT_SIZES : FULL_SIZES;
  const repeats = integer('--repeat', flags.repeat, 1, 20) ?? (flags.short === true ? 1 : DEFAULT_REPEATS);
  return {
    network: networkOf(flags),
    rounds: new Set(ROUND_GROUPS.filter((group: RoundGroup) => groups.has(group))),
    ownClient: new Set(OWN_CLIENT_GROUPS.filter((group: OwnClientGroup) => groups.has(group))),
    sizes: { ...sizes, writeTps: integer('--rate', flags.rate, 1, 10_000) ?? sizes.writeTps },
    slotBlocks: flags.short === true ? SHORT_SLOT_BLOCKS : FULL_SLOT_BLOCKS,
    signcryptedBlocks: flags.short === true ? SHORT_SIGNCRYPTED_BLOCKS : FULL_SIGNCRYPTED_BLOCKS,
    ownClientSizes: flags.short === true ? SHORT_OWN_CLIENT : FULL_OWN_CLIENT,
    repeats,
    longRepeats: Math.min(repeats, LONG_REPEATS),
    workers: workersOf(flags.workers),
    seed: flags.seed,
    modulusBits: MODULUS_BITS,
    named: flags.rounds !== undefined,
    // Standard output is for the report.
    reporter: lineReporter(process.stderr),
    signal: interrupt.signal,
  };
}

function groupsOf(list: string | undefined): Set<string> {
  if (list === undefined) return new Set(DEFAULT_GROUPS);
  const names = list.split(',');
  const unknown = names.find((name) => !ALL_GROUPS.includes(name));
  if (unknown !== undefined) {
    throw new CaliperError('UNKNOWN_ROUNDS', { name: unknown, known: ALL_GROUPS.join(', ') });
  }
  return new Set(names);
}

function networkOf(flags: Flags): NetworkChoice {
  const own = flags.blockTimeout !== undefined || flags.bft === true ? ['--block-timeout or --bft'] : [];
  const named = [
    ...(flags.running === undefined ? [] : ['--running']),
    ...(flags.connection === undefined ? [] : ['--connection']),
    ...(flags.testNetwork === undefined ? [] : ['--test-network']),
    ...own,
  ];
  if (named.length > 1) {
    throw new CaliperError('BAD_OPTION', {
      option: named[1] as string,
      expected: `left out beside ${named[0] as string}`,
      actual: 'both',
    });
  }
  if (flags.running !== undefined) {
    return { kind: 'running', dir: flags.running === true ? undefined : flags.running };
  }
  if (flags.connection !== undefined) return { kind: 'connection', file: flags.connection };
  if (flags.testNetwork !== undefined) return { kind: 'test-network', folder: flags.testNetwork };
  return {
    kind: 'own',
    blockTimeoutMs: integer('--block-timeout', flags.blockTimeout, 10, 60_000),
    bft: flags.bft,
  };
}

/** Transactions are shared out evenly: all round sizes divide by these. */
function workersOf(text: string): number {
  const workers = Number(text);
  if ([1, 2, 4, 5].includes(workers)) return workers;
  throw new CaliperError('BAD_OPTION', { option: '--workers', expected: '1, 2, 4 or 5', actual: text });
}

function integer(option: string, text: string | undefined, low: number, high: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= low && value <= high) return value;
  throw new CaliperError('BAD_OPTION', {
    option,
    expected: `an integer from ${low} to ${high}`,
    actual: text,
  });
}

/** Options whose value is a path of this machine. */
const PATH_OPTIONS = ['--out', '--running', '--connection', '--test-network'];

/** As it can be typed again, with the paths of this machine left out. */
function commandOf(args: readonly string[]): string {
  const shown = args.flatMap((arg, i) => {
    const [name = ''] = arg.split('=');
    if (PATH_OPTIONS.includes(name)) return name === '--out' ? [] : [name];
    const isValue = PATH_OPTIONS.includes(args[i - 1] ?? '') && !arg.startsWith('--');
    return isValue ? [] : [/\s/.test(arg) ? JSON.stringify(arg) : arg];
  });
  return ['npm run caliper', ...(shown.length > 0 ? ['--'] : []), ...shown].join(' ');
}

function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const known = interrupt.signal.aborted ? new CaliperError('INTERRUPTED') : error;
  if (known instanceof CaliperError || known instanceof NetworkError) {
    process.stderr.write(`${known.code}: ${known.message}\n`);
    return known.exitCode;
  }
  if (known instanceof ClientError || known instanceof GridveilError) {
    process.stderr.write(`${known.code}: ${known.sentence}\n`);
    return 2;
  }
  if (known instanceof LedgerError) {
    process.stderr.write(`${known.code}: ${known.message}\n`);
    return 1;
  }
  throw error;
}

program()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = exitCodeFor(error);
  });
