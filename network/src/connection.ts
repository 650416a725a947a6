/**
 * What a client needs to reach a network: `connection.json`, read by the Fabric ledger adapter. It can also be written
 * by hand for any other network. All paths are absolute; addresses are `host:port`.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peerFolder, serverTls, userFolder } from './layout/crypto-files.js';
import { NetworkError } from './errors.js';
import { pathsOf, type NetworkPaths } from './folders.js';
import { requireState } from './state-file.js';
import {
  CHAINCODE_NAME,
  CHANNEL,
  LOOPBACK,
  ORGANISATIONS,
  topologyOf,
  USERS_PER_ORGANISATION,
  type Topology,
} from './layout/topology.js';

export interface PeerConnection {
  readonly name: string;
  readonly address: string;
  readonly tlsRootCertPath: string;
  /** Name in the peer's TLS certificate, where the address is not in it. */
  readonly tlsHostOverride?: string;
}

export interface UserFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

export interface OrganisationConnection {
  readonly peers: readonly PeerConnection[];
  /** `Admin`, `User1`, … */
  readonly users: Readonly<Record<string, UserFiles>>;
}

export interface Connection {
  readonly channel: string;
  readonly chaincode: string;
  /** By MSP id. */
  readonly organisations: Readonly<Record<string, OrganisationConnection>>;
}

export function connectionOf(topology: Topology, cryptoRoot: string): Connection {
  const users = [
    'Admin',
    ...Array.from({ length: USERS_PER_ORGANISATION }, (_, index) => `User${index + 1}`),
  ];
  const organisations = ORGANISATIONS.map((organisation): [string, OrganisationConnection] => [
    organisation.mspId,
    {
      peers: topology.peers
        .filter((peer) => peer.organisation.mspId === organisation.mspId)
        .map((peer) => ({
          name: peer.host,
          address: `${LOOPBACK}:${peer.port}`,
          tlsRootCertPath: serverTls(peerFolder(cryptoRoot, peer)).rootCertificate,
          tlsHostOverride: peer.host,
        })),
      users: Object.fromEntries(
        users.map((user) => [user, userFiles(join(userFolder(cryptoRoot, organisation, user), 'msp'))]),
      ),
    },
  ]);
  return { channel: CHANNEL, chaincode: CHAINCODE_NAME, organisations: Object.fromEntries(organisations) };
}

/** Certificate and key of a user: the only file in its folder, whatever the tool that made it calls it. */
export function userFiles(msp: string): UserFiles {
  return { certPath: onlyFile(join(msp, 'signcerts')), keyPath: onlyFile(join(msp, 'keystore')) };
}

function onlyFile(folder: string): string {
  const [name] = readdirSync(folder).sort();
  if (name === undefined)
    throw new NetworkError('COMMAND_FAILED', { step: `reading ${folder}`, reason: 'it is empty' });
  return join(folder, name);
}

export function writeConnection(topology: Topology, paths: NetworkPaths): void {
  const connection = connectionOf(topology, paths.organisations);
  writeFileSync(paths.connection, `${JSON.stringify(connection, undefined, 2)}\n`);
}

/** The connection of the network in a folder. @throws NetworkError NO_NETWORK */
export function readConnection(dir: string): Connection {
  const state = requireState(dir);
  return connectionOf(topologyOf(state.consensus, state.portBase), pathsOf(dir).organisations);
}
