/**
 * Processes of a network folder that its state does not name: a launcher that was killed between starting a process and
 * writing that down leaves one. They are known by the folder's name in their environment, which only this package sets.
 */
import { stopProcess } from './managed-process.js';
import { FOLDER_VARIABLE } from './ports.js';
import {
  describeProcess,
  isAlive,
  processNumbers,
  startTimeOf,
  type ProcessIdentity,
} from './process-identity.js';

/**
 * Ends them. To be called under the folder's lock only: what another command has just started is not left over.
 * Where the system does not show the environment of processes nothing is found; a taken port is named later then.
 *
 * @returns how many were ended.
 */
export async function stopUnrecorded(dir: string, recorded: readonly ProcessIdentity[]): Promise<number> {
  const known = new Set(recorded.filter(isAlive).map(({ pid }) => pid));
  const left = processNumbers().filter(
    (pid) => pid !== process.pid && !known.has(pid) && describeProcess(pid, FOLDER_VARIABLE).value === dir,
  );
  await Promise.all(
    left.map((pid) => stopProcess(`process ${pid}`, { pid, startTime: startTimeOf(pid) ?? '' })),
  );
  return left.length;
}
