/**
 * Actions for a meter (paper 002, Algorithm 1, the outputs): a code in clear, the rest sealed to the meter, carried out once.
 *
 * Run by the regulation contract. Source: spec/schemes.md 0.5 (message 002 action), 3.A. The ledger holds the code and the hash of the sealed text; the meter acknowledges with its nonce.
 */
import { refusal } from '../errors.js';
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

export interface ActionRecord {
  readonly meterId: string;
  /** 16 hex digits, unique for the meter. */
  readonly nonce: string;
  readonly code: ActionCode;
  /** SHA-256 of the sealed text, base64url. */
  readonly sealedHash: string;
  /** From this time on the meter no longer carries it out. */
  readonly expiresAtSeconds: number;
  readonly state: ActionState;
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
