/** All identities of a ledger that another process of this host serves. */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { ClientError } from '../../errors.js';
import type { LedgerDirectory } from '../directory.js';
import type { Ledger } from '../port.js';
import { ServedLedger, type LedgerAddress } from './served-ledger.js';

/** What the server writes beside its ledger: `{"url":…,"token":…}`, readable by its owner only. */
export const addressFile = z.strictObject({ url: z.url(), token: z.string().min(16) });
const OTHERS = 0o077;

/** @throws ClientError LEDGER_ADDRESS_UNREADABLE, KEY_FILE_EXPOSED */
export async function readAddressFile(file: string): Promise<LedgerAddress> {
  try {
    const { mode } = await stat(file);
    if ((mode & OTHERS) !== 0)
      throw new ClientError('KEY_FILE_EXPOSED', { file, mode: (mode & 0o777).toString(8) });
    return addressFile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    const reason = (cause as NodeJS.ErrnoException).code ?? 'no address of a ledger';
    throw new ClientError('LEDGER_ADDRESS_UNREADABLE', { file, reason }, { cause });
  }
}

export function servedDirectory(address: LedgerAddress): LedgerDirectory {
  const sessions = new Map<string, Promise<Ledger>>();
  return {
    kind: 'embedded',
    description: `embedded ledger: one node in another process, ${address.url}`,
    users: () => undefined,
    connect(mspId, user) {
      const id = `${mspId}/${user}`;
      const session = sessions.get(id) ?? ServedLedger.connect(address, mspId, user);
      sessions.set(id, session);
      session.catch(() => sessions.delete(id));
      return session;
    },
    async close() {
      const opened = await Promise.allSettled([...sessions.values()]);
      for (const session of opened) if (session.status === 'fulfilled') await session.value.close();
    },
  };
}
