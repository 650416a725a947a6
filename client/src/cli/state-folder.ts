/** Where Gridveil keeps what it makes: outside any checkout, movable by environment. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

/** Runs kept for `gridveil evidence`; older ones are removed. */
const KEPT_RUNS = 5;

/** `GRIDVEIL_HOME`, else `$XDG_STATE_HOME/gridveil`, else `~/.local/state/gridveil`. */
export function stateFolder(): string {
  return (
    setting('GRIDVEIL_HOME') ??
    join(setting('XDG_STATE_HOME') ?? join(homedir(), '.local', 'state'), 'gridveil')
  );
}

/** An environment variable that is set to something. */
function setting(name: string): string | undefined {
  return process.env[name] || undefined;
}

function runsFolder(): string {
  return join(stateFolder(), 'demo');
}

/** Connection description the native network writes. */
export function defaultConnectionFile(): string {
  return setting('GRIDVEIL_CONNECTION') ?? join(networkFolder(), 'connection.json');
}

function networkFolder(): string {
  return setting('GRIDVEIL_NETWORK_DIR') ?? join(stateFolder(), 'network');
}

/** A folder of its own for every run, so that runs side by side do not meet. */
export async function newRunFolder(): Promise<string> {
  const name = `${new Date().toISOString().replace(/[:.]/g, '-')}-${process.pid}`;
  const folder = join(runsFolder(), name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Makes a finished run the one `latestRunFolder` gives and removes the oldest ones, but none that still runs. */
export async function rememberRun(folder: string): Promise<void> {
  const latest = join(runsFolder(), 'latest');
  // In one step: a run that is killed here leaves the old name or the new one.
  await writeFile(`${latest}.${process.pid}`, folder);
  await rename(`${latest}.${process.pid}`, latest);
  const entries = await readdir(runsFolder(), { withFileTypes: true });
  const old = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .slice(0, -KEPT_RUNS)
    .filter((name) => name !== basename(folder) && !isRunning(Number(name.split('-').at(-1))));
  await Promise.all(old.map((name) => rm(join(runsFolder(), name), { recursive: true, force: true })));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ledger folder of the last finished demo; undefined when there is none. */
export async function latestRunFolder(): Promise<string | undefined> {
  const folder = await readFile(join(runsFolder(), 'latest'), 'utf8').catch(() => '');
  return folder === '' ? undefined : folder;
}
