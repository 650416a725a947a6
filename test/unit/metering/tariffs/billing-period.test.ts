import assert from 'node:assert/strict';
import { billingMonth, localClock, slotStarts } from '@gridveil/client/metering/tariffs/billing-period.js';
import { clientRefused } from '../../../helpers/refused.js';

const slotsOf = (month: string, zone: string, slotSeconds = 3600) =>
  slotStarts(billingMonth(month, zone, slotSeconds)).length;

describe('billing months', () => {
  it('rejects what is no month or no zone', () => {
    for (const month of [
      '',
      '2024',
      '2024-13',
      '2024-00',
      '2024-1',
      '24-01',
      '2024-01-01',
      ' 2024-01',
      '1970-12',
      '3000-01',
    ])
      assert.throws(() => billingMonth(month, 'UTC', 3600), clientRefused('TARIFF_BAD_MONTH', { month }));
    assert.throws(() => billingMonth('2024-01', 'local', 3600), clientRefused('READINGS_ZONE_UNKNOWN'));
    assert.throws(() => billingMonth('2024-01', 'UTC', 0), RangeError);
  });

  it('rejects zones whose midnight lies inside a slot', () => {
    const facts = { month: '2024-01', zone: 'Asia/Kolkata', slotSeconds: 3600 };
    assert.throws(
      () => billingMonth('2024-01', 'Asia/Kolkata', 3600),
      clientRefused('TARIFF_ZONE_OFF_SLOTS', facts),
    );
    assert.equal(slotsOf('2024-01', 'Asia/Kolkata', 1800), 1488);
    assert.throws(
      () => billingMonth('2024-01', 'Asia/Kathmandu', 1800),
      clientRefused('TARIFF_ZONE_OFF_SLOTS'),
    );
    assert.equal(slotsOf('2024-01', 'Asia/Kathmandu', 900), 2976);
  });

  it('have 24 hours a day in a fixed offset: 28 to 31 days, leap years too', () => {
    for (const [month, days] of [
      ['2023-01', 31],
      ['2023-02', 28],
      ['2024-02', 29],
      ['2000-02', 29],
      ['2100-02', 28],
      ['2023-04', 30],
      ['2023-12', 31],
    ] as const)
      for (const zone of ['UTC', 'UTC-8', 'UTC+10']) {
        assert.equal(slotsOf(month, zone), 24 * days, `${month} ${zone}`);
        assert.equal(billingMonth(month, zone, 3600).days, days);
      }
  });

  it('are an hour shorter or longer when clocks change', () => {
    for (const [month, zone, hours] of [
      ['2024-03', 'Europe/London', 31 * 24 - 1],
      ['2024-10', 'Europe/London', 31 * 24 + 1],
      ['2024-03', 'America/Los_Angeles', 31 * 24 - 1],
      ['2024-11', 'America/Los_Angeles', 30 * 24 + 1],
      ['2024-10', 'Australia/Sydney', 31 * 24 - 1],
      ['2024-04', 'Australia/Sydney', 30 * 24 + 1],
      ['2024-07', 'Europe/London', 31 * 24],
      ['2018-02', 'America/Sao_Paulo', 28 * 24 + 1],
    ] as const)
      assert.equal(slotsOf(month, zone), hours, `${month} ${zone}`);
    // Clocks of Lord Howe move by half an hour.
    assert.equal(slotsOf('2024-10', 'Australia/Lord_Howe', 1800), 31 * 48 - 1);
    assert.equal(slotsOf('2024-04', 'Australia/Lord_Howe', 1800), 30 * 48 + 1);
  });

  it('begin with the first instant of the day where midnight is shown twice or never', () => {
    // Cuba, 2020-11-01: at 01:00 clocks went back to 00:00.
    const november = billingMonth('2020-11', 'America/Havana', 3600);
    assert.equal(new Date(november.startSeconds * 1000).toISOString(), '2020-11-01T04:00:00.000Z');
    assert.equal(slotStarts(november).length, 30 * 24 + 1);
    // Paraguay, 2023-10-01: at 00:00 clocks went forward to 01:00.
    const october = billingMonth('2023-10', 'America/Asuncion', 3600);
    assert.equal(new Date(october.startSeconds * 1000).toISOString(), '2023-10-01T04:00:00.000Z');
    assert.equal(localClock(october.startSeconds, october.zone).hour, 1);
    assert.equal(localClock(october.startSeconds - 1, october.zone).date, '2023-09-30');
  });

  it('follow each other without a gap', () => {
    const months = ['2024-09', '2024-10', '2024-11', '2024-12', '2025-01', '2025-02', '2025-03', '2025-04'];
    const periods = months.map((month) => billingMonth(month, 'Europe/London', 1800));
    for (const [i, period] of periods.slice(1).entries())
      assert.equal(period.startSeconds, periods[i]?.endSeconds);
  });
});
