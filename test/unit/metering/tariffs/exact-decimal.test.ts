import assert from 'node:assert/strict';
import {
  addDecimals,
  decimalText,
  microPerWh,
  parseDecimal,
  timesInteger,
  timesTenTo,
  wholeMicro,
} from '@gridveil/client/metering/tariffs/exact-decimal.js';
import { parseJsonExactly } from '@gridveil/client/metering/tariffs/exact-json.js';
import { clientRefused } from '../../../helpers/refused.js';

const micro = (text: string, unit: Parameters<typeof microPerWh>[1], rounding: 'refuse' | 'half-even') =>
  wholeMicro(microPerWh(parseDecimal(text, 'p'), unit), rounding, 'p');

describe('exact decimals', () => {
  it('rejects what is no plain number', () => {
    for (const text of [
      '',
      ' 1',
      '1 ',
      '.5',
      '5.',
      '1,5',
      '+1',
      '0x1',
      'NaN',
      'Infinity',
      '1e',
      '1e100',
      '--1',
      '1_0',
    ])
      assert.throws(
        () => parseDecimal(text, 'line 3'),
        clientRefused('TARIFF_BAD_NUMBER', { place: 'line 3' }),
        text,
      );
    for (const text of ['1'.repeat(21), `0.${'1'.repeat(21)}`, '٣'])
      assert.throws(() => parseDecimal(text, 'x'), clientRefused('TARIFF_BAD_NUMBER'), text);
  });

  it('turns prices into micro-units per Wh without a float', () => {
    for (const [text, unit, expected] of [
      ['0.21', 'currency/kWh', 210],
      ['0.5', 'currency/kWh', 500],
      ['5e-3', 'currency/kWh', 5],
      ['2.1E2', 'currency/kWh', 210_000],
      ['67.20', 'hundredth/kWh', 672],
      ['84', 'currency/MWh', 84],
      ['0', 'currency/kWh', 0],
      ['-0.00', 'currency/kWh', 0],
    ] as const)
      assert.deepEqual(micro(text, unit, 'refuse'), { micro: expected, rounded: false }, text);
  });

  it('rejects prices finer than a micro-unit per Wh, or rounds them half to even as declared', () => {
    assert.throws(
      () => micro('0.11253', 'currency/kWh', 'refuse'),
      clientRefused('TARIFF_TOO_FINE', { place: 'p', micro: '112.53' }),
    );
    for (const [text, expected] of [
      ['0.11253', 113],
      ['0.1125', 112],
      ['0.1135', 114],
      ['0.11250000000000000001', 113],
      ['0.11249999999999999999', 112],
      ['0.0001', 0],
    ] as const)
      assert.deepEqual(micro(text, 'currency/kWh', 'half-even'), { micro: expected, rounded: true }, text);
  });

  it('rejects negative and absurd prices', () => {
    assert.throws(() => micro('-0.01', 'currency/kWh', 'half-even'), clientRefused('TARIFF_NEGATIVE'));
    assert.throws(() => micro('1e20', 'currency/kWh', 'refuse'), clientRefused('TARIFF_TOO_LARGE'));
  });

  it('adds, multiplies and writes exactly what floats would not', () => {
    const [a, b] = [parseDecimal('0.1', 'a'), parseDecimal('0.2', 'b')];
    assert.equal(decimalText(addDecimals(a, b)), '0.3');
    assert.equal(
      decimalText(addDecimals(parseDecimal('0.01974', 'a'), parseDecimal('0.0283685', 'b'))),
      '0.0481085',
    );
    assert.equal(decimalText(timesInteger(parseDecimal('19.71253', 'a'), 31)), '611.08843');
    assert.equal(decimalText(timesTenTo(parseDecimal('1.5', 'a'), 6)), '1500000');
    assert.equal(decimalText(parseDecimal('-0.050', 'a')), '-0.05');
    assert.equal(decimalText(parseDecimal('1e-7', 'a')), '0.0000001');
  });

  it('keeps the digits of JSON numbers, and leaves strings alone', () => {
    const text = String.raw`{"a":[0.1,-2,3e-05,12345678901234567890.1],"b":"1 \"2\" \\","3":true,"n":null}`;
    assert.deepEqual(parseJsonExactly(text), {
      a: ['0.1', '-2', '3e-05', '12345678901234567890.1'],
      b: '1 "2" \\',
      3: true,
      n: null,
    });
    for (const bad of ['', '{', '01', '1.', '{"a":1}x', '{a:1}', "{'a':1}"])
      assert.throws(() => parseJsonExactly(bad), SyntaxError, bad);
  });
});
