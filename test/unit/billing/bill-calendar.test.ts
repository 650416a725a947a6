/** The calendar of a bill: a row for each day of the zone, also where clocks change, and a cross for each missing slot. */
import assert from 'node:assert/strict';
import { bandColour, billCalendar } from '@gridveil/client/billing/bill-calendar.js';
import { parseZone } from '@gridveil/client/metering/stamp.js';
import { tariffValues, JANUARY_2024 } from '../../helpers/tariff-values.js';

const HOUR = 3600;
const days = (svg: string) =>
  svg.match(/>(\d{4}-\d\d-\d\d)<\/text>/g)?.map((text) => text.slice(1, 11)) ?? [];
const missing = (svg: string) => svg.match(/class="missing"/g)?.length ?? 0;

describe('calendar of a bill', () => {
  it('has a row for each of 31 days and three runs of a price in each', () => {
    const { text } = billCalendar(tariffValues(), [], parseZone('UTC'));
    assert.equal(days(text).length, 31);
    assert.deepEqual([days(text)[0], days(text)[30]], ['2024-01-01', '2024-01-31']);
    assert.equal(text.match(/<rect\s/g)?.length, 31 * 3);
    assert.equal(missing(text), 0);
  });

  it('crosses out the slots that are missing', () => {
    const slots = [5, 6, 100].map((i) => JANUARY_2024 / HOUR + i);
    assert.equal(missing(billCalendar(tariffValues(), slots, parseZone('UTC')).text), 3);
  });

  it('shows the days of the zone, with 23 and 25 hours where clocks change', () => {
    const zone = parseZone('Europe/London');
    for (const [start, end, date, hours] of [
      ['2024-03-01T00:00:00Z', '2024-03-31T23:00:00Z', '2024-03-31', 743],
      ['2024-09-30T23:00:00Z', '2024-11-01T00:00:00Z', '2024-10-27', 745],
    ] as const) {
      const periodStartSeconds = Date.parse(start) / 1000;
      const periodEndSeconds = Date.parse(end) / 1000;
      assert.equal(periodEndSeconds - periodStartSeconds, hours * HOUR);
      // Two bands that take turns, so that no two slots are drawn as one.
      const bandOfSlot = '01'.repeat(400).slice(0, hours);
      const table = tariffValues({ periodStartSeconds, periodEndSeconds, bandOfSlot });
      const { text } = billCalendar(table, [], zone);
      assert.equal(days(text).length, 31);
      assert.ok(days(text).includes(date));
      assert.equal(text.match(/<rect\s/g)?.length, hours);
      assert.doesNotMatch(text, /NaN|width="-/);
    }
  });

  it('tells bands apart by lightness', () => {
    const lightness = [0, 1, 2].map((band) => Number(/(\d+)%\)$/.exec(bandColour(band, 3))?.[1]));
    assert.deepEqual(
      lightness,
      [...lightness].sort((a, b) => b - a),
    );
    assert.equal(new Set(lightness).size, 3);
    assert.match(bandColour(0, 1), /^hsl\(212 60% \d+%\)$/);
  });
});
