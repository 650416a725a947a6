import assert from 'node:assert/strict';
import { slotsPerBand } from '@gridveil/chaincode/domain/tariff.js';
import { parseUrdbRate } from '@gridveil/client/metering/tariffs/urdb-rate.js';
import { urdbTariff, type UrdbTariffRequest } from '@gridveil/client/metering/tariffs/urdb-tariff.js';
import { clientRefused } from '../../../helpers/refused.js';

const REQUEST: UrdbTariffRequest = { month: '2024-03', zone: 'America/Denver', slotSeconds: 3600 };
const week = (from: number, to: number) =>
  Array.from({ length: 12 }, () => Array.from({ length: 24 }, (_, h) => (h >= from && h < to ? 1 : 0)));
const RATE = {
  name: 'TOU',
  utility: 'Co',
  country: 'USA',
  energyratestructure: [[{ rate: 0.1, unit: 'kWh' }], [{ rate: 0.25, adj: 0.05 }]],
  energyweekdayschedule: week(16, 21),
  energyweekendschedule: week(0, 0),
};

const parse = (change: object = {}) => parseUrdbRate(JSON.stringify({ ...RATE, ...change }));
const draft = (change: object = {}, request: Partial<UrdbTariffRequest> = {}) =>
  urdbTariff(parse(change), { ...REQUEST, ...request });

