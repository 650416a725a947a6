/** Options that several commands take. */
import type { Command } from 'commander';
import { choiceOption, integerOption } from './options.js';

export const LEDGERS = ['embedded', 'fabric'] as const;
const MINUTES_OF_A_DAY = 1440;

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

/** What a file of readings does not say: `CsvDeclaration`. */
export function withDeclarationOptions(command: Command): Command {
  return command
    .optionsGroup('What --data does not say itself:')
    .option('--zone <name>', 'time zone of its times, such as Europe/London or UTC+10')
    .option('--unit <unit>', 'Wh or kWh', choiceOption('--unit', ['Wh', 'kWh']))
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
      '--rounding <rule>',
      'refuse values finer than 1 Wh, or nearest',
      choiceOption('--rounding', ['refuse', 'nearest']),
    );
}
