/** The signcryption demo on real Fabric, and what of it the network keeps: no canary in any block, on any peer, in any log. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoResult } from '@gridveil/client/cli/demo/result.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { startNetwork } from '@gridveil/network/up.js';
import { CliHome } from './cli-process.js';
import { assertValid, oneDocument } from './schemas.js';

/** Wh that stand out: every reading of the first meter is one of them. */
const CANARIES = [27_182, 31_415, 14_142, 17_320, 22_360, 26_457];

/** Decimal digits, and the four bytes of a report after the code of the dimension. */
function formsOf(energyWh: number): Buffer[] {
  const coded = Buffer.alloc(5);
  coded.writeUInt8(1);
  coded.writeInt32BE(energyWh, 1);
  return [Buffer.from(`"${energyWh}"`), Buffer.from(`:${energyWh}`), Buffer.from(`${energyWh} Wh`), coded];
}

function* filesBelow(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) yield* filesBelow(path);
    else if (found?.isFile()) yield path;
  }
}

describe('gridveil demo signcryption on real Fabric', function () {
  this.timeout(240_000);
  const home = new CliHome();
  const dir = home.file('network');
  let fabric: readonly string[];

  before(async () => {
    const network = await startNetwork({ dir, portBase: 'auto', blockTimeoutMs: 200 });
    fabric = ['--ledger', 'fabric', '--connection', network.connectionFile];
  });
  after(async () => {
    await resetNetwork({ dir });
    home.remove();
  });

  it('tells the story of the embedded ledger, and no value is in a block, a state or a log of the network', async () => {
    const file = home.file('canaries.csv');
    const rows = CANARIES.map(
      (energyWh, i) =>
        `2024-01-01T0${i}:00:00Z,${energyWh},${[1, 2, 3, 4].map((k) => 100 * k + i).join(',')}`,
    );
    writeFileSync(file, `time,m1,m2,m3,m4,m5\n${rows.join('\n')}\n`);
    const args = [
      'demo',
      'signcryption',
      '--data',
      file,
      '--unit',
      'Wh',
      '--interval-minutes',
      '60',
      '--slots',
      '6',
    ];
    const { exitCode, stdout, stderr } = await home.run(...args, '--stamp', 'start', ...fabric, '--json');
    assert.equal(exitCode, 0, stderr);
    const result = oneDocument(stdout) as DemoResult;
    assertValid('demo', result);
    assert.deepEqual([result.ledger, result.allEqual, result.slots.length], ['fabric', true, 6]);
    assert.deepEqual(
      result.story?.filter(({ story }) => story === 'arrears').map(({ told }) => told),
      [
        ...['notify-prepayment-low', 'notify-arrears', 'notify-serious-arrears', 'announce-trip'],
        ...['refused: TRANSITION_FORBIDDEN', 'announce-trip', 'refused: NOTICE_RUNNING'],
        ...['trip', 'notify-reconnection', 'supply'],
      ],
    );
    const forms = CANARIES.flatMap(formsOf);
    let files = 0;
    for (const path of filesBelow(dir)) {
      files++;
      const content = readFileSync(path);
      for (const form of forms) assert.equal(content.indexOf(form), -1, `${path} has a canary`);
    }
    assert.ok(files > 50, `${files} files of the network were searched`);
    // The search would find what is there.
    const grid = Buffer.from(String(result.parameters.grid));
    assert.ok([...filesBelow(dir)].some((path) => readFileSync(path).includes(grid)));
  });
});
