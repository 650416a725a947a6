/**
 * The `gridveil` command. One sub-command per file, loaded when it is asked for; errors and exit codes in output.ts.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { ClientError } from '../errors.js';
import { addBillCommand } from './bill-command.js';
import { DEMO_DEFAULTS, DEMO_SCHEMES, type DemoOptions, type DemoScheme } from './demo/options.js';
import type { EvidenceOptions } from './evidence-command.js';
import { addFieldCommands } from './field-commands.js';
import { bitsOption, integerOption } from './options.js';
import { withBillingOptions, withSigncryptionOptions, withSchemeOptions } from './scheme-options.js';
import { withDeclarationOptions, withLedgerOptions } from './shared-options.js';
import type { ReadingsOptions } from './readings-command.js';
import { EXIT, reportError } from './output.js';

const MAX_SLOT = 9_999_999_999;

function version(): string {
  const description = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(description) as { version: string }).version;
}

function program(setExitCode: (code: number) => void): Command {
  const gridveil = new Command('gridveil')
    .description('Smart-meter totals on a ledger that no one can read a home from, and everyone can check.')
    .version(version(), '--version', 'print the version')
    .configureHelp({ helpWidth: 80 });
  const demo = gridveil
    .command('demo')
    .description('run a scheme from meter readings to checked totals')
    .argument('[scheme]', DEMO_SCHEMES.join(', '), DEMO_SCHEMES[0]);
  withSchemeOptions(demo).optionsGroup('Only for tou-billing:');
  withBillingOptions(demo).option(
    '--malicious-aggregator',
    'show what becomes of an aggregator that shifts charges',
  );
  withSigncryptionOptions(demo.optionsGroup('Only for signcryption:'));
  withDeclarationOptions(demo).action(async (scheme: string, options: DemoOptions) => {
    const known = demoScheme(scheme, options);
    const { runDemo } = await import('./demo/command.js');
    setExitCode(await runDemo(known, options));
  });
  const evidence = gridveil
    .command('evidence')
    .description('export what a stranger needs to check totals, or one bill, offline')
    .option('--from <slot>', 'first slot', integerOption('--from', 0, MAX_SLOT), 0)
    .option('--to <slot>', 'last slot, inclusive', integerOption('--to', 0, MAX_SLOT), MAX_SLOT)
    .option('--bill <meter>', 'the bill of this meter instead of slots')
    .option('--period <month>', 'the month of the bill, such as 2024-03, or a tariff id')
    .option('--receipts <file>', "the meter's receipts, to prove that a report was left out of the bill")
    .option('--out <file>', 'write to a new file instead of stdout');
  withLedgerOptions(
    evidence,
    'user to ask as; needs the role auditor, mdms, registrar or fog; for a bill also esp or customer',
  ).action(async (options: EvidenceOptions) => {
    const { runEvidence } = await import('./evidence-command.js');
    setExitCode(await runEvidence(options));
  });
  gridveil
    .command('verify')
    .description('check an evidence document offline; names the first thing that is wrong')
    .argument('<file>', 'what `gridveil evidence` wrote')
    .option('--json', 'print one JSON document on stdout', false)
    .action(async (file: string, { json }: { json: boolean }) => {
      const { runVerify } = await import('./verify-command.js');
      setExitCode(await runVerify(file, json));
    });
  const readings = gridveil
    .command('readings')
    .description('say how a file of readings is understood, what it holds and what was left out')
    .argument('<file>', 'CSV, Green Button XML or P1 telegrams')
    .option('--json', 'print one JSON document on stdout', false);
  withDeclarationOptions(readings, 'the file').action(async (file: string, options: ReadingsOptions) => {
    const { runReadings } = await import('./readings-command.js');
    setExitCode(await runReadings(file, options));
  });
  gridveil
    .command('keys')
    .description('make a Paillier key for an MDMS; the file is readable by its owner only')
    .requiredOption('--out <file>', 'new file for the private key')
    .option('--bits <n>', 'modulus: 2048 or 3072', bitsOption, DEMO_DEFAULTS.bits)
    .action(async ({ out, bits }: { out: string; bits: number }) => {
      const { runNewKey } = await import('./keys-command.js');
      setExitCode(await runNewKey(out, bits));
    });
  addBillCommand(gridveil, setExitCode);
  addFieldCommands(gridveil, setExitCode);
  return strict(gridveil);
}

/** @throws ClientError SCHEME_UNKNOWN, OPTION_INVALID for an option of another scheme */
function demoScheme(name: string, options: DemoOptions): DemoScheme {
  const scheme = DEMO_SCHEMES.find((known) => known === name);
  if (scheme === undefined)
    throw new ClientError('SCHEME_UNKNOWN', { scheme: name, known: DEMO_SCHEMES.join(', ') });
  const { month, tariff, proofsCheckedBy, keys, maliciousAggregator, offLedger } = options;
  expectSchemeOptions(scheme, 'tou-billing', { month, tariff, proofsCheckedBy, keys, maliciousAggregator });
  expectSchemeOptions(scheme, 'signcryption', { offLedger });
  return scheme;
}

/** @throws ClientError OPTION_INVALID for an option that only another scheme has */
function expectSchemeOptions(
  scheme: DemoScheme,
  owner: DemoScheme,
  options: Readonly<Record<string, unknown>>,
): void {
  const given = Object.entries(options).find(([, value]) => value !== undefined)?.[0];
  if (scheme === owner || given === undefined) return;
  const option = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new ClientError('OPTION_INVALID', { option, allowed: `left out, except with demo ${owner}` });
}

/** Commander's own complaints become ours; it neither prints nor exits for us. */
function strict(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  command.configureHelp({ helpWidth: 80 });
  command.commands.forEach(strict);
  return command;
}

/** @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  const json = argv.includes('--json');
  const gridveil = program((code) => (exitCode = code));
  if (argv.length === 0) {
    process.stdout.write(gridveil.helpInformation());
    return EXIT.usage;
  }
  try {
    await gridveil.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, json);
    if (error.exitCode === 0) return EXIT.done;
    // A command that has only sub-commands, without one.
    if (error.code === 'commander.help') {
      const named = gridveil.commands.find((command) => command.name() === argv[0]) ?? gridveil;
      process.stdout.write(named.helpInformation());
      return EXIT.usage;
    }
    const said = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    const reason = said.replace(/\.?$/, '.');
    return reportError(new ClientError('USAGE', { reason }), json);
  }
}
