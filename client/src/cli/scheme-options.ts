/** Options of commands that run a scheme from readings: `DemoOptions`. */
import type { Command } from 'commander';
import { DEMO_DEFAULTS, DEMO_TARIFFS } from './demo/options.js';
import { bitsOption, choiceOption, folderOption, integerOption } from './options.js';
import { LEDGERS } from './shared-options.js';

export function withSchemeOptions(command: Command): Command {
  return command
    .option('--ledger <kind>', 'embedded or fabric', choiceOption('--ledger', LEDGERS), 'embedded')
    .option('--data <file>', 'file of real readings: CSV, Green Button, P1 (default: generated households)')
    .option(
      '--meters <n>',
      `meters (default: all of the file; generated: ${DEMO_DEFAULTS.meters}, for bills 5, for signcryption 50)`,
      integerOption('--meters', 1, 100_000),
    )
    .option(
      '--slots <n>',
      `slots (default: ${DEMO_DEFAULTS.slots}; for bills those of a month; for signcryption 24)`,
      integerOption('--slots', 1, 100_000),
    )
    .option('--regions <n>', 'regions', integerOption('--regions', 1, 64), DEMO_DEFAULTS.regions)
    .option('--bits <n>', 'modulus of the Paillier key: 2048 or 3072', bitsOption, DEMO_DEFAULTS.bits)
    .option('--key <file>', 'Paillier key that `gridveil keys` made (default: a new one)')
    .option('--seed <text>', 'seed of the generated households', DEMO_DEFAULTS.seed)
    .option(
      '--ledger-dir <dir>',
      'folder of the embedded ledger (default: a new one)',
      folderOption('--ledger-dir'),
    )
    .option('--connection <file>', 'connection description of the Fabric network')
    .option('--json', 'print one JSON document on stdout', false);
}

export function withSigncryptionOptions(command: Command): Command {
  return command.option('--off-ledger <folder>', 'keep reports there and only their digests on the ledger');
}

export function withBillingOptions(command: Command): Command {
  return command
    .option('--month <month>', 'such as 2016-08 (default: the first one that the readings cover)')
    .option(
      '--tariff <name>',
      `${DEMO_TARIFFS.join(', ')} (default: by the readings)`,
      choiceOption('--tariff', DEMO_TARIFFS),
    )
    .option(
      '--proofs-checked-by <whom>',
      'who checks range proofs: endorsers (default), or aggregators alone',
      choiceOption('--proofs-checked-by', ['endorsers', 'aggregators']),
    )
    .option('--keys <folder>', "new folder for the meters' keys: customers contest bills with them");
}
