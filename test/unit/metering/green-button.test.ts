import assert from 'node:assert/strict';
import { ClientError } from '@gridveil/client/errors.js';
import type { ReadingsDeclaration } from '@gridveil/client/metering/declaration.js';
import { readGreenButton } from '@gridveil/client/metering/espi-readings.js';
import type { Readings } from '@gridveil/client/metering/reading-summary.js';
import { greenButton, type GreenButtonSeries } from '../../helpers/green-button.js';
import { listed, marked } from '../../helpers/listed-readings.js';

/** 2024-01-01T00:00:00Z. */
const START = 1_704_067_200;
const hourly = (...values: readonly (string | number)[]): GreenButtonSeries => ({
  intervals: values.map((value, i) => [START + 3600 * i, value]),
});
const read = (text: string, declared: ReadingsDeclaration = {}): Promise<Readings> =>
  readGreenButton([text], declared);

async function refused(
  text: string,
  code: string,
  what?: RegExp,
  declared?: ReadingsDeclaration,
): Promise<void> {
  await assert.rejects(read(text, declared), (error) => {
    assert.ok(error instanceof ClientError, String(error));
    assert.equal(error.code, code);
    if (what) assert.match(error.sentence, what);
    assert.ok(!error.sentence.includes('?'), `a fact is missing in: ${error.sentence}`);
    return true;
  });
}

