/**
 * Is there a network behind a connection file at all? The ledger session keeps trying for half a minute, which is right while
 * a network starts and wrong for a command whose user forgot to start it.
 */
import { connect } from 'node:net';
import { ClientError } from '../errors.js';
import { readConnection } from '../ledger/fabric/connection.js';

const ANSWER_DEADLINE_MS = 2_000;

/** @throws ClientError NETWORK_DOWN when no peer of the file accepts a connection; CONNECTION_* */
export async function requireReachable(connectionFile: string): Promise<void> {
  const { organisations } = await readConnection(connectionFile);
  const addresses = Object.values(organisations).flatMap(({ peers }) => peers.map(({ address }) => address));
  const answers = await Promise.all(addresses.map(accepts));
  if (!answers.includes(true)) {
    throw new ClientError('NETWORK_DOWN', { file: connectionFile, addresses: addresses.join(', ') });
  }
}

function accepts(address: string): Promise<boolean> {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: ANSWER_DEADLINE_MS });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
