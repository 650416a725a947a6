/** How a program finds its ledger: served by another process of the host, or Fabric. Parties see the port only. */
import { z } from 'zod';
import { path } from './configuration.js';
import { describeError, type Log } from '../operations/log.js';
import type { Ledger } from '../ledger/port.js';

export const ledgerAccess = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('served'), address: path, mspId: z.string(), user: z.string() }),
  z.strictObject({
    kind: z.literal('fabric'),
    connection: path,
    mspId: z.string(),
    user: z.string(),
    /** Folder that keeps signed transactions until their outcome is known. */
    outbox: path.optional(),
  }),
]);

export type LedgerAccess = z.infer<typeof ledgerAccess>;

export interface OpenedLedger {
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/**
 * Opens a session; on Fabric what the outbox holds of an earlier process is submitted first.
 * @param outboxKey - 32 bytes; needed when the file names an outbox.
 * @throws ClientError, LedgerError as the adapters.
 */
export async function openLedger(
  access: LedgerAccess,
  log: Log,
  outboxKey?: Uint8Array,
): Promise<OpenedLedger> {
  if (access.kind === 'served') {
    const { readAddressFile, servedDirectory } = await import('../ledger/served/served-directory.js');
    const directory = servedDirectory(await readAddressFile(access.address));
    return { ledger: await directory.connect(access.mspId, access.user), close: () => directory.close() };
  }
  return openFabric(access, log, outboxKey);
}

/** What has no outcome yet keeps no program from starting: the first submission tries again. */
async function resume(ledger: { resume(): Promise<number> }, log: Log): Promise<void> {
  try {
    log.info('transactions of an earlier process have an outcome', { transactions: await ledger.resume() });
  } catch (error) {
    log.warn('transactions of an earlier process have no outcome yet', describeError(error));
  }
}

async function openFabric(
  { connection, mspId, user, outbox: folder }: Extract<LedgerAccess, { kind: 'fabric' }>,
  log: Log,
  key: Uint8Array | undefined,
): Promise<OpenedLedger> {
  const { FabricLedger } = await import('../ledger/fabric/fabric-ledger.js');
  const { readConnection } = await import('../ledger/fabric/connection.js');
  const { JournalOutbox } = await import('../ledger/fabric/journal-outbox.js');
  const outbox =
    folder === undefined || key === undefined ? undefined : await JournalOutbox.open({ folder, key });
  const ledger = await FabricLedger.connect({
    connection: await readConnection(connection),
    mspId,
    user,
    ...(outbox ? { outbox } : {}),
  });
  if (outbox && outbox.entries().length > 0) await resume(ledger, log);
  return {
    ledger,
    async close() {
      await ledger.close();
      await outbox?.close();
    },
  };
}
