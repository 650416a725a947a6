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
  SIGNCRYPTION_UNKNOWN: {
    kind: 'not-found',
    says: 'Grid "{grid}" has no signcryption: its control centre opens it first.',
  },
  SIGNCRYPTION_EXISTS: {
    kind: 'conflict',
    says: 'Signcryption of grid "{grid}" was opened on other terms: they are fixed for good.',
  },
  SIGNCRYPTION_KEY_EXISTS: {
    kind: 'conflict',
    says: 'The {purpose} "{id}" is registered with another key: use that one, or the next epoch.',
  },
  SIGNCRYPTION_KEY_UNKNOWN: {
    kind: 'not-found',
    says: 'There is no key of the {purpose} "{id}" here: register it first, or check the epoch.',
  },
  RECEIVER_REVOKED: {
    kind: 'conflict',
    says: 'The key of receiver "{receiver}" is revoked: leave it out of new reports.',
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
  REPORT_BLOCK_UNKNOWN: {
    kind: 'not-found',
    says: 'Slot {slot} has no block of reports with this root: list the blocks of the slot.',
  },
  CONTENT_OFF_LEDGER: {
    kind: 'not-found',
    says: 'The ledger keeps hashes only, on the terms of grid "{grid}": get the bytes from a content store by their digest.',
  },
  STATEMENT_BAD_SIGNATURE: {
    kind: 'proof',
    says: 'What is stated for meter "{meterId}" is not signed by it: sign it with the key of epoch {epoch}.',
  },
  PART_REFUSED: {
    kind: 'proof',
    says: 'The part of receiver "{receiver}" in the report of meter "{meterId}" does not open: it was changed or made for other keys.',
  },
} as const satisfies Record<string, ErrorDefinition>;
