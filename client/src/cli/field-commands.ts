/** The commands of a field of programs: each party, what sets them up, and what checks them. */
import type { Command } from 'commander';
import { declarationOf, type ReadingsDeclaration } from '../metering/declaration.js';
import type { AuditReport } from '../programs/audit.js';
import { choiceOption, folderOption, integerOption } from './options.js';
import { ClientError } from '../errors.js';
import { EXIT, printDocument } from './output.js';
import { LEDGERS, withDeclarationOptions } from './shared-options.js';
import { defaultConnectionFile } from './state-folder.js';

const MAX_REFUSED_LINES = 20;
const LOWEST_PORT = 1024;
const HIGHEST_PORT = 65_000;

interface InitOptions extends Omit<ReadingsDeclaration, 'layout'> {
  readonly fogNodes: number;
  readonly meters: number | undefined;
  readonly slots: number | undefined;
  readonly data: string | undefined;
  readonly bits: number;
  readonly grace: number;
  readonly slotEvery: number;
  readonly portBase: number;
  readonly ledger: 'embedded' | 'fabric' | undefined;
  readonly connection: string | undefined;
  readonly mqtt: string | undefined;
  readonly seed: string;
}

/** Each runs until it is done or Ctrl-C and takes one file. */
const PROGRAMS: Readonly<
  Record<string, { readonly does: string; readonly run: (file: string) => Promise<void> }>
> = {
  ledger: {
    does: 'serve one embedded ledger to the other programs of this machine',
    run: async (file) => (await import('../programs/ledger-program.js')).runLedger(file),
  },
  registry: {
    does: 'put a grid, its roles, fog nodes and meters on the ledger',
    run: async (file) => (await import('../programs/registry-program.js')).runRegistry(file),
  },
  fog: {
    does: 'run a fog node: take reports, commit region totals, lead when elected',
    run: async (file) => (await import('../programs/fog-program.js')).runFog(file),
  },
  mdms: {
    does: 'run the MDMS: open every slot total',
    run: async (file) => (await import('../programs/mdms-program.js')).runMdms(file),
  },
  meters: {
    does: 'run a fleet of meters that reports readings',
    run: async (file) => (await import('../programs/meters-program.js')).runMeters(file),
  },
};

export function addFieldCommands(gridveil: Command, setExitCode: (code: number) => void): void {
  const init = gridveil
    .command('init')
    .description('make keys and configuration files of a field of programs in a folder')
    .argument('<folder>', 'new folder', folderOption('<folder>'))
    .option('--fog-nodes <n>', 'fog nodes, a region each', integerOption('--fog-nodes', 1, 64), 3)
    .option('--meters <n>', 'meters (default: 30, or all of the file)', integerOption('--meters', 3, 100_000))
    .option('--slots <n>', 'slots (default: 96, or all of the file)', integerOption('--slots', 1, 100_000))
    .option('--data <file>', 'file of readings: CSV, Green Button, P1 (default: generated households)')
    .option(
      '--bits <n>',
      'modulus: 2048 or 3072',
      (text) => Number(choiceOption('--bits', ['2048', '3072'])(text)),
      3072,
    )
    .option('--grace <s>', 'seconds a slot stays open', integerOption('--grace', 1, 86_400), 5)
    .option(
      '--slot-every <s>',
      'seconds between two slots of the fleet',
      integerOption('--slot-every', 0, 86_400),
      1,
    )
    .option('--port-base <n>', 'first port', integerOption('--port-base', LOWEST_PORT, HIGHEST_PORT), 8400)
    .option(
      '--ledger <kind>',
      'embedded or fabric (default: embedded, or fabric with --connection)',
      choiceOption('--ledger', LEDGERS),
    )
    .option('--connection <file>', 'connection description of the Fabric network')
    .option('--mqtt <url>', 'broker for reports, mqtt://host:port (default: reports go over HTTP)')
    .option('--seed <text>', 'seed of generated households', '1');
  withDeclarationOptions(init).action(async (folder: string, options: InitOptions) => {
    const { initField } = await import('../programs/init.js');
    const { meters, slots, data, seed } = options;
    const chosen = {
      ...(meters === undefined ? {} : { meters }),
      ...(slots === undefined ? {} : { slots }),
    };
    await initField({
      folder,
      grid: `field-${Date.now().toString(36)}`,
      fogNodes: options.fogNodes,
      bits: options.bits,
      graceSeconds: options.grace,
      slotEverySeconds: options.slotEvery,
      portBase: options.portBase,
      connection: await connectionOf(options),
      mqttUrl: options.mqtt,
      readings:
        data === undefined
          ? { kind: 'generated', seed, meters: meters ?? 30, slots: slots ?? 96, slotMinutes: 30 }
          : { kind: 'file', file: data, ...chosen, ...declarationOf(options) },
    });
    process.stderr.write(`The field is in ${folder}: one folder for each party, with its config.json.\n`);
  });
  for (const [name, { does, run }] of Object.entries(PROGRAMS)) {
    gridveil
      .command(name)
      .description(does)
      .requiredOption('--config <file>', 'its configuration file')
      .action(({ config }: { config: string }) => run(config));
  }
  gridveil
    .command('audit')
    .description('check that every receipted report is counted once; names what is not')
    .requiredOption('--config <file>', 'its configuration file')
    .option('--json', 'print one JSON document on stdout', false)
    .action(async ({ config, json }: { config: string; json: boolean }) => {
      const { runAudit } = await import('../programs/audit.js');
      const report = await runAudit(config);
      if (json) printDocument(report);
      else process.stdout.write(auditText(report));
      setExitCode(report.holds ? EXIT.done : EXIT.failure);
    });
}

