/** Starts that are broken off, and the BFT variant: each leaves no process behind and is completed by the next start. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { stage } from '@gridveil/network/chaincode/stage.js';
import { readConnection } from '@gridveil/network/connection.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { findFabricTools } from '@gridveil/network/fabric/fabric-tools.js';
import { nodesOf, portsOf, topologyOf } from '@gridveil/network/layout/topology.js';
import { killProcess, restartProcess } from '@gridveil/network/one-process.js';
import { isPortFree, pickPortBase } from '@gridveil/network/processes/ports.js';
import { SILENT } from '@gridveil/network/reporter.js';
import { readState } from '@gridveil/network/state-file.js';
import { networkCommand, startNetworkCommand, temporaryFolder } from '../../unit/network/command.js';
import { connectTo, read } from './gateway-client.js';

const NOTES = require.resolve('./notes-contract.js');

describe('network: BFT, and starts that are broken off', function () {
  this.timeout(180_000);
  const work = temporaryFolder();
  const dir = join(work, 'state');
  const chaincode = join(work, 'staged');
  let base: number;
  let up: string[];

  before(async function () {
    this.timeout(900_000);
    await findFabricTools({ reporter: SILENT });
    await stage({ entry: NOTES, out: chaincode });
    base = await pickPortBase('bft');
    up = ['up', '--bft', '--dir', dir, '--port-base', String(base), '--chaincode', chaincode];
  });
  after(async () => {
    await resetNetwork({ dir });
    rmSync(work, { recursive: true });
  });

  const takenPorts = async (): Promise<number[]> => {
    const ports = nodesOf(topologyOf('bft', base)).flatMap(portsOf);
    const free = await Promise.all(ports.map(isPortFree));
    return ports.filter((_, index) => free[index] === false);
  };
  const nodesStarted = async (count: number): Promise<void> => {
    while (Object.keys(readState(dir)?.processes ?? {}).length < count) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('ends what it started and exits with 130 on Ctrl-C', async () => {
    const running = startNetworkCommand(up);
    await nodesStarted(5);
    running.kill('SIGINT');
    const ended = await running.ended;
    assert.equal(ended.exitCode, 130);
    assert.match(ended.stderr, /^INTERRUPTED: [^\n]*\n$/);
    assert.deepEqual(await takenPorts(), []);
  });

  it('leaves processes that the next start knows when it is killed itself', async () => {
    const running = startNetworkCommand(up);
    await nodesStarted(8);
    running.kill('SIGKILL');
    await running.ended;
    const left = Object.keys(readState(dir)?.processes ?? {});
    assert.ok(left.length >= 8);
    const again = startNetworkCommand(up);
    while (readState(dir)?.phase !== 'joined') await new Promise((resolve) => setTimeout(resolve, 5));
    again.kill('SIGKILL');
    assert.match((await again.ended).stdout, /never finished: cleaned up/);
  });

  it('goes on where it stopped when it was killed before the chaincode was deployed', async () => {
    const before = readState(dir);
    assert.equal(before?.phase, 'joined');
    const ended = await networkCommand(up);
    assert.deepEqual([ended.exitCode, ended.stderr], [0, '']);
    assert.match(ended.stdout, /chaincode definition committed[^]*every peer endorses: ready/);
    assert.deepEqual(readState(dir)?.processes, before.processes);
  });

  it('commits with BFT orderers, also after all of them were restarted', async () => {
    const submit = async (name: string, text: string) => {
      const client = connectTo(readConnection(dir), 'Org1MSP');
      try {
        await client.contract.submitTransaction('notes:Keep', name, text);
        return await read(client, name);
      } finally {
        client.close();
      }
    };
    assert.equal(await submit('a', 'first'), 'first');
    assert.equal((await networkCommand(['down', '--dir', dir])).exitCode, 0);
    assert.deepEqual(await takenPorts(), []);
    const again = await networkCommand(['up', '--dir', dir, '--chaincode', chaincode]);
    assert.deepEqual([again.exitCode, again.stderr], [0, '']);
    assert.equal(await submit('b', 'second'), 'second');
  });

  it('prints at most 80 columns, in text and in tables', async () => {
    for (const name of ['status', 'up']) {
      const ended = await networkCommand([
        name,
        '--dir',
        dir,
        ...(name === 'up' ? ['--chaincode', chaincode] : []),
      ]);
      const lines = ended.stdout.replaceAll(dir, '').split('\n');
      assert.deepEqual(
        lines.filter((line) => line.length > 80),
        [],
      );
    }
  });

  it('gives the status as one JSON document', async () => {
    const ended = await networkCommand(['status', '--json', '--dir', dir]);
    const status = JSON.parse(ended.stdout) as {
      schema: string;
      nodes: { health: string; height: number | null }[];
    };
    assert.equal(status.schema, 'gridveil/network-status/v1');
    assert.equal(status.nodes.length, 9);
    assert.ok(status.nodes.every(({ health }) => health === 'ok'));
    const heights = new Set(status.nodes.map(({ height }) => height).filter((height) => height !== null));
    assert.equal(heights.size, 1);
    assert.equal(ended.exitCode, 0);
  });

  it('ends the status with code 1 when a process is gone', async () => {
    await killProcess({ dir, name: 'peer1.org2' });
    const ended = await networkCommand(['status', '--dir', dir]);
    assert.equal(ended.exitCode, 1);
    assert.match(ended.stdout, /^peer1\.org2 +- +\d+ +down +-$/m);
    await restartProcess({ dir, name: 'peer1.org2' });
    assert.equal((await networkCommand(['status', '--dir', dir])).exitCode, 0);
  });
});
