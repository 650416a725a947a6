/** Kills processes of a Fabric network with SIGKILL, by the records of the network package, and starts them again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { findLeader } from '@gridveil/network/fabric/leadership.js';
import { networkFolder } from '@gridveil/network/folders.js';
import { topologyOf } from '@gridveil/network/layout/topology.js';
import { killProcess, restartProcess } from '@gridveil/network/one-process.js';
import { requireState } from '@gridveil/network/state-file.js';
import type { CommitWatch } from './commit-watch.js';
import type { FaultKind, FaultLog } from './fault-log.js';
import type { FieldRun } from './field-run.js';

export type NetworkFault = Extract<FaultKind, 'peer' | 'raft-leader' | 'chaincode'>;
const LEADER_LIMIT_MS = 60_000;
const LONGEST_DOWN_MS = 2_000;

/** Kills one process, waits for the next total, and brings the process back. */
export async function killNode(
  run: FieldRun,
  watch: CommitWatch,
  log: FaultLog,
  dir: string,
  kind: NetworkFault,
): Promise<void> {
  const target = await targetOf(dir, kind, run.random);
  const { inFlight } = run;
  const atMs = performance.now();
  await killProcess({ dir, name: target });
  // What needs the dead process to come back is told from what goes on without it.
  const nextTotal = watch.nextTotal(atMs);
  if (kind === 'raft-leader') await nextTotal;
  else await sleep(run.random() * LONGEST_DOWN_MS);
  await restartProcess({ dir, name: target });
  const recoveryMs = Math.round(performance.now() - atMs);
  log.add({
    atMs: Math.round(atMs - log.startedAtMs),
    kind,
    target,
    point: null,
    recoveryMs,
    nextTotalMs: Math.round(await nextTotal),
    inFlight,
    retries: run.traffic.reduce((sum, { retries }) => sum + retries, 0),
  });
}

async function targetOf(dir: string, kind: NetworkFault, random: () => number): Promise<string> {
  if (kind === 'chaincode') return 'chaincode';
  const { consensus, portBase } = requireState(networkFolder(dir));
  const { orderers, peers } = topologyOf(consensus, portBase);
  if (kind === 'peer') return peers[Math.floor(random() * peers.length)]?.name ?? '';
  const giveUpAt = performance.now() + LEADER_LIMIT_MS;
  for (;;) {
    const leader = await findLeader(orderers);
    if (leader) return leader.name;
    if (performance.now() > giveUpAt) throw new Error('the orderers have no leader');
    await sleep(200);
  }
}
