/** What runs, is it well, and how far is its ledger. */
import { ordererHeight } from './fabric/channel.js';
import { findFabricTools } from './fabric/fabric-tools.js';
import { networkFolder, pathsOf } from './folders.js';
import { isHealthy, operationsGet } from './fabric/health.js';
import type { NodeSurroundings } from './layout/node-environment.js';
import { isAlive } from './processes/process-identity.js';
import { SILENT } from './reporter.js';
import { requireState, type NetworkState, type Phase } from './state-file.js';
import { CHANNEL, nodesOf, topologyOf, type NetworkNode } from './layout/topology.js';

export interface NodeStatus {
  readonly name: string;
  readonly pid: number | null;
  readonly port: number;
  /** `down`: no such process; `unhealthy`: it runs but does not answer well. */
  readonly health: 'ok' | 'unhealthy' | 'down';
  /** Blocks of the channel; null where there is no ledger or no answer. */
  readonly height: number | null;
}

export interface NetworkStatus {
  readonly schema: 'gridveil/network-status/v1';
  readonly dir: string;
  readonly consensus: string;
  readonly phase: Phase;
  readonly channel: string;
  readonly packageId: string | null;
  readonly nodes: readonly NodeStatus[];
}

/** @throws NetworkError NO_NETWORK */
export async function networkStatus(dir?: string): Promise<NetworkStatus> {
  const folder = networkFolder(dir);
  const state = requireState(folder);
  const surroundings: NodeSurroundings = {
    tools: await findFabricTools({ reporter: SILENT }),
    paths: pathsOf(folder),
    topology: topologyOf(state.consensus, state.portBase),
    extraBuilders: [],
  };
  const nodes = nodesOf(surroundings.topology).filter(
    (node) => node.kind !== 'chaincode' || state.deployment !== undefined,
  );
  return {
    schema: 'gridveil/network-status/v1',
    dir: folder,
    consensus: state.consensus,
    phase: state.phase,
    channel: CHANNEL,
    packageId: state.deployment?.packageId ?? null,
    nodes: await Promise.all(nodes.map((node) => nodeStatus(node, state, surroundings))),
  };
}

async function nodeStatus(
  node: NetworkNode,
  state: NetworkState,
  surroundings: NodeSurroundings,
): Promise<NodeStatus> {
  const record = state.processes[node.name];
  const facts = { name: node.name, port: node.port };
  if (record === undefined || !isAlive(record)) return { ...facts, pid: null, health: 'down', height: null };
  const [healthy, height] = await Promise.all([isHealthy(node), heightOf(node, surroundings)]);
  return { ...facts, pid: record.pid, health: healthy ? 'ok' : 'unhealthy', height: height ?? null };
}

async function heightOf(node: NetworkNode, surroundings: NodeSurroundings): Promise<number | undefined> {
  switch (node.kind) {
    case 'orderer':
      return await ordererHeight(node, surroundings);
    case 'peer': {
      const metrics = await operationsGet(node.operationsPort, '/metrics');
      const line = new RegExp(`^ledger_blockchain_height\\{channel="${CHANNEL}"\\} (\\S+)`, 'm');
      const height = line.exec(metrics?.text ?? '')?.[1];
      return height === undefined ? undefined : Number(height);
    }
    case 'chaincode':
      return undefined;
  }
}

/** The status as a table of at most 80 columns. */
export function statusTable(status: NetworkStatus): string {
  const rows = status.nodes.map((node) => [
    node.name,
    node.pid === null ? '-' : String(node.pid),
    String(node.port),
    node.health,
    node.height === null ? '-' : String(node.height),
  ]);
  const table = [['name', 'pid', 'port', 'health', 'height'], ...rows]
    .map(([name = '', pid = '', port = '', health = '', height = '']) =>
      [name.padEnd(12), pid.padStart(8), port.padStart(6), health.padEnd(10).padStart(12), height.padStart(6)]
        .join(' ')
        .trimEnd(),
    )
    .join('\n');
  const title = `${status.channel}, ${status.consensus}, ${status.phase}, in ${status.dir}`;
  return `${title}\n${table}\n`;
}
