/**
 * The connection description of fabric-samples' test-network, whose peers listen on 7051 (Org1) and 9051 (Org2).
 * Its crypto material has the same layout as ours; with certificate authorities instead of cryptogen only file names differ.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { userFiles, type Connection, type OrganisationConnection } from './connection.js';
import { NetworkError } from './errors.js';
import { CHAINCODE_NAME, CHANNEL } from './layout/topology.js';

const PEERS = [
  { mspId: 'Org1MSP', domain: 'org1.example.com', port: 7051 },
  { mspId: 'Org2MSP', domain: 'org2.example.com', port: 9051 },
];

/** @throws NetworkError NOT_A_TEST_NETWORK when the folder lacks the crypto material of a running test-network */
export function testNetworkConnection(folder: string): Connection {
  const dir = resolve(folder);
  const organisations = PEERS.map(({ mspId, domain, port }): [string, OrganisationConnection] => {
    const root = join(dir, 'organizations', 'peerOrganizations', domain);
    const host = `peer0.${domain}`;
    const tlsRootCertPath = join(root, 'peers', host, 'tls', 'ca.crt');
    if (!existsSync(tlsRootCertPath)) {
      throw new NetworkError('NOT_A_TEST_NETWORK', { dir, reason: `${tlsRootCertPath} is missing` });
    }
    const user = (name: string): [string, ReturnType<typeof userFiles>] => [
      name,
      userFiles(join(root, 'users', `${name}@${domain}`, 'msp')),
    ];
    const peer = { name: host, address: `localhost:${port}`, tlsRootCertPath, tlsHostOverride: host };
    return [mspId, { peers: [peer], users: Object.fromEntries([user('Admin'), user('User1')]) }];
  });
  return { channel: CHANNEL, chaincode: CHAINCODE_NAME, organisations: Object.fromEntries(organisations) };
}
