/** The demo, evidence and its check on real Fabric: the same totals as on the embedded ledger, and none lost in a crash. */
import assert from 'node:assert/strict';
import type { DemoResult } from '@gridveil/client/cli/demo/result.js';
import type { EvidenceDocument } from '@gridveil/client/evidence/document.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { killProcess } from '@gridveil/network/one-process.js';
import { networkStatus } from '@gridveil/network/status.js';
import { startNetwork, type RunningNetwork } from '@gridveil/network/up.js';
import { findSharedData } from '../helpers/shared-data.js';
import { CliHome, type CliResult } from './cli-process.js';
import { assertValid, oneDocument } from './schemas.js';
import { strangerVerify } from './stranger-verify.js';

describe('gridveil on real Fabric', function () {
  this.timeout(180_000);
  const home = new CliHome();
  const dir = home.file('network');
  /** Real households where they are at hand, generated ones elsewhere. */
  const data = findSharedData('sgsc-households', 'sgsc_virtual100_30min_14days.csv');
  const readings = [
    ...(data === undefined ? [] : ['--data', data]),
    ...['--meters', '40', '--slots', '6', '--regions', '5', '--bits', '2048'],
  ];
  let network: RunningNetwork;
  let fabric: readonly string[];
  let onFabric: DemoResult;
  let evidence: EvidenceDocument;

  before(async () => {
    network = await startNetwork({ dir, portBase: 'auto' });
    fabric = ['--ledger', 'fabric', '--connection', network.connectionFile];
  });
  after(async () => {
    await resetNetwork({ dir });
    home.remove();
  });

  function document<T>({ exitCode, stdout, stderr }: CliResult): T {
    assert.equal(exitCode, 0, stderr);
    return oneDocument(stdout) as T;
  }

  async function exported(grid: string): Promise<EvidenceDocument> {
    return document(await home.run('evidence', ...fabric, '--grid', grid));
  }

  it('says that a fresh ledger holds no grid', async () => {
    const { exitCode, stderr } = await home.run('evidence', ...fabric);
    assert.match(stderr, /\[NO_GRID\]/);
    assert.equal(exitCode, 2);
  });

  it(`gives the totals of the embedded ledger, from ${data === undefined ? 'generated' : 'real'} readings`, async () => {
    onFabric = document(await home.run('demo', ...readings, ...fabric, '--json'));
    assertValid('demo', onFabric);
    assert.equal(onFabric.ledger, 'fabric');
    assert.equal(onFabric.allEqual, true);
    const embedded = document<DemoResult>(await home.run('demo', ...readings, '--json'));
    assert.deepEqual(onFabric.slots, embedded.slots);
    assert.equal(onFabric.slots.length, 6);
  });

  it('says that its peers take no transaction of another time, which the billing demo replays', async () => {
    const args = ['--bits', '2048', '--meters', '3', '--slots', '31', '--tariff', 'weekend'];
    const { exitCode, stdout, stderr } = await home.run('demo', 'tou-billing', ...args, ...fabric, '--json');
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, /--any-time.*\[REJECTED\]|"code":"REJECTED".*--any-time/);
  });

  it('exports evidence that holds for both verifiers and says what the demo said', async () => {
    evidence = await exported(String(onFabric.parameters['grid']));
    assertValid('evidence', evidence);
    assert.deepEqual(
      evidence.slots.map(({ slot, consumptionWh }) => [slot, consumptionWh]),
      onFabric.slots.map(({ slot, regions }) => [
        slot,
        Object.fromEntries(regions.map(({ region, trueWh }) => [region, trueWh])),
      ]),
    );
    assert.equal(strangerVerify(JSON.stringify(evidence)), undefined);
  });

  it('says in one sentence that the network is not there', async () => {
    const { nodes } = await networkStatus(dir);
    await Promise.all(nodes.map(({ name }) => killProcess({ dir, name })));
    const { exitCode, stdout, stderr } = await home.run('evidence', ...fabric);
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, /^error: \S.* \[NETWORK_DOWN\]\n$/);
  });

  it('has kept every committed total when all processes were killed and started again', async () => {
    await startNetwork({ dir });
    assert.deepEqual(await exported(evidence.parameters.grid), evidence);
    const file = home.file('evidence.json');
    const { grid } = evidence.parameters;
    assert.equal((await home.run('evidence', ...fabric, '--grid', grid, '--out', file)).exitCode, 0);
    assert.equal((await home.run('verify', file)).exitCode, 0);
  });

  it('runs the demo again on the same network, which then holds two grids', async () => {
    const small = ['--meters', '6', '--slots', '2', '--regions', '2', '--bits', '2048'];
    const again = document<DemoResult>(await home.run('demo', ...small, ...fabric, '--json'));
    assert.equal(again.allEqual, true);
    const { exitCode, stderr } = await home.run('evidence', ...fabric);
    assert.equal(exitCode, 2);
    assert.match(stderr, /\[GRID_NOT_CHOSEN\]\n$/);
  });
});
