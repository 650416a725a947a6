/** State machines as tables: every transition that exists is written down, all others are refused. */
import { refusal } from '../errors.js';

/** For each state the events it takes, and the state that follows. */
export type TransitionTable<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

/** Whose state it is, for refusals. */
export interface Subject {
  /** e.g. `payment`. */
  readonly machine: string;
  readonly id: string;
}

/** @throws StateConflictError TRANSITION_FORBIDDEN when the state does not take the event. */
export function nextState<State extends string, Event extends string>(
  table: TransitionTable<State, Event>,
  { machine, id }: Subject,
  state: State,
  event: Event,
): State {
  const events: Readonly<Partial<Record<Event, State>>> = table[state];
  const next = Object.hasOwn(events, event) ? events[event] : undefined;
  if (next === undefined)
    throw refusal('TRANSITION_FORBIDDEN', {
      ...{ machine, id, state, event },
      possible: Object.keys(events).join(', ') || 'none',
    });
  return next;
}