describe('URDB rates', () => {
  it('are rejected with the place of what does not fit', () => {
    for (const [change, place] of [
      [{ energyratestructure: undefined }, 'energyratestructure'],
      [{ energyratestructure: [] }, 'energyratestructure'],
      [{ energyratestructure: [[]] }, 'energyratestructure.0'],
      [{ energyratestructure: [[{ rate: 'free' }]] }, 'energyratestructure.0.0.rate'],
      [{ energyratestructure: [[{ rate: null }]] }, 'energyratestructure.0.0.rate'],
      [{ energyweekdayschedule: week(0, 1).slice(1) }, 'energyweekdayschedule'],
      [{ energyweekendschedule: week(0, 1).map((hours) => hours.slice(1)) }, 'energyweekendschedule.0'],
      [
        { energyweekendschedule: week(0, 1).map((hours) => hours.map(() => -1)) },
        'energyweekendschedule.0.0',
      ],
      [
        { energyweekendschedule: week(0, 1).map((hours) => hours.map(() => 0.5)) },
        'energyweekendschedule.0.0',
      ],
      [{ fixedchargefirstmeter: {} }, 'fixedchargefirstmeter'],
      [{ startdate: 'yesterday' }, 'startdate'],
    ] as const)
      assert.throws(() => parse(change), clientRefused('TARIFF_MALFORMED', { format: 'URDB', place }), place);
    for (const text of ['', '{', '[1]', 'null', '1', '"x"', '[]'])
      assert.throws(() => parseUrdbRate(text), clientRefused('TARIFF_MALFORMED'), text);
    assert.throws(() => parseUrdbRate(' '.repeat(5_000_001)), clientRefused('TARIFF_FILE_TOO_LARGE'));
  });

  it('come alone or as the only item of an answer', () => {
    assert.deepEqual(parseUrdbRate(JSON.stringify({ items: [RATE] })), parse());
    for (const items of [[], [RATE, RATE]])
      assert.throws(
        () => parseUrdbRate(JSON.stringify({ items })),
        clientRefused('TARIFF_MALFORMED', { place: 'items' }),
      );
  });

  it('give their periods as bands, rate and adjustment added exactly', () => {
    const { table, notes } = draft();
    assert.deepEqual(table.bands, [
      { name: 'period 0', priceMicroPerWh: 100 },
      { name: 'period 1', priceMicroPerWh: 300 },
    ]);
    // March 2024: 21 weekdays of 5 peak hours, and 743 hours in all.
    assert.deepEqual(slotsPerBand(table), [743 - 105, 105]);
    assert.deepEqual([table.name, table.currency, table.fixedChargeMicro, notes], ['Co: TOU', 'USD', 0, []]);
  });

  it('price named holidays by the weekend schedule', () => {
    const { table } = draft({}, { holidays: ['2024-03-29'] });
    assert.deepEqual(slotsPerBand(table), [743 - 100, 100]);
  });

  it('are rejected with tiers, and with units that are no energy', () => {
    const periods = (tier: object, ...more: object[]) => ({
      energyratestructure: [[{ rate: 0.1 }], [tier, ...more]],
    });
    assert.throws(
      () => draft(periods({ rate: 0.1, max: 500 }, { rate: 0.2 })),
      clientRefused('TARIFF_TIERED', { period: 1, tiers: 2 }),
    );
    assert.throws(
      () => draft(periods({ rate: 0.1, max: 500 })),
      clientRefused('TARIFF_TIERED', { period: 1, tiers: 1 }),
    );
    assert.throws(
      () => draft(periods({ rate: 0.1, unit: 'kWh daily' })),
      clientRefused('TARIFF_UNIT', { period: 1, unit: 'kWh daily' }),
    );
    draft(periods({ rate: 0.2, max: null }));
  });

  it('are rejected with a period that has no price', () => {
    assert.throws(() => draft({ energyratestructure: [[{ rate: 0.1 }]] }), clientRefused('TARIFF_MALFORMED'));
  });

  it('are rejected with charges that a bill cannot hold, or without them as declared', () => {
    for (const [charge, change] of [
      ['demand-charges', { flatdemandstructure: [[{ rate: 0 }], [{ adj: 1.5 }]] }],
      ['demand-charges', { demandratestructure: [[{ rate: 19.5 }]] }],
      ['demand-charges', { coincidentratestructure: [[{ rate: 1e-3 }]] }],
      ['demand-charges', { demandreactivepowercharge: 0.3 }],
      ['minimum-charges', { minmonthlycharge: 10 }],
      ['minimum-charges', { annualmincharge: 120 }],
      ['minimum-charges', { mincharge: 0.5 }],
      ['fuel-adjustments', { fueladjustmentsmonthly: [0, 0, 0.01, 0] }],
    ] as const) {
      assert.throws(() => draft(change), clientRefused('TARIFF_CHARGE_UNSUPPORTED', { charge }), charge);
      const { table, notes } = draft(change, { omit: [charge] });
      assert.deepEqual(table, draft().table);
      assert.match(notes.join(), new RegExp(`without the ${charge}`));
    }
  });

  it('may hold such charges of nothing', () => {
    const none = { flatdemandstructure: [[{ rate: 0, adj: 0.0, max: 50 }]], minmonthlycharge: 0 };
    assert.deepEqual(draft(none).notes, []);
  });

  it('note credits for export', () => {
    const { notes } = draft({ energyratestructure: [[{ rate: 0.1, sell: 0.05 }], [{ rate: 0.3 }]] });
    assert.deepEqual(notes, ['Bills are without the credits of the rate for exported energy.']);
  });

  it('have a fixed charge for each month or day, exact', () => {
    const fixed = (change: object) => draft(change).table.fixedChargeMicro;
    assert.equal(fixed({ fixedchargefirstmeter: 15.91, fixedchargeunits: '$/month' }), 15_910_000);
    assert.equal(fixed({ fixedchargefirstmeter: 0.65, fixedchargeunits: '$/day' }), 20_150_000);
    assert.equal(fixed({ fixedmonthlycharge: 259.2 }), 259_200_000);
    assert.equal(fixed({ fixedchargefirstmeter: 0, fixedchargeunits: '$/year' }), 0);
    assert.throws(
      () => fixed({ fixedchargefirstmeter: 120, fixedchargeunits: '$/year' }),
      clientRefused('TARIFF_FIXED_CHARGE_UNIT', { unit: '$/year' }),
    );
    assert.throws(() => fixed({ fixedmonthlycharge: -5 }), clientRefused('TARIFF_NEGATIVE'));
    assert.throws(
      () => fixed({ fixedmonthlycharge: 1e-7 }),
      clientRefused('TARIFF_TOO_FINE', { micro: '0.1' }),
    );
    const { table, notes } = draft({ fixedmonthlycharge: 1.0000005 }, { rounding: 'half-even' });
    assert.equal(table.fixedChargeMicro, 1_000_000);
    assert.deepEqual(notes, [
      'Every bill has a fixed charge of 1.0000005 USD a month, 1000000.5 micro-USD, rounded to 1000000.',
    ]);
  });

  it('are rejected outside of the days they are in force', () => {
    const seconds = (iso: string) => Date.parse(iso) / 1000;
    const inForce = (from: string, to: string) => () =>
      draft({ startdate: seconds(from), enddate: seconds(to) }).table;
    inForce('2024-03-01T06:00Z', '2024-03-31T06:00Z')();
    assert.throws(
      inForce('2024-03-02T06:00Z', '2024-12-31'),
      clientRefused('TARIFF_NOT_IN_FORCE', { month: '2024-03', from: '2024-03-02', to: '2024-12-31' }),
    );
    assert.throws(inForce('2020-01-01', '2024-03-30'), clientRefused('TARIFF_NOT_IN_FORCE'));
    assert.throws(() => draft({ enddate: 1e30 }), clientRefused('TARIFF_MALFORMED', { place: 'enddate' }));
  });

  it('need a currency outside of the USA', () => {
    assert.throws(
      () => draft({ country: 'CAN' }),
      clientRefused('TARIFF_CURRENCY_UNDECLARED', { country: 'CAN' }),
    );
    assert.equal(draft({ country: 'CAN' }, { currency: 'CAD' }).table.currency, 'CAD');
    assert.equal(draft({ country: undefined }).table.currency, 'USD');
  });

  it('have a name that a ledger takes, whatever theirs is', () => {
    assert.equal(Buffer.byteLength(draft({ name: 'é'.repeat(80) }).table.name), 64);
    assert.equal(draft({ name: 'e\u0301\n' }).table.name, 'Co: é ');
    assert.equal(draft({ name: undefined, utility: undefined }).table.name, 'URDB rate');
    assert.equal(draft({}, { name: 'mine' }).table.name, 'mine');
  });
});
