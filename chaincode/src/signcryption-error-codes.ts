/** The error codes of signcryption; error-codes.ts has the rules of the list. */
import type { ErrorDefinition } from './error-definition.js';

export const SIGNCRYPTION_ERROR_CODES = {
  // Signcryption: keys
  BAD_SIGNCRYPTION_POSSESSION: {
    kind: 'proof',
    says: 'The proof that "{id}" knows its {secret} secret does not hold: make it with that secret, for this channel, grid, purpose, id and epoch.',
  },
  BAD_PARTIAL_KEY: {
    kind: 'proof',
    says: 'The partial key of "{id}" does not fit the key of its control centre: ask the control centre for another one.',
  },

  // Signcryption: reports
  RECEIVER_REPEATED: {
    kind: 'decode',
    says: 'Receiver {receiverIndex} stands twice in the report: give each receiver one part.',
  },
  RECEIVERS_UNORDERED: {
    kind: 'decode',
    says: 'The receivers of the report are not in ascending order of their indices: order them so.',
  },
  RECEIVER_COUNT: {
    kind: 'decode',
    says: 'The report names {receivers} receivers and has {parts} parts: give each receiver one part, at most {limit}.',
  },
  RECEIVER_UNKNOWN: {
    kind: 'not-found',
    says: 'No receiver of this grid has the index {receiverIndex}: use registered receivers.',
  },
  RECEIVER_WRONG_EPOCH: {
    kind: 'validation',
    says: 'The report is for the key of epoch {epoch} of receiver "{receiver}", whose current epoch is {currentEpoch}: use the current keys.',
  },
  REPORT_WRONG_SLOT: {
    kind: 'validation',
    says: 'The report of meter "{meterId}" is for slot {slot}, not for slot {expectedSlot}: put it into the block of its own slot.',
  },
  NOT_A_RECEIVER: {
    kind: 'validation',
    says: 'The report of meter "{meterId}" has no part for "{receiver}": only receivers it names can open something.',
  },
  PART_REFUSED: {
    kind: 'proof',
    says: 'The part of receiver "{receiver}" in the report of meter "{meterId}" does not open: it was changed or made for other keys.',
  },
} as const satisfies Record<string, ErrorDefinition>;
