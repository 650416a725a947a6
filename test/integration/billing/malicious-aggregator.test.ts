/** The malicious AN of the demo over a month with gaps: the ledger and each customer name the shift, not that estimates were not signed yet. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openToyDirectory, type ToyDirectory } from './toy-directory.js';
import { TOY_TARIFF_LIMITS } from '../../helpers/contract-bench.js';
import { TOY_BITS, toyKey, toyParameters } from '../../helpers/bench-values.js';
import { openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';
import { castBilling, type BillingCast } from '@gridveil/client/billing/billing-cast.js';
import {
  checkBills,
  closePeriod,
  reportPeriod,
  submitBills,
  type PeriodInput,
} from '@gridveil/client/billing/billing-period.js';
import { ReplayClock } from '@gridveil/client/billing/replay-clock.js';
import { shiftCharges } from '@gridveil/client/cli/demo/malicious-aggregator.js';
import { BillingWorkers } from '@gridveil/client/crypto/billing-workers.js';
import { ReadingTableBuilder } from '@gridveil/client/metering/reading.js';
import type { TariffTable } from '@gridveil/chaincode/domain/tariff.js';

const METERS = ['m1', 'm2', 'm3'];
const SLOT_SECONDS = 900;
const FIRST_SLOT = 1_943_000;
const SLOTS = 12;

const TARIFF: TariffTable = {
  name: 'toy',
  currency: 'EUR',
  periodStartSeconds: FIRST_SLOT * SLOT_SECONDS,
  periodEndSeconds: (FIRST_SLOT + SLOTS) * SLOT_SECONDS,
  slotSeconds: SLOT_SECONDS,
  bands: [
    { name: 'night', priceMicroPerWh: 210 },
    { name: 'day', priceMicroPerWh: 500 },
  ],
  bandOfSlot: '000111000111',
  fixedChargeMicro: 0,
  minorDigits: 2,
  missingSlotRule: 'fixed',
  maxMissingSlots: 1,
  missingEstimateWh: 100,
};

describe('malicious aggregator over a month with gaps', function () {
  this.timeout(60_000);
  let directory: ToyDirectory;
  let workers: BillingWorkers;
  let cast: BillingCast;
  let input: PeriodInput;

  before(async () => {
    const key = await toyKey();
    const clock = new ReplayClock(TARIFF.periodStartSeconds - 3600);
    directory = await openToyDirectory(clock);
    const parameters = toyParameters(key, 'toy');
    workers = new BillingWorkers(key.publicKey, parameters.maxReadingWh, 1);
    cast = await castBilling(directory, workers, {
      ...{ parameters, clock, meterIds: METERS, plan: 'household', tariff: TARIFF },
      ...{ proofsCheckedBy: 'aggregators', minAreaPercent: 80, espFolder: join(directory.folder, 'esp') },
      people: {
        admin: 'Admin',
        owner: { mspId: 'Org1MSP', user: 'User1' },
        aggregators: ['User2', 'User3', 'User4'].map((user) => ({ mspId: 'Org2MSP', user })),
        customer: { mspId: 'Org2MSP', user: 'User1' },
      },
      open: (ciphertexts) =>
        Promise.resolve(ciphertexts.map((ciphertext) => openCiphertext(key, ciphertext))),
      tariffLimits: TOY_TARIFF_LIMITS,
    });
    const builder = new ReadingTableBuilder(SLOT_SECONDS);
    for (const [column, meterId] of METERS.entries()) {
      builder.addMeter(meterId);
      // One gap each.
      for (let i = 0; i < SLOTS; i++)
        if (i !== column + 2) builder.add(column, FIRST_SLOT + i, 100 * i + column);
    }
    const readings = builder.build();
    const limits = { tariffLimits: TOY_TARIFF_LIMITS, modulusBits: [TOY_BITS] };
    input = { cast, tariff: TARIFF, readings, clock, ...limits };
  });
  after(async () => {
    await Promise.all([workers.close(), cast.close()]);
    await directory.close();
  });

  it('is refused by the ledger and found by both customers, whose bills are right all the same', async () => {
    await reportPeriod(input);
    const { charges, refused } = await closePeriod(input);
    assert.deepEqual([charges.map(({ missing }) => missing.length), refused], [[1, 1, 1], []]);
    const shifted = await shiftCharges(input, charges);
    await submitBills(input, charges);
    const { ledgerRefusal, sentBills } = await shifted.checkSentBills();
    assert.equal(ledgerRefusal, 'CHARGE_MISMATCH');
    assert.deepEqual(
      sentBills.map(({ meter, signedByAggregator, found }) => [meter, signedByAggregator, found]),
      [
        ['m1', true, 'CHARGE_MISMATCH'],
        ['m2', true, 'CHARGE_MISMATCH'],
        ['m3', true, ''],
      ],
    );
    const bills = await checkBills(input, METERS);
    assert.deepEqual(
      bills.map(({ equal }) => equal),
      [true, true, true],
    );
  });
});
