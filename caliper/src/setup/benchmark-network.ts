/**
 * The network a benchmark runs on: one of its own in a temporary folder, with the baseline contract beside the product's,
 * or one that runs already, described by its folder, its connection file or fabric-samples' test-network.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireReachable } from '@gridveil/client/cli/reachable-network.js';
import { openFabricDirectory } from '@gridveil/client/ledger/fabric/fabric-directory.js';
import { readConnection, type FabricConnection } from '@gridveil/client/ledger/fabric/connection.js';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import { stage } from '@gridveil/network/chaincode/stage.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { findFabricTools } from '@gridveil/network/fabric/fabric-tools.js';
import { networkFolder } from '@gridveil/network/folders.js';
import { MAX_MESSAGE_COUNT, PREFERRED_MAX_BYTES } from '@gridveil/network/layout/configtx.js';
import type { Reporter } from '@gridveil/network/reporter.js';
import { requireState, type NetworkState } from '@gridveil/network/state-file.js';
import { testNetworkConnection } from '@gridveil/network/test-network-connection.js';
import { startNetwork } from '@gridveil/network/up.js';
import type { WatchedProcess } from '../measure/process-sampler.js';

/**
 * Measured on two cores at 125 transactions a second: the longest delay halves against the launcher's 500 ms and a
 * transaction costs no more; at 200 ms it starts to (caliper/README.md).
 */
export const DEFAULT_BLOCK_TIMEOUT_MS = 300;

export type NetworkChoice =
  | { readonly kind: 'own'; readonly blockTimeoutMs?: number | undefined; readonly bft?: boolean | undefined }
  | { readonly kind: 'running'; readonly dir?: string | undefined }
  | { readonly kind: 'connection'; readonly file: string }
  | { readonly kind: 'test-network'; readonly folder: string };

/** What is known of the network and decides its figures. */
export interface NetworkFacts {
  readonly fabric: string;
  readonly consensus: string;
  readonly orderers: number | null;
  readonly organisations: number;
  readonly peers: number;
  readonly endorsement: string;
  /** Block cutting; null where another's channel decides it. */
  readonly batchTimeoutMs: number | null;
  readonly maxMessageCount: number | null;
  readonly preferredMaxBytes: string | null;
  readonly stateDatabase: string;
}

export interface BenchmarkNetwork {
  readonly connection: FabricConnection;
  readonly directory: LedgerDirectory;
  readonly facts: NetworkFacts;
  /** Those that run on this machine and whose numbers are known. */
  readonly processes: readonly WatchedProcess[];
  /** Ends what `openNetwork` started. */
  close(): Promise<void>;
}

/** @throws NetworkError, ClientError CONNECTION_* */
export async function openNetwork(
  choice: NetworkChoice,
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<BenchmarkNetwork> {
  if (choice.kind === 'own') return ownNetwork(choice, reporter, signal);
  if (choice.kind === 'running') {
    const dir = networkFolder(choice.dir);
    return nativeNetwork(dir, join(dir, 'connection.json'), () => Promise.resolve());
  }
  if (choice.kind === 'connection') return foreignNetwork(choice.file);
  const folder = await mkdtemp(join(tmpdir(), 'gridveil-caliper-'));
  const file = join(folder, 'connection.json');
  try {
    await writeFile(file, JSON.stringify(testNetworkConnection(choice.folder)));
    return await foreignNetwork(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ownNetwork(
  choice: NetworkChoice & { readonly kind: 'own' },
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<BenchmarkNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'gridveil-caliper-'));
  const dir = join(folder, 'network');
  const close = async (): Promise<void> => {
    await resetNetwork({ dir });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const chaincode = join(folder, 'chaincode');
    await stage({ entry: require.resolve('../chaincode/benchmark-contracts.js'), out: chaincode });
    const { blockTimeoutMs = DEFAULT_BLOCK_TIMEOUT_MS, bft } = choice;
    const { connectionFile } = await startNetwork({
      dir,
      portBase: 'auto',
      blockTimeoutMs,
      bft,
      chaincode,
      reporter,
      ...(signal === undefined ? {} : { signal }),
    });
    return await nativeNetwork(dir, connectionFile, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function nativeNetwork(
  dir: string,
  connectionFile: string,
  close: () => Promise<void>,
): Promise<BenchmarkNetwork> {
  const state = requireState(dir);
  const tools = await findFabricTools({ reporter: { step: () => undefined, progress: () => undefined } });
  const processes = processesOf(state);
  const { connection, directory } = await openConnection(connectionFile);
  return {
    connection,
    directory,
    facts: {
      ...factsOf(connection),
      fabric: tools.version,
      consensus: state.consensus,
      orderers: processes.filter(({ processClass }) => processClass === 'orderer').length,
      endorsement: 'MAJORITY of the organisations: both',
      batchTimeoutMs: state.blockTimeoutMs,
      maxMessageCount: MAX_MESSAGE_COUNT,
      preferredMaxBytes: PREFERRED_MAX_BYTES,
      stateDatabase: 'goleveldb',
    },
    processes,
    close: async () => {
      await directory.close();
      await close();
    },
  };
}

async function foreignNetwork(connectionFile: string): Promise<BenchmarkNetwork> {
  const { connection, directory } = await openConnection(connectionFile);
  return { connection, directory, facts: factsOf(connection), processes: [], close: () => directory.close() };
}

async function openConnection(
  file: string,
): Promise<{ connection: FabricConnection; directory: LedgerDirectory }> {
  await requireReachable(file);
  return { connection: await readConnection(file), directory: await openFabricDirectory(file) };
}

function factsOf({ organisations }: FabricConnection): NetworkFacts {
  return {
    fabric: 'unknown',
    consensus: 'unknown',
    orderers: null,
    organisations: Object.keys(organisations).length,
    peers: Object.values(organisations).reduce((sum, { peers }) => sum + peers.length, 0),
    endorsement: 'as the chaincode definition says',
    batchTimeoutMs: null,
    maxMessageCount: null,
    preferredMaxBytes: null,
    stateDatabase: 'unknown',
  };
}

function processesOf(state: NetworkState): WatchedProcess[] {
  return Object.entries(state.processes).map(([name, { pid }]) => ({
    processClass: /^(orderer|peer|chaincode)/.exec(name)?.[0] ?? 'other',
    name,
    pid,
  }));
}
