/** A bill beside the customer's own readings: which column, which slots, and what comes out. */
import assert from 'node:assert/strict';
import { statedEvidence } from '../../helpers/stated-bill.js';
import { JANUARY_2024, JANUARY_HOURS } from '../../helpers/tariff-values.js';
import { clientRefused } from '../../helpers/refused.js';
import { billOfReadings, checkOwnBill } from '@gridveil/client/billing/own-readings.js';
import { ReadingTableBuilder, type ReadingTable } from '@gridveil/client/metering/reading.js';

const FIRST = JANUARY_2024 / 3600;

/** Readings of the month by meter. */
function readings(
  meters: Readonly<Record<string, (position: number) => number | undefined>>,
  slotSeconds = 3600,
): ReadingTable {
  const builder = new ReadingTableBuilder(slotSeconds);
  for (const [meterId, energyWhAt] of Object.entries(meters)) {
    const column = builder.addMeter(meterId);
    for (let i = 0; i < JANUARY_HOURS; i++) {
      const energyWh = energyWhAt(i);
      if (energyWh !== undefined) builder.add(column, FIRST + i, energyWh);
    }
  }
  return builder.build();
}

describe('own readings beside a bill', () => {
  const even = (): number => 100;

  it('come to energy and amount by band, with the fixed charge', () => {
    const bill = billOfReadings(statedEvidence(), readings({ m1: even, m2: () => 7 }));
    const peak = 31 * 5 * 100;
    const rest = 31 * 19 * 100;
    assert.deepEqual(
      bill.bands.map(({ energyWh, chargeMicro }) => [energyWh, chargeMicro]),
      [
        [BigInt(rest), BigInt(rest * 210)],
        [BigInt(peak), BigInt(peak * 500)],
      ],
    );
    assert.equal(bill.totalMicro, BigInt(rest * 210 + peak * 500) + 12_000_000n);
  });

  it('are those of the meter, of the only column, or of the named one', () => {
    const evidence = statedEvidence();
    const energy = (table: ReadingTable, column?: string) => billOfReadings(evidence, table, column).energyWh;
    const hours = BigInt(JANUARY_HOURS);
    assert.equal(energy(readings({ other: () => 5, m1: () => 3 })), 3n * hours);
    assert.equal(energy(readings({ total: () => 4 })), 4n * hours);
    assert.equal(energy(readings({ m1: () => 3, other: () => 5 }), 'other'), 5n * hours);
    assert.throws(
      () => energy(readings({ a: even, b: even })),
      clientRefused('READINGS_METER_UNKNOWN', { available: 2, meterId: 'm1' }),
    );
    // A name that was given is meant, even where there is one column only.
    assert.throws(
      () => energy(readings({ total: even }), 'm1'),
      clientRefused('READINGS_METER_UNKNOWN', { available: 1, meterId: 'm1' }),
    );
  });

  it('count in the slots that were reported; the others count as the tariff rules', () => {
    const lost = 10;
    const week = lost + 168;
    const ofBill = billOfReadings(
      statedEvidence([lost]),
      readings({ m1: (i) => (i === lost ? 90_000 : i === week ? 250 : 100) }),
    );
    assert.deepEqual(ofBill.estimates, [{ slot: FIRST + lost, copyOfSlot: FIRST + week }]);
    assert.equal(ofBill.energyWh, BigInt(100 * (JANUARY_HOURS - 2) + 2 * 250));
  });

  it('need one for each reported slot, of the length of the grid', () => {
    const without = readings({ m1: (i) => (i === 33 ? undefined : 100) });
    assert.throws(
      () => billOfReadings(statedEvidence(), without),
      clientRefused('READINGS_SLOT_MISSING', { time: '2024-01-02T09:00:00Z' }),
    );
    billOfReadings(statedEvidence([33]), without);
    assert.throws(
      () => billOfReadings(statedEvidence(), readings({ m1: even }, 1800)),
      clientRefused('READINGS_SLOT_LENGTH', { actualSeconds: 1800, expectedSeconds: 3600 }),
    );
  });

  it('agree with a bill to the last millionth, or both amounts are named', () => {
    const evidence = statedEvidence();
    const own = billOfReadings(evidence, readings({ m1: even }));
    const billed = (chargeMicro: bigint) => ({
      ...evidence,
      opening: { ...evidence.opening, chargeMicro: String(chargeMicro) },
    });
    checkOwnBill(billed(own.energyChargeMicro), own);
    assert.throws(
      () => checkOwnBill(billed(own.energyChargeMicro + 1n), own),
      clientRefused('BILL_DIFFERS', { meterId: 'm1', billed: '32.119001 USD', own: '32.119000 USD' }),
    );
  });
});
