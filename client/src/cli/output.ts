/**
 * What the command line prints and how it ends. Documents go to stdout, everything else to stderr when `--json` is given.
 *
 * Exit codes: 0 done, 2 the user's mistake, 1 a failure, 130 after Ctrl-C. A known error is one sentence with its code;
 * only a bug shows a stack.
 */
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import { LedgerError } from '../ledger/ledger-error.js';

export const EXIT = { done: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** Codes that are findings or outages, not mistakes of the user. */
const FAILURES = new Set<string>([
  'EVIDENCE_REJECTED',
  'BILL_REJECTED',
  'BILL_DIFFERS',
  'BILL_REPORTS_LEFT_OUT',
  'NETWORK_DOWN',
]);

export function printDocument(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

interface KnownError {
  readonly code: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly exitCode: number;
}

function known(error: unknown): KnownError | undefined {
  if (error instanceof ClientError || error instanceof GridveilError) {
    const exitCode = FAILURES.has(error.code) ? EXIT.failure : EXIT.usage;
    return { code: error.code, message: error.sentence, facts: error.facts, exitCode };
  }
  if (error instanceof LedgerError) {
    return { code: error.code, message: error.message, facts: error.facts, exitCode: EXIT.failure };
  }
  return undefined;
}

/** Prints the error in the form asked for. @returns the exit code. */
export function reportError(error: unknown, json: boolean): number {
  const expected = known(error);
  if (!expected) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`This is a bug in Gridveil, please report it:\n${stack}\n`);
    return EXIT.failure;
  }
  const { code, message, facts, exitCode } = expected;
  const document = { schema: 'gridveil/error/v1', code, message, facts };
  process.stderr.write(json ? `${JSON.stringify(document)}\n` : `error: ${message} [${code}]\n`);
  return exitCode;
}
