/**
 * How each process is configured: Fabric's own sample configuration plus these variables, nothing is edited.
 * Every process gets only what is listed here, not the caller's environment.
 */
import { join } from 'node:path';
import { baseEnvironment } from './base-environment.js';
import {
  chaincodeServerTls,
  ordererFolder,
  peerFolder,
  serverTls,
  userFolder,
  type TlsFiles,
} from './crypto-files.js';
import type { FabricTools } from '../fabric/fabric-tools.js';
import { NETWORK_FOLDER, type NetworkPaths } from '../folders.js';
import { FOLDER_VARIABLE } from '../processes/ports.js';
import { LOOPBACK, ORDERER_MSP, type OrdererNode, type PeerNode, type Topology } from './topology.js';

/** A further way in which peers build and run chaincode, beside "as a service". */
export interface ExternalBuilder {
  readonly name: string;
  readonly path: string;
  readonly propagateEnvironment: readonly string[];
}

export interface NodeSurroundings {
  readonly tools: FabricTools;
  readonly paths: NetworkPaths;
  readonly topology: Topology;
  readonly extraBuilders: readonly ExternalBuilder[];
  /** Peers take transactions of any time. */
  readonly anyTime?: boolean;
}

const LOGGING = {
  FABRIC_LOGGING_SPEC: 'warning',
  // Fabric's own format without its colours.
  FABRIC_LOGGING_FORMAT: '%{time:2006-01-02 15:04:05.000 MST} %{level:.4s} [%{module}] %{message}',
};

/** A hundred years instead of Fabric's 15 minutes. */
const ANY_TIME_WINDOW = '876000h';

export function ordererEnvironment(
  orderer: OrdererNode,
  { tools, paths }: NodeSurroundings,
): NodeJS.ProcessEnv {
  const folder = ordererFolder(paths.organisations, orderer);
  const tls = serverTls(folder);
  const ledger = join(paths.ledgers, orderer.name);
  return {
    ...baseEnvironment(),
    [FOLDER_VARIABLE]: paths.dir,
    FABRIC_CFG_PATH: tools.config,
    ...LOGGING,
    ORDERER_GENERAL_LISTENADDRESS: LOOPBACK,
    ORDERER_GENERAL_LISTENPORT: String(orderer.port),
    ORDERER_GENERAL_LOCALMSPID: ORDERER_MSP,
    ORDERER_GENERAL_LOCALMSPDIR: join(folder, 'msp'),
    ...ordererTls('ORDERER_GENERAL_TLS', tls),
    ORDERER_FILELEDGER_LOCATION: ledger,
    ORDERER_CONSENSUS_WALDIR: join(ledger, 'wal'),
    ORDERER_CONSENSUS_SNAPDIR: join(ledger, 'snapshots'),
    ORDERER_OPERATIONS_LISTENADDRESS: `${LOOPBACK}:${orderer.operationsPort}`,
    ORDERER_METRICS_PROVIDER: 'prometheus',
    ORDERER_ADMIN_LISTENADDRESS: `${LOOPBACK}:${orderer.adminPort}`,
    ...ordererTls('ORDERER_ADMIN_TLS', tls),
    ORDERER_ADMIN_TLS_CLIENTROOTCAS: `[${tls.rootCertificate}]`,
    ORDERER_ADMIN_TLS_CLIENTAUTHREQUIRED: 'true',
  };
}

function ordererTls(prefix: string, tls: TlsFiles): NodeJS.ProcessEnv {
  return {
    [`${prefix}_ENABLED`]: 'true',
    [`${prefix}_PRIVATEKEY`]: tls.key,
    [`${prefix}_CERTIFICATE`]: tls.certificate,
    [`${prefix}_ROOTCAS`]: `[${tls.rootCertificate}]`,
  };
}

