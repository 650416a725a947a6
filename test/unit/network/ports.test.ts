import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { nodesOf, portsOf, topologyOf } from '@gridveil/network/layout/topology.js';
import { pickPortBase, requireFreePorts } from '@gridveil/network/processes/ports.js';

describe('ports of a network', () => {
  it('are refused when one is taken, with its owner', async () => {
    const nodes = nodesOf(topologyOf('raft', await pickPortBase('raft')));
    const port = portsOf(nodes[0] as (typeof nodes)[0])[0] as number;
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const refused = { code: 'PORT_IN_USE', message: new RegExp(`Port ${port} .*pid ${process.pid}`) };
      await assert.rejects(requireFreePorts(nodes, '/nowhere'), refused);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await requireFreePorts(nodes, '/nowhere');
  });
});
