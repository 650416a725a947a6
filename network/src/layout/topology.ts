/**
 * Who is in the network and on which port: 2 organisations with 2 peers each and 3 Raft (or 4 BFT) orderers, named as in
 * fabric-samples' test-network. All ports shift together with the base, so that networks can run side by side.
 */
export type Consensus = 'raft' | 'bft';

export const CHANNEL = 'mychannel';
export const CHAINCODE_NAME = 'gridveil';
export const CHAINCODE_VERSION = '1.0';
export const ORDERER_MSP = 'OrdererMSP';
export const LOOPBACK = '127.0.0.1';

/** Port of the first orderer when nothing else is asked for; all other ports keep their distance from it. */
export const DEFAULT_PORT_BASE = 6050;
export const HIGHEST_PORT_OFFSET = 3949;
const PEER_OFFSET = 1001;
const ORDERER_OPERATIONS_OFFSET = 2393;
const PEER_OPERATIONS_OFFSET = 2401;
const ORDERER_ADMIN_OFFSET = 3393;

export interface OrdererNode {
  readonly kind: 'orderer';
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly operationsPort: number;
}

export interface PeerNode {
  readonly kind: 'peer';
  readonly name: string;
  readonly host: string;
  readonly organisation: Organisation;
  readonly port: number;
  readonly chaincodePort: number;
  readonly operationsPort: number;
}

export interface ChaincodeNode {
  readonly kind: 'chaincode';
  readonly name: 'chaincode';
  readonly port: number;
}

export type NetworkNode = OrdererNode | PeerNode | ChaincodeNode;

export interface Organisation {
  readonly mspId: string;
  readonly domain: string;
}

export const ORGANISATIONS: readonly Organisation[] = [
  { mspId: 'Org1MSP', domain: 'org1.example.com' },
  { mspId: 'Org2MSP', domain: 'org2.example.com' },
];
export const PEERS_PER_ORGANISATION = 2;
/** Client identities per organisation: enough for a demo whose fog nodes each have their own. */
export const USERS_PER_ORGANISATION = 8;

export interface Topology {
  readonly consensus: Consensus;
  readonly portBase: number;
  readonly orderers: readonly OrdererNode[];
  readonly peers: readonly PeerNode[];
  readonly chaincode: ChaincodeNode;
}

export function topologyOf(consensus: Consensus, portBase: number): Topology {
  const orderers = Array.from({ length: consensus === 'raft' ? 3 : 4 }, (_, index): OrdererNode => ({
    kind: 'orderer',
    name: `orderer${index + 1}`,
    host: `orderer${index + 1}.example.com`,
    port: portBase + index,
    adminPort: portBase + ORDERER_ADMIN_OFFSET + index,
    operationsPort: portBase + ORDERER_OPERATIONS_OFFSET + index,
  }));
  const peers = ORGANISATIONS.flatMap((organisation, org) =>
    Array.from({ length: PEERS_PER_ORGANISATION }, (_, index): PeerNode => {
      const rank = org * PEERS_PER_ORGANISATION + index;
      const port = portBase + PEER_OFFSET + 2 * rank;
      return {
        kind: 'peer',
        name: `peer${index}.org${org + 1}`,
        host: `peer${index}.${organisation.domain}`,
        organisation,
        port,
        chaincodePort: port + 1,
        operationsPort: portBase + PEER_OPERATIONS_OFFSET + rank,
      };
    }),
  );
  const chaincode = { kind: 'chaincode', name: 'chaincode', port: portBase + HIGHEST_PORT_OFFSET } as const;
  return { consensus, portBase, orderers, peers, chaincode };
}

export function nodesOf(topology: Topology): readonly NetworkNode[] {
  return [...topology.orderers, ...topology.peers, topology.chaincode];
}

/** Every port the process listens on. */
export function portsOf(node: NetworkNode): readonly number[] {
  switch (node.kind) {
    case 'orderer':
      return [node.port, node.adminPort, node.operationsPort];
    case 'peer':
      return [node.port, node.chaincodePort, node.operationsPort];
    case 'chaincode':
      return [node.port];
  }
}
