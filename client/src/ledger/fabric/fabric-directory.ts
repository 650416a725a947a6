/** All identities of a connection description as sessions on Fabric that see each other's commits at once, whatever peers they talk to. */
import type { LedgerDirectory } from '../directory.js';
import type { Ledger } from '../port.js';
import { CommitHorizon } from './commit-horizon.js';
import { organisationOf, readConnection } from './connection.js';
import { FabricLedger } from './fabric-ledger.js';

/** @throws ClientError CONNECTION_UNREADABLE, CONNECTION_MALFORMED */
export async function openFabricDirectory(connectionFile: string): Promise<LedgerDirectory> {
  const connection = await readConnection(connectionFile);
  const horizon = new CommitHorizon();
  const sessions = new Map<string, Promise<Ledger>>();
  const peers = Object.values(connection.organisations).reduce((sum, { peers }) => sum + peers.length, 0);
  return {
    kind: 'fabric',
    description: `Hyperledger Fabric, channel ${connection.channel}, ${peers} peers`,
    users: (mspId) => Object.keys(organisationOf(connection, mspId).users),
    connect(mspId, user) {
      const id = `${mspId}/${user}`;
      const session = sessions.get(id) ?? FabricLedger.connect({ connection, mspId, user, horizon });
      sessions.set(id, session);
      return session;
    },
    async close() {
      const opened = await Promise.allSettled([...sessions.values()]);
      const live = opened.flatMap((session) => (session.status === 'fulfilled' ? [session.value] : []));
      await Promise.all(live.map((session) => session.close()));
    },
  };
}
