/** One command's hold on a network folder: its lock, its state, and the processes it starts. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NetworkError } from './errors.js';
import type { FabricTools } from './fabric/fabric-tools.js';
import { tryLock } from './processes/file-lock.js';
import { pathsOf, type NetworkPaths } from './folders.js';
import { waitUntilHealthy } from './fabric/health.js';
import { startProcess, stopProcess } from './processes/managed-process.js';
import type { ExternalBuilder, NodeSurroundings } from './layout/node-environment.js';
import { requireFreePorts } from './processes/ports.js';
import { isAlive } from './processes/process-identity.js';
import { launchOf } from './layout/launch.js';
import type { Reporter } from './reporter.js';
import { writeState, type NetworkState } from './state-file.js';
import { together } from './processes/together.js';
import { stopUnrecorded } from './processes/unrecorded.js';
import { nodesOf, topologyOf, type NetworkNode } from './layout/topology.js';

export interface SessionOptions {
  readonly state: NetworkState;
  readonly tools: FabricTools;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  readonly extraBuilders?: readonly ExternalBuilder[];
}

export class Session {
  readonly paths: NetworkPaths;
  readonly state: NetworkState;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
  readonly surroundings: NodeSurroundings;
  readonly #startedHere: string[] = [];

  constructor(dir: string, options: SessionOptions) {
    this.paths = pathsOf(dir);
    this.state = options.state;
    this.reporter = options.reporter;
    this.signal = options.signal;
    this.surroundings = {
      tools: options.tools,
      paths: this.paths,
      topology: topologyOf(this.state.consensus, this.state.portBase),
      extraBuilders: options.extraBuilders ?? [],
      anyTime: this.state.anyTime === true,
    };
  }

  save(): void {
    writeState(this.paths.dir, this.state);
  }

  runs(name: string): boolean {
    const record = this.state.processes[name];
    return record !== undefined && isAlive(record);
  }

  /** Starts those of the nodes that do not run. @returns the nodes it started. @throws NetworkError on a taken port */
  async start(nodes: readonly NetworkNode[]): Promise<readonly NetworkNode[]> {
    const missing = nodes.filter((node) => !this.runs(node.name));
    await requireFreePorts(missing, this.paths.dir);
    for (const node of missing) {
      this.state.processes[node.name] = startProcess({
        ...launchOf(node, this.surroundings, this.state),
        name: node.name,
        logs: this.paths.logs,
      });
      this.#startedHere.push(node.name);
      // After each one: a launcher that is killed here leaves no process it does not know of.
      this.save();
    }
    return missing;
  }

  async waitUntilHealthy(nodes: readonly NetworkNode[]): Promise<void> {
    await together(
      nodes.flatMap((node) => {
        const record = this.state.processes[node.name];
        return record === undefined ? [] : [waitUntilHealthy(node, record, this.paths.logs, this.signal)];
      }),
    );
  }

  async stop(names: readonly string[]): Promise<void> {
    await together(
      names.map(async (name) => {
        const record = this.state.processes[name];
        if (record !== undefined) await stopProcess(name, record);
      }),
    );
    names.forEach((name) => delete this.state.processes[name]);
    this.save();
  }

  /** Ends what this session started: after a failure nothing half-started stays behind. */
  async undo(): Promise<void> {
    await this.stop(this.#startedHere.splice(0));
  }

  node(name: string): NetworkNode {
    const nodes = nodesOf(this.surroundings.topology);
    const node = nodes.find((one) => one.name === name);
    if (node !== undefined) return node;
    throw new NetworkError('UNKNOWN_PROCESS', { name, names: nodes.map((one) => one.name).join(', ') });
  }
}

/** Ends all processes of a recorded state and forgets them. */
export async function stopAll(dir: string, state: NetworkState): Promise<string[]> {
  const running = Object.entries(state.processes).filter(([, record]) => isAlive(record));
  const unrecorded = await stopUnrecorded(dir, Object.values(state.processes));
  await Promise.all(running.map(([name, record]) => stopProcess(name, record)));
  state.processes = {};
  writeState(dir, state);
  return [
    ...running.map(([name]) => name),
    ...(unrecorded === 0 ? [] : [`${unrecorded} left by an interrupted start`]),
  ];
}

/** @throws NetworkError FOLDER_BUSY when another command works on the folder. */
export async function withFolderLock<T>(dir: string, work: () => Promise<T>): Promise<T> {
  // It will hold private keys: for its owner only.
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = tryLock(pathsOf(dir).lock);
  if (!('release' in lock)) throw new NetworkError('FOLDER_BUSY', { dir, pid: lock.pid });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Removes all that a network left in its folder, except the lock of the command that does it. */
export function emptyFolder(paths: NetworkPaths): void {
  for (const name of readdirSync(paths.dir)) {
    const path = join(paths.dir, name);
    if (!path.startsWith(paths.lock)) rmSync(path, { recursive: true, force: true });
  }
}
