/** The signcryption demo for people: at most 80 columns, understandable from its output alone. */
import { slotStartIso } from '../../metering/slot.js';
import { wrap } from '../wrap.js';
import { closingLines, WIDTH } from './demo-text.js';
import type { DemoResult, DemoStep } from './result.js';
import type { SigncryptionOutcome } from './signcryption.js';

export function signcryptionIntroText(source: string, ledger: string, offLedger: boolean): string {
  return [
    'Gridveil demo: signcryption and regulation (paper 002 in its hardened form)',
    '',
    ...wrap(
      'Meters seal what they measured to three receivers, to each what it needs. Accounting nodes and the ledger check every ' +
        'signature and can open nothing. The operator regulates single meters: what it tells one is sealed to it.',
      '',
    ),
    '',
    `readings: ${source}`,
    `ledger:   ${ledger}`,
    `reports:  ${offLedger ? 'off the ledger, their digests on it' : 'on the ledger'}`,
    '',
  ].join('\n');
}

export function signcryptionResultText({ result }: SigncryptionOutcome): string {
  return [
    ...readingsTable(result),
    '',
    ...verdictLines(result),
    '',
    ...storyLines(result),
    '',
    ...closingLines(result, STAGE_NAMES),
    '',
    '',
  ].join('\n');
}

const STAGE_NAMES: Readonly<Record<string, string>> = {
  registration: 'roles, terms, keys with both proofs',
  policies: 'a policy for each meter',
  signcryption: 'meters sealed and signed reports',
  verification: 'accounting node checked signatures',
  blocks: 'ledger checked and stored blocks',
  opening: 'receivers checked and opened their parts',
  search: 'all bytes searched for what was measured',
  regulation: 'operator concluded, told meters',
  equipment: 'supplier filed what happened to a device',
  theft: 'control centre looked for theft',
  payment: 'arrears up to a trip, and back',
  attempts: 'receivers tried what is not for them',
  total: 'all together',
};

/** Rows of what meters measure: those that every party reads alike are one row. */
const ROWS = [
  ['energy', ['energyWh']],
  ['power', ['powerW', 'reactivePowerVar']],
  ['voltages L1 to L3', ['voltageL1MilliV', 'voltageL2MilliV', 'voltageL3MilliV']],
  ['currents L1 to L3', ['currentL1MilliA', 'currentL2MilliA', 'currentL3MilliA']],
  ['frequency', ['frequencyMilliHz']],
  ['temperature', ['temperatureCentiC']],
  ['quality flags', ['qualityFlags']],
] as const;
/** Words for the columns, in two lines. */
const COLUMNS: Readonly<Record<string, readonly [string, string]>> = {
  'control-centre': ['control', 'centre'],
  'grid-operator': ['grid', 'operator'],
  supplier: ['', 'supplier'],
  everybody: ['accounting node,', 'every peer'],
};

function readingsTable({ partyReadings = [], parameters }: DemoResult): string[] {
  const cells = (first: string, rest: readonly string[]): string =>
    `${first.padEnd(18)}${rest.map((cell, i) => cell.padStart(i < 3 ? 14 : 19)).join('')}`;
  const heads = partyReadings.map(({ party }) => COLUMNS[party] ?? ['', party]);
  return [
    `Values that each party could read, in ${parameters.readings} reports to ${parameters.receivers} receivers`,
    '',
    cells(
      '',
      heads.map(([above]) => above),
    ),
    cells(
      '',
      heads.map(([, below]) => below),
    ),
    '-'.repeat(WIDTH),
    ...ROWS.map(([label, names]) => {
      const counts = partyReadings.map(({ values }) =>
        names.reduce((sum, name) => sum + (values[name] ?? 0), 0),
      );
      return cells(
        label,
        counts.map((count) => (count === 0 ? '-' : String(count))),
      );
    }),
    '-'.repeat(WIDTH),
  ];
}

function verdictLines({ slots, allEqual, sealedAttempts, partyReadings = [] }: DemoResult): string[] {
  const open = partyReadings.find(({ party }) => party === 'everybody')?.values ?? {};
  const found = Object.values(open).reduce((sum, count) => sum + count, 0);
  const right = slots.filter(({ equal }) => equal).length;
  return [
    ...wrap(
      `${right} of ${slots.length} slots: every value that was opened is what its meter reported, and ${found} of them were found in what the accounting node and every peer have.`,
      '',
    ),
    ...(sealedAttempts === undefined
      ? []
      : wrap(
          `Sealed to single meters: the three receivers tried ${sealedAttempts.tried} times, and opened ${sealedAttempts.opened}.`,
          '',
        )),
    ...(allEqual ? [] : ['NOT EQUAL: something was read wrong, or by someone it was not for.']),
  ];
}

const STORIES: Readonly<Record<DemoStep['story'], string>> = {
  overload: 'An overload',
  equipment: 'A fault with its repair',
  theft: 'A theft case',
  arrears: 'Arrears, up to a trip and back',
};

function storyLines({ story = [], parameters, finalStates }: DemoResult): string[] {
  const slotSeconds = Number(parameters.slotSeconds);
  const lines = (Object.keys(STORIES) as DemoStep['story'][]).flatMap((name) => {
    const steps = story.filter((step) => step.story === name);
    if (steps.length === 0) return [];
    return [STORIES[name], ...steps.flatMap((step) => stepLines(step, slotSeconds))];
  });
  return [...lines, ...(finalStates === undefined ? [] : finalLines(finalStates))];
}

function stepLines({ slot, subject, what, told }: DemoStep, slotSeconds: number): string[] {
  const when =
    slot === undefined
      ? ''
      : `${slotStartIso(slot + 1, slotSeconds)
          .slice(5, 16)
          .replace('T', ' ')}  `;
  const outcome = told === '' ? '' : told.startsWith('refused') ? `; ${told}` : `; meter told: ${told}`;
  const [first = '', ...rest] = wrap(`${when}${subject} ${what}${outcome}`, '    ');
  return [`  ${first.trimStart()}`, ...rest];
}

function finalLines({ meters, device }: NonNullable<DemoResult['finalStates']>): string[] {
  const states = meters.map(({ meter, consumption, payment }) => `${meter} ${consumption}, ${payment}`);
  return ['On the ledger at the end', ...wrap(`${states.join('; ')}; device ${device}.`, '  ')];
}
