/** A whole billing period of all parties in one process, with threads, on a toy ledger. */
import assert from 'node:assert/strict';
import { FIRST_SLOT, setToyStage, SLOT_SECONDS, TARIFF, type ToyPlan } from './toy-stage.js';
import type { BillingCast } from '@gridveil/client/billing/billing-cast.js';
import { runBillingPeriod, type BilledPeriod } from '@gridveil/client/billing/billing-period.js';
import { getLeadership } from '@gridveil/client/ledger/calls.js';
import { getSlotBlock } from '@gridveil/client/ledger/billing-queries.js';
import type { TariffTable } from '@gridveil/chaincode/domain/tariff.js';

const METERS = ['m1', 'm2', 'm3', 'm4'];

/** m2 has two gaps, m3 too many, and in the last slot only two meters report. */
function energyWh(meterId: string, position: number): number | undefined {
  const number = Number(meterId.slice(1));
  if (number === 2 && (position === 3 || position === 23)) return undefined;
  if (number === 3 && position > 18) return undefined;
  return (position * 37 * number) % 900;
}

interface Run {
  readonly cast: BillingCast;
  readonly billed: BilledPeriod;
  close(): Promise<void>;
}

/** All parties, from keys to checked bills. */
async function runPeriod(
  plan: Omit<ToyPlan, 'minAreaPercent'>,
  readings: typeof energyWh,
  advance?: (done: number, all: number) => void,
): Promise<Run> {
  const stage = await setToyStage({ ...plan, minAreaPercent: 75 }, readings);
  const billed = await runBillingPeriod({ ...stage.input, ...(advance && { advance }) });
  return { cast: stage.input.cast, billed, close: () => stage.close() };
}

for (const proofsCheckedBy of ['endorsers', 'aggregators'] as const)
  describe(`billing period, proofs checked by ${proofsCheckedBy}`, function () {
    this.timeout(60_000);
    let run: Run;
    let cast: BillingCast;
    let billed: BilledPeriod;
    const progress: [number, number][] = [];

    before(async () => {
      const advance = (done: number, all: number) => void progress.push([done, all]);
      run = await runPeriod({ proofsCheckedBy, meterIds: METERS }, energyWh, advance);
      ({ cast, billed } = run);
    });
    after(() => run.close());

    it('bills every meter that reported enough what its readings cost, to the last millionth', () => {
      assert.deepEqual(
        billed.bills.map(({ meterId, equal, bill }) => [meterId, equal, bill.reports, bill.missing.length]),
        [
          ['m1', true, 24, 0],
          ['m2', true, 22, 2],
          ['m4', true, 24, 0],
        ],
      );
      const [first] = billed.bills;
      const expected = TARIFF.bandOfSlot
        .split('')
        .reduce((sum, band, i) => sum + BigInt(energyWh('m1', i) ?? 0) * (band === '0' ? 210n : 500n), 0n);
      assert.equal(first?.bill.chargeMicro, expected);
      assert.equal(first?.bill.payableMinor, (expected + 1_234_567n + 5000n) / 10_000n);
    });

    it('says which meter has no bill, and why', () => {
      assert.deepEqual(
        billed.refused.map(({ meterId, refusal }) => [meterId, refusal.code]),
        [['m3', 'TOO_MANY_MISSING_SLOTS']],
      );
    });

    it('opens what the area used, of no slot with fewer than three meters', async () => {
      assert.deepEqual(
        billed.areas.map(({ slot }) => slot),
        Array.from({ length: 23 }, (_, i) => FIRST_SLOT + i),
      );
      for (const { slot, energyWh: opened } of billed.areas) {
        const used = METERS.reduce((sum, meterId) => sum + (energyWh(meterId, slot - FIRST_SLOT) ?? 0), 0);
        assert.equal(opened, BigInt(used));
      }
      const last = await getSlotBlock(cast.customer, 'toy', FIRST_SLOT + 23);
      assert.deepEqual([last.blocks[0]?.count, last.opening], [2, undefined]);
    });

    it('has the blocks of the aggregator that was elected', async () => {
      const { leader, term } = await getLeadership(cast.customer, 'toy');
      assert.deepEqual([leader, term], [cast.an.aggregator.aggregator, cast.an.candidate.term]);
      const { blocks } = await getSlotBlock(cast.customer, 'toy', FIRST_SLOT);
      assert.deepEqual(
        blocks.map(({ aggregator }) => aggregator),
        [leader],
      );
    });

    it('tells how far it is', () => {
      const all = 24 + 22 + 19 + 24;
      assert.deepEqual(progress.at(-1), [all, all]);
    });
  });

describe('billing period of 40 meters', function () {
  this.timeout(120_000);
  const SHORT: TariffTable = {
    ...TARIFF,
    periodEndSeconds: (FIRST_SLOT + 8) * SLOT_SECONDS,
    bandOfSlot: '00001111',
    missingSlotRule: 'refuse',
    maxMissingSlots: 0,
    missingEstimateWh: 0,
  };
  const meterIds = Array.from({ length: 40 }, (_, i) => `v${String(i + 1).padStart(3, '0')}`);
  const wh = (meterId: string, position: number) => Number(meterId.slice(1)) * 7 + position;

  it('has a bill for each, equal to the own readings, and every area total, over whatever number of transactions', async () => {
    const parameters = { maxMeters: 40 };
    const run = await runPeriod({ proofsCheckedBy: 'endorsers', meterIds, tariff: SHORT, parameters }, wh);
    const { billed, cast } = run;
    try {
      assert.deepEqual(billed.refused, []);
      assert.deepEqual(
        billed.bills.map(({ meterId, equal, bill }) => [meterId, equal, bill.reports]),
        meterIds.map((meterId) => [meterId, true, 8]),
      );
      assert.deepEqual(
        billed.areas.map(({ count, energyWh: opened }) => [count, opened]),
        Array.from({ length: 8 }, (_, i) => [40, BigInt(7 * 820 + 40 * i)]),
      );
      for (const meterId of meterIds) assert.equal(cast.receipts.of(meterId).length, 8);
    } finally {
      await run.close();
    }
  });
});
