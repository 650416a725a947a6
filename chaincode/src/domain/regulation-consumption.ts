/**
 * Regulation of consumption (paper 002, Algorithm 1, function `consumption`): what the operator concludes from a meter's reports, never the values themselves.
 *
 * Run by the regulation contract. The operator compares off chain, with what was signcrypted to it; the ledger holds the conclusion, from where to where it leads, and a code for the meter.
 * The printed cases leave values between "normal" and the threshold without an answer; here every conclusion has one in every state that takes it.
 */
import type { ActionCode } from './regulation-action.js';
import { nextState, type TransitionTable } from './transition-table.js';

/** normal · saving: power-saving mode · re-upload: data were tampered with, the meter sends them again. */
export const CONSUMPTION_STATES = ['normal', 'saving', 're-upload'] as const;
export type ConsumptionState = (typeof CONSUMPTION_STATES)[number];

/** exceed: over the threshold · settle: below it again · tamper: a report cannot be right · accept: what was sent again is right. */
export const CONSUMPTION_EVENTS = ['exceed', 'settle', 'tamper', 'accept'] as const;
export type ConsumptionEvent = (typeof CONSUMPTION_EVENTS)[number];

export const CONSUMPTION_TRANSITIONS: TransitionTable<ConsumptionState, ConsumptionEvent> = {
  normal: { exceed: 'saving', tamper: 're-upload' },
  saving: { settle: 'normal', tamper: 're-upload' },
  // Nothing is concluded from data that are in doubt.
  're-upload': { accept: 'normal' },
};

/** What the meter is told when it enters a state. */
export const CONSUMPTION_ACTIONS: Readonly<Record<ConsumptionState, ActionCode>> = {
  normal: 'run-as-usual',
  saving: 'save-power',
  're-upload': 're-upload',
};

export interface ConsumptionRecord {
  readonly state: ConsumptionState;
  /** Transaction time of the last transition. */
  readonly sinceSeconds: number;
}

/** Of a meter about which nothing was concluded yet. */
export function firstConsumption(nowSeconds: number): ConsumptionRecord {
  return { state: 'normal', sinceSeconds: nowSeconds };
}

/** @throws StateConflictError TRANSITION_FORBIDDEN */
export function afterConsumptionEvent(
  meterId: string,
  { state }: ConsumptionRecord,
  event: ConsumptionEvent,
  nowSeconds: number,
): ConsumptionRecord {
  const subject = { machine: 'consumption', id: meterId };
  return { state: nextState(CONSUMPTION_TRANSITIONS, subject, state, event), sinceSeconds: nowSeconds };
}
