/** The command `npm run network -- up|deploy|status|logs|down|reset|connection`. */
import { Command, CommanderError } from 'commander';
import { readConnection } from './connection.js';
import { deployChaincode } from './deploy.js';
import { resetNetwork, stopNetwork } from './down.js';
import { NetworkError } from './errors.js';
import { networkFolder } from './folders.js';
import { networkLogs } from './logs.js';
import { lineReporter } from './reporter.js';
import { networkStatus, statusTable } from './status.js';
import { testNetworkConnection } from './test-network-connection.js';
import { startNetwork } from './up.js';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());

interface Flags {
  readonly dir?: string;
  readonly bft?: true;
  readonly portBase?: string;
  readonly blockTimeout?: string;
  readonly chaincode?: string;
  readonly deploy?: boolean;
  readonly json?: boolean;
  readonly lines?: string;
  readonly testNetwork?: string;
}

function program(): Command {
  const command = new Command('npm run network --');
  command.description('Real Hyperledger Fabric on this machine, without Docker.').exitOverride();
  const sub = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .option('--dir <folder>', 'folder of the network (GRIDVEIL_NETWORK_DIR)');

  sub('up', 'start the network and deploy the chaincode; repeat it at will')
    .option('--bft', '4 BFT orderers instead of 3 Raft orderers')
    .option('--port-base <port>', 'first port, or "auto" (GRIDVEIL_PORT_BASE)')
    .option('--block-timeout <ms>', 'longest wait for a block: 500, or 200 for interactive use')
    .option('--chaincode <folder>', 'staged folder to deploy instead of the built chaincode')
    .option('--no-deploy', 'start without deploying')
    .action(up);
  sub('deploy', 'deploy changed chaincode to the running network')
    .option('--chaincode <folder>', 'staged folder to deploy instead of the built chaincode')
    .action(deploy);
  sub('status', 'what runs, its health and its ledger height; exit code 1 unless all is well')
    .option('--json', 'as one JSON document')
    .action(status);
  sub('logs', 'the end of the logs')
    .argument('[name]', 'one process, as "status" names it')
    .option('--lines <n>', 'lines of each log', '20')
    .action((name: string | undefined, flags: Flags) => {
      const lines = integer('--lines', flags.lines) ?? 0;
      process.stdout.write(networkLogs({ dir: flags.dir, name, lines }));
    });
  sub('down', 'end what was started; the ledgers stay').action((flags: Flags) =>
    stopNetwork({ dir: flags.dir, reporter: lineReporter(process.stdout) }),
  );
  sub('reset', 'end what was started and delete the network').action((flags: Flags) =>
    resetNetwork({ dir: flags.dir, reporter: lineReporter(process.stdout) }),
  );
  sub('connection', 'print the connection file that clients read')
    .option('--test-network <folder>', "for fabric-samples' test-network in this folder instead")
    .action((flags: Flags) => {
      const connection =
        flags.testNetwork === undefined
          ? readConnection(networkFolder(flags.dir))
          : testNetworkConnection(flags.testNetwork);
      process.stdout.write(`${JSON.stringify(connection, undefined, 2)}\n`);
    });
  return command;
}

async function up(flags: Flags): Promise<void> {
  const base = flags.portBase ?? process.env['GRIDVEIL_PORT_BASE'];
  const network = await startNetwork({
    dir: flags.dir,
    bft: flags.bft,
    portBase: base === 'auto' || base === '0' ? 'auto' : integer('--port-base', base),
    blockTimeoutMs: integer('--block-timeout', flags.blockTimeout),
    chaincode: flags.deploy === false ? false : flags.chaincode,
    reporter: lineReporter(process.stdout),
    signal: interrupt.signal,
  });
  process.stdout.write(`Clients connect with ${network.connectionFile}\n`);
}

async function deploy(flags: Flags): Promise<void> {
  await deployChaincode({
    dir: flags.dir,
    chaincode: flags.chaincode,
    reporter: lineReporter(process.stdout),
    signal: interrupt.signal,
  });
}

async function status(flags: Flags): Promise<void> {
  const current = await networkStatus(flags.dir);
  process.stdout.write(flags.json === true ? `${JSON.stringify(current)}\n` : statusTable(current));
  if (current.nodes.some(({ health }) => health !== 'ok')) process.exitCode = 1;
}

function integer(option: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw new NetworkError('BAD_OPTION', { option, expected: 'an integer', actual: text });
  return Number(text);
}

function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const known = interrupt.signal.aborted ? new NetworkError('INTERRUPTED') : error;
  if (!(known instanceof NetworkError)) throw error;
  process.stderr.write(`${known.code}: ${known.message}\n`);
  return known.exitCode;
}

program()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = exitCodeFor(error);
  });
