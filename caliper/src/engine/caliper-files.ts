/** The two files Caliper reads: how to reach the network, and what to run. JSON is YAML, too. */
import { join } from 'node:path';
import type { FabricConnection } from '@gridveil/client/ledger/fabric/connection.js';
import type { BenchmarkTarget } from '../inputs/target.js';
import type { RoundPlan } from '../rounds/plan.js';

/** Only the first peer of each organisation is a gateway for Caliper; that peer finds the endorsers. */
export function networkFile(connection: FabricConnection, target: BenchmarkTarget): object {
  return {
    name: 'Gridveil benchmark network',
    version: '2.0.0',
    caliper: { blockchain: 'fabric' },
    channels: [{ channelName: connection.channel, contracts: [{ id: connection.chaincode }] }],
    organizations: target.fogNodes.map(({ mspId, user }) => {
      const { peers, users } = connection.organisations[mspId] ?? { peers: [], users: {} };
      return {
        mspid: mspId,
        identities: {
          certificates: [
            {
              name: user,
              clientPrivateKey: { path: users[user]?.keyPath },
              clientSignedCert: { path: users[user]?.certPath },
            },
          ],
        },
        peers: peers.slice(0, 1).map((peer) => ({
          endpoint: peer.address,
          tlsCACerts: { path: peer.tlsRootCertPath },
          ...(peer.tlsHostOverride === undefined
            ? {}
            : { grpcOptions: { 'ssl-target-name-override': peer.tlsHostOverride } }),
        })),
      };
    }),
  };
}

export function benchmarkFile(
  rounds: readonly RoundPlan[],
  target: BenchmarkTarget,
  workers: number,
  folder: string,
): object {
  return {
    test: {
      name: 'gridveil-ami-data',
      description: 'Region totals of fog aggregation (paper 000), written to and read from real Fabric',
      workers: { number: workers },
      rounds: rounds.map(({ label, transactions, rateTps, parts }) => ({
        label,
        txNumber: transactions,
        rateControl: { type: 'fixed-rate', opts: { tps: rateTps } },
        workload: {
          module: join(__dirname, '..', 'workloads', 'prepared-workload.js'),
          arguments: { target, parts },
        },
      })),
    },
    monitors: {
      transaction: [{ module: join(__dirname, 'transaction-log.js'), options: { folder } }],
    },
  };
}
