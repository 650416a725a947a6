/** The demo as a user runs it: what it prints, what it leaves behind, how it ends when it is interrupted. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import type { DemoResult } from '@gridveil/client/cli/demo/result.js';
import { sharedDataFile } from '../helpers/shared-data.js';
import { CliHome, SMALL_DEMO, wideLines, type CliResult } from './cli-process.js';
import { assertValid, oneDocument } from './schemas.js';

function totals({ slots }: DemoResult): unknown {
  return slots.map(({ slot, regions }) => [slot, regions.map(({ trueWh, openedWh }) => [trueWh, openedWh])]);
}

function demoDocument({ exitCode, stdout, stderr }: CliResult): DemoResult {
  assert.equal(exitCode, 0, stderr);
  const document = oneDocument(stdout);
  assertValid('demo', document);
  return document as DemoResult;
}

describe('gridveil demo', function () {
  this.timeout(120_000);
  let home: CliHome;
  beforeEach(() => (home = new CliHome()));
  afterEach(() => home.remove());

  it('shows on 80 columns what was used, held, opened, and seen by whom', async () => {
    const { exitCode, stdout, stderr } = await home.run('demo');
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(wideLines(stdout), []);
    assert.deepEqual(wideLines(stderr), []);
    assert.match(stdout, /4 of 4 slots: every opened total equals what the meters really used/);
    for (const party of ['meter', 'fog node', 'leader', 'MDMS', 'every peer']) {
      assert.match(stdout, new RegExp(`^  ${party}\\b.* saw `, 'm'));
    }
    assert.match(stdout, /Time by stage/);
    assert.doesNotMatch(stdout + stderr, /NaN|undefined|\[object/);
    assert.equal((stdout + stderr).includes('\u001b'), false, 'no terminal codes where there is no terminal');
  });

  it('uses a 3072-bit key when nothing else is asked for', async () => {
    const document = demoDocument(await home.run('demo', '--json', '--slots', '1', '--meters', '9'));
    assert.equal(document.parameters['bits'], 3072);
    assert.deepEqual(
      [document.parameters['meters'], document.parameters['slots'], document.parameters['regions']],
      [9, 1, 3],
    );
  });

  it('sums real readings to what their file says', async function () {
    const file = sharedDataFile(this, 'sgsc-households', 'sgsc10_30min_52weeks.csv');
    const document = demoDocument(
      await home.run('demo', '--bits', '2048', '--data', file, '--slots', '6', '--regions', '2', '--json'),
    );
    assert.equal(document.allEqual, true);
    assert.equal(document.parameters['meters'], 10);
    assert.ok(document.slots.every(({ trueWh, openedWh }) => trueWh > 0 && trueWh === openedWh));
  });

  it('takes a file of a user’s own and the key of its MDMS', async () => {
    const rows = ['10:00', '10:30'].map((time) => `2024-05-01T${time},0.1,0.2,0.3,0.4,0.5,0.6`);
    writeFileSync(home.file('readings.csv'), ['start,a,b,c,d,e,f', ...rows, ''].join('\n'));
    assert.equal((await home.run('keys', '--bits', '2048', '--out', 'mdms.json')).exitCode, 0);
    const declared = ['--zone', 'Europe/London', '--unit', 'kWh', '--interval-minutes', '30'];
    const small = ['--key', 'mdms.json', '--slots', '2', '--regions', '2'];
    const document = demoDocument(
      await home.run('demo', '--json', '--data', 'readings.csv', ...declared, ...small),
    );
    assert.equal(document.parameters['bits'], 2048);
    assert.deepEqual(
      document.slots.map(({ openedWh }) => openedWh),
      [2100, 2100],
    );
  });

  it('says of a region with too few reports that it was withheld', async () => {
    const rows = ['start,a,b,c,d,e,f', '2024-05-01T10:00,1,2,3,4,5,6', '2024-05-01T10:30,1,,,,5,'];
    writeFileSync(home.file('readings.csv'), [...rows, ''].join('\n'));
    const declared = ['--zone', 'UTC', '--unit', 'Wh', '--interval-minutes', '30'];
    const args = [
      'demo',
      '--bits',
      '2048',
      '--data',
      'readings.csv',
      ...declared,
      '--slots',
      '2',
      '--regions',
      '2',
    ];
    const { slots, allEqual } = demoDocument(await home.run(...args, '--json'));
    assert.equal(allEqual, true);
    assert.deepEqual(
      slots[0]?.regions.map(({ openedWh, withheld }) => [openedWh, withheld]),
      [
        [9, undefined],
        [12, undefined],
      ],
    );
    const nothing = { meters: 0, trueWh: 0, openedWh: 0, equal: true, withheld: true };
    assert.deepEqual(
      slots[1]?.regions,
      ['region-1', 'region-2'].map((region) => ({ region, ...nothing })),
    );
  });

  it('gives the same totals for the same seed, side by side, and others for another', async () => {
    const runs = await Promise.all([1, 2].map(() => home.run(...SMALL_DEMO, '--json')));
    const [first, second] = runs.map(demoDocument) as [DemoResult, DemoResult];
    assert.notEqual(first.parameters['grid'], second.parameters['grid']);
    assert.deepEqual(totals(first), totals(second));
    const other = demoDocument(await home.run(...SMALL_DEMO, '--json', '--seed', 'summer'));
    assert.notDeepEqual(totals(other), totals(first));
    assert.deepEqual(readdirSync(home.folder), ['home'], 'nothing is left outside the state folder');
  });

  it('ends with 130 and no stack on Ctrl-C, and leaves its ledger usable', async () => {
    const demo = [...SMALL_DEMO, '--ledger-dir', home.file('ledger')];
    const run = home.start(demo);
    await run.saysOnStderr('Meters report');
    const interruptedAtMs = performance.now();
    run.child.kill('SIGINT');
    const { exitCode, stderr } = await run.done;
    assert.equal(exitCode, 130);
    assert.ok(performance.now() - interruptedAtMs < 10_000);
    assert.match(stderr, /interrupted\n$/);
    assert.doesNotMatch(stderr, /\n {4}at /);
    assert.equal((await home.run(...demo)).exitCode, 0);
  });

  it('refuses a ledger folder that another run has open', async () => {
    const ledger = home.file('ledger');
    const first = home.start([...SMALL_DEMO, '--ledger-dir', ledger]);
    await first.saysOnStderr('Roles, grid');
    const { exitCode, stderr } = await home.run(...SMALL_DEMO, '--ledger-dir', ledger);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: This ledger folder is already open.*\[LOCKED\]\n$/);
    assert.equal((await first.done).exitCode, 0);
  });

  it('ends without a stack when its reader goes away', async () => {
    const run = home.start(SMALL_DEMO);
    run.child.stdout?.once('data', () => run.child.stdout?.destroy());
    const { exitCode, stderr } = await run.done;
    assert.equal(exitCode, 1);
    assert.doesNotMatch(stderr, /EPIPE|\n {4}at /);
    const evidence = await home.run('evidence');
    assert.equal(evidence.exitCode, 0, evidence.stderr);
  });

  it('says how to check a run that has a ledger folder of its own', async () => {
    const { stdout } = await home.run(...SMALL_DEMO, '--ledger-dir', 'ledger');
    const [, command = ''] = /npx gridveil (evidence .*--out evidence\.json)/.exec(stdout) ?? [];
    assert.match(command, /--ledger-dir ledger/);
    assert.equal((await home.run(...command.split(' '))).exitCode, 0);
    assert.equal((await home.run('verify', 'evidence.json')).exitCode, 0);
  });
});
