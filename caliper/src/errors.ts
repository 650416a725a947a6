/** What the benchmark command refuses or cannot do. Same shape as network/src/errors.ts. */
import { fillSentence, type Facts } from '@gridveil/chaincode/errors.js';

export const CALIPER_ERRORS = {
  BAD_OPTION: { exitCode: 2, says: '{option} must be {expected}, got "{actual}".' },
  UNKNOWN_ROUNDS: { exitCode: 2, says: 'There are no rounds "{name}": use {known}.' },
  NO_BASELINE: {
    exitCode: 2,
    says: 'The chaincode of this network has no contract "baseline": leave out {rounds}, or let this command start its own network.',
  },
  CHAINCODE_NOT_THERE: {
    exitCode: 2,
    says: 'The network does not answer as one with Gridveil deployed ({reason}): deploy the chaincode first.',
  },
  ROUND_FAILED: { exitCode: 1, says: 'Round {round} failed: {reason} (all output: {log}).' },
  RUN_HUNG: {
    exitCode: 1,
    says: 'Caliper did not end within {limitSeconds} s and was ended (all output: {log}).',
  },
  RUN_FAILED: { exitCode: 1, says: 'Caliper ended with code {code} (all output: {log}).' },
  CALLS_FAILED: { exitCode: 1, says: '{count} calls of {row} failed, the first: {reason}' },
  WRONG_TOTAL: {
    exitCode: 1,
    says: 'The ledger holds another total than was written for region {region} and slot {slot}.',
  },
  FILE_UNREADABLE: { exitCode: 2, says: '{file} cannot be read ({reason}): check the path.' },
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
