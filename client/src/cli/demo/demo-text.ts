/** The demo for people: at most 80 columns, understandable from its output alone. */
import { slotStartIso } from '../../metering/slot.js';
import { wrap } from '../wrap.js';
import type { DemoOptions } from './options.js';
import { openedRegionTotals } from './result.js';
import type { DemoOutcome, DemoResult, DemoSlot, PartyView } from './result.js';

export const WIDTH = 80;

export function introText(source: string, ledger: string): string {
  return [
    'Gridveil demo: fog aggregation (paper 000 in its hardened form)',
    '',
    ...wrap(
      'Meters encrypt what they used. Fog nodes add the encrypted readings of a region without being able to read them. ' +
        'The ledger keeps only encrypted sums. The MDMS opens the sums, never a single reading, and proves every opening.',
      '',
    ),
    '',
    `readings: ${source}`,
    `ledger:   ${ledger}`,
    '',
  ].join('\n');
}

export function noteText(note: string): string {
  return `${wrap(`note: ${note}`, '').join('\n')}\n`;
}

/** How to check the run from its own ledger. */
/** What later commands must be told to find this run's ledger. */
export function whereText({ ledger, ledgerDir, connection }: DemoOptions, grid: string): string {
  // A folder or network that outlives the run may hold the grids of other runs, too.
  const where = {
    embedded: ledgerDir === undefined ? [] : [`--ledger-dir ${ledgerDir}`, `--grid ${grid}`],
    fabric: [
      '--ledger fabric',
      ...(connection === undefined ? [] : [`--connection ${connection}`]),
      `--grid ${grid}`,
    ],
  }[ledger];
  return where.map((option) => ` ${option}`).join('');
}

export function nextStepText(options: DemoOptions, grid: string): string {
  return [
    'Check it yourself, offline:',
    `  npx gridveil evidence${whereText(options, grid)} --out evidence.json`,
    '  npx gridveil verify evidence.json',
    '',
  ].join('\n');
}

export function resultText({ result, ciphertextStarts }: DemoOutcome): string {
  const columns = row(
    'start (UTC)',
    'region',
    'meters',
    'really used',
    'on the ledger',
    'MDMS opened',
    'equal',
  );
  return [
    columns,
    '-'.repeat(WIDTH),
    ...result.slots.flatMap((slot) => slotLines(slot, result.parameters, ciphertextStarts)),
    '-'.repeat(WIDTH),
    ...verdictLines(result),
    '',
    ...closingLines(result, STAGE_NAMES),
    '',
    '',
  ].join('\n');
}

const STAGE_NAMES: Readonly<Record<string, string>> = {
  keyGeneration: 'MDMS made its key',
  registration: 'roles, grid, fog nodes, meters registered',
  election: 'leader elected',
  meters: 'meters encrypted and authenticated readings',
  fogNodes: 'fog nodes checked the reports',
  regionTotals: 'fog nodes summed and committed region totals',
  leader: 'leader committed slot totals',
  opening: 'MDMS opened, the ledger checked every opening',
  comparison: 'ledger read back and compared',
  total: 'all together',
};

function verdictLines({ slots, allEqual, parameters }: DemoResult): string[] {
  const committed = slots.reduce((sum, { regions }) => sum + regions.length, 0);
  const withheld = slots.flatMap(({ regions }) => regions).filter((region) => region.withheld).length;
  const opened = openedRegionTotals(slots);
  const counts = `${opened} of ${committed} region totals opened`;
  return [
    allEqual
      ? `${slots.length} of ${slots.length} slots: every opened total equals what the meters really used.`
      : 'NOT EQUAL: at least one opened total differs from what the meters really used.',
    withheld === 0 ? `${counts}.` : `${counts}; ${withheld} ${withheldText(parameters)}.`,
  ];
}

function withheldText({ minGroup }: DemoResult['parameters']): string {
  return `withheld: fewer than ${minGroup} reports`;
}

function slotLines(
  slot: DemoSlot,
  parameters: DemoResult['parameters'],
  starts: ReadonlyMap<string, string>,
): string[] {
  const start = slotStartIso(slot.slot, Number(parameters.slotSeconds)).slice(0, 16).replace('T', ' ');
  const lines = slot.regions.map(({ region, meters, trueWh, openedWh, equal, withheld }, j) => {
    const first = j === 0 ? start : '';
    if (withheld === true && equal)
      return `${first.padEnd(17)}${region.padEnd(10)}${withheldText(parameters)}`;
    const held = `${starts.get(`${slot.slot}/${region}`) ?? ''}…`;
    return row(first, region, meters, `${trueWh} Wh`, held, `${openedWh} Wh`, equal ? 'yes' : 'NO');
  });
  const meters = slot.regions.reduce((sum, region) => sum + region.meters, 0);
  const total = `${starts.get(`${slot.slot}/`) ?? ''}…`;
  return [
    ...lines,
    row('', 'all', meters, `${slot.trueWh} Wh`, total, `${slot.openedWh} Wh`, slot.equal ? 'yes' : 'NO'),
  ];
}

function row(...cells: readonly (string | number)[]): string {
  const [start, region, meters, used, ledger, opened, equal] = cells.map(String) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return `${start.padEnd(17)}${region.padEnd(10)}${meters.padStart(6)}${used.padStart(13)}  ${ledger.padEnd(13)}${opened.padStart(12)}${equal.padStart(7)}`;
}

function viewLines({ party, saw, couldNotSee }: PartyView): string[] {
  const indent = ' '.repeat(17);
  const [first = '', ...rest] = wrap(`saw ${saw}`, indent);
  return [`  ${party.padEnd(15)}${first.trimStart()}`, ...rest, ...wrap(`NOT ${couldNotSee}`, indent)];
}

/** What every demo ends with: who saw what, and how long its stages took. */
export function closingLines(
  { whoSawWhat, timings }: DemoResult,
  stageNames: Readonly<Record<string, string>>,
): string[] {
  const width = 1 + Math.max(...Object.values(stageNames).map((name) => name.length));
  return [
    'Who saw what',
    ...whoSawWhat.flatMap(viewLines),
    '',
    'Time by stage',
    ...Object.entries(timings).map(([stage, ms]) => {
      const time = `${(ms / 1000).toFixed(1)} s`.padStart(8);
      return `  ${(stageNames[stage] ?? stage).padEnd(width)}${time}`;
    }),
  ];
}
