/**
 * Input of cryptogen: organisations, their nodes and users, in the layout of fabric-samples' test-network.
 * JSON is YAML, so no YAML writer is needed. The extra organisation `cc.example.com` issues the TLS certificates of the
 * chaincode server and of the peers that call it.
 */
import {
  LOOPBACK,
  ORGANISATIONS,
  PEERS_PER_ORGANISATION,
  USERS_PER_ORGANISATION,
  type Topology,
} from './topology.js';

export const CHAINCODE_DOMAIN = 'cc.example.com';

const SANS = [LOOPBACK, 'localhost'];

export function cryptoConfig(topology: Topology): string {
  return JSON.stringify({
    OrdererOrgs: [
      {
        Name: 'Orderer',
        Domain: 'example.com',
        EnableNodeOUs: true,
        Specs: topology.orderers.map((orderer) => ({ Hostname: orderer.name, SANS })),
      },
    ],
    PeerOrgs: [
      ...ORGANISATIONS.map(({ mspId, domain }) => ({
        Name: mspId.replace('MSP', ''),
        Domain: domain,
        EnableNodeOUs: true,
        Template: { Count: PEERS_PER_ORGANISATION, SANS },
        Users: { Count: USERS_PER_ORGANISATION },
      })),
      {
        Name: 'CC',
        Domain: CHAINCODE_DOMAIN,
        EnableNodeOUs: true,
        Specs: [{ Hostname: 'server', SANS }],
        Users: { Count: 1 },
      },
    ],
  });
}
