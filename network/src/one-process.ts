/** Kills and restarts single processes of a running network, by name: for fault tests. */
import { NetworkError } from './errors.js';
import { findFabricTools } from './fabric/fabric-tools.js';
import { networkFolder } from './folders.js';
import { signalProcess } from './processes/managed-process.js';
import { poll } from './processes/pause.js';
import { isAlive } from './processes/process-identity.js';
import { SILENT } from './reporter.js';
import { Session, withFolderLock } from './session.js';
import { requireState } from './state-file.js';

const GONE_DEADLINE_MS = 15_000;

export interface OneProcess {
  readonly dir?: string;
  /** `orderer1`, `peer0.org1`, `chaincode`, … */
  readonly name: string;
}

/** Sends the signal and waits until the process is gone. @throws NetworkError UNKNOWN_PROCESS, STILL_ALIVE */
export async function killProcess(
  { dir, name }: OneProcess,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<void> {
  const record = requireState(networkFolder(dir)).processes[name];
  if (record === undefined) {
    const names = Object.keys(requireState(networkFolder(dir)).processes).join(', ');
    throw new NetworkError('UNKNOWN_PROCESS', { name, names });
  }
  signalProcess(record, signal);
  const gone = await poll(() => Promise.resolve(isAlive(record) ? undefined : true), {
    intervalMs: 10,
    deadlineMs: GONE_DEADLINE_MS,
  });
  if (gone !== true) throw new NetworkError('STILL_ALIVE', { name, pid: record.pid });
}

/** Starts the process if it does not run, and waits until it is healthy. @throws NetworkError */
export async function restartProcess({ dir, name }: OneProcess): Promise<void> {
  const folder = networkFolder(dir);
  await withFolderLock(folder, async () => {
    const tools = await findFabricTools({ reporter: SILENT });
    const session = new Session(folder, { state: requireState(folder), tools, reporter: SILENT });
    await session.waitUntilHealthy(await session.start([session.node(name)]));
  });
}
