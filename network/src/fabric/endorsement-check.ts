/**
 * Waits until every gateway peer endorses for both organisations. Right after a start the peers of one organisation have
 * not yet heard of the other's, and submits fail; a network is only ready when this has passed.
 * The check asks the system contract that every Node.js chaincode has; nothing is ordered or written.
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Connection, PeerConnection, UserFiles } from '../connection.js';
import { NetworkError } from '../errors.js';
import { poll } from '../processes/pause.js';
import { together } from '../processes/together.js';

const DEADLINE_MS = 60_000;
const ENDORSE_DEADLINE_MS = 10_000;
const PROBE = 'org.hyperledger.fabric:GetMetadata';

/** @throws NetworkError NOT_ENDORSING after a minute. */
export async function waitForEndorsements(connection: Connection, signal?: AbortSignal): Promise<void> {
  await together(
    Object.entries(connection.organisations).flatMap(([mspId, { peers, users }]) => {
      const user = users['User1'];
      return user === undefined
        ? []
        : peers.map((peer) => waitForPeer({ connection, mspId, peer, user }, signal));
    }),
  );
}

interface Probe {
  readonly connection: Connection;
  readonly mspId: string;
  readonly peer: PeerConnection;
  readonly user: UserFiles;
}

async function waitForPeer({ connection, mspId, peer, user }: Probe, signal?: AbortSignal): Promise<void> {
  // Loaded here: they take longer to load than most commands take to run.
  const { Client, credentials } = await import('@grpc/grpc-js');
  const { connect, signers } = await import('@hyperledger/fabric-gateway');
  const client = new Client(peer.address, credentials.createSsl(readFileSync(peer.tlsRootCertPath)), {
    ...(peer.tlsHostOverride === undefined ? {} : { 'grpc.ssl_target_name_override': peer.tlsHostOverride }),
    // A peer that is only just starting is tried again at once, not after a growing pause.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 500,
  });
  const gateway = connect({
    client,
    identity: { mspId, credentials: readFileSync(user.certPath) },
    signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(user.keyPath))),
    endorseOptions: () => ({ deadline: Date.now() + ENDORSE_DEADLINE_MS }),
  });
  const contract = gateway.getNetwork(connection.channel).getContract(connection.chaincode);
  let reason = '';
  try {
    const endorsed = await poll(
      async () => {
        try {
          await contract.newProposal(PROBE).endorse();
          return true;
        } catch (error) {
          reason = (error as Error).message;
          return undefined;
        }
      },
      { intervalMs: 100, deadlineMs: DEADLINE_MS, signal },
    );
    if (endorsed === true) return;
    const facts = { name: peer.name, chaincode: connection.chaincode, seconds: DEADLINE_MS / 1000, reason };
    throw new NetworkError('NOT_ENDORSING', facts);
  } finally {
    gateway.close();
    client.close();
  }
}
