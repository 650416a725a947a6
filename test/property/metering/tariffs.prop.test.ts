/** Tariffs: bills add up slot by slot, months have the hours that clocks show, tables survive their way, no input crashes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeArgument } from '@gridveil/chaincode/domain/decode.js';
import { missingSlotEstimates } from '@gridveil/chaincode/domain/missing-slots.js';
import { divideHalfEven } from '@gridveil/chaincode/domain/money.js';
import {
  checkTariff,
  firstSlotOf,
  priceMicroPerWh,
  slotCountOf,
  tariffId,
  tariffTable,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import { checkTariffPrices, PRICE_LIMITS } from '@gridveil/chaincode/domain/tariff-prices.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { canonicalJson } from '@gridveil/chaincode/ledger/canonical-json.js';
import { ClientError } from '@gridveil/client/errors.js';
import { billingMonth, slotStarts } from '@gridveil/client/metering/tariffs/billing-period.js';
import { clearBill } from '@gridveil/client/metering/tariffs/clear-bill.js';
import {
  addDecimals,
  decimalText,
  microPerWh,
  parseDecimal,
  wholeMicro,
} from '@gridveil/client/metering/tariffs/exact-decimal.js';
import { priceListTariff, readPriceList } from '@gridveil/client/metering/tariffs/price-list.js';
import { parseUrdbRate } from '@gridveil/client/metering/tariffs/urdb-rate.js';
import { urdbTariff } from '@gridveil/client/metering/tariffs/urdb-tariff.js';
import { fuzz } from '../../helpers/fuzz.js';
import { JANUARY_HOURS, tariffValues } from '../../helpers/tariff-values.js';

/** Any table that the ledger takes: up to eight prices in steps of ten, hours at random. */
const tableArb: fc.Arbitrary<TariffTable> = fc
  .uniqueArray(fc.integer({ min: 10, max: 100 }), { minLength: 1, maxLength: 8 })
  .map((steps) => steps.sort((a, b) => a - b))
  .chain((steps) =>
    fc.record({
      bands: fc.constant(steps.map((step, k) => ({ name: `b${k}`, priceMicroPerWh: step * 10 }))),
      bandOfSlot: fc
        .array(fc.nat({ max: steps.length - 1 }), {
          minLength: JANUARY_HOURS - 56,
          maxLength: JANUARY_HOURS - 56,
        })
        .map((hours) => [...Array.from({ length: 56 }, (_, i) => i % steps.length), ...hours].join('')),
      fixedChargeMicro: fc.nat(),
      minorDigits: fc.nat({ max: 6 }),
    }),
  )
  .map(tariffValues);

