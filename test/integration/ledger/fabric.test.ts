/**
 * The ledger port on real Fabric: the promises every adapter keeps, kept while processes are killed, and the same bytes as
 * on the embedded ledger. One network of its own for all of it, on free ports in a temporary folder.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOWEST_MIN_GROUP } from '@gridveil/chaincode/domain/grid.js';
import { runFogAggregation } from '@gridveil/client/cli/demo/fog-aggregation.js';
import { loadReadings } from '@gridveil/client/cli/demo/readings.js';
import { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { readConnection } from '@gridveil/client/ledger/fabric/connection.js';
import { openFabricDirectory } from '@gridveil/client/ledger/fabric/fabric-directory.js';
import { FabricLedger } from '@gridveil/client/ledger/fabric/fabric-ledger.js';
import type { CommitReceipt, Ledger } from '@gridveil/client/ledger/port.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { killProcess, restartProcess } from '@gridveil/network/one-process.js';
import { networkFolder } from '@gridveil/network/folders.js';
import { signalProcess } from '@gridveil/network/processes/managed-process.js';
import { requireState } from '@gridveil/network/state-file.js';
import { stage } from '@gridveil/network/chaincode/stage.js';
import { startNetwork, type RunningNetwork } from '@gridveil/network/up.js';
import { describeLedger } from './conformance.js';
import { contracts } from './fabric-chaincode.js';
import { replay } from './fabric-replay.js';

describe('ledger/fabric on a real network', function () {
  this.timeout(180_000);
  const work = mkdtempSync(join(tmpdir(), 'gridveil-fabric-ledger-'));
  const dir = join(work, 'state');
  const chaincode = join(work, 'staged');
  let network: RunningNetwork;

  before(async function () {
    this.timeout(900_000);
    await stage({ entry: require.resolve('./fabric-chaincode.js'), out: chaincode });
    network = await startNetwork({ dir, portBase: 'auto', blockTimeoutMs: 200, chaincode });
  });
  after(async () => {
    await resetNetwork({ dir });
    rmSync(work, { recursive: true });
  });

  async function connect(mspId: string): Promise<FabricLedger> {
    return FabricLedger.connect({
      connection: await readConnection(network.connectionFile),
      mspId,
      user: 'User1',
    });
  }

  describeLedger('Fabric', async () => {
    const client = await connect('Org1MSP');
    const other = await connect('Org2MSP');
    return {
      client,
      other,
      connect: () => connect('Org1MSP'),
      close: async () => {
        await Promise.all([client.close(), other.close()]);
      },
    };
  });

  describe('the sessions of one directory', () => {
    it('see what another organisation has just committed, whatever peer they ask', async () => {
      const directory = await openFabricDirectory(network.connectionFile);
      try {
        const [ours, theirs] = await Promise.all(
          ['Org1MSP', 'Org2MSP'].map((mspId) => directory.connect(mspId, 'User1')),
        );
        const readersPeer = requireState(networkFolder(dir)).processes['peer0.org2'];
        assert.ok(ours && theirs && readersPeer);
        await theirs.evaluate({ contract: 'conformance', name: 'Get', argument: 'connect' });
        for (let round = 0; round < 10; round++) {
          const key = randomUUID();
          const written = put(ours, key);
          // Endorsed by now, in no block yet: the reader's peer sleeps through the commit.
          await sleep(100);
          signalProcess(readersPeer, 'SIGSTOP');
          await written;
          const value: Promise<string> = theirs.evaluate({
            contract: 'conformance',
            name: 'Get',
            argument: key,
          });
          await sleep(20);
          signalProcess(readersPeer, 'SIGCONT');
          assert.equal(await value, 'v', `round ${round}`);
        }
      } finally {
        await directory.close();
      }
    });
  });

  describe('commits every transaction exactly once', () => {
    const faults: readonly [what: string, ...names: string[]][] = [
      ['the gateway peer of the session dies and comes back', 'peer0.org1'],
      ['the chaincode server dies and comes back', 'chaincode'],
      [
        'each orderer dies and comes back in turn, the Raft leader among them',
        'orderer1',
        'orderer2',
        'orderer3',
      ],
    ];
    for (const [what, ...names] of faults) {
      it(`while ${what}`, async () => {
        const ledger = await connect('Org1MSP');
        try {
          const start = await put(ledger, randomUUID());
          const keys = await submitDuring(ledger, async () => {
            for (const name of names) {
              await killProcess({ dir, name });
              await sleep(500);
              await restartProcess({ dir, name });
            }
          });
          const end = await put(ledger, randomUUID());
          assert.deepEqual(await keysBetween(ledger, start, end), [...keys].sort());
        } finally {
          await ledger.close();
        }
      });
    }
  });

  describe('real transactions, run again on the embedded ledger', () => {
    it('give the same results, events and write sets, byte for byte', async () => {
      await runProduct(network.connectionFile);
      const fabric = await connect('Org1MSP');
      const embedded = await EmbeddedLedger.open({
        folder: join(work, 'embedded'),
        channel: fabric.channel,
        contracts,
      });
      try {
        const { blockNumber } = await put(fabric, randomUUID());
        const replayed = await replay(fabric, blockNumber, embedded);
        const expected = [
          'conformance:Delete',
          'registry:CreateGrid',
          'registry:RegisterMeters',
          'leadership:ClaimLeadership',
          'aggregation:SubmitRegionTotals',
          'aggregation:SubmitTotal',
          'aggregation:PublishOpening',
        ];
        for (const name of expected) assert.ok(replayed.has(name), `${name} was not among the transactions`);
      } finally {
        await embedded.close();
        await fabric.close();
      }
    });
  });
});

function put(ledger: Ledger, key: string): Promise<CommitReceipt> {
  const argument = JSON.stringify({ key, value: 'v' });
  return ledger.submit({ contract: 'conformance', name: 'Put', argument });
}

/** Keeps submitting, twenty a second, until `fault` is over; every submit must succeed. @returns the keys. */
async function submitDuring(ledger: Ledger, fault: () => Promise<void>): Promise<string[]> {
  const keys: string[] = [];
  const submissions: Promise<CommitReceipt>[] = [];
  let isOver = false;
  const ending = fault().finally(() => (isOver = true));
  while (!isOver || keys.length < 20) {
    const key = randomUUID();
    keys.push(key);
    submissions.push(put(ledger, key));
    await sleep(50);
  }
  await ending;
  await Promise.all(submissions);
  return keys;
}

/** Sorted keys of the `Put` events after `start` and before `end`. */
async function keysBetween(ledger: Ledger, start: CommitReceipt, end: CommitReceipt): Promise<string[]> {
  const keys: string[] = [];
  for await (const event of ledger.events({ after: start })) {
    if (event.transactionId === end.transactionId) break;
    keys.push((JSON.parse(event.payload) as { key: string }).key);
  }
  return keys.sort();
}

/** The product's own transactions: one slot of a small grid, from registration to opening. */
async function runProduct(connectionFile: string): Promise<void> {
  const directory = await openFabricDirectory(connectionFile);
  const silent = { stage: () => undefined, advance: () => undefined };
  const options = {
    ledger: 'fabric' as const,
    meters: 2 * LOWEST_MIN_GROUP,
    slots: 1,
    regions: 2,
    bits: 2048 as const,
    seed: 'replay',
    json: false,
    data: undefined,
    key: undefined,
    ledgerDir: undefined,
    connection: connectionFile,
  };
  try {
    const { result } = await runFogAggregation(directory, await loadReadings(options), options, silent);
    assert.equal(result.allEqual, true);
  } finally {
    await directory.close();
  }
}
