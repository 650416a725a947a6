/** Finds and ends what a layer's process left running: its process group, and processes at work in its temporary folder. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Processes that were told to end may take this long. */
const SETTLE_MS = 2_000;
const POLL_MS = 50;

/**
 * @param groupId - process id of a group leader (a child started `detached`).
 * @returns how many processes had to be killed. Where there is no /proc, only the group is ended and not counted.
 */
export async function endLeftovers(groupId: number, folder: string): Promise<number> {
  if (process.platform !== 'linux') kill(-groupId);
  const pids = await settled(groupId, folder);
  for (const pid of pids) kill(pid);
  if (pids.length > 0) await settled(groupId, folder);
  return pids.length;
}

/** What is left when all have ended or the time is over. */
async function settled(groupId: number, folder: string): Promise<number[]> {
  const deadlineMs = performance.now() + SETTLE_MS;
  for (;;) {
    const pids = leftovers(groupId, folder);
    if (pids.length === 0 || performance.now() > deadlineMs) return pids;
    await pause(POLL_MS);
  }
}

/** Ends a whole process group at once. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function leftovers(groupId: number, folder: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isLeftover(pid, groupId, folder));
}

function isLeftover(pid: number, groupId: number, folder: string): boolean {
  try {
    // pid (name) state parent group …; the name may hold anything, so count from its closing bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return false;
    if (Number(group) === groupId) return true;
    const folders = [
      readlinkSync(`/proc/${pid}/cwd`),
      ...readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'),
    ];
    return folders.some((path) => path === folder || path.startsWith(`${folder}/`));
  } catch {
    return false;
  }
}
