/**
 * Input of configtxgen: the channel with its policies, block cutting and consensus. JSON is YAML.
 * Endorsement needs a majority of the organisations, that is both. Values: measured on two cores (network/README.md).
 */
import { join } from 'node:path';
import { ordererFolder, ordererOrganisationFolder, organisationFolder, serverTls } from './crypto-files.js';
import {
  LOOPBACK,
  ORDERER_MSP,
  ORGANISATIONS,
  type OrdererNode,
  type Organisation,
  type Topology,
} from './topology.js';

export const PROFILE = 'Gridveil';

/** A block is cut at so many transactions, at so many bytes, or when its first transaction has waited long enough. */
export const MAX_MESSAGE_COUNT = 100;
export const PREFERRED_MAX_BYTES = '2 MB';

const signature = (...principals: string[]): object => ({
  Type: 'Signature',
  Rule: `OR(${principals.map((principal) => `'${principal}'`).join(',')})`,
});
const meta = (rule: string): object => ({ Type: 'ImplicitMeta', Rule: rule });
const META = { Readers: meta('ANY Readers'), Writers: meta('ANY Writers'), Admins: meta('MAJORITY Admins') };

export interface ChannelSettings {
  /** Longest wait of a transaction for its block to fill. BFT cuts blocks by its own interval. */
  readonly blockTimeoutMs: number;
  /** Absolute folder of the crypto material. */
  readonly organisations: string;
}

export function configtx(topology: Topology, settings: ChannelSettings): string {
  const root = settings.organisations;
  const profile = {
    Policies: META,
    Capabilities: topology.consensus === 'bft' ? { V3_0: true } : { V2_0: true },
    Orderer: {
      ...consensusOf(topology, root),
      BatchTimeout: `${settings.blockTimeoutMs}ms`,
      BatchSize: {
        MaxMessageCount: MAX_MESSAGE_COUNT,
        AbsoluteMaxBytes: '49 MB',
        PreferredMaxBytes: PREFERRED_MAX_BYTES,
      },
      Organizations: [ordererOrganisation(topology, root)],
      Policies: { ...META, BlockValidation: meta('ANY Writers') },
      Capabilities: { V2_0: true },
    },
    Application: {
      Organizations: ORGANISATIONS.map((organisation) => peerOrganisation(topology, organisation, root)),
      Policies: {
        ...META,
        LifecycleEndorsement: meta('MAJORITY Endorsement'),
        Endorsement: meta('MAJORITY Endorsement'),
      },
      Capabilities: { V2_5: true },
    },
  };
  return JSON.stringify({ Profiles: { [PROFILE]: profile } });
}

function ordererOrganisation(topology: Topology, root: string): object {
  const member = signature(`${ORDERER_MSP}.member`);
  return {
    Name: 'OrdererOrg',
    ID: ORDERER_MSP,
    MSPDir: join(ordererOrganisationFolder(root), 'msp'),
    Policies: { Readers: member, Writers: member, Admins: signature(`${ORDERER_MSP}.admin`) },
    OrdererEndpoints: topology.orderers.map(({ port }) => `${LOOPBACK}:${port}`),
  };
}

function peerOrganisation(topology: Topology, { mspId, domain }: Organisation, root: string): object {
  const anchor = topology.peers.find(({ organisation }) => organisation.mspId === mspId);
  return {
    Name: mspId,
    ID: mspId,
    MSPDir: join(organisationFolder(root, { mspId, domain }), 'msp'),
    AnchorPeers: [{ Host: LOOPBACK, Port: anchor?.port }],
    Policies: {
      Readers: signature(`${mspId}.admin`, `${mspId}.peer`, `${mspId}.client`),
      Writers: signature(`${mspId}.admin`, `${mspId}.client`),
      Admins: signature(`${mspId}.admin`),
      Endorsement: signature(`${mspId}.peer`),
    },
  };
}

function consensusOf(topology: Topology, root: string): object {
  const consenter = (orderer: OrdererNode): object => {
    const { certificate } = serverTls(ordererFolder(root, orderer));
    return { Host: LOOPBACK, Port: orderer.port, ClientTLSCert: certificate, ServerTLSCert: certificate };
  };
  if (topology.consensus === 'raft') {
    return {
      OrdererType: 'etcdraft',
      EtcdRaft: {
        Consenters: topology.orderers.map(consenter),
        // A lost leader is replaced after 10 to 20 ticks.
        Options: {
          TickInterval: '200ms',
          ElectionTick: 10,
          HeartbeatTick: 1,
          MaxInflightBlocks: 5,
          SnapshotIntervalSize: '16 MB',
        },
      },
    };
  }
  return {
    OrdererType: 'BFT',
    SmartBFT: {
      RequestBatchMaxCount: 100,
      RequestBatchMaxInterval: '50ms',
      RequestForwardTimeout: '2s',
      RequestComplainTimeout: '20s',
      RequestAutoRemoveTimeout: '3m0s',
      ViewChangeResendInterval: '5s',
      ViewChangeTimeout: '20s',
      LeaderHeartbeatTimeout: '1m0s',
      CollectTimeout: '1s',
      IncomingMessageBufferSize: 200,
      RequestPoolSize: 100_000,
      LeaderHeartbeatCount: 10,
    },
    ConsenterMapping: topology.orderers.map((orderer, index) => ({
      ...consenter(orderer),
      ID: index + 1,
      MSPID: ORDERER_MSP,
      Identity: join(ordererFolder(root, orderer), 'msp', 'signcerts', `${orderer.host}-cert.pem`),
    })),
  };
}
