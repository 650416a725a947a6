/** The ledger of a field, for those who judge it. */
import { join } from 'node:path';
import { openFabricDirectory } from '@gridveil/client/ledger/fabric/fabric-directory.js';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import { readAddressFile, servedDirectory } from '@gridveil/client/ledger/served/served-directory.js';
import type { Field } from '../helpers/field.js';

/** @param connection - connection file of a Fabric network; without it the ledger that the field serves. */
export async function openDirectory(field: Field, connection?: string): Promise<LedgerDirectory> {
  if (connection !== undefined) return openFabricDirectory(connection);
  return servedDirectory(await readAddressFile(join(field.folder, 'ledger', 'address.json')));
}
