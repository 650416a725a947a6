/** Ends a network's processes, or removes the network with all it holds. */
import { rmSync } from 'node:fs';
import { networkFolder, pathsOf } from './folders.js';
import { SILENT, type Reporter } from './reporter.js';
import { emptyFolder, stopAll, withFolderLock } from './session.js';
import { readState } from './state-file.js';

export interface DownOptions {
  readonly dir?: string | undefined;
  readonly reporter?: Reporter;
}

/** Ends exactly the processes this network started; ledgers, keys and logs stay. Harmless when nothing runs. */
export async function stopNetwork({ dir, reporter = SILENT }: DownOptions = {}): Promise<void> {
  const folder = networkFolder(dir);
  if (readState(folder) === undefined) return reporter.step(`there is no network in ${folder}`);
  await withFolderLock(folder, () => stop(folder, reporter));
}

/** `stopNetwork`, then removes the folder. @throws NetworkError FOLDER_NOT_OURS when it holds something else */
export async function resetNetwork({ dir, reporter = SILENT }: DownOptions = {}): Promise<void> {
  const folder = networkFolder(dir);
  if (readState(folder) === undefined) return reporter.step(`there is no network in ${folder}`);
  await withFolderLock(folder, async () => {
    await stop(folder, reporter);
    emptyFolder(pathsOf(folder));
  });
  rmSync(folder, { recursive: true, force: true });
  reporter.step(`${folder} removed`);
}

async function stop(folder: string, reporter: Reporter): Promise<void> {
  // Read again under the lock: another command may have ended meanwhile.
  const state = readState(folder);
  if (state === undefined) return;
  const stopped = await stopAll(folder, state);
  reporter.step(stopped.length === 0 ? 'nothing was running' : `ended ${stopped.join(', ')}`);
}
