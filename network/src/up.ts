/**
 * Starts a network, or completes one: keys, channel, processes, chaincode. Repeating it is harmless, and after `down` it
 * brings the same ledgers back. Independent steps run side by side.
 */
import { setMaxListeners } from 'node:events';
import { chosenCode } from './chaincode/code.js';
import type { Staged } from './chaincode/stage.js';
import { connectionOf, writeConnection, type Connection } from './connection.js';
import { deployDefinition, serveCode, waitUntilReady, type DeployOptions } from './deploy.js';
import { joinOrderer, joinPeer, makeCrypto, makeGenesisBlock } from './fabric/channel.js';
import { findFabricTools } from './fabric/fabric-tools.js';
import { installOnAllPeers } from './fabric/lifecycle.js';
import { networkFolder, pathsOf } from './folders.js';
import type { ExternalBuilder } from './layout/node-environment.js';
import { CHANNEL, nodesOf } from './layout/topology.js';
import { requireFreePorts } from './processes/ports.js';
import { together } from './processes/together.js';
import { SILENT } from './reporter.js';
import { Session, withFolderLock } from './session.js';
import { settleState, type WantedSettings } from './settings.js';
import { readState, writeState } from './state-file.js';

export interface NetworkOptions extends WantedSettings, DeployOptions {
  /** More ways to run chaincode than "as a service". */
  readonly extraBuilders?: readonly ExternalBuilder[];
}

export interface RunningNetwork {
  readonly dir: string;
  readonly portBase: number;
  /** File that the Fabric ledger adapter reads. */
  readonly connectionFile: string;
  readonly connection: Connection;
}

/** @throws NetworkError; what this call had started is ended again then. */
export async function startNetwork(options: NetworkOptions = {}): Promise<RunningNetwork> {
  const { signal, reporter = SILENT, extraBuilders = [] } = options;
  // Every step that runs side by side listens to it.
  if (signal !== undefined) setMaxListeners(0, signal);
  const dir = networkFolder(options.dir);
  // Before anything is written: the folder may be somebody else's.
  readState(dir);
  return await withFolderLock(dir, async () => {
    const tools = await findFabricTools({ reporter, signal });
    reporter.step(`Fabric ${tools.version} from ${tools.origin}`);
    const state = await settleState(dir, options, reporter);
    writeState(dir, state);
    const session = new Session(dir, { state, tools, reporter, signal, extraBuilders });
    try {
      await bringUp(session, await chosenCode(options.chaincode, pathsOf(dir)));
    } catch (error) {
      await session.undo();
      throw error;
    }
    const { paths, surroundings } = session;
    const connection = connectionOf(surroundings.topology, paths.organisations);
    return { dir, portBase: state.portBase, connectionFile: paths.connection, connection };
  });
}

async function bringUp(session: Session, code: Staged | undefined): Promise<void> {
  const fresh = session.state.phase === 'created';
  if (fresh) await makeChannel(session, code);
  else await together([startNodes(session), serveCode(session, code)]);
  if (session.state.deployment === undefined) return;
  await deployDefinition(session, fresh);
  await waitUntilReady(session);
}

/** From nothing to all nodes on the channel; the package is installed on the way. */
async function makeChannel(session: Session, code: Staged | undefined): Promise<void> {
  const { state, signal, reporter, surroundings, paths } = session;
  const { orderers, peers } = surroundings.topology;
  await requireFreePorts(nodesOf(surroundings.topology), paths.dir);
  await makeCrypto(surroundings, signal);
  reporter.step('keys and certificates made');
  await together([
    startNodes(session),
    serveCode(session, code),
    makeGenesisBlock(surroundings, state.blockTimeoutMs, signal),
  ]);
  await together([
    ...orderers.map((orderer) => joinOrderer(orderer, surroundings, signal)),
    ...peers.map((peer) => joinPeer(peer, surroundings, signal)),
    ...(state.deployment === undefined ? [] : [installOnAllPeers(paths.package, surroundings, signal)]),
  ]);
  writeConnection(surroundings.topology, paths);
  state.phase = 'joined';
  session.save();
  reporter.step(`all nodes are on channel ${CHANNEL}`);
}

async function startNodes(session: Session): Promise<void> {
  const { orderers, peers } = session.surroundings.topology;
  const started = await session.start([...orderers, ...peers]);
  await session.waitUntilHealthy(started);
  if (started.length > 0)
    session.reporter.step(`${orderers.length} orderers and ${peers.length} peers answer`);
}
