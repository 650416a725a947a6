/** Waits until started processes answer, and says why when one does not. */
import { connect } from 'node:net';
import { NetworkError } from '../errors.js';
import { logFile, logTail } from '../processes/managed-process.js';
import { poll } from '../processes/pause.js';
import { isAlive, type ProcessIdentity } from '../processes/process-identity.js';
import { LOOPBACK, type NetworkNode } from '../layout/topology.js';

const DEADLINE_MS = 60_000;

/** A GET on an operations endpoint; undefined when nothing answers. */
export async function operationsGet(
  port: number,
  path: string,
): Promise<{ ok: boolean; text: string } | undefined> {
  try {
    const response = await fetch(`http://${LOOPBACK}:${port}${path}`, { signal: AbortSignal.timeout(2_000) });
    return { ok: response.ok, text: await response.text() };
  } catch {
    return undefined;
  }
}

export async function isHealthy(node: NetworkNode): Promise<boolean> {
  if (node.kind === 'chaincode') return await accepts(node.port);
  return (await operationsGet(node.operationsPort, '/healthz'))?.ok === true;
}

/** @throws NetworkError PROCESS_DIED with its last log line, NOT_HEALTHY after a minute. */
export async function waitUntilHealthy(
  node: NetworkNode,
  identity: ProcessIdentity,
  logs: string,
  signal?: AbortSignal,
): Promise<void> {
  const facts = { name: node.name, log: logFile(logs, node.name) };
  const healthy = await poll(
    async () => {
      if (!isAlive(identity)) {
        const reason = logTail(logs, node.name, 1)[0] ?? 'no output';
        throw new NetworkError('PROCESS_DIED', { ...facts, reason });
      }
      return (await isHealthy(node)) || undefined;
    },
    { intervalMs: 25, deadlineMs: DEADLINE_MS, signal },
  );
  if (healthy !== true) throw new NetworkError('NOT_HEALTHY', { ...facts, seconds: DEADLINE_MS / 1000 });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
