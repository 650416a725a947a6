/** The billing demo as a user runs it: a month of bills on the embedded ledger, with the contracts as they are deployed. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { DemoResult } from '@gridveil/client/cli/demo/result.js';
import { CliHome, wideLines, type CliResult } from './cli-process.js';
import { assertValid, oneDocument } from './schemas.js';

/** A month of days: the cheapest one there is. */
const SMALL = [
  'demo',
  'tou-billing',
  '--bits',
  '2048',
  '--meters',
  '3',
  '--slots',
  '31',
  '--tariff',
  'weekend',
];

function demoDocument({ exitCode, stdout, stderr }: CliResult): DemoResult {
  assert.equal(exitCode, 0, stderr);
  const document = oneDocument(stdout);
  assertValid('demo', document);
  return document as DemoResult;
}

describe('gridveil demo tou-billing', function () {
  this.timeout(180_000);
  let home: CliHome;
  beforeEach(() => (home = new CliHome()));
  afterEach(() => home.remove());

  it('shows on 80 columns prices, bills, and who saw what', async () => {
    const { exitCode, stdout, stderr } = await home.run(...SMALL);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(wideLines(stdout), []);
    assert.deepEqual(wideLines(stderr), []);
    assert.match(stdout, /3 of 3 bills are those of the own readings, to the last millionth/);
    assert.match(stdout, /31 of 31 area totals opened, each what the meters really used/);
    assert.match(stdout, /^ {2}weekday +0\.300 per kWh +552 h$/m);
    for (const party of ['meter', 'AN', 'ESP', 'customer', 'every peer'])
      assert.match(stdout, new RegExp(`^  ${party}\\b.* saw `, 'm'));
    assert.doesNotMatch(stdout + stderr, /NaN|undefined|\[object/);
  });

  it('bills a file with gaps: estimates where the tariff rules them, no bill where too much is missing', async () => {
    const days = Array.from({ length: 29 }, (_, i) => `2024-02-${String(i + 1).padStart(2, '0')}`);
    const rows = days.map((day, i) => {
      const b = i === 9 ? '' : String(900 + i);
      const c = i < 8 ? '' : '700';
      return `${day}T00:00,${1000 + i},${b},${c},400`;
    });
    writeFileSync(home.file('readings.csv'), ['start,a,b,c,d', ...rows, ''].join('\n'));
    const declared = ['--zone', 'UTC', '--unit', 'Wh', '--interval-minutes', '1440'];
    const document = demoDocument(
      await home.run(
        ...['demo', 'tou-billing', '--bits', '2048', '--tariff', 'weekend', '--json'],
        ...['--data', 'readings.csv', ...declared, '--proofs-checked-by', 'aggregators'],
      ),
    );
    assert.equal(document.parameters['proofsCheckedBy'], 'aggregators');
    assert.deepEqual(
      document.bills?.map(({ meter, reports, estimates, equal }) => [meter, reports, estimates, equal]),
      [
        ['a', 29, 0, true],
        ['b', 28, 1, true],
        ['d', 29, 0, true],
      ],
    );
    assert.deepEqual(
      document.unbilled?.map(({ meter, code }) => [meter, code]),
      [['c', 'TOO_MANY_MISSING_SLOTS']],
    );
    // The missing Saturday of b counts as the one a week before.
    const weekend = (i: number): boolean => [0, 6].includes(new Date(Date.UTC(2024, 1, i + 1)).getUTCDay());
    const used = days.map((_, i) => 900 + (i === 9 ? 2 : i));
    const expected = used.reduce((sum, energyWh, i) => sum + energyWh * (weekend(i) ? 200 : 300), 0);
    assert.equal(document.bills?.[1]?.billedMicro, String(expected));
    assert.equal(document.allEqual, true);
  });

  it('shows what becomes of an aggregator that shifts charges', async () => {
    const { attack, bills, allEqual } = demoDocument(
      await home.run(...SMALL, '--malicious-aggregator', '--json'),
    );
    assert.deepEqual(
      [attack?.from, attack?.to, attack?.ledgerRefusal],
      ['m0001', 'm0002', 'CHARGE_MISMATCH'],
    );
    assert.deepEqual(attack?.sentBills, [
      { meter: 'm0001', shiftMicro: '-5000000', signedByAggregator: true, found: 'CHARGE_MISMATCH' },
      { meter: 'm0002', shiftMicro: '5000000', signedByAggregator: true, found: 'CHARGE_MISMATCH' },
      { meter: 'm0003', shiftMicro: '0', signedByAggregator: true, found: '' },
    ]);
    assert.deepEqual([bills?.length, allEqual], [3, true], 'the bills on the ledger are right all the same');
    const { stdout } = await home.run(...SMALL, '--malicious-aggregator');
    assert.deepEqual(wideLines(stdout), []);
    assert.match(stdout, /The ledger refused the charges: CHARGE_MISMATCH/);
    assert.match(stdout, /m0002 +\+5\.000000 +signed by the AN +refused: CHARGE_MISMATCH/);
    for (const { meter, billedMicro } of bills ?? [])
      assert.match(
        stdout,
        new RegExp(`^${meter} .* ${billedMicro.slice(0, -6)}\\.${billedMicro.slice(-6)} `, 'm'),
      );
  });

  it('makes bills that customers check, print and contest with the keys it wrote', async () => {
    const made = await home.run(
      'bill',
      'run',
      ...SMALL.slice(2),
      '--keys',
      'keys',
      '--proofs-checked-by',
      'aggregators',
    );
    assert.equal(made.exitCode, 0, made.stderr);
    const [, next = ''] = /^ {2}npx gridveil (bill verify .*)$/m.exec(made.stdout) ?? [];
    const verified = await home.run(...next.split(' '));
    assert.equal(verified.exitCode, 0, verified.stderr);
    assert.match(verified.stdout, /^The bill of meter m0001 for 2024-01 is right: [0-9.]+ EUR to pay\.$/m);
    const of = ['--meter', 'm0002', '--period', '2024-01'];
    const shown = await home.run('bill', 'show', ...of, '--html', 'bill.html');
    assert.equal(shown.exitCode, 0, shown.stderr);
    assert.match(readFileSync(home.file('bill.html'), 'utf8'), /m0002/);
    const customer = ['--org', 'Org2MSP', '--user', 'User1', '--reason', 'The meter was away.'];
    const another = await home.run('bill', 'dispute', ...of, ...customer, '--key', 'keys/m0001.key');
    assert.match(another.stderr, /\[METER_KEY_OTHER\]\n$/);
    const contested = await home.run('bill', 'dispute', ...of, ...customer, '--key', 'keys/m0002.key');
    assert.equal(contested.exitCode, 0, contested.stderr);
    const again = await home.run('bill', 'run', ...SMALL.slice(2), '--keys', 'keys');
    assert.deepEqual([again.exitCode, again.stdout], [2, '']);
    assert.match(again.stderr, /^error: .*\[FILE_EXISTS\]\n$/);
  });

  it('refuses what cannot be billed, in one sentence each', async () => {
    for (const [code, ...args] of [
      ['MONTH_SLOTS', '--slots', '100'],
      ['DEMO_GROUPS_TOO_SMALL', '--meters', '2'],
      ['TARIFF_BAD_MONTH', '--month', '2024-13'],
      ['TARIFF_BAND_SPLITS_SLOT', '--slots', '31'],
      ['OPTION_INVALID', '--tariff', 'free'],
    ] as const) {
      const { exitCode, stdout, stderr } = await home.run('demo', 'tou-billing', ...args);
      assert.deepEqual([exitCode, stdout], [2, ''], stderr);
      assert.match(stderr, new RegExp(`^error: \\S.* \\[${code}\\]\\n$`));
    }
    const other = await home.run('demo', '--tariff', 'weekend');
    assert.equal(other.exitCode, 2);
    assert.match(other.stderr, /^error: Option --tariff .*\[OPTION_INVALID\]\n$/);
  });
});
