/** What commands that read an existing ledger have in common: which ledger, as whom, which grid. */
import { ClientError } from '../errors.js';
import { listGrids } from '../ledger/calls.js';
import type { LedgerDirectory } from '../ledger/directory.js';
import type { Ledger } from '../ledger/port.js';
import { openExistingEmbedded, openFabric } from './open-directory.js';
import { latestRunFolder, stateFolder } from './state-folder.js';

export interface LedgerOptions {
  readonly ledger: 'embedded' | 'fabric';
  readonly ledgerDir: string | undefined;
  readonly connection: string | undefined;
  readonly grid: string | undefined;
  readonly org: string;
  readonly user: string;
}

/**
 * Runs with a session on the ledger, which is closed afterwards.
 * @throws ClientError LEDGER_FOLDER_MISSING, NETWORK_DOWN, CONNECTION_*, USER_UNKNOWN, GRID_NOT_CHOSEN, NO_GRID; what `run` throws
 */
export async function withLedger<T>(
  options: LedgerOptions,
  run: (ledger: Ledger, grid: string) => Promise<T>,
): Promise<T> {
  const directory = await openDirectory(options);
  try {
    const ledger = await directory.connect(options.org, options.user);
    return await run(ledger, options.grid ?? (await onlyGrid(ledger)));
  } finally {
    await directory.close();
  }
}

async function openDirectory({ ledger, ledgerDir, connection }: LedgerOptions): Promise<LedgerDirectory> {
  if (ledger === 'fabric') return openFabric(connection);
  const folder = ledgerDir ?? (await latestRunFolder());
  if (folder === undefined) throw new ClientError('LEDGER_FOLDER_MISSING', { folder: stateFolder() });
  return openExistingEmbedded(folder);
}

async function onlyGrid(ledger: Ledger): Promise<string> {
  const grids = (await listGrids(ledger)).map(({ grid }) => grid);
  if (grids.length > 1) throw new ClientError('GRID_NOT_CHOSEN', { known: grids.slice(-5).join(', ') });
  const [grid] = grids;
  if (grid === undefined) throw new ClientError('NO_GRID');
  return grid;
}
