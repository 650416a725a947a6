import assert from 'node:assert/strict';
import { decodeArgument } from '@gridveil/chaincode/domain/decode.js';
import {
  bandOfSlot,
  checkTariff,
  encodeTariff,
  firstSlotOf,
  MAX_PRICE_MICRO_PER_WH,
  priceMicroPerWh,
  slotCountOf,
  slotsPerBand,
  tariffId,
  tariffTable,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import { canonicalJson } from '@gridveil/chaincode/ledger/canonical-json.js';
import * as bad from '../../helpers/bad-values.js';
import { refused } from '../../helpers/refused.js';
import { JANUARY_2024, JANUARY_HOURS, tariffValues } from '../../helpers/tariff-values.js';

const DIGITS = [null, true, 0, 1, [], {}, '', '8', '01a', ' 01', '01\n', '-1', '٠', '0'.repeat(44_761)];
const CODES = [null, true, 0, [], {}, '', 'US', 'USDX', 'usd', 'US$', 'ÜSD', 'USD\n', ' USD'];

const FIELDS: Readonly<Record<keyof TariffTable, readonly bad.BadValue[]>> = {
  name: bad.identifier,
  currency: CODES.map((value) => [value, 'BAD_FIELD']),
  periodStartSeconds: bad.integer(0, 9_999_999_999_999),
  periodEndSeconds: bad.integer(1, 9_999_999_999_999),
  slotSeconds: bad.integer(60, 86_400),
  bands: bad.list({ name: 'a', priceMicroPerWh: 1 }, 64),
  bandOfSlot: DIGITS.map((value) => [value, 'BAD_FIELD']),
  fixedChargeMicro: bad.integer(0, 1e15),
  minorDigits: bad.integer(0, 6),
  missingSlotRule: bad.oneOf('Refuse', 'zero', 'toString'),
  maxMissingSlots: bad.integer(0, 44_760),
  missingEstimateWh: bad.integer(0, 100_000_000),
};

const decode = (value: unknown) => decodeArgument(bad.jsonWithRaw(value), tariffTable);

describe('tariff table', () => {
  for (const [field, values] of Object.entries(FIELDS))
    it(`rejects every bad ${field}, and a table without it`, () => {
      for (const [value, code] of values)
        assert.throws(() => decode({ ...tariffValues(), [field]: value }), refused(code), `${String(value)}`);
      assert.throws(
        () => decode({ ...tariffValues(), [field]: undefined }),
        refused('MISSING_FIELD', { field }),
      );
    });

  it('rejects fields that nobody declared, in the table and in a band', () => {
    const band = { name: 'a', priceMicroPerWh: 1 };
    assert.throws(() => decode({ ...tariffValues(), tier: 1 }), refused('UNKNOWN_FIELD', { field: 'tier' }));
    assert.throws(
      () => decode({ ...tariffValues(), bands: [{ ...band, max: 1 }] }),
      refused('UNKNOWN_FIELD'),
    );
    for (const [value, code] of [...bad.integer(1, MAX_PRICE_MICRO_PER_WH)])
      assert.throws(
        () => decode({ ...tariffValues(), bands: [{ ...band, priceMicroPerWh: value }] }),
        refused(code),
      );
    for (const [value, code] of bad.identifier)
      assert.throws(() => decode({ ...tariffValues(), bands: [{ ...band, name: value }] }), refused(code));
  });

  it('comes back from its canonical JSON as it was', () => {
    const table = tariffValues();
    assert.deepEqual(decodeArgument(canonicalJson(table), tariffTable), table);
    checkTariff(table);
  });

  it('has an id that every field changes', () => {
    const table = tariffValues();
    const changes: readonly Partial<TariffTable>[] = [
      { name: 'other' },
      { currency: 'EUR' },
      { periodStartSeconds: JANUARY_2024 + 3600 },
      { periodEndSeconds: JANUARY_2024 },
      { slotSeconds: 1800 },
      { bands: table.bands.slice(0, 1) },
      { bands: table.bands.map((band) => ({ ...band, priceMicroPerWh: band.priceMicroPerWh + 1 })) },
      { bands: table.bands.map((band) => ({ ...band, name: `${band.name}x` })) },
      { bandOfSlot: `1${table.bandOfSlot.slice(1)}` },
      { fixedChargeMicro: 0 },
      { minorDigits: 3 },
      { missingSlotRule: 'fixed' },
      { maxMissingSlots: 1 },
      { missingEstimateWh: 1 },
    ];
    assert.deepEqual(new Set(changes.flatMap(Object.keys)), new Set(Object.keys(table)));
    const ids = [table, ...changes.map((change) => ({ ...table, ...change }))].map(tariffId);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[0-9a-f]{64}$/);
    assert.equal(tariffId({ ...table }), ids[0]);
    // Made by a Python program from the description in tariff.ts; a change would orphan every signed report.
    assert.equal(encodeTariff(table).length, 933);
    assert.equal(ids[0], '790fe46dd1b464a7148726dd1f0354c5b7296e97f94593889c386c306b36385e');
  });

  it('rejects periods that are no month, or not made of slots', () => {
    const of = (change: Partial<TariffTable>) => () => checkTariff(tariffValues(change));
    const end = JANUARY_2024 + JANUARY_HOURS * 3600;
    for (const change of [
      { periodEndSeconds: end + 3 * 3600 },
      { periodEndSeconds: JANUARY_2024 + 28 * 86_400 - 3 * 3600 },
      { periodEndSeconds: JANUARY_2024 },
      { periodEndSeconds: JANUARY_2024 - 31 * 86_400 },
      { periodEndSeconds: end + 1800 },
      { periodStartSeconds: JANUARY_2024 + 1 },
      { slotSeconds: 3601 },
    ])
      assert.throws(of(change), refused('TARIFF_BAD_PERIOD'), JSON.stringify(change));
    const { bandOfSlot: digits } = tariffValues();
    for (const bandOfSlot of [digits.slice(1), `${digits}0`, '0'])
      assert.throws(
        of({ bandOfSlot }),
        refused('TARIFF_SLOT_COUNT', { expected: 744, actual: bandOfSlot.length }),
      );
  });

  it('rejects bands that are unordered, equal, unnamed apart or not there', () => {
    const of = (...bands: TariffTable['bands']) => {
      return () => checkTariff(tariffValues({ bands }));
    };
    const [low, high] = [
      { name: 'low', priceMicroPerWh: 210 },
      { name: 'high', priceMicroPerWh: 500 },
    ];
    assert.throws(of(high, low), refused('TARIFF_BANDS_UNORDERED', { band: 'low' }));
    assert.throws(of(low, { ...low, name: 'x' }), refused('TARIFF_BANDS_UNORDERED', { band: 'x' }));
    assert.throws(of(low, { ...high, name: 'low' }), refused('TARIFF_BAND_NAMES'));
    assert.throws(of(low), refused('TARIFF_BAND_UNKNOWN', { position: 16, band: '1' }));
    const middle = { name: 'middle', priceMicroPerWh: 300 };
    assert.throws(of(low, middle, high), refused('TARIFF_BAND_TOO_SHORT', { band: 'high', slots: 0 }));
  });

  it('prices exactly the slots of its period', () => {
    const table = tariffValues();
    const first = JANUARY_2024 / 3600;
    assert.deepEqual([firstSlotOf(table), slotCountOf(table)], [first, 744]);
    assert.deepEqual(slotsPerBand(table), [744 - 155, 155]);
    assert.deepEqual(
      [0, 15, 16, 20, 21, 743].map((hour) => priceMicroPerWh(table, first + hour)),
      [210, 210, 500, 500, 210, 210],
    );
    assert.equal(bandOfSlot(table, first + 40), 1);
    for (const slot of [first - 1, first + 744, 0, first + 0.5, NaN]) {
      assert.throws(() => bandOfSlot(table, slot), refused('SLOT_OUTSIDE_PERIOD'));
      assert.throws(() => priceMicroPerWh(table, slot), refused('SLOT_OUTSIDE_PERIOD'));
    }
  });
});
