/** Waits until the orderers have a leader: before that they refuse transactions. After a restart it takes 2 to 4 s. */
import { NetworkError } from '../errors.js';
import { operationsGet } from './health.js';
import { logFile } from '../processes/managed-process.js';
import { poll } from '../processes/pause.js';
import { CHANNEL, type OrdererNode } from '../layout/topology.js';

const DEADLINE_MS = 60_000;
const IS_LEADER = new RegExp(`^consensus_(etcdraft|BFT)_is_leader\\{channel="${CHANNEL}"\\} 1$`, 'm');

async function leads({ operationsPort }: OrdererNode): Promise<boolean> {
  return IS_LEADER.test((await operationsGet(operationsPort, '/metrics'))?.text ?? '');
}

/** The orderer that leads; undefined while there is none, or when it does not answer. */
export async function findLeader(orderers: readonly OrdererNode[]): Promise<OrdererNode | undefined> {
  const answers = await Promise.all(orderers.map(leads));
  return orderers.find((_, index) => answers[index]);
}

/** @throws NetworkError NOT_HEALTHY after a minute. */
export async function waitForLeader(
  orderers: readonly OrdererNode[],
  logs: string,
  signal?: AbortSignal,
): Promise<void> {
  const found = await poll(() => findLeader(orderers), {
    intervalMs: 100,
    deadlineMs: DEADLINE_MS,
    signal,
  });
  if (found !== undefined) return;
  const log = logFile(logs, orderers[0]?.name ?? '');
  throw new NetworkError('NOT_HEALTHY', { name: 'the ordering service', seconds: DEADLINE_MS / 1000, log });
}