describe('tariff properties', function () {
  this.timeout(60_000);

  it('a bill is the sum of its slots, in any grouping', () => {
    const readingsArb = fc.array(fc.nat({ max: 20_000 }), {
      minLength: JANUARY_HOURS,
      maxLength: JANUARY_HOURS,
    });
    fc.assert(
      fc.property(tableArb, readingsArb, (table, readings) => {
        checkTariff(table);
        const first = firstSlotOf(table);
        const bill = clearBill(table, (slot) => readings[slot - first]);
        const bySlot = readings.reduce(
          (sum, wh, i) => sum + BigInt(wh) * BigInt(priceMicroPerWh(table, first + i)),
          0n,
        );
        assert.equal(bill.energyChargeMicro, bySlot);
        assert.equal(
          bill.energyWh,
          readings.reduce((sum, wh) => sum + BigInt(wh), 0n),
        );
        assert.equal(bill.totalMicro, bySlot + BigInt(table.fixedChargeMicro));
        assert.equal(
          bill.bands.reduce((sum, { slots }) => sum + slots, 0),
          JANUARY_HOURS,
        );
        const unit = 10n ** BigInt(6 - table.minorDigits);
        const off = 2n * (bill.payable * unit - bill.totalMicro);
        assert.ok(off <= unit && -off <= unit, 'the payable amount is at most half a unit off');
      }),
      fuzz(40),
    );
  });

  it('a bill with missing slots is the bill of the month with the estimates put in', () => {
    const missingArb = fc.uniqueArray(fc.nat({ max: JANUARY_HOURS - 1 }), { maxLength: 40 });
    const ruleArb = fc.constantFrom('fixed' as const, 'other-week' as const);
    fc.assert(
      fc.property(
        tableArb,
        missingArb,
        ruleArb,
        fc.nat({ max: 900 }),
        (values, missing, missingSlotRule, seed) => {
          const missingEstimateWh = missingSlotRule === 'fixed' ? seed : 0;
          const table: TariffTable = { ...values, missingSlotRule, maxMissingSlots: 40, missingEstimateWh };
          const [first, count] = [firstSlotOf(table), slotCountOf(table)];
          const whOf = (slot: number) => (slot * 31 + seed) % 997;
          const reported = (slot: number) => !missing.includes(slot - first);
          const estimates = missingSlotEstimates(table, first, count, reported);
          assert.deepEqual(
            estimates.map(({ slot }) => slot - first),
            [...missing].sort((a, b) => a - b),
          );
          const filled = new Map(
            estimates.map((e) => [e.slot, 'energyWh' in e ? e.energyWh : whOf(e.copyOfSlot)] as const),
          );
          for (const e of estimates) if ('copyOfSlot' in e) assert.ok(reported(e.copyOfSlot));
          const bill = clearBill(table, (slot) => (reported(slot) ? whOf(slot) : undefined));
          const complete = clearBill(table, (slot) => filled.get(slot) ?? whOf(slot));
          assert.deepEqual(bill, { ...complete, estimates });
        },
      ),
      fuzz(40),
    );
  });

  it('a table comes back from its canonical JSON with the same id', () => {
    fc.assert(
      fc.property(tableArb, (table) => {
        const back = decodeArgument(canonicalJson(table), tariffTable);
        assert.deepEqual(back, table);
        assert.equal(tariffId(back), tariffId(table));
      }),
      fuzz(60),
    );
  });

  it('accepted prices leave every bill of a lived-in home ambiguous, band by band', () => {
    const priceArb = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 10_000_000 }));
    const bandArb = fc.record({ priceMicroPerWh: priceArb, slots: fc.integer({ min: 6, max: 400 }) });
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(bandArb, { minLength: 2, maxLength: 5, selector: (band) => band.priceMicroPerWh }),
        fc.integer({ min: 100, max: 900 }),
        (values, watts) => {
          const bands = values
            .sort((a, b) => a.priceMicroPerWh - b.priceMicroPerWh)
            .map((band, k) => ({ ...band, name: `b${k}` }));
          try {
            checkTariffPrices(bands, 3600);
          } catch (error) {
            assert.ok(error instanceof GridveilError);
            return;
          }
          accepted++;
          // Twice a quiet home, so that energy can move both ways. By brute force over the energy moved into a band.
          const energies = bands.map(({ slots }) => 2 * slots * watts);
          for (const [k, band] of bands.entries()) {
            const shifts = bands.flatMap((other, j) =>
              j === k
                ? []
                : possibleShifts(
                    band.priceMicroPerWh,
                    other.priceMicroPerWh,
                    energies[k] ?? 0,
                    energies[j] ?? 0,
                  ),
            );
            assert.ok(shifts.length >= PRICE_LIMITS.minAlternatives, `band ${k} of ${JSON.stringify(bands)}`);
          }
        },
      ),
      fuzz(300),
    );
    assert.ok(accepted > 0, 'some prices are accepted');
  });

  /** Every Wh that can come into one band, taken from another, without changing the bill. */
  function possibleShifts(price: number, otherPrice: number, energyWh: number, otherWh: number): number[] {
    const shifts: number[] = [];
    for (let wh = 1; wh <= energyWh; wh++) {
      const taken = (wh * price) / otherPrice;
      if (Number.isInteger(taken) && taken <= otherWh) shifts.push(wh);
    }
    return shifts;
  }

  it('a month has as many slots as clocks and calendar show, in every zone', () => {
    const zones = [
      'Europe/London',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'America/Havana',
      'Asia/Kolkata',
    ];
    const monthArb = fc.tuple(fc.integer({ min: 1990, max: 2030 }), fc.integer({ min: 1, max: 12 }));
    fc.assert(
      fc.property(fc.constantFrom(...zones), monthArb, (timeZone, [year, month]) => {
        const label = `${year}-${String(month).padStart(2, '0')}`;
        const starts = slotStarts(billingMonth(label, timeZone, 1800));
        // By the platform's own formatter: every half hour whose local date is in the month, from a day before to a day after.
        const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
        const expected: number[] = [];
        const [from, to] = [Date.UTC(year, month - 1, 0), Date.UTC(year, month, 2)];
        for (let ms = from; ms < to; ms += 1_800_000)
          if (format.format(ms).startsWith(label)) expected.push(ms / 1000);
        assert.deepEqual(starts, expected);
      }),
      fuzz(40),
    );
  });

  it('decimal text is exact through parsing, adding and rounding', () => {
    const amount = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(amount, amount, ([a, aDecimals], [b, bDecimals]) => {
        const [x, y] = [
          { digits: a, decimals: aDecimals },
          { digits: b, decimals: bDecimals },
        ];
        const text = decimalText(x);
        assert.equal(decimalText(parseDecimal(text, 'x')), text);
        const sum = addDecimals(parseDecimal(text, 'x'), parseDecimal(decimalText(y), 'y'));
        const scaled = a * 10n ** BigInt(9 - aDecimals) + b * 10n ** BigInt(9 - bDecimals);
        assert.equal(decimalText(sum), decimalText({ digits: scaled, decimals: 9 }));
        const { micro, rounded } = wholeMicro(microPerWh(sum, 'currency/MWh'), 'half-even', 'x');
        assert.equal(BigInt(micro), divideHalfEven(scaled, 10n ** 9n));
        assert.equal(rounded, scaled % 10n ** 9n !== 0n);
      }),
      fuzz(300),
    );
  });

  /** Whatever comes in, a known refusal comes out, or a table that the ledger takes. */
  function assertKnown(error: unknown): void {
    assert.ok(error instanceof ClientError || error instanceof GridveilError, String(error));
  }

  it('no rate crashes the URDB importer', () => {
    const number = fc.oneof(
      fc.double(),
      fc.integer({ min: -3, max: 30 }),
      fc.constantFrom(0.1, 0.2, null, '0.3', 1e300),
    );
    const tier = fc.record(
      { rate: number, adj: number, max: number, unit: fc.constantFrom('kWh', 'kW', '', 3), sell: number },
      { requiredKeys: [] },
    );
    const schedule = fc
      .array(fc.nat({ max: 2 }), { minLength: 24, maxLength: 24 })
      .map((day) => Array<number[]>(12).fill(day));
    const rate = fc.record(
      {
        energyratestructure: fc.array(fc.array(tier, { minLength: 1, maxLength: 2 }), {
          minLength: 1,
          maxLength: 3,
        }),
        energyweekdayschedule: schedule,
        energyweekendschedule: schedule,
        name: fc.string({ unit: 'binary' }),
        country: fc.constantFrom('USA', 'CAN', ''),
        startdate: number,
        fixedchargefirstmeter: number,
        fixedchargeunits: fc.constantFrom('$/day', '$/month', '$/year', '€'),
        flatdemandstructure: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const text = fc.oneof(
      rate.map((value) => JSON.stringify(value)),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (json) => {
        try {
          const request = {
            month: '2024-02',
            zone: 'UTC',
            slotSeconds: 3600,
            rounding: 'half-even',
          } as const;
          checkTariff(urdbTariff(parseUrdbRate(json), request).table);
        } catch (error) {
          assertKnown(error);
        }
      }),
      fuzz(300),
    );
  });

  it('no price list crashes its importer', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        'start',
        'price',
        'band',
        'time_gmt',
        'pence_per_kWh',
        '2024-01-01T00:00',
        '0.5',
        '-1',
        '"',
        '',
      ),
      fc.string({ maxLength: 6 }),
    );
    const csv = fc
      .array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 })
      .map((rows) => rows.map((row) => row.join(',')).join('\n'));
    const headed = csv.map((rows) => `start,band,price\n${rows}`);
    const meaning = {
      zone: 'UTC',
      unit: 'currency/kWh',
      intervalMinutes: 30,
      currency: 'EUR',
      minorDigits: 2,
    } as const;
    await fc.assert(
      fc.asyncProperty(fc.oneof(csv, headed), async (text) => {
        try {
          const list = await readPriceList([text], meaning);
          priceListTariff(list, { name: 'x', month: '2024-01', zone: 'UTC', slotSeconds: 1800 });
        } catch (error) {
          assertKnown(error);
        }
      }),
      fuzz(300),
    );
  });
});
