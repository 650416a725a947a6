/**
 * Brings the chaincode's definition onto the channel: installed on every peer, approved by both organisations, committed.
 * The definition never changes (code lives outside it), so its sequence is always 1 and every step can be repeated:
 * "already there" is success.
 */
import { join } from 'node:path';
import { ordererOrganisationFolder, peerFolder, serverTls } from '../layout/crypto-files.js';
import { NetworkError } from '../errors.js';
import { adminEnvironment, type NodeSurroundings } from '../layout/node-environment.js';
import { poll } from '../processes/pause.js';
import { lastLine, runCommand, type CommandResult } from '../processes/run-command.js';
import { together } from '../processes/together.js';
import {
  CHAINCODE_NAME,
  CHAINCODE_VERSION,
  CHANNEL,
  LOOPBACK,
  ORGANISATIONS,
  type PeerNode,
} from '../layout/topology.js';

const DEADLINE_MS = 60_000;
/** Said while the orderers still elect their first leader. */
const NOT_READY_YET = /SERVICE_UNAVAILABLE|no Raft leader|connection refused|no consenters/i;

export async function installOnAllPeers(
  file: string,
  surroundings: NodeSurroundings,
  signal?: AbortSignal,
): Promise<void> {
  await together(
    surroundings.topology.peers.map((peer) =>
      lifecycle(peer, surroundings, {
        step: `installing the chaincode package on ${peer.name}`,
        args: ['install', file],
        alreadyDone: /already successfully installed/,
        signal,
      }),
    ),
  );
}

export async function approveForBoth(
  packageId: string,
  surroundings: NodeSurroundings,
  signal?: AbortSignal,
): Promise<void> {
  await together(
    gatewayPeers(surroundings).map((peer) =>
      lifecycle(peer, surroundings, {
        step: `approving the chaincode for ${peer.organisation.mspId}`,
        args: ['approveformyorg', ...ordering(surroundings), ...DEFINITION, '--package-id', packageId],
        alreadyDone: /unchanged content/,
        signal,
      }),
    ),
  );
}

export async function commitDefinition(surroundings: NodeSurroundings, signal?: AbortSignal): Promise<void> {
  const peers = gatewayPeers(surroundings);
  const endorsers = peers.flatMap((peer) => [
    ...['--peerAddresses', `${LOOPBACK}:${peer.port}`],
    ...['--tlsRootCertFiles', serverTls(peerFolder(surroundings.paths.organisations, peer)).rootCertificate],
  ]);
  const [first] = peers;
  if (first === undefined) throw new RangeError('"peers" must not be empty');
  await lifecycle(first, surroundings, {
    step: 'committing the chaincode definition',
    args: ['commit', ...ordering(surroundings), ...DEFINITION, ...endorsers],
    alreadyDone: /new definition must be sequence 2/,
    signal,
  });
}

const DEFINITION = [
  ...['--channelID', CHANNEL, '--name', CHAINCODE_NAME],
  ...['--version', CHAINCODE_VERSION, '--sequence', '1'],
];

/** The first peer of each organisation. */
function gatewayPeers({ topology }: NodeSurroundings): PeerNode[] {
  return ORGANISATIONS.flatMap(
    ({ mspId }) => topology.peers.find(({ organisation }) => organisation.mspId === mspId) ?? [],
  );
}

function ordering({ paths, topology }: NodeSurroundings): string[] {
  const folder = ordererOrganisationFolder(paths.organisations);
  const root = join(folder, 'tlsca', 'tlsca.example.com-cert.pem');
  return ['-o', `${LOOPBACK}:${topology.orderers[0]?.port ?? 0}`, '--tls', '--cafile', root];
}

interface LifecycleStep {
  readonly step: string;
  readonly args: readonly string[];
  readonly alreadyDone: RegExp;
  readonly signal?: AbortSignal | undefined;
}

async function lifecycle(
  peer: PeerNode,
  surroundings: NodeSurroundings,
  { step, ...action }: LifecycleStep,
): Promise<void> {
  let last: CommandResult | undefined;
  const attempt = async (): Promise<true | undefined> => {
    last = await runCommand({
      step,
      file: join(surroundings.tools.bin, 'peer'),
      args: ['lifecycle', 'chaincode', ...action.args],
      env: adminEnvironment(peer, surroundings),
      signal: action.signal,
    });
    if (last.exitCode === 0 || action.alreadyDone.test(last.stderr)) return true;
    if (NOT_READY_YET.test(last.stderr)) return undefined;
    throw new NetworkError('COMMAND_FAILED', { step, reason: lastLine(last) });
  };
  const done = await poll(attempt, { intervalMs: 100, deadlineMs: DEADLINE_MS, signal: action.signal });
  if (done === true || last === undefined) return;
  throw new NetworkError('COMMAND_FAILED', { step, reason: lastLine(last) });
}
