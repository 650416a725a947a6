/** What a file of readings leaves open, to be declared on the command line. */
import type { Command } from 'commander';
import { choiceOption, integerOption } from './options.js';

const MINUTES_OF_A_DAY = 1440;

export function addDataOptions(command: Command): Command {
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
