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
  NOT_GRID_REGULATOR: {
    kind: 'authorisation',
    says: 'The regulator of grid "{grid}" is of organisation "{regulator}": let it decide.',
  },
  POLICY_UNKNOWN: {
    kind: 'not-found',
    says: 'Meter "{meterId}" has no policy of its operator: set one before it is regulated.',
  },
  POLICY_VERSION: {
    kind: 'conflict',
    says: 'The next policy of meter "{meterId}" is version {expected}, not {version}: number it so.',
  },
  SEALED_FOR_OTHERS: {
    kind: 'validation',
    says: 'The sealed message is not from a key of the {party} to "{receiver}" alone: seal it so.',
  },
  ACTION_EXISTS: {
    kind: 'conflict',
    says: 'Meter "{meterId}" already has another action with nonce {nonce}: take a fresh nonce.',
  },
  ACTION_NOT_DUE: {
    kind: 'conflict',
    says: 'The {machine} state of meter "{meterId}" calls for the action "{due}", not for "{code}": issue that one.',
  },
  ACTION_UNKNOWN: {
    kind: 'not-found',
    says: 'Meter "{meterId}" has no action with nonce {nonce}: fetch its actions.',
  },
  EQUIPMENT_UNKNOWN: {
    kind: 'not-found',
    says: 'Device "{deviceId}" is not registered: its operator registers it first.',
  },
  EQUIPMENT_EXISTS: {
    kind: 'conflict',
    says: 'Device "{deviceId}" is registered with another supplier: a device has one.',
  },
  NOT_YOUR_EQUIPMENT: {
    kind: 'authorisation',
    says: 'Device "{deviceId}" is looked after by another organisation: only that one and the grid operator file its events.',
  },
  ACTION_EXPIRED: {
    kind: 'conflict',
    says: 'Action {nonce} for meter "{meterId}" expired at {expiresAtSeconds} s, it is {nowSeconds} s now: do not carry it out.',
  },
} as const satisfies Record<string, ErrorDefinition>;
