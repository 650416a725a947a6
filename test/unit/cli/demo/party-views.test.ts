import assert from 'node:assert/strict';
import { partyViews } from '@gridveil/client/cli/demo/party-views.js';
import type { DemoRegion, DemoSlot } from '@gridveil/client/cli/demo/result.js';
import { ReadingTableBuilder } from '@gridveil/client/metering/reading.js';

const OPENED: DemoRegion = { region: 'region-1', meters: 3, trueWh: 3, openedWh: 3, equal: true };
const WITHHELD: DemoRegion = {
  region: 'region-2',
  meters: 0,
  trueWh: 0,
  openedWh: 0,
  equal: true,
  withheld: true,
};

function views(missing: boolean, ...regions: readonly DemoRegion[]): Map<string, string> {
  const builder = new ReadingTableBuilder(1800);
  for (let meter = 0; meter < 4; meter++) {
    builder.addMeter(`m${meter}`);
    if (!missing || meter > 0) builder.add(meter, 7, 1);
  }
  const slot: DemoSlot = { slot: 7, regions, trueWh: 3, openedWh: 3, equal: true };
  const all = partyViews({ minGroup: 3 }, builder.build(), [slot], 'fog-1');
  return new Map(all.map(({ party, saw, couldNotSee }) => [party, `${saw} / ${couldNotSee}`]));
}

describe('who saw what', () => {
  it('counts a withheld region as seen by nobody', () => {
    const seen = views(true, OPENED, WITHHELD);
    assert.match(seen.get('MDMS') ?? '', /: 1 numbers, each over at least 3 meters/);
    assert.match(seen.get('leader (fog-1)') ?? '', /^2 encrypted region totals, 1 of them withheld/);
    assert.match(seen.get('fog node') ?? '', /any of the 3 readings/);
    assert.match(seen.get('meter') ?? '', /^its own readings, at most 1 /);
    assert.match(views(false, WITHHELD).get('MDMS') ?? '', /^nothing/);
  });

  it('says what rests on the fog nodes’ honesty', () => {
    const seen = views(false, OPENED, OPENED);
    for (const party of ['fog node', 'MDMS', 'every peer'])
      assert.match(seen.get(party) ?? '', /as long as .* counts? honestly \(level L1\)/, party);
    assert.match(seen.get('leader (fog-1)') ?? '', /the ledger recomputed it$/);
    assert.match(seen.get('leader (fog-1)') ?? '', /^2 encrypted region totals \//);
  });
});
