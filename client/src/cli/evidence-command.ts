/** `gridveil evidence`: exports a range of opened slots. */
import { writeFile } from 'node:fs/promises';
import { exportEvidence } from '../evidence/export.js';
import { ClientError } from '../errors.js';
import { listGrids } from '../ledger/calls.js';
import type { LedgerDirectory } from '../ledger/directory.js';
import type { Ledger } from '../ledger/port.js';
import { openExistingEmbedded, openFabric } from './open-directory.js';
import { EXIT, printDocument } from './output.js';
import { latestRunFolder, stateFolder } from './state-folder.js';

export interface EvidenceOptions {
  readonly ledger: 'embedded' | 'fabric';
  readonly ledgerDir: string | undefined;
  readonly connection: string | undefined;
  readonly grid: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly out: string | undefined;
  readonly org: string;
  readonly user: string;
}

export async function runEvidence(options: EvidenceOptions): Promise<number> {
  const directory = await openDirectory(options);
  try {
    const ledger = await directory.connect(options.org, options.user);
    const grid = options.grid ?? (await onlyGrid(ledger));
    const document = await exportEvidence(ledger, grid, { fromSlot: options.from, toSlot: options.to });
    if (options.out === undefined) printDocument(document);
    else {
      await writeNew(options.out, `${JSON.stringify(document, undefined, 1)}\n`);
      const { length } = document.slots;
      process.stderr.write(
        `${length} ${length === 1 ? 'slot' : 'slots'} of grid ${grid} written to ${options.out}\n`,
      );
    }
    return EXIT.done;
  } finally {
    await directory.close();
  }
}

async function openDirectory({ ledger, ledgerDir, connection }: EvidenceOptions): Promise<LedgerDirectory> {
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

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') throw new ClientError('FILE_EXISTS', { file }, { cause });
    throw new ClientError('FILE_UNWRITABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
}
