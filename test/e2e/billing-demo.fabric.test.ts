/** The billing demo on real Fabric: the bills of the embedded ledger, on a network that replays recorded time. */
import assert from 'node:assert/strict';
import type { DemoResult } from '@gridveil/client/cli/demo/result.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { startNetwork } from '@gridveil/network/up.js';
import { CliHome, type CliResult } from './cli-process.js';
import { assertValid, oneDocument } from './schemas.js';

const SMALL = [
  'demo',
  'tou-billing',
  '--bits',
  '2048',
  '--meters',
  '4',
  '--slots',
  '31',
  '--tariff',
  'weekend',
];

describe('gridveil demo tou-billing on real Fabric', function () {
  this.timeout(180_000);
  const home = new CliHome();
  const dir = home.file('network');
  let fabric: readonly string[];

  before(async () => {
    const network = await startNetwork({ dir, portBase: 'auto', blockTimeoutMs: 200, anyTime: true });
    fabric = ['--ledger', 'fabric', '--connection', network.connectionFile];
  });
  after(async () => {
    await resetNetwork({ dir });
    home.remove();
  });

  function document({ exitCode, stdout, stderr }: CliResult): DemoResult {
    assert.equal(exitCode, 0, stderr);
    const parsed = oneDocument(stdout);
    assertValid('demo', parsed);
    return parsed as DemoResult;
  }

  it('gives the bills and area totals of the embedded ledger', async () => {
    const onFabric = document(await home.run(...SMALL, ...fabric, '--json'));
    assert.deepEqual([onFabric.ledger, onFabric.allEqual], ['fabric', true]);
    const embedded = document(await home.run(...SMALL, '--json'));
    assert.deepEqual(onFabric.bills, embedded.bills);
    assert.deepEqual(onFabric.slots, embedded.slots);
  });

  it('refuses the charges of a malicious aggregator', async () => {
    const { attack, allEqual } = document(
      await home.run(...SMALL, ...fabric, '--malicious-aggregator', '--json'),
    );
    assert.equal(attack?.ledgerRefusal, 'CHARGE_MISMATCH');
    assert.deepEqual(
      attack?.sentBills.map(({ found }) => found),
      ['CHARGE_MISMATCH', 'CHARGE_MISMATCH', '', ''],
    );
    assert.equal(allEqual, true);
  });
});
