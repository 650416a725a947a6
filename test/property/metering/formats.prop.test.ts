/** Files of readings with anything changed: readings or a ClientError, never anything else, and never a reading that is none. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ClientError } from '@gridveil/client/errors.js';
import { readCsv } from '@gridveil/client/metering/csv-readings.js';
import type { ReadingsDeclaration } from '@gridveil/client/metering/declaration.js';
import { readGreenButton } from '@gridveil/client/metering/espi-readings.js';
import { readP1 } from '@gridveil/client/metering/p1-readings.js';
import { MAX_ENERGY_WH } from '@gridveil/client/metering/reading.js';
import type { Readings } from '@gridveil/client/metering/reading-summary.js';
import { fuzz } from '../../helpers/fuzz.js';
import { greenButton } from '../../helpers/green-button.js';
import { p1Telegram, shownKwh, winterStamp } from '../../helpers/p1-telegrams.js';

const START = 1_704_067_200;
const FORMATS: readonly {
  readonly name: string;
  readonly text: string;
  readonly read: (bytes: Uint8Array, declared: ReadingsDeclaration) => Promise<Readings>;
  readonly words: readonly string[];
}[] = [
  {
    name: 'CSV',
    text: [
      'meter,start,wh,quality',
      ...Array.from({ length: 12 }, (_, i) => `m${i % 3},2024-01-01T0${i >> 2}:00Z,${i},`),
    ].join('\n'),
    read: (bytes, declared) => readCsv([bytes], { intervalMinutes: 60, ...declared }),
    words: [
      '"',
      ',',
      '\n',
      '\r',
      '2024-02-30T00:00Z',
      'NaN',
      '-1',
      '1e9',
      'estimated',
      '\u0000',
      '__proto__',
    ],
  },
  {
    name: 'Green Button',
    text: greenButton({ intervals: Array.from({ length: 12 }, (_, i) => [START + 3600 * i, i]) }),
    read: (bytes, declared) => readGreenButton([bytes], declared),
    words: [
      '<',
      '>',
      '&',
      '&amp;',
      '&x;',
      '<!DOCTYPE a>',
      ']]>',
      '<![CDATA[',
      '<!--',
      '<?x?>',
      '"',
      '-1',
      '9'.repeat(30),
      '</feed>',
      '\u0000',
    ],
  },
  {
    name: 'P1',
    text: Array.from({ length: 6 }, (_, i) =>
      p1Telegram({ time: winterStamp(START + 900 * i), import1: shownKwh(100 * i) }),
    ).join(''),
    read: (bytes, declared) => readP1([bytes], declared),
    words: [
      '/',
      '!',
      '\r\n',
      '(',
      ')',
      '*kWh',
      '!0000\r\n',
      '1-0:1.8.1(000001.000*kWh)\r\n',
      '\u0000',
      '\u00db',
    ],
  },
];

describe('formats of readings, changed', function () {
  this.timeout(60_000);

  for (const { name, text, read, words } of FORMATS) {
    it(`${name}: readings or a ClientError`, async () => {
      const edit = fc.record({
        at: fc.nat({ max: text.length }),
        cut: fc.integer({ min: 0, max: 20 }),
        put: fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 }), fc.constant('')),
      });
      const declared = fc.record(
        {
          bad: fc.constantFrom('refuse' as const, 'drop' as const),
          gaps: fc.constantFrom('missing' as const, 'spread' as const),
          flow: fc.constantFrom('import' as const, 'export' as const),
        },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { maxLength: 4 }), declared, async (edits, rules) => {
          let changed = text;
          for (const { at, cut, put } of edits)
            changed = changed.slice(0, at) + put + changed.slice(at + cut);
          const readings = await read(Buffer.from(changed, name === 'P1' ? 'latin1' : 'utf8'), rules).catch(
            (error: unknown) => {
              assert.ok(error instanceof ClientError, error instanceof Error ? error.stack : String(error));
              assert.ok(error.code.startsWith('READINGS_'), error.code);
              return undefined;
            },
          );
          if (readings) assertSound(readings);
        }),
        fuzz(300),
      );
    });
  }

  /** Counts agree with the table, and every reading is one. */
  function assertSound({ table, summary }: Readings): void {
    let readings = 0;
    for (const slot of table.slots) {
      for (const { meterId, energyWh } of table.readingsOf(slot)) {
        assert.ok(Number.isInteger(energyWh) && energyWh >= 0 && energyWh <= MAX_ENERGY_WH);
        assert.ok(table.quality(meterId, slot) !== undefined);
        readings += 1;
      }
    }
    const byQuality = Object.values(summary.quality).reduce((sum, count) => sum + count, 0);
    assert.deepEqual([summary.readings, byQuality, summary.slots], [readings, readings, table.slots.length]);
  }
});
