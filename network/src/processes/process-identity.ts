/**
 * Is the process with this number still the one we started? Numbers are reused, so a process is known by its number
 * together with its start time: clock ticks since boot from /proc where there is one, else the text of `ps`.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** Start time of a running process; undefined when there is none or nothing but a zombie is left of it. */
export function startTimeOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

/** What follows the name in a process's stat file: state, parent, group, …; the number of threads is field 17, the start time 19. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name stands in parentheses and may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function fromProc(pid: number): string | undefined {
  const fields = statFields(pid);
  // A first thread may have ended before the others, which still hold the process's ports.
  const ended = fields[0] === 'Z' && Number(fields[17]) <= 1;
  return ended ? undefined : fields[19];
}

function fromPs(pid: number): string | undefined {
  const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return text.startsWith('Z') || text === '' ? undefined : text.slice(text.indexOf(' ') + 1).trim();
}

export function isAlive(identity: ProcessIdentity): boolean {
  return startTimeOf(identity.pid) === identity.startTime;
}

/** Numbers of all processes, where /proc lists them. */
export function processNumbers(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Numbers of the running processes of a process group, where /proc lists them. */
export function groupMembers(group: number): number[] {
  return processNumbers().filter((pid) => startTimeOf(pid) !== undefined && groupOf(pid) === group);
}

function groupOf(pid: number): number | undefined {
  try {
    return Number(statFields(pid)[2]);
  } catch {
    return undefined;
  }
}

/** Command line and one environment variable of a process, where the system shows them. */
export function describeProcess(
  pid: number,
  variable: string,
): { command: string; value: string | undefined } {
  const read = (name: string): string[] => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0');
    } catch {
      return [];
    }
  };
  const entry = read('environ').find((line) => line.startsWith(`${variable}=`));
  return { command: read('cmdline').join(' ').trim(), value: entry?.slice(variable.length + 1) };
}