describe('Green Button', () => {
  it('is read whatever the order of its entries and the size of its parts', async () => {
    const text = greenButton(hourly(10, 20, 30));
    for (const size of [1, 13, 100_000]) {
      const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        Buffer.from(text.slice(i * size, (i + 1) * size)),
      );
      const { table, summary } = await readGreenButton(parts);
      assert.deepEqual(marked(table), ['00:00 10 valid', '01:00 20 valid', '02:00 30 valid']);
      assert.deepEqual([table.meterIds, summary.rows], [['usage-point-1'], 3]);
    }
  });

  it('is in step with text of other alphabets cut anywhere', async () => {
    const text = greenButton(hourly(1)).replaceAll('<title>x</title>', '<title>Zähler – счётчик</title>');
    const bytes = Buffer.from(text);
    const { table } = await readGreenButton(Array.from(bytes, (byte) => Uint8Array.of(byte)));
    assert.equal(table.readingCount, 1);
  });

  it('has several usage points as several meters', async () => {
    const { table } = await read(greenButton(hourly(1, 2), hourly(3, 4)));
    assert.deepEqual(table.meterIds, ['usage-point-1', 'usage-point-2']);
    assert.deepEqual(
      listed(table).map(([, , wh]) => wh),
      [1, 3, 2, 4],
    );
  });

  it('scales by powers of ten exactly', async () => {
    const scaled = (power: number, value: number) =>
      greenButton({ ...hourly(value), type: { powerOfTenMultiplier: power } });
    assert.deepEqual(marked((await read(scaled(3, 2))).table), ['00:00 2000 valid']);
    assert.deepEqual(marked((await read(scaled(-3, 2000))).table), ['00:00 2 valid']);
    await refused(scaled(-3, 2500), 'READINGS_TOO_MANY_DECIMALS');
    const { table, summary } = await read(scaled(-3, 2500), { rounding: 'nearest' });
    assert.deepEqual(marked(table), ['00:00 3 valid']);
    assert.match(summary.notes.join(), /1 values were rounded/);
  });

  it('keeps the quality of each reading', async () => {
    const qualities = ['', 0, 7, 8, 9, 10, 14, 17, 99];
    const intervals = qualities.map((quality, i): [number, number, string | number] => [
      START + 3600 * i,
      i,
      quality,
    ]);
    const { table, summary } = await read(greenButton({ intervals }));
    assert.deepEqual(
      marked(table).map((line) => line.split(' ')[2]),
      [
        'valid',
        'valid',
        'edited',
        'estimated',
        'estimated',
        'questionable',
        'valid',
        'valid',
        'questionable',
      ],
    );
    assert.deepEqual(summary.quality, { valid: 4, edited: 1, estimated: 2, questionable: 2 });
  });

  it('gives export where that is asked for, and says what it leaves out', async () => {
    const both = greenButton(
      { ...hourly(5), usagePoint: '7' },
      { ...hourly(9), usagePoint: '7', reading: '02', type: { flowDirection: 19 } },
    );
    const imported = await read(both);
    assert.deepEqual(marked(imported.table), ['00:00 5 valid']);
    assert.match(imported.summary.notes.join(), /1 series were left out: flowDirection 19\./);
    assert.deepEqual(marked((await read(both, { flow: 'export' })).table), ['00:00 9 valid']);
  });

  it('has days of 23 and 25 hours', async () => {
    // New York, 2024-03-09 to 11 and 2024-11-02 to 04, midnight to midnight.
    const days: [number, number, string, number][] = [
      ['2024-03-09T05:00Z', 24],
      ['2024-03-10T05:00Z', 23],
      ['2024-03-11T04:00Z', 24],
      ['2024-11-02T04:00Z', 24],
      ['2024-11-03T04:00Z', 25],
      ['2024-11-04T05:00Z', 24],
    ].map(([start, length], i) => [Date.parse(start as string) / 1000, i, '', (length as number) * 3600]);
    const { table, summary } = await read(greenButton({ type: { intervalLength: 86_400 }, intervals: days }));
    assert.deepEqual(
      listed(table).map(([start]) => start.slice(5, 10)),
      ['03-09', '03-10', '03-11', '11-02', '11-03', '11-04'],
    );
    assert.match(summary.notes.join(), /each stands in the UTC day that its noon lies in/);
  });

  it('drops what cannot be right where that is declared', async () => {
    const intervals: GreenButtonSeries['intervals'] = [
      [START, 1],
      [START + 3600, -5],
      [START + 7200, 'x'],
      [START + 10_800, 9_999_999_999],
      [START + 14_400, 4, '', 1800],
      [START + 18_000, 5],
      [START + 18_000, 6],
      [START + 21_600 + 60, 6],
      [START + 25_200, 7],
      [START + 25_200, 7],
    ];
    await refused(greenButton({ intervals }), 'READINGS_NEGATIVE');
    const { table, summary } = await read(greenButton({ intervals }), { bad: 'drop' });
    assert.deepEqual(marked(table), ['00:00 1 valid', '07:00 7 valid']);
    assert.deepEqual(summary.dropped, {
      negative: 1,
      'not-a-number': 1,
      absurd: 1,
      irregular: 2,
      conflict: 1,
      duplicate: 1,
    });
  });

  describe('is refused', () => {
    const one = greenButton(hourly(1));
    const rows: [string, string, string, RegExp?, ReadingsDeclaration?][] = [
      ['when it is empty', '', 'READINGS_BAD_XML', /cut off/],
      ['when it is no XML', 'time,m1', 'READINGS_BAD_XML'],
      ['when it is cut off', one.slice(0, -30), 'READINGS_BAD_XML'],
      ['when tags cross', '<feed><entry></feed></entry>', 'READINGS_BAD_XML'],
      ['when it is another document', '<html><body/></html>', 'READINGS_BAD_XML', /Atom feed/],
      ['when it has no series', '<feed></feed>', 'READINGS_ESPI_UNSUPPORTED', /no series/],
      ['for a document type', `<!DOCTYPE feed>${one.slice(22)}`, 'READINGS_BAD_XML', /document type/],
      [
        'for entities, before any is expanded',
        `<!DOCTYPE feed [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><feed>&b;</feed>`,
        'READINGS_BAD_XML',
        /document type/,
      ],
      [
        'for a file that an entity names',
        '<!DOCTYPE f SYSTEM "file:///etc/passwd"><feed/>',
        'READINGS_BAD_XML',
      ],
      [
        'for an entity that nothing declares',
        one.replace('<title>x', '<title>&x;'),
        'READINGS_BAD_XML',
        /entity/i,
      ],
      ['for elements without end', '<feed>'.repeat(50), 'READINGS_BAD_XML', /nested too deep/],
      ['for elements a million deep', '<feed>'.repeat(1_000_000), 'READINGS_BAD_XML', /nested too deep/],
      [
        'for too many attributes',
        `<feed ${Array.from({ length: 100_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`,
        'READINGS_BAD_XML',
        /too many attributes/,
      ],
      ['for a name without end', `<feed><${'x'.repeat(200_000)}/></feed>`, 'READINGS_BAD_XML'],
      ['for an attribute without end', `<feed a="${'x'.repeat(200_000)}"/>`, 'READINGS_BAD_XML'],
      [
        'for a link without end',
        `<feed><entry><link rel="self" href="${'x'.repeat(2000)}"/></entry></feed>`,
        'READINGS_BAD_XML',
        /link is too long/,
      ],
      [
        'for gas',
        greenButton({ ...hourly(1), type: { commodity: 7, uom: 169 } }),
        'READINGS_ESPI_UNSUPPORTED',
        /commodity 7/,
      ],
      [
        'for another service',
        greenButton({ ...hourly(1), service: 1 }),
        'READINGS_ESPI_UNSUPPORTED',
        /service 1/,
      ],
      ['for power', greenButton({ ...hourly(1), type: { uom: 38 } }), 'READINGS_ESPI_UNSUPPORTED', /uom 38/],
      [
        'for registers',
        greenButton({ ...hourly(1), type: { accumulationBehaviour: 3 } }),
        'READINGS_ESPI_UNSUPPORTED',
        /accumulationBehaviour 3/,
      ],
      [
        'for export when import is asked for',
        greenButton({ ...hourly(1), type: { flowDirection: 19 } }),
        'READINGS_ESPI_UNSUPPORTED',
        /flowDirection 19/,
      ],
      [
        'for a length of 7 minutes',
        greenButton({ ...hourly(1), type: { intervalLength: 420 } }),
        'READINGS_ESPI_UNSUPPORTED',
        /intervalLength 420/,
      ],
      [
        'for a wild multiplier',
        greenButton({ ...hourly(1), type: { powerOfTenMultiplier: 400 } }),
        'READINGS_ESPI_UNSUPPORTED',
        /powerOfTenMultiplier 400/,
      ],
      [
        'for another interval than declared',
        one,
        'READINGS_ESPI_UNSUPPORTED',
        /intervals of 60 minutes/,
        { intervalMinutes: 15 },
      ],
      [
        'for intervals of two lengths',
        greenButton(hourly(1), { ...hourly(1), type: { intervalLength: 900 } }),
        'READINGS_SEVERAL_SERIES',
        /60 and 15 minutes/,
      ],
      [
        'for two series of one meter',
        greenButton({ ...hourly(1), usagePoint: '1' }, { ...hourly(1), usagePoint: '1', reading: '02' }),
        'READINGS_SEVERAL_SERIES',
        /two series of meter "usage-point-1"/,
      ],
      [
        'for a start that is none',
        greenButton({ intervals: [['1e9' as unknown as number, 1]] }),
        'READINGS_BAD_STAMP',
      ],
      ['for a start far away', greenButton({ intervals: [[99_999_999_999_999, 1]] }), 'READINGS_BAD_STAMP'],
      ['for a value that is none', greenButton(hourly('1.5e3')), 'READINGS_BAD_NUMBER'],
      ['for no value', greenButton(hourly('')), 'READINGS_BAD_NUMBER'],
      ['for a negative value', greenButton(hourly(-1)), 'READINGS_NEGATIVE'],
      ['for a value too large', greenButton(hourly(3_000_000_000)), 'READINGS_VALUE_TOO_LARGE'],
      [
        'for a value twice',
        greenButton({
          intervals: [
            [START, 1],
            [START, 1],
          ],
        }),
        'READINGS_DUPLICATE_STAMP',
      ],
      [
        'for a step that is none',
        greenButton({
          intervals: [
            [START, 1],
            [START + 60, 1],
          ],
        }),
        'READINGS_IRREGULAR_INTERVAL',
      ],
      [
        'for a meter id that is none',
        greenButton({ ...hourly(1), usagePoint: 'x'.repeat(80) }),
        'READINGS_BAD_METER_ID',
      ],
      ['without intervals', greenButton({ intervals: [] }), 'READINGS_EMPTY'],
    ];
    for (const [what, text, code, says, declared] of rows)
      it(what, () => refused(text, code, says, declared));

    it('for attributes named as properties of objects, or not at all', async () => {
      for (const name of ['hasOwnProperty', '__proto__', 'constructor', 'toString']) {
        const text = one.replace('<entry>', `<entry ${name}="x" b="y">`);
        try {
          assert.equal((await read(text)).table.readingCount, 1);
        } catch (error) {
          assert.equal((error as ClientError).code, 'READINGS_BAD_XML', String(error));
        }
      }
    });

    it('without repeating a reading', async () => {
      for (const value of ['-4711', '4711x', '4711471147114711'])
        await assert.rejects(read(greenButton(hourly(value))), (error: Error) => {
          assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /4711/);
          return true;
        });
    });
  });
});
