/** The smallest client that can try a network: submits and evaluates as one user through one peer. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, signers, type Contract } from '@hyperledger/fabric-gateway';
import type { Connection } from '@gridveil/network/connection.js';

export interface GatewayClient {
  readonly contract: Contract;
  close(): void;
}

export function connectTo(
  connection: Connection,
  mspId: string,
  user = 'User1',
  peerIndex = 0,
): GatewayClient {
  const organisation = connection.organisations[mspId];
  const peer = organisation?.peers[peerIndex];
  const files = organisation?.users[user];
  if (peer === undefined || files === undefined)
    throw new RangeError(`no ${user} or peer ${peerIndex} in ${mspId}`);
  const client = new Client(peer.address, credentials.createSsl(readFileSync(peer.tlsRootCertPath)), {
    ...(peer.tlsHostOverride === undefined ? {} : { 'grpc.ssl_target_name_override': peer.tlsHostOverride }),
  });
  const deadline = () => ({ deadline: Date.now() + 30_000 });
  const gateway = connect({
    client,
    identity: { mspId, credentials: readFileSync(files.certPath) },
    signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(files.keyPath))),
    evaluateOptions: deadline,
    endorseOptions: deadline,
    submitOptions: deadline,
    commitStatusOptions: deadline,
  });
  return {
    contract: gateway.getNetwork(connection.channel).getContract(connection.chaincode),
    close: () => {
      gateway.close();
      client.close();
    },
  };
}

/** One transaction of the notes contract, kept trying while a leader is elected or a peer comes back. */
export async function keep(client: GatewayClient, name: string, text: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await client.contract.submitTransaction('notes:Keep', name, text);
      return;
    } catch (error) {
      if (attempt === 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

export async function read(client: GatewayClient, name: string): Promise<string> {
  return Buffer.from(await client.contract.evaluateTransaction('notes:Read', name)).toString();
}
