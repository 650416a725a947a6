/** `gridveil readings` as a user sees it: on every format, in 80 columns, and as a document. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readingsText } from '@gridveil/client/cli/readings-command.js';
import { main } from '@gridveil/client/cli/main.js';
import { formatOf, inspectReadingsFile, readReadingsFile } from '@gridveil/client/metering/reading-file.js';
import { assertValid, oneDocument } from '../../e2e/schemas.js';
import { greenButton } from '../../helpers/green-button.js';
import { JournalFolders } from '../../helpers/journal-folder.js';
import { p1Telegram, shownKwh, winterStamp } from '../../helpers/p1-telegrams.js';

const START = 1_704_067_200;
const CSV = [
  'meter,start,wh,quality',
  'a,2024-01-01T00:00Z,5,',
  'a,2024-01-01T01:00Z,-6,',
  'a,2024-01-01T02:00Z,7,estimated',
].join('\n');
const XML = greenButton({
  intervals: [
    [START, 5],
    [START + 3600, 6, 8],
  ],
});
const P1 = [0, 3600]
  .map((seconds) => p1Telegram({ time: winterStamp(START + seconds), import1: shownKwh(seconds) }))
  .join('');

describe('gridveil readings', () => {
  const folders = new JournalFolders();
  let folder: string;
  beforeEach(async () => {
    folder = await folders.make();
  });
  afterEach(() => folders.remove());

  const write = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  };
  async function output(...argv: readonly string[]): Promise<{ code: number; out: string }> {
    let out = '';
    const stdoutWrite = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text: string | Uint8Array) => {
      out += String(text);
      return true;
    };
    try {
      return { code: await main(['readings', ...argv]), out };
    } finally {
      process.stdout.write = stdoutWrite;
    }
  }

  it('knows a file by its first bytes', () => {
    const known = (text: string) => formatOf(Buffer.from(text, 'latin1'));
    for (const [text, format] of [
      ['time,m1\n', 'csv'],
      ['', 'csv'],
      ['/x,y', 'csv'],
      [CSV, 'csv'],
      ['\u00ef\u00bb\u00bf  <?xml?>', 'green-button'],
      [XML, 'green-button'],
      [P1, 'dsmr-p1'],
      [P1.slice(40), 'dsmr-p1'],
      ['\r\n' + P1, 'dsmr-p1'],
      ['\u00db\u0008', 'dsmr-p1'],
    ] as const)
      assert.equal(known(text), format, text.slice(0, 20));
  });

  it('says of every format what it holds and what was left out, in 80 columns', async () => {
    for (const [name, text, declared, says] of [
      [
        'a.csv',
        CSV,
        { bad: 'drop', intervalMinutes: 60 },
        [/format {5}CSV, long/, /readings {3}2: 1 valid, 1 estimated/, /left out {3}1 negative/],
      ],
      ['a.xml', XML, {}, [/Green Button/, /intervals {2}2/, /1 valid, 1 estimated/, /left out {3}nothing/]],
      ['a.txt', P1, {}, [/telegrams {2}2/, /slots {6}none/, /E0001 showed 3600 Wh at 2024-01-01T01:00:00Z/]],
      ['b.txt', P1, { intervalMinutes: 60 }, [/slots {6}1, the first starts 2024-01-01T00:00:00Z/]],
    ] as const) {
      const file = await write(name, text);
      const shown = readingsText(name, await inspectReadingsFile(file, declared));
      for (const expected of says) assert.match(shown, expected);
      for (const line of shown.split('\n')) assert.ok(line.length <= 80, line);
    }
  });

  it('prints one document that fits its schema and holds no reading', async () => {
    const csv = await write('a.csv', CSV);
    const p1 = await write('a.txt', P1);
    for (const argv of [
      [csv, '--bad', 'drop', '--interval-minutes', '60'],
      [await write('a.xml', XML)],
      [p1],
      [p1, '--format', 'dsmr-p1'],
    ]) {
      const { code, out } = await output(...argv, '--json');
      assert.equal(code, 0);
      assertValid('readings', oneDocument(out));
    }
  });

  it('takes the declared format, and the rules for what is not right', async () => {
    const file = await write('a.csv', CSV);
    await assert.rejects(readReadingsFile(file, { format: 'green-button' }), { code: 'READINGS_BAD_XML' });
    await assert.rejects(readReadingsFile(file, { format: 'dsmr-p1' }), { code: 'READINGS_EMPTY' });
    await assert.rejects(readReadingsFile(file, { format: 'xls' as 'csv' }), { code: 'READINGS_BAD_OPTION' });
    await assert.rejects(readReadingsFile(file, { intervalMinutes: 60 }), { code: 'READINGS_NEGATIVE' });
  });
});
