import assert from 'node:assert/strict';
import { loadBillingReadings } from '@gridveil/client/cli/demo/billing-readings.js';
import type { DemoOptions } from '@gridveil/client/cli/demo/options.js';
import { priceMicroPerWh } from '@gridveil/chaincode/domain/tariff.js';
import { clientRefused } from '../../../helpers/refused.js';
import { sharedDataFile } from '../../../helpers/shared-data.js';

const OPTIONS: DemoOptions = {
  ledger: 'embedded',
  data: undefined,
  meters: undefined,
  slots: undefined,
  regions: 3,
  bits: 3072,
  key: undefined,
  seed: '1',
  json: true,
  ledgerDir: undefined,
  connection: undefined,
};

describe('readings of the billing demo', function () {
  this.timeout(20_000);

  it('are a month of generated households under the paper’s three prices when nothing is asked for', async () => {
    const { table, tariff, period } = await loadBillingReadings(OPTIONS);
    assert.deepEqual([table.meterIds.length, table.slots.length, table.readingCount], [5, 372, 5 * 372]);
    assert.deepEqual([period.label, period.slotSeconds], ['2024-01', 7200]);
    // From midnight: low until 06:00, high until 10:00, normal until 18:00, high until 22:00, low.
    const day = table.slots.slice(0, 12).map((slot) => priceMicroPerWh(tariff.table, slot));
    assert.deepEqual(day, [140, 140, 140, 420, 420, 280, 280, 280, 280, 420, 420, 140]);
  });

  it('are a month of the Fontana homes under the tariff they paid', async function () {
    const data = sharedDataFile(this, 'fontana-homes', 'fontana9_load_kwh_hourly.csv');
    const { table, tariff, period } = await loadBillingReadings({ ...OPTIONS, data });
    assert.deepEqual([period.label, table.readingCount], ['2016-08', 9 * 744]);
    assert.deepEqual(
      tariff.table.bands.map(({ priceMicroPerWh: price }) => price),
      [220, 400, 540],
    );
  });

  it('are a fortnight of a hundred virtual meters, played again to fill a month', async function () {
    const data = sharedDataFile(this, 'sgsc-households', 'sgsc_virtual100_30min_14days.csv');
    const { table, notes, period } = await loadBillingReadings({ ...OPTIONS, data, slots: 28 * 12 });
    assert.deepEqual([period.label, table.readingCount], ['2013-02', 100 * 28 * 12]);
    assert.match(notes.join(' '), /played again to fill 2013-02/);
  });

  it('are of enough meters for a sum', async () => {
    await assert.rejects(
      loadBillingReadings({ ...OPTIONS, meters: 2 }),
      clientRefused('DEMO_GROUPS_TOO_SMALL', { smallest: 2, lowest: 3 }),
    );
  });
});