/** Connection description of the chosen network; undefined for an embedded ledger. @throws ClientError CONNECTION_*, OPTION_INVALID */
async function connectionOf({ ledger, connection }: InitOptions): Promise<string | undefined> {
  if (ledger === 'embedded' && connection !== undefined)
    throw new ClientError('OPTION_INVALID', {
      option: '--connection',
      allowed: 'left out with --ledger embedded',
    });
  if (ledger !== 'fabric' && connection === undefined) return undefined;
  const { readConnection } = await import('../ledger/fabric/connection.js');
  const file = connection ?? defaultConnectionFile();
  await readConnection(file);
  return file;
}

function auditText(report: AuditReport): string {
  const counts = Object.entries(report.reports).map(
    ([verdict, count]) => `  ${verdict.padEnd(24)}${count}\n`,
  );
  const findings = report.findings.map(
    ({ verdict, fogNode, slot, leaf }) => `  ${verdict}: ${fogNode}, slot ${slot}, report ${leaf}\n`,
  );
  const differing = report.differing.map(
    ({ fogNode, region, slot, reason }) => `  ${fogNode}, slot ${slot}, ${region}: ${reason}\n`,
  );
  const recount =
    report.recounted === 0
      ? ''
      : `${report.recounted - differing.length} of ${report.recounted} region totals are the sum of the reports behind them.\n${differing.join('')}`;
  const verdict =
    findings.length === 0
      ? 'Nothing is lost and nothing is counted twice.\n'
      : `${findings.length} promises are not kept:\n${findings.join('')}`;
  return `${report.receipts} receipts of grid ${report.grid}\n${counts.join('')}${refusedText(report.refused)}${recount}${verdict}`;
}

/** Refused reports have no receipt: they are listed beside the verdict, the first ones by name. */
function refusedText(refused: AuditReport['refused']): string {
  if (refused.length === 0) return '';
  const lines = refused
    .slice(0, MAX_REFUSED_LINES)
    .map(({ meterId, slot, fogNode, code }) => `    ${meterId}, slot ${slot}, ${fogNode}: ${code}\n`);
  const more = refused.length - lines.length;
  return `  ${'refused'.padEnd(24)}${refused.length}\n${lines.join('')}${more > 0 ? `    and ${more} more (--json lists all)\n` : ''}`;
}
