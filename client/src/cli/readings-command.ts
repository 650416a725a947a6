/** `gridveil readings`: how a file of readings is understood, what it holds, and what was left out, before anything is done with it. */
import { declarationOf, type ReadingsDeclaration } from '../metering/declaration.js';
import type { Readings } from '../metering/reading-summary.js';
import { inspectReadingsFile } from '../metering/reading-file.js';
import { EXIT, printDocument } from './output.js';
import { wrap } from './wrap.js';

export interface ReadingsOptions extends ReadingsDeclaration {
  readonly json: boolean;
}

const FORMAT_NAMES = { csv: 'CSV', 'green-button': 'Green Button', 'dsmr-p1': 'P1 telegrams' } as const;
const ROW_NAMES = { csv: 'rows', 'green-button': 'intervals', 'dsmr-p1': 'telegrams' } as const;
const LABEL_WIDTH = 13;

/** @throws ClientError READINGS_* */
export async function runReadings(file: string, options: ReadingsOptions): Promise<number> {
  const readings = await inspectReadingsFile(file, declarationOf(options));
  if (options.json) printDocument({ schema: 'gridveil/readings/v1', ...readings.summary });
  else process.stdout.write(readingsText(file, readings));
  return EXIT.done;
}

/** Lines of at most 80 columns, but for a longer name of the file. */
export function readingsText(file: string, { summary, registers = [] }: Readings): string {
  const { format, quality, dropped, notes } = summary;
  const layout = format.layout === undefined ? '' : `, ${format.layout}`;
  const known = format.profile === undefined ? '' : `, known as ${format.profile}`;
  const times =
    format.values === 'register' ? 'times of registers' : `times are the ${format.stamp} of the interval`;
  const lines: readonly (readonly [string, string])[] = [
    ['format', `${FORMAT_NAMES[format.kind]}${layout}${known}`],
    [
      'read as',
      `${format.flow}, ${format.unit}, intervals of ${format.intervalMinutes} minutes, ${times}, zone ${format.zone}`,
    ],
    [ROW_NAMES[format.kind], String(summary.rows)],
    ['meters', String(summary.meters)],
    ['slots', slotsText(summary)],
    ['readings', `${summary.readings}${countsText(quality)}`],
    ['missing', String(summary.missing)],
    ['left out', countsText(dropped).replace(/^: /, '') || 'nothing'],
    ...registers.map(({ meterId, time, registerWh }): [string, string] => [
      'register',
      `${meterId} showed ${registerWh} Wh at ${time}`,
    ]),
  ];
  const body = lines.flatMap(([label, text]) => labelled(label, text));
  const said = notes.flatMap((note) =>
    wrap(note, '  ').map((line, i) => (i === 0 ? `- ${line.slice(2)}` : line)),
  );
  return `${[file, ...body, ...said].join('\n')}\n`;
}

function slotsText({ slots, firstSlotStart, lastSlotStart }: Readings['summary']): string {
  return firstSlotStart === undefined || lastSlotStart === undefined
    ? 'none: an interval needs what the register showed at both its ends'
    : `${slots}, the first starts ${firstSlotStart}, the last ${lastSlotStart}`;
}

function countsText(counts: Readonly<Partial<Record<string, number>>>): string {
  const said = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
}

function labelled(label: string, text: string): string[] {
  return wrap(text, ' '.repeat(LABEL_WIDTH)).map((line, i) =>
    i === 0 ? `  ${label.padEnd(LABEL_WIDTH - 2)}${line.trimStart()}` : line,
  );
}
