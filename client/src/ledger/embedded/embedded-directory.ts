/**
 * All identities of an embedded ledger as sessions. They are enrolled when they are first asked for, except on a ledger
 * that is opened for queries, where nothing new is written.
 */
// First, since it sets the log level that the contracts' decorators print under when they load.
import { EmbeddedLedger } from './embedded-ledger.js';
import { contracts } from '@gridveil/chaincode';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ClientError } from '../../errors.js';
import type { LedgerDirectory } from '../directory.js';

const ADMIN = 'Admin';

/** What every folder of an embedded ledger holds: LevelDB's pointer to its files, and the authorities. */
const MARKS = [join('db', 'CURRENT'), join('crypto', 'peerOrganizations')];

/**
 * Opens the ledger in `folder`, or creates it.
 * @param now - the clock of transactions, for a replay of recorded time; the real one when left out
 * @throws LedgerError LOCKED, CORRUPT, UNAVAILABLE, REJECTED
 */
export async function openEmbeddedDirectory(folder: string, now?: () => Date): Promise<LedgerDirectory> {
  const ledger = await EmbeddedLedger.open({ folder, contracts, ...(now === undefined ? {} : { now }) });
  return directoryOf(ledger, () => undefined);
}

/**
 * Opens the ledger in `folder` for queries of those who are enrolled.
 * @throws ClientError LEDGER_FOLDER_MISSING; LedgerError LOCKED, CORRUPT, UNAVAILABLE, REJECTED
 */
export async function openExistingEmbeddedDirectory(folder: string): Promise<LedgerDirectory> {
  if (folder === '' || !MARKS.every((mark) => existsSync(join(folder, mark))))
    throw new ClientError('LEDGER_FOLDER_MISSING', { folder });
  const ledger = await EmbeddedLedger.open({ folder, contracts });
  return directoryOf(ledger, (mspId) => ledger.membership.users(mspId));
}

function directoryOf(ledger: EmbeddedLedger, users: LedgerDirectory['users']): LedgerDirectory {
  return {
    kind: 'embedded',
    description: `embedded ledger: one node in this process`,
    users,
    async connect(mspId, user) {
      const known = users(mspId);
      if (known !== undefined && !known.includes(user))
        throw new ClientError('USER_UNKNOWN', { mspId, user, known: known.join(', ') });
      const { membership } = ledger;
      return ledger.connect(await (user === ADMIN ? membership.admin(mspId) : membership.enrol(mspId, user)));
    },
    close: () => ledger.close(),
  };
}
