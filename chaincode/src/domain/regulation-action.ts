/**
 * Actions for a meter (paper 002, Algorithm 1, the outputs): a code in clear, the rest sealed to the meter, carried out once.
 *
 * Run by the regulation contract. Source: spec/schemes.md 0.5 (message 002 action), 3.A. The ledger holds the code and the hash of the sealed text; the meter acknowledges with its nonce.
 */
import { STATEMENT_SIGNATURE_BYTES } from '../crypto/signcryption-statement.js';
import { refusal } from '../errors.js';
import { bytes, identifier, integer, matching, object, oneOf } from './decode.js';
import { nextState, type TransitionTable } from './transition-table.js';

/** All that an action may say in clear. */
export const ACTION_CODES = [
  'run-as-usual',
  'save-power',
  're-upload',
  'supply',
  'notify-prepayment-low',
  'notify-arrears',
  'notify-serious-arrears',
  'announce-trip',
  'notify-appeal-pending',
  'trip',
  'notify-reconnection',
] as const;
export type ActionCode = (typeof ACTION_CODES)[number];

export const ACTION_STATES = ['issued', 'acknowledged', 'withdrawn'] as const;
export type ActionState = (typeof ACTION_STATES)[number];
export const ACTION_EVENTS = ['acknowledge', 'withdraw'] as const;
export type ActionEvent = (typeof ACTION_EVENTS)[number];

export const ACTION_TRANSITIONS: TransitionTable<ActionState, ActionEvent> = {
  issued: { acknowledge: 'acknowledged', withdraw: 'withdrawn' },
  acknowledged: {},
  withdrawn: {},
};

/** Which state an action tells about. */
export const ACTION_MACHINES = ['consumption', 'payment'] as const;
export type ActionMachine = (typeof ACTION_MACHINES)[number];

/** Longer than this nobody waits for a meter; a state that goes on calls for the action anew. */
const MAX_ACTION_SECONDS = 31 * 86_400;

const nonce = matching(/^[0-9a-f]{16}$/, 16, '16 hex digits');

export const actionIssue = object({
  grid: identifier,
  meterId: identifier,
  machine: oneOf(ACTION_MACHINES),
  nonce,
  code: oneOf(ACTION_CODES),
  expiresAtSeconds: integer(1, 9_999_999_999_999),
});
export type ActionIssue = ReturnType<typeof actionIssue>;

export const actionAcknowledgement = object({
  grid: identifier,
  meterId: identifier,
  nonce,
  /** The meter's, over `acknowledgementMessage`. */
  signature: bytes(STATEMENT_SIGNATURE_BYTES),
});

/**
 * Only what the state calls for can be issued, and only for a time that lies ahead.
 * @param due - the code that the state of the meter calls for
 * @throws StateConflictError ACTION_NOT_DUE, ACTION_EXPIRED. @throws DecodeError BAD_FIELD for more than 31 days
 */
export function checkIssue(
  { meterId, machine, nonce, code, expiresAtSeconds }: ActionIssue,
  due: ActionCode,
  nowSeconds: number,
): void {
  if (code !== due) throw refusal('ACTION_NOT_DUE', { meterId, machine, due, code });
  if (expiresAtSeconds <= nowSeconds)
    throw refusal('ACTION_EXPIRED', { meterId, nonce, expiresAtSeconds, nowSeconds });
  if (expiresAtSeconds > nowSeconds + MAX_ACTION_SECONDS)
    throw refusal('BAD_FIELD', {
      field: 'expiresAtSeconds',
      expected: `at most ${MAX_ACTION_SECONDS} s ahead`,
    });
}

export interface ActionRecord {
  readonly meterId: string;
  /** 16 hex digits, unique for the meter. */
  readonly nonce: string;
  readonly code: ActionCode;
  /** `reportDigest` of the message sealed to the meter, base64url. */
  readonly digest: string;
  /** From this time on the meter no longer carries it out. */
  readonly expiresAtSeconds: number;
  readonly state: ActionState;
}

/** As stored. */
export interface StoredAction extends ActionRecord {
  readonly machine: ActionMachine;
  readonly issuedAtSeconds: number;
  /** Transaction that issued it. */
  readonly txId: string;
}

/**
 * The same acknowledgement again is harmless: the meter asks until it knows. Exactly one takes effect.
 * @returns the record as it is afterwards; the same object when nothing changed
 * @throws ValidationError ACTION_OTHER_METER. @throws StateConflictError ACTION_EXPIRED, TRANSITION_FORBIDDEN
 */
export function afterActionEvent(
  record: ActionRecord,
  event: ActionEvent,
  meterId: string,
  nowSeconds: number,
): ActionRecord {
  const { nonce, expiresAtSeconds } = record;
  if (record.meterId !== meterId) throw refusal('ACTION_OTHER_METER', { meterId, nonce });
  if (event === 'acknowledge' && record.state === 'acknowledged') return record;
  const state = nextState(ACTION_TRANSITIONS, { machine: 'action', id: nonce }, record.state, event);
  if (event === 'acknowledge' && nowSeconds >= expiresAtSeconds)
    throw refusal('ACTION_EXPIRED', { meterId, nonce, expiresAtSeconds, nowSeconds });
  return { ...record, state };
}
