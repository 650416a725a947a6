/** Opens a ledger by its kind. Only the adapter that is asked for is loaded: each takes longer to load than most commands run. */
import type { LedgerDirectory } from '../ledger/directory.js';
import { defaultConnectionFile } from './state-folder.js';

/**
 * @param now - the clock that transactions are stamped with, for a replay on a network that takes any time; the real one when left out
 * @throws ClientError NETWORK_DOWN, CONNECTION_*, CREDENTIAL_*
 */
export async function openFabric(
  connectionFile = defaultConnectionFile(),
  now?: () => Date,
): Promise<LedgerDirectory> {
  const { requireReachable } = await import('./reachable-network.js');
  await requireReachable(connectionFile);
  const { openFabricDirectory } = await import('../ledger/fabric/fabric-directory.js');
  return openFabricDirectory(connectionFile, now);
}

/** @throws ClientError LEDGER_FOLDER_MISSING; LedgerError as `openEmbedded` */
export async function openExistingEmbedded(folder: string): Promise<LedgerDirectory> {
  const { openExistingEmbeddedDirectory } = await import('../ledger/embedded/embedded-directory.js');
  return openExistingEmbeddedDirectory(folder);
}

/** @param now - as `openFabric`. @throws LedgerError LOCKED, CORRUPT, UNAVAILABLE, REJECTED */
export async function openEmbedded(folder: string, now?: () => Date): Promise<LedgerDirectory> {
  const { openEmbeddedDirectory } = await import('../ledger/embedded/embedded-directory.js');
  return openEmbeddedDirectory(folder, now);
}
