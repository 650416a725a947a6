/** Data recovery: what is measured, recovered and missing after losses. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Measurements } from '@gridveil/client/metering/dimensions.js';
import {
  recoverPeriod,
  type HeldReadings,
  type LedgerReport,
} from '@gridveil/client/metering/recover-period.js';

const PERIOD = { meterIds: ['m1', 'm2'], fromSlot: 10, toSlot: 13 };

function report(meterId: string, slot: number, energyWh: number): LedgerReport {
  return { meterId, slot, measurements: { energyWh } };
}

function held(...readings: readonly (readonly [string, number, Measurements])[]): HeldReadings {
  const meters = new Map<string, Map<number, Measurements>>();
  for (const [meterId, slot, measurements] of readings) {
    const slots = meters.get(meterId) ?? new Map<number, Measurements>();
    meters.set(meterId, slots.set(slot, measurements));
  }
  return meters;
}

describe('recover period', () => {
  it('says of each slot where it comes from', () => {
    const own = held(['m1', 10, { energyWh: 1 }], ['m1', 11, { energyWh: 2 }]);
    const reports = [report('m1', 10, 1), report('m1', 12, 3), report('m2', 99, 7)];
    const lost = [{ meterId: 'm1', slot: 13, refusal: { code: 'CONTENT_OFF_LEDGER' } }];
    const [first, second] = recoverPeriod(PERIOD, own, reports, lost);
    assert.deepEqual(first, {
      meterId: 'm1',
      slots: [
        { slot: 10, origin: 'measured', measurements: { energyWh: 1 }, onLedger: true, corrected: [] },
        { slot: 11, origin: 'measured', measurements: { energyWh: 2 }, onLedger: false, corrected: [] },
        { slot: 12, origin: 'recovered', measurements: { energyWh: 3 }, onLedger: true, corrected: [] },
        { slot: 13, origin: 'missing', reason: 'CONTENT_OFF_LEDGER' },
      ],
      counts: { measured: 2, recovered: 1, missing: 1 },
    });
    assert.deepEqual(second?.counts, { measured: 0, recovered: 0, missing: 4 });
    assert.deepEqual(second.slots[0], { slot: 10, origin: 'missing', reason: 'NO_REPORT' });
  });

  it('takes the word of the ledger against a copy that differs, and keeps what the report does not tell', () => {
    const own = held(
      ['m1', 10, { energyWh: 5, powerW: 20, frequencyMilliHz: 50_000 }],
      ['m1', 11, { energyWh: 2 }],
    );
    const reports = [
      { meterId: 'm1', slot: 10, measurements: { energyWh: 6, powerW: 20 } },
      { meterId: 'm1', slot: 11, measurements: { energyWh: 2, powerW: 8 } },
    ];
    const [meter] = recoverPeriod({ ...PERIOD, meterIds: ['m1'], toSlot: 11 }, own, reports);
    assert.deepEqual(meter?.slots, [
      {
        ...{ slot: 10, origin: 'recovered', onLedger: true, corrected: ['energyWh'] },
        measurements: { energyWh: 6, powerW: 20, frequencyMilliHz: 50_000 },
      },
      // One dimension was lost, the other was right.
      {
        slot: 11,
        origin: 'recovered',
        onLedger: true,
        corrected: [],
        measurements: { energyWh: 2, powerW: 8 },
      },
    ]);
  });

  it('loses nothing that is somewhere and invents nothing, whatever was lost', () => {
    const cell = fc.record({
      meterId: fc.constantFrom('m1', 'm2', 'm3'),
      slot: fc.integer({ min: 9, max: 14 }),
    });
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 30 }), fc.array(cell, { maxLength: 30 }), (kept, sent) => {
        const value = ({ meterId, slot }: { meterId: string; slot: number }): Measurements => ({
          energyWh: 100 * slot + Number(meterId.slice(1)),
        });
        const own = held(...kept.map((one) => [one.meterId, one.slot, value(one)] as const));
        const reports = sent.map((one) => ({ ...one, measurements: value(one) }));
        for (const { meterId, slots } of recoverPeriod(PERIOD, own, reports)) {
          assert.deepEqual(
            slots.map(({ slot }) => slot),
            [10, 11, 12, 13],
          );
          for (const one of slots) {
            const was = (cells: typeof kept): boolean =>
              cells.some((c) => c.meterId === meterId && c.slot === one.slot);
            const origin = was(kept) ? 'measured' : was(sent) ? 'recovered' : 'missing';
            assert.equal(one.origin, origin);
            if (one.origin !== 'missing')
              assert.deepEqual(one.measurements, value({ meterId, slot: one.slot }));
          }
        }
      }),
    );
  });

  it('refuses periods that are none', () => {
    for (const toSlot of [9, NaN, 10 + 10_000_000])
      assert.throws(() => recoverPeriod({ ...PERIOD, toSlot }, new Map(), []), RangeError);
  });
});
