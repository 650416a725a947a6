/** Real Fabric: a network of its own on free ports in a temporary folder, from nothing to gone. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployChaincode } from '@gridveil/network/deploy.js';
import { resetNetwork, stopNetwork } from '@gridveil/network/down.js';
import { killProcess, restartProcess } from '@gridveil/network/one-process.js';
import { stage } from '@gridveil/network/chaincode/stage.js';
import { networkStatus } from '@gridveil/network/status.js';
import { startNetwork, type RunningNetwork } from '@gridveil/network/up.js';
import { connectTo, keep, read } from './gateway-client.js';

const NOTES = require.resolve('./notes-contract.js');

describe('network: Raft, from nothing to gone', function () {
  this.timeout(180_000);
  const work = mkdtempSync(join(tmpdir(), 'gridveil-network-'));
  const dir = join(work, 'state');
  const chaincode = join(work, 'staged');
  let network: RunningNetwork;

  before(async function () {
    this.timeout(900_000);
    await stage({ entry: NOTES, out: chaincode });
    network = await startNetwork({ dir, portBase: 'auto', chaincode });
  });
  after(async () => {
    await resetNetwork({ dir });
    assert.equal(existsSync(dir), false);
    rmSync(work, { recursive: true });
  });

  it('commits a transaction that a peer of the other organisation then reads', async () => {
    const org1 = connectTo(network.connection, 'Org1MSP');
    const org2 = connectTo(network.connection, 'Org2MSP', 'User8', 1);
    try {
      await org1.contract.submitTransaction('notes:Keep', 'first', 'hello');
      assert.equal(await eventually(() => read(org2, 'first'), 'hello'), 'hello');
    } finally {
      org1.close();
      org2.close();
    }
  });

  it('has nothing to do when it is started again', async () => {
    const before = await networkStatus(dir);
    await startNetwork({ dir, chaincode });
    const after = await networkStatus(dir);
    assert.deepEqual(pids(after), pids(before));
    assert.ok(after.nodes.every(({ health }) => health === 'ok'));
  });

  it('keeps what is committed when it is taken down and started again', async () => {
    await stopNetwork({ dir });
    assert.ok((await networkStatus(dir)).nodes.every(({ health, pid }) => health === 'down' && pid === null));
    await startNetwork({ dir, chaincode });
    const client = connectTo(network.connection, 'Org1MSP');
    try {
      assert.equal(await read(client, 'first'), 'hello');
      await client.contract.submitTransaction('notes:Keep', 'second', 'again');
    } finally {
      client.close();
    }
  });

  it('keeps what is committed when every process is killed at once', async () => {
    const { nodes } = await networkStatus(dir);
    await Promise.all(nodes.map(({ name }) => killProcess({ dir, name })));
    await startNetwork({ dir, chaincode });
    const client = connectTo(network.connection, 'Org2MSP');
    try {
      assert.equal(await read(client, 'second'), 'again');
    } finally {
      client.close();
    }
  });

  it('goes on without one orderer and one peer, and takes them back', async () => {
    const names = ['orderer1', 'peer1.org2'];
    await Promise.all(names.map((name) => killProcess({ dir, name })));
    const client = connectTo(network.connection, 'Org1MSP');
    try {
      await keep(client, 'third', 'without two');
      for (const name of names) await restartProcess({ dir, name });
      await keep(client, 'fourth', 'with all');
    } finally {
      client.close();
    }
    assert.ok((await networkStatus(dir)).nodes.every(({ health }) => health === 'ok'));
  });

  it('deploys changed code by restarting the server only, after what is in flight', async () => {
    const before = await networkStatus(dir);
    const changed = join(work, 'changed');
    await stage({ entry: NOTES, out: changed });
    const file = join(changed, 'index.js');
    const source = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      source
        .replace('return name;', 'return `new ${name}`;')
        .replace('this.Read(ctx, name)', '"by the new code"'),
    );
    const client = connectTo(network.connection, 'Org1MSP');
    try {
      await keep(client, 'slow', 'not lost');
      const slow = client.contract.evaluateTransaction('notes:ReadSlowly', 'slow');
      // The old server has the slow call in hand when it is told to end.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await deployChaincode({ dir, chaincode: changed });
      assert.equal(Buffer.from(await slow).toString(), 'not lost');
      const result = await client.contract.submitTransaction('notes:Keep', 'fifth', 'x');
      assert.equal(Buffer.from(result).toString(), 'new fifth');
    } finally {
      client.close();
    }
    const after = await networkStatus(dir);
    const changedPids = after.nodes
      .filter(({ name, pid }) => pids(before)[name] !== pid)
      .map(({ name }) => name);
    assert.deepEqual(changedPids, ['chaincode']);
    assert.equal(after.packageId, before.packageId);
  });
});

function pids(status: Awaited<ReturnType<typeof networkStatus>>): Record<string, number | null> {
  return Object.fromEntries(status.nodes.map(({ name, pid }) => [name, pid]));
}

/** A peer that did not take part in the commit may be a block behind. */
async function eventually<T>(ask: () => Promise<T>, wanted: T): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const got = await ask();
    if (got === wanted || attempt === 50) return got;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
