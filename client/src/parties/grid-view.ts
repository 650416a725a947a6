/** What every party of a grid knows: its public parameters as the ledger holds them, ready for use. */
import { gridPublicKey, type ProvenGrid } from '@gridveil/chaincode/domain/grid.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { getGrid } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';

export interface GridView {
  readonly channel: string;
  readonly record: ProvenGrid;
  readonly publicKey: PaillierPublicKey;
}

/** @throws NotFoundError GRID_UNKNOWN */
export async function readGrid(ledger: Ledger, grid: string): Promise<GridView> {
  const record = await getGrid(ledger, grid);
  return { channel: ledger.channel, record, publicKey: gridPublicKey(record) };
}
