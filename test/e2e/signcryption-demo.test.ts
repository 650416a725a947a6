/** The signcryption demo as a user runs it, on the embedded ledger with the contracts as they are deployed. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { DemoResult } from '@gridveil/client/cli/demo/result.js';
import { RECEIVER_DIMENSIONS, RECEIVER_IDS } from '@gridveil/client/signcryption/signcryption-cast.js';
import { CliHome, wideLines, type CliResult } from './cli-process.js';
import { assertValid, oneDocument } from './schemas.js';

const SMALL = ['demo', 'signcryption', '--meters', '6', '--slots', '12'];

function document({ exitCode, stdout, stderr }: CliResult): DemoResult {
  assert.equal(exitCode, 0, stderr);
  const parsed = oneDocument(stdout);
  assertValid('demo', parsed);
  return parsed as DemoResult;
}

describe('gridveil demo signcryption', function () {
  this.timeout(120_000);
  let home: CliHome;
  /** One run for all that looks at the document. */
  let result: DemoResult;

  before(async () => {
    home = new CliHome();
    result = document(await home.run(...SMALL, '--json'));
  });
  after(() => home.remove());

  it('tells the whole story, each receiver its own part of it', () => {
    assert.deepEqual([result.scheme, result.ledger, result.allEqual], ['signcryption', 'embedded', true]);
    assert.equal(result.slots.length, 12);
    const valuesOf = (of: string) => result.partyReadings?.find(({ party }) => party === of)?.values ?? {};
    for (const id of RECEIVER_IDS) {
      const values = valuesOf(id);
      for (const [name, count] of Object.entries(values))
        assert.equal(count, RECEIVER_DIMENSIONS[id].some((each) => each === name) ? 72 : 0, `${id} ${name}`);
    }
    assert.deepEqual(new Set(Object.values(valuesOf('everybody'))), new Set([0]));
    const { tried = 0, opened } = result.sealedAttempts ?? {};
    assert.ok(tried > 20);
    assert.equal(opened, 0);
  });

  it('tells and refuses what each story of regulation calls for', () => {
    const told = (story: string) =>
      result.story?.filter((step) => step.story === story).map((step) => step.told);
    assert.ok(told('overload')?.includes('save-power'));
    assert.deepEqual(told('theft'), ['re-upload']);
    assert.deepEqual(told('equipment'), ['', '', '', '']);
    assert.deepEqual(told('arrears'), [
      ...['notify-prepayment-low', 'notify-arrears', 'notify-serious-arrears', 'announce-trip'],
      ...['refused: TRANSITION_FORBIDDEN', 'announce-trip', 'refused: NOTICE_RUNNING'],
      ...['trip', 'notify-reconnection', 'supply'],
    ]);
    assert.equal(result.finalStates?.device, 'normal');
    assert.deepEqual(
      result.finalStates?.meters.map(({ payment }) => payment),
      ['settled', 'settled', 'settled'],
    );
  });

  it('fits 80 columns and says who could not read what', async () => {
    const { exitCode, stdout, stderr } = await home.run(...SMALL);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(wideLines(stdout), []);
    assert.match(stdout, /12 of 12 slots/);
    assert.match(stdout, /opened 0\./);
    assert.match(stdout, /every peer +saw sealed bytes/);
  });

  it('keeps reports off the ledger in a folder, and reads them from there', async () => {
    const off = document(await home.run(...SMALL, '--off-ledger', 'reports', '--json'));
    assert.deepEqual([off.parameters.storage, off.allEqual], ['digest', true]);
    assert.ok(readdirSync(home.file('reports')).length > 72);
  });

  it('refuses options of another scheme, and too few meters', async () => {
    const other = await home.run('demo', '--off-ledger', 'reports');
    assert.deepEqual([other.exitCode, /OPTION_INVALID|demo signcryption/.test(other.stderr)], [2, true]);
    const few = await home.run('demo', 'signcryption', '--meters', '2');
    assert.equal(few.exitCode, 2);
  });
});