export function peerEnvironment(peer: PeerNode, surroundings: NodeSurroundings): NodeJS.ProcessEnv {
  const { tools, paths, topology } = surroundings;
  const folder = peerFolder(paths.organisations, peer);
  const tls = serverTls(folder);
  const ledger = join(paths.ledgers, peer.name);
  const address = `${LOOPBACK}:${peer.port}`;
  const chaincodeAddress = `${LOOPBACK}:${peer.chaincodePort}`;
  const mate = topology.peers.find(
    (other) => other.organisation.mspId === peer.organisation.mspId && other.name !== peer.name,
  );
  return {
    ...baseEnvironment(),
    [FOLDER_VARIABLE]: paths.dir,
    FABRIC_CFG_PATH: tools.config,
    ...LOGGING,
    CORE_PEER_ID: peer.host,
    CORE_PEER_ADDRESS: address,
    CORE_PEER_LISTENADDRESS: address,
    CORE_PEER_CHAINCODEADDRESS: chaincodeAddress,
    CORE_PEER_CHAINCODELISTENADDRESS: chaincodeAddress,
    CORE_PEER_LOCALMSPID: peer.organisation.mspId,
    CORE_PEER_MSPCONFIGPATH: join(folder, 'msp'),
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_TLS_KEY_FILE: tls.key,
    CORE_PEER_TLS_CERT_FILE: tls.certificate,
    CORE_PEER_TLS_ROOTCERT_FILE: tls.rootCertificate,
    ...(surroundings.anyTime === true ? { CORE_PEER_AUTHENTICATION_TIMEWINDOW: ANY_TIME_WINDOW } : {}),
    CORE_PEER_FILESYSTEMPATH: ledger,
    CORE_LEDGER_SNAPSHOTS_ROOTDIR: join(ledger, 'snapshots'),
    CORE_PEER_GOSSIP_BOOTSTRAP: `${LOOPBACK}:${mate?.port ?? peer.port}`,
    CORE_PEER_GOSSIP_ENDPOINT: address,
    CORE_PEER_GOSSIP_EXTERNALENDPOINT: address,
    // With Fabric's 25 s the organisations may find each other only half a minute after the start.
    CORE_PEER_GOSSIP_RECONNECTINTERVAL: '1s',
    CORE_PEER_GOSSIP_ALIVETIMEINTERVAL: '1s',
    CORE_PEER_GOSSIP_PUBLISHSTATEINFOINTERVAL: '1s',
    CORE_PEER_GOSSIP_REQUESTSTATEINFOINTERVAL: '1s',
    CORE_OPERATIONS_LISTENADDRESS: `${LOOPBACK}:${peer.operationsPort}`,
    CORE_METRICS_PROVIDER: 'prometheus',
    // Empty, not absent: the peer then neither looks for a Docker engine nor reports it as unhealthy.
    CORE_VM_ENDPOINT: '',
    CORE_CHAINCODE_EXTERNALBUILDERS: JSON.stringify([
      { name: 'ccaas', path: join(NETWORK_FOLDER, 'builder'), propagateEnvironment: [] },
      ...surroundings.extraBuilders,
    ]),
  };
}

/** Environment in which the `peer` tool speaks as the admin of the peer's organisation to that peer. */
export function adminEnvironment(peer: PeerNode, { tools, paths }: NodeSurroundings): NodeJS.ProcessEnv {
  return {
    ...baseEnvironment(),
    FABRIC_CFG_PATH: tools.config,
    FABRIC_LOGGING_SPEC: 'error',
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_ADDRESS: `${LOOPBACK}:${peer.port}`,
    CORE_PEER_LOCALMSPID: peer.organisation.mspId,
    CORE_PEER_MSPCONFIGPATH: join(userFolder(paths.organisations, peer.organisation, 'Admin'), 'msp'),
    CORE_PEER_TLS_ROOTCERT_FILE: serverTls(peerFolder(paths.organisations, peer)).rootCertificate,
  };
}

/** Environment of the staged `server.js`. */
export function chaincodeEnvironment(
  surroundings: NodeSurroundings,
  packageId: string,
  nodePath: string,
): NodeJS.ProcessEnv {
  const { paths, topology } = surroundings;
  const tls = chaincodeServerTls(paths.organisations);
  return {
    ...baseEnvironment(),
    [FOLDER_VARIABLE]: paths.dir,
    NODE_PATH: nodePath,
    CHAINCODE_ID: packageId,
    CHAINCODE_SERVER_ADDRESS: `${LOOPBACK}:${topology.chaincode.port}`,
    CHAINCODE_TLS_KEY_FILE: tls.key,
    CHAINCODE_TLS_CERT_FILE: tls.certificate,
    CHAINCODE_TLS_CLIENT_CA_FILE: tls.rootCertificate,
    CORE_CHAINCODE_LOGGING_LEVEL: 'ERROR',
    CORE_CHAINCODE_LOGGING_SHIM: 'ERROR',
  };
}
