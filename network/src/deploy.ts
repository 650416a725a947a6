/** Puts chaincode on a network: code into its server, the definition onto the channel. Repeating it is harmless. */
import { packageIdOf, PACKAGE_LABEL } from './chaincode/ccaas-package.js';
import { chosenCode, placeCode, type CodeChoice } from './chaincode/code.js';
import type { Staged } from './chaincode/stage.js';
import { connectionOf } from './connection.js';
import { NetworkError } from './errors.js';
import { waitForEndorsements } from './fabric/endorsement-check.js';
import { findFabricTools } from './fabric/fabric-tools.js';
import { waitForLeader } from './fabric/leadership.js';
import { approveForBoth, commitDefinition, installOnAllPeers } from './fabric/lifecycle.js';
import { networkFolder, pathsOf } from './folders.js';
import { together } from './processes/together.js';
import { SILENT, type Reporter } from './reporter.js';
import { Session, withFolderLock } from './session.js';
import { requireState } from './state-file.js';

export interface DeployOptions {
  /** Folder of the network; see `networkFolder` for the default. */
  readonly dir?: string | undefined;
  /** Staged folder to deploy; Gridveil's own chaincode by default, `false` for none. */
  readonly chaincode?: CodeChoice;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
}

/** Deploys changed code to a running network. @throws NetworkError NO_NETWORK, NOT_RUNNING, NOT_STAGED, NOT_BUILT */
export async function deployChaincode(options: DeployOptions = {}): Promise<void> {
  const { signal, chaincode, reporter = SILENT } = options;
  const dir = networkFolder(options.dir);
  requireState(dir);
  await withFolderLock(dir, async () => {
    const tools = await findFabricTools({ reporter, signal });
    const session = new Session(dir, { state: requireState(dir), tools, reporter, signal });
    const { orderers, peers } = session.surroundings.topology;
    if (![...orderers, ...peers].every(({ name }) => session.runs(name))) {
      throw new NetworkError('NOT_RUNNING', { dir });
    }
    const code = await chosenCode(chaincode, pathsOf(dir));
    if (code === undefined) throw new NetworkError('NOT_BUILT', { file: 'chaincode/dist/index.js' });
    await serveCode(session, code);
    await deployDefinition(session);
    await waitUntilReady(session);
  });
}

/** Makes the chaincode server run, with the given code or with what is deployed already. */
export async function serveCode(session: Session, code: Staged | undefined): Promise<void> {
  const changed = code !== undefined && (await placeCode(session, code));
  if (session.state.deployment === undefined) return;
  await session.waitUntilHealthy(await session.start([session.surroundings.topology.chaincode]));
  if (changed) session.reporter.step(`chaincode server runs code ${code.codeSha256.slice(0, 16)}`);
}

/** @param installed - whether the peers have the package already */
export async function deployDefinition(session: Session, installed = false): Promise<void> {
  const { state, signal, surroundings, reporter, paths } = session;
  if (state.phase === 'deployed') return;
  if (!installed) await installOnAllPeers(paths.package, surroundings, signal);
  await approveForBoth(packageIdOf(PACKAGE_LABEL, paths.package), surroundings, signal);
  reporter.step('chaincode installed on all peers, approved by both organisations');
  await commitDefinition(surroundings, signal);
  state.phase = 'deployed';
  session.save();
  reporter.step('chaincode definition committed');
}

/** Ready means: a transaction sent to any peer would be endorsed and ordered. */
export async function waitUntilReady({ surroundings, paths, signal, reporter }: Session): Promise<void> {
  const { topology } = surroundings;
  await together([
    waitForLeader(topology.orderers, paths.logs, signal),
    waitForEndorsements(connectionOf(topology, paths.organisations), signal),
  ]);
  reporter.step('the orderers have a leader, every peer endorses: ready');
}
