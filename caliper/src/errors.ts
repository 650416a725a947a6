/** What the benchmark command refuses or cannot do. Same shape as network/src/errors.ts. */
import { fillSentence, type Facts } from '@gridveil/chaincode/errors.js';

export const CALIPER_ERRORS = {
  BAD_OPTION: { exitCode: 2, says: '{option} must be {expected}, got "{actual}".' },
  UNKNOWN_ROUNDS: { exitCode: 2, says: 'There are no rounds "{name}": use {known}.' },
  NO_BASELINE: {
    exitCode: 2,
    says: 'The chaincode of this network has no contract "baseline": leave it out of --rounds, or let this command start its own network.',
  },
  NOTHING_MEASURED: {
    exitCode: 2,
    says: 'These rounds have no rows in a short run: leave out --short, or choose others.',
  },
  ROUND_FAILED: { exitCode: 1, says: 'Round {round} failed: {reason} (all output: {log}).' },
  RUN_HUNG: {
    exitCode: 1,
    says: 'A round of Caliper, or its start, did not end within {limitSeconds} s, so it was ended (all output: {log}).',
  },
  RUN_FAILED: { exitCode: 1, says: 'Caliper ended with code {code} (all output: {log}).' },
  CALLS_FAILED: { exitCode: 1, says: '{count} calls of {row} failed, the first: {reason}' },
  WRONG_TOTAL: {
    exitCode: 1,
    says: 'The ledger holds another total than was written for region {region} and slot {slot}.',
  },
  FILE_UNWRITABLE: {
    exitCode: 2,
    says: '{file} cannot be written ({reason}): choose another folder with --out.',
  },
  INTERRUPTED: { exitCode: 130, says: 'Interrupted: what this command had started was ended again.' },
} as const satisfies Record<string, { readonly exitCode: number; readonly says: string }>;

export type CaliperErrorCode = keyof typeof CALIPER_ERRORS;

export class CaliperError extends Error {
  override readonly name = 'CaliperError';

  constructor(
    readonly code: CaliperErrorCode,
    readonly facts: Facts = {},
    options?: ErrorOptions,
  ) {
    super(fillSentence(CALIPER_ERRORS[code].says, facts), options);
  }

  /** 2 for the user's own mistake, 1 for a failure, 130 after an interrupt. */
  get exitCode(): number {
    return CALIPER_ERRORS[this.code].exitCode;
  }
}
