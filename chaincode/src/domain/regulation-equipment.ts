/**
 * States of equipment (paper 002, section V.C and Fig. 4), which the paper names and does not connect.
 *
 * Run by the regulation contract. What is told about a fault is signcrypted to the supplier; the ledger holds the state, the time and the hash of the report.
 */
import { refusal } from '../errors.js';
import { nextState, type TransitionTable } from './transition-table.js';

/** alarm: works, needs attention · emergency: works, may fail any time · outage: does not work · repair: taken out of service for work on it. */
export const EQUIPMENT_STATES = ['normal', 'alarm', 'emergency', 'outage', 'repair'] as const;
export type EquipmentState = (typeof EQUIPMENT_STATES)[number];

/** warn, escalate, fail: it got worse · ease, clear: it got better by itself · begin-repair: also planned maintenance · restore: repaired and back in service. */
export const EQUIPMENT_EVENTS = [
  'warn',
  'escalate',
  'fail',
  'ease',
  'clear',
  'begin-repair',
  'restore',
] as const;
export type EquipmentEvent = (typeof EQUIPMENT_EVENTS)[number];

export const EQUIPMENT_TRANSITIONS: TransitionTable<EquipmentState, EquipmentEvent> = {
  normal: { warn: 'alarm', escalate: 'emergency', fail: 'outage', 'begin-repair': 'repair' },
  alarm: { clear: 'normal', escalate: 'emergency', fail: 'outage', 'begin-repair': 'repair' },
  emergency: { ease: 'alarm', clear: 'normal', fail: 'outage', 'begin-repair': 'repair' },
  // Nothing that is out of service comes back without someone who says that it was worked on.
  outage: { 'begin-repair': 'repair' },
  repair: { restore: 'normal', fail: 'outage' },
};

export interface EquipmentRecord {
  readonly state: EquipmentState;
  readonly sinceSeconds: number;
  /** Transitions so far: numbers the fault reports of a device, so that none is filed twice. */
  readonly events: number;
}

export function firstEquipment(nowSeconds: number): EquipmentRecord {
  return { state: 'normal', sinceSeconds: nowSeconds, events: 0 };
}

/**
 * @param number - of the event, from 1: each is filed once and in order
 * @throws StateConflictError EQUIPMENT_EVENT_ORDER, TRANSITION_FORBIDDEN
 */
export function afterEquipmentEvent(
  deviceId: string,
  { state, events }: EquipmentRecord,
  event: EquipmentEvent,
  number: number,
  nowSeconds: number,
): EquipmentRecord {
  if (number !== events + 1)
    throw refusal('EQUIPMENT_EVENT_ORDER', { deviceId, number, expected: events + 1 });
  const subject = { machine: 'equipment', id: deviceId };
  return {
    state: nextState(EQUIPMENT_TRANSITIONS, subject, state, event),
    sinceSeconds: nowSeconds,
    events: number,
  };
}
