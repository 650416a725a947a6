/**
 * At least 200 SIGKILLs of fog nodes, at each named place and at any time, and of the embedded ledger, under traffic. The oracle opens every total and
 * compares it with the receipts, report by report; `gridveil audit` gives a second opinion and recounts every total.
 */
import assert from 'node:assert/strict';
import { FaultLog } from '../harness/fault-log.js';
import { FOG_POINTS, fogSchedule, killFog, killProgram } from '../harness/field-faults.js';
import { FieldRun, FOGS } from '../harness/field-run.js';

const TIMES_AT_EACH_PLACE = 5;
const AT_ANY_TIME = 17;
const LEDGER_KILLS = 32;

describe('a field of programs that are killed', function () {
  this.timeout(600_000);
  let run: FieldRun | undefined;
  afterEach(() => run?.close());

  it('counts every receipted report exactly once over 200 kills', async function () {
    const seed = process.env['FUZZ_SEED'] ?? new Date().toISOString();
    run = await FieldRun.open({ portBase: 18_600, seed, opens: false, everyMs: 200 });
    const log = new FaultLog();
    const { random } = run;
    const field = run;
    await Promise.all([
      ...FOGS.map((fog) =>
        killFog(field, log, fog, fogSchedule(random, FOG_POINTS, TIMES_AT_EACH_PLACE, AT_ANY_TIME)),
      ),
      killProgram(field, log, 'ledger', { times: LEDGER_KILLS, everyMs: 500 }),
    ]);
    await field.stopTraffic();
    const verdict = await field.verdict();
    assert.deepEqual(verdict.violations, [], `seed ${seed}`);
    assert.equal(verdict.lost + verdict.double, 0);
    assert.equal(verdict.counted, verdict.receipted, `seed ${seed}`);
    assert.ok(log.records.length >= 200, `${log.records.length} kills`);
    assert.ok(log.of('ledger').length >= LEDGER_KILLS);
    for (const point of FOG_POINTS)
      assert.ok(
        log.records.filter((record) => record.point === point).length > FOGS.length,
        `${point} was reached`,
      );
    assert.ok(verdict.regionTotals > 50, `${verdict.regionTotals} totals`);
    process.stdout.write(`${log.table().replaceAll(/^/gm, '      ')}\n`);
  });
});
