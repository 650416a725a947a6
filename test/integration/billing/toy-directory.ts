/** A directory of an embedded ledger with toy contracts and a replayed clock, in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// First, since it sets the log level that the contracts' decorators print under when they load.
import { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import type { ReplayClock } from '@gridveil/client/billing/replay-clock.js';
import { TOY_CONTRACTS } from '../../helpers/contract-bench.js';

export interface ToyDirectory extends LedgerDirectory {
  /** Temporary; closing removes it. */
  readonly folder: string;
}

export async function openToyDirectory(clock: ReplayClock): Promise<ToyDirectory> {
  const folder = await mkdtemp(join(tmpdir(), 'gridveil-billing-'));
  const now = (): Date => new Date(clock.nowMs);
  const ledger = await EmbeddedLedger.open({ folder, contracts: TOY_CONTRACTS, now });
  const { membership } = ledger;
  return {
    folder,
    kind: 'embedded',
    description: 'toy ledger',
    users: () => undefined,
    connect: async (mspId, user) =>
      ledger.connect(await (user === 'Admin' ? membership.admin(mspId) : membership.enrol(mspId, user))),
    async close() {
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
