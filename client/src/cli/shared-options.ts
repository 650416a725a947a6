/** Options that several commands take. */
import type { Command } from 'commander';
import { FILE_FORMATS } from '../metering/declaration.js';
import { ENERGY_UNITS } from '../metering/energy-text.js';
import { choiceOption, integerOption } from './options.js';

export const LEDGERS = ['embedded', 'fabric'] as const;
const MINUTES_OF_A_DAY = 1440;
const MAX_POWER_KW = 1_000_000;
const MAX_REGISTER_DIGITS = 12;

/** Which ledger, as whom: `LedgerOptions`. @param userHelp - what the user must be able to do */
export function withLedgerOptions(command: Command, userHelp: string): Command {
  return command
    .optionsGroup('Which ledger, as whom:')
    .option('--ledger <kind>', 'embedded or fabric', choiceOption('--ledger', LEDGERS), 'embedded')
    .option('--ledger-dir <dir>', 'folder of the embedded ledger (default: the last demo)')
    .option('--connection <file>', 'connection description of the Fabric network')
    .option('--grid <id>', 'grid (default: the only one on the ledger)')
    .option('--org <msp>', 'organisation to ask as', 'Org1MSP')
    .option('--user <name>', userHelp, 'User1');
}

/** What a file of readings does not say, and what becomes of readings that cannot be right: `ReadingsDeclaration`. */
export function withDeclarationOptions(command: Command, file = '--data'): Command {
  return command
    .optionsGroup(`What ${file} does not say itself:`)
    .option(
      '--format <name>',
      `${FILE_FORMATS.join(', ')} (default: by its first bytes)`,
      choiceOption('--format', FILE_FORMATS),
    )
    .option('--zone <name>', 'time zone of its times, such as Europe/London or UTC+10')
    .option('--unit <unit>', ENERGY_UNITS.join(', '), choiceOption('--unit', ENERGY_UNITS))
    .option(
      '--interval-minutes <n>',
      'length of an interval',
      integerOption('--interval-minutes', 1, MINUTES_OF_A_DAY),
    )
    .option(
      '--stamp <mark>',
      'whether a time is the start or the end of its interval',
      choiceOption('--stamp', ['start', 'end']),
    )
    .option('--first-stamp <time>', 'time of interval 0 where intervals are numbered')
    .option(
      '--values <kind>',
      'energy of intervals (default), or register: what a counter showed',
      choiceOption('--values', ['energy', 'register']),
    )
    .option(
      '--register-digits <n>',
      'whole digits a counter has before it begins at 0 again',
      integerOption('--register-digits', 1, MAX_REGISTER_DIGITS),
    )
    .option(
      '--flow <flow>',
      'import (default) or export of a customer',
      choiceOption('--flow', ['import', 'export']),
    )
    .option('--crc <kind>', 'checksum of P1 telegrams: arc or x25', choiceOption('--crc', ['arc', 'x25']))
    .optionsGroup('What becomes of readings that are not right:')
    .option(
      '--bad <rule>',
      'refuse the file (default), or drop and count them',
      choiceOption('--bad', ['refuse', 'drop']),
    )
    .option(
      '--max-power-kw <n>',
      'a mean power above it is absurd',
      integerOption('--max-power-kw', 1, MAX_POWER_KW),
    )
    .option(
      '--gaps <rule>',
      'gaps of a counter: missing (default), or spread as estimates',
      choiceOption('--gaps', ['missing', 'spread']),
    )
    .option(
      '--rounding <rule>',
      'refuse values finer than 1 Wh, or nearest',
      choiceOption('--rounding', ['refuse', 'nearest']),
    );
}
