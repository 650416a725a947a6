/** `gridveil bill`: time-of-use bills, made from readings, and what customers do with them. */
import type { Command } from 'commander';
import type { BillOptions, DisputeOptions, ShowBillOptions } from './bill/options.js';
import type { DemoOptions } from './demo/options.js';
import { withBillingOptions, withSchemeOptions } from './scheme-options.js';
import { withDeclarationOptions, withLedgerOptions } from './shared-options.js';

export function addBillCommand(gridveil: Command, setExitCode: (code: number) => void): void {
  const bill = gridveil.command('bill').description('make, show, check or contest time-of-use bills');
  addRun(bill, setExitCode);
  addShow(bill, setExitCode);
  addVerify(bill, setExitCode);
  addDispute(bill, setExitCode);
}

/** All parties in this process, on any ledger. */
function addRun(bill: Command, setExitCode: (code: number) => void): void {
  const run = bill
    .command('run')
    .description('bill a month of readings: meters, aggregators and ESP in one process');
  withDeclarationOptions(withBillingOptions(withSchemeOptions(run))).action(async (options: DemoOptions) => {
    const { runDemo } = await import('./demo/command.js');
    setExitCode(await runDemo('tou-billing', options));
  });
}

function addShow(bill: Command, setExitCode: (code: number) => void): void {
  const show = billCommand(
    bill,
    'show',
    'show the bill of a meter, checked; times are those of --zone, or UTC',
  )
    .option('--html <file>', 'write the bill to a new HTML file to read or print')
    .option('--json', 'print one JSON document on stdout', false);
  withSharedOptions(show).action(async (options: ShowBillOptions) => {
    const { runBillShow } = await import('./bill/show.js');
    setExitCode(await runBillShow(options));
  });
}

function addVerify(bill: Command, setExitCode: (code: number) => void): void {
  const verify = billCommand(
    bill,
    'verify',
    'recompute a bill from the ledger and say why it is right or wrong',
  ).option('--json', 'print one JSON document on stdout', false);
  withSharedOptions(verify).action(async (options: BillOptions) => {
    const { runBillVerify } = await import('./bill/verify.js');
    setExitCode(await runBillVerify(options));
  });
}

function addDispute(bill: Command, setExitCode: (code: number) => void): void {
  const dispute = billCommand(bill, 'dispute', 'contest a bill on the ledger, signed by the meter')
    .requiredOption('--key <file>', "file with the meter's BLS key")
    .option('--reason <text>', 'why (default: what the check finds wrong)')
    .option('--json', 'print one JSON document on stdout', false);
  withSharedOptions(dispute).action(async (options: DisputeOptions) => {
    const { runBillDispute } = await import('./bill/dispute.js');
    setExitCode(await runBillDispute(options));
  });
}

function billCommand(bill: Command, name: string, description: string): Command {
  return bill
    .command(name)
    .description(description)
    .requiredOption('--meter <id>', 'meter whose bill it is')
    .requiredOption('--period <month>', 'month, such as 2024-03, or a tariff id')
    .option('--data <file>', 'CSV file of your own readings, to compare with')
    .option('--data-meter <name>', 'name of the meter in that file')
    .option('--receipts <file>', "the meter's receipts: names the aggregator that left out a report");
}

function withSharedOptions(command: Command): Command {
  return withDeclarationOptions(
    withLedgerOptions(command, 'user to ask as; needs a role of billing, customer to contest'),
  );
}
