import assert from 'node:assert/strict';
import { DEFAULT_PORT_BASE, nodesOf, portsOf, topologyOf } from '@gridveil/network/layout/topology.js';

describe('network: topology', () => {
  it('uses the documented ports by default', () => {
    const { orderers, peers, chaincode } = topologyOf('raft', DEFAULT_PORT_BASE);
    assert.deepEqual(
      orderers.map((node) => [node.name, ...portsOf(node)]),
      [
        ['orderer1', 6050, 9443, 8443],
        ['orderer2', 6051, 9444, 8444],
        ['orderer3', 6052, 9445, 8445],
      ],
    );
    assert.deepEqual(
      peers.map((node) => [node.name, node.host, node.organisation.mspId, ...portsOf(node)]),
      [
        ['peer0.org1', 'peer0.org1.example.com', 'Org1MSP', 7051, 7052, 8451],
        ['peer1.org1', 'peer1.org1.example.com', 'Org1MSP', 7053, 7054, 8452],
        ['peer0.org2', 'peer0.org2.example.com', 'Org2MSP', 7055, 7056, 8453],
        ['peer1.org2', 'peer1.org2.example.com', 'Org2MSP', 7057, 7058, 8454],
      ],
    );
    assert.equal(chaincode.port, 9999);
  });

  it('has four orderers for BFT', () => {
    assert.deepEqual(
      topologyOf('bft', 20_000).orderers.map(({ name, port }) => [name, port]),
      [
        ['orderer1', 20_000],
        ['orderer2', 20_001],
        ['orderer3', 20_002],
        ['orderer4', 20_003],
      ],
    );
  });

  for (const consensus of ['raft', 'bft'] as const) {
    it(`gives no port twice (${consensus})`, () => {
      const ports = nodesOf(topologyOf(consensus, 12_340)).flatMap(portsOf);
      assert.equal(new Set(ports).size, ports.length);
    });
  }
});
