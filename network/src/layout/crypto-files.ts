/** Paths inside the crypto material, as cryptogen and fabric-samples' test-network lay it out. */
import { join } from 'node:path';
import { CHAINCODE_DOMAIN } from './crypto-config.js';
import type { OrdererNode, Organisation, PeerNode } from './topology.js';

export interface TlsFiles {
  readonly key: string;
  readonly certificate: string;
  readonly rootCertificate: string;
}

export function organisationFolder(root: string, organisation: Organisation): string {
  return join(root, 'peerOrganizations', organisation.domain);
}

export function ordererOrganisationFolder(root: string): string {
  return join(root, 'ordererOrganizations', 'example.com');
}

export function ordererFolder(root: string, orderer: OrdererNode): string {
  return join(ordererOrganisationFolder(root), 'orderers', orderer.host);
}

export function peerFolder(root: string, peer: PeerNode): string {
  return join(organisationFolder(root, peer.organisation), 'peers', peer.host);
}

/** TLS files of a node's folder. */
export function serverTls(folder: string): TlsFiles {
  return {
    key: join(folder, 'tls', 'server.key'),
    certificate: join(folder, 'tls', 'server.crt'),
    rootCertificate: join(folder, 'tls', 'ca.crt'),
  };
}

/** TLS files of a user's folder. */
export function clientTls(folder: string): TlsFiles {
  return {
    key: join(folder, 'tls', 'client.key'),
    certificate: join(folder, 'tls', 'client.crt'),
    rootCertificate: join(folder, 'tls', 'ca.crt'),
  };
}

/** Folder of a user: `Admin`, `User1`, … */
export function userFolder(root: string, organisation: Organisation, user: string): string {
  return join(organisationFolder(root, organisation), 'users', `${user}@${organisation.domain}`);
}

export function ordererAdminTls(root: string): TlsFiles {
  return clientTls(join(ordererOrganisationFolder(root), 'users', 'Admin@example.com'));
}

export function chaincodeServerTls(root: string): TlsFiles {
  return serverTls(join(root, 'peerOrganizations', CHAINCODE_DOMAIN, 'peers', `server.${CHAINCODE_DOMAIN}`));
}

/** The identity with which peers call the chaincode server. */
export function chaincodeClientTls(root: string): TlsFiles {
  return clientTls(join(root, 'peerOrganizations', CHAINCODE_DOMAIN, 'users', `User1@${CHAINCODE_DOMAIN}`));
}
