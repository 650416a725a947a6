/** The error codes of regulation; error-codes.ts has the rules of the list. */
import type { ErrorDefinition } from './error-definition.js';

export const REGULATION_ERROR_CODES = {
  // Regulation
  TRANSITION_FORBIDDEN: {
    kind: 'conflict',
    says: 'The {machine} state of "{id}" is "{state}", which does not take "{event}": possible are {possible}.',
  },
  DECIDED_BY_OTHER_ROLE: {
    kind: 'authorisation',
    says: '"{event}" is decided by the {needed}, not by the {role}: let the {needed} submit it.',
  },
  TRIP_NEEDS_TWO: {
    kind: 'authorisation',
    says: 'This identity requested the trip of meter "{meterId}" itself: another one has to approve it.',
  },
  NOTICE_RUNNING: {
    kind: 'conflict',
    says: 'The notice to meter "{meterId}" runs until {endsAtSeconds} s, it is {nowSeconds} s now: wait until it has ended.',
  },
  APPEAL_USED: {
    kind: 'conflict',
    says: 'The trip of meter "{meterId}" was appealed before: one trip has one appeal.',
  },
  EQUIPMENT_EVENT_ORDER: {
    kind: 'conflict',
    says: 'The next event of device "{deviceId}" is number {expected}, not {number}: file each event once, in order.',
  },
  ACTION_OTHER_METER: {
    kind: 'validation',
    says: 'Action {nonce} is not for meter "{meterId}": fetch the actions of the own meter.',
  },
  ACTION_EXPIRED: {
    kind: 'conflict',
    says: 'Action {nonce} for meter "{meterId}" expired at {expiresAtSeconds} s, it is {nowSeconds} s now: do not carry it out.',
  },
} as const satisfies Record<string, ErrorDefinition>;
