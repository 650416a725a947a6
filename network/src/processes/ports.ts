/** Are the ports free, who has them if not, and which block of ports is free for a test. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { NetworkError } from '../errors.js';
import { poll } from './pause.js';
import { describeProcess, processNumbers } from './process-identity.js';
import {
  LOOPBACK,
  nodesOf,
  portsOf,
  topologyOf,
  type Consensus,
  type NetworkNode,
} from '../layout/topology.js';

/** Every process of a network carries its folder in this variable, so that a left-over can be told from a stranger. */
export const FOLDER_VARIABLE = 'GRIDVEIL_NETWORK_OF';

// Below the range from which systems take the ports of outgoing connections.
const LOWEST_AUTO_BASE = 10_000;
const AUTO_BASES = 1_800;
const AUTO_STEP = 10;
const AUTO_ATTEMPTS = 50;
/** How long a taken port without a known owner is waited for. */
const OWNERLESS_DEADLINE_MS = 3_000;

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** @throws NetworkError PORT_IN_USE, STALE_PROCESS or OTHER_NETWORK for the first port that is taken. */
export async function requireFreePorts(nodes: readonly NetworkNode[], dir: string): Promise<void> {
  const wanted = nodes.flatMap((node) => portsOf(node).map((port) => ({ node: node.name, port })));
  const free = await Promise.all(wanted.map(({ port }) => becomesFree(port)));
  const owned = wanted
    .filter((_, index) => free[index] === false)
    .map((want) => ({ ...want, ...ownerOf(want.port) }));
  const [taken] = owned;
  if (taken === undefined) return;
  const { node, port, owner } = taken;
  if (taken.dir === dir) {
    const pids = [...new Set(owned.filter((other) => other.dir === dir).map(({ pid }) => pid))].join(' ');
    throw new NetworkError('STALE_PROCESS', { node, port, owner, pids });
  }
  if (taken.dir !== undefined) throw new NetworkError('OTHER_NETWORK', { node, port, dir: taken.dir });
  throw new NetworkError('PORT_IN_USE', { node, port, owner });
}

/** A killed process keeps its ports until its last thread has ended, which nobody can be named for: it gets a moment. */
async function becomesFree(port: number): Promise<boolean> {
  const free = await poll(
    async () => (await isPortFree(port)) || (listenerOn(port) === undefined ? undefined : false),
    { intervalMs: 50, deadlineMs: OWNERLESS_DEADLINE_MS },
  );
  return free === true;
}

/** Who listens on the port, and of which network folder it is if it is one of ours. */
function ownerOf(port: number): { pid?: number; owner: string; dir?: string | undefined } {
  const pid = listenerOn(port);
  if (pid === undefined) return { owner: 'another process' };
  const { command, value } = describeProcess(pid, FOLDER_VARIABLE);
  return {
    pid,
    owner: `${command.split(' ')[0]?.split('/').at(-1) ?? 'a process'} (pid ${pid})`,
    dir: value,
  };
}

/** A random base whose whole block of ports is free now. @throws NetworkError NO_FREE_PORTS */
export async function pickPortBase(consensus: Consensus): Promise<number> {
  for (let attempt = 0; attempt < AUTO_ATTEMPTS; attempt++) {
    const base = LOWEST_AUTO_BASE + AUTO_STEP * Math.floor(Math.random() * AUTO_BASES);
    const ports = nodesOf(topologyOf(consensus, base)).flatMap(portsOf);
    if ((await Promise.all(ports.map(isPortFree))).every(Boolean)) return base;
  }
  throw new NetworkError('NO_FREE_PORTS');
}

/** The process that listens on a TCP port, where /proc tells it. */
function listenerOn(port: number): number | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  return processNumbers().find((pid) =>
    listOf(`/proc/${pid}/fd`).some((fd) => inodes.has(linkOf(`/proc/${pid}/fd/${fd}`))),
  );
}

function listeningInodes(table: string, port: number): string[] {
  const LISTEN = '0A';
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return textOf(`/proc/net/${table}`)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hexPort}`) === true && fields[3] === LISTEN)
    .map((fields) => `socket:[${fields[9] ?? ''}]`);
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
