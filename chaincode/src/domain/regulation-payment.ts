/**
 * Regulation of payment (paper 002, Algorithm 1, function `cost`): from low prepayment over arrears to a forced trip, and back.
 *
 * Run by the regulation contract; times are transaction times. The printed contract lets anyone set the bill and trips at once. Here nobody is cut off by one role: the operator requests
 * a trip, the regulator, another identity, approves it, a notice period runs, the customer may appeal once, and payment ends it at any time. Amounts are never on the ledger.
 */
import { refusal } from '../errors.js';
import { integer, object } from './decode.js';
import type { ActionCode } from './regulation-action.js';
import { nextState, type TransitionTable } from './transition-table.js';

export const PAYMENT_STATES = [
  'settled',
  'prepayment-low',
  'arrears',
  'serious-arrears',
  'trip-requested',
  'trip-approved',
  'appealed',
  'tripped',
  'reconnection-due',
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** uphold: the customer is right, nothing is tripped · deny: the request stands and needs an approval after the decision. */
export const PAYMENT_EVENTS = [
  'run-low',
  'fall-behind',
  'fall-far-behind',
  'pay',
  'request-trip',
  'approve-trip',
  'refuse-trip',
  'appeal',
  'uphold-appeal',
  'deny-appeal',
  'trip',
  'reconnect',
] as const;
export type PaymentEvent = (typeof PAYMENT_EVENTS)[number];

export const PAYMENT_TRANSITIONS: TransitionTable<PaymentState, PaymentEvent> = {
  settled: { 'run-low': 'prepayment-low', 'fall-behind': 'arrears' },
  'prepayment-low': { pay: 'settled', 'fall-behind': 'arrears' },
  arrears: { pay: 'settled', 'fall-far-behind': 'serious-arrears' },
  'serious-arrears': { pay: 'settled', 'request-trip': 'trip-requested' },
  'trip-requested': {
    pay: 'settled',
    'approve-trip': 'trip-approved',
    'refuse-trip': 'serious-arrears',
    appeal: 'appealed',
  },
  'trip-approved': { pay: 'settled', trip: 'tripped', appeal: 'appealed' },
  appealed: { pay: 'settled', 'uphold-appeal': 'serious-arrears', 'deny-appeal': 'trip-requested' },
  tripped: { pay: 'reconnection-due' },
  'reconnection-due': { reconnect: 'settled' },
};

export type RegulationRole = 'operator' | 'regulator' | 'customer';

/** Who decides what; the identity behind a role is the contract's to check. */
export const PAYMENT_EVENT_ROLES: Readonly<Record<PaymentEvent, RegulationRole>> = {
  'run-low': 'operator',
  'fall-behind': 'operator',
  'fall-far-behind': 'operator',
  pay: 'operator',
  'request-trip': 'operator',
  'approve-trip': 'regulator',
  'refuse-trip': 'regulator',
  appeal: 'customer',
  'uphold-appeal': 'regulator',
  'deny-appeal': 'regulator',
  trip: 'operator',
  reconnect: 'operator',
};

/** What the meter, and through it the customer's phone, is told when a state is entered. */
export const PAYMENT_ACTIONS: Readonly<Record<PaymentState, ActionCode>> = {
  settled: 'supply',
  'prepayment-low': 'notify-prepayment-low',
  arrears: 'notify-arrears',
  'serious-arrears': 'notify-serious-arrears',
  'trip-requested': 'announce-trip',
  'trip-approved': 'announce-trip',
  appealed: 'notify-appeal-pending',
  tripped: 'trip',
  'reconnection-due': 'notify-reconnection',
};

export const MAX_NOTICE_SECONDS = 366 * 86_400;

export const paymentNotices = {
  /** Least time in arrears before they count as serious. */
  arrearsNoticeSeconds: integer(1, MAX_NOTICE_SECONDS),
  /** Least time between the request of a trip, or the denial of an appeal, and the trip. */
  tripNoticeSeconds: integer(1, MAX_NOTICE_SECONDS),
};
export const paymentPolicy = object(paymentNotices);
export type PaymentPolicy = ReturnType<typeof paymentPolicy>;

export interface PaymentRecord {
  readonly state: PaymentState;
  readonly sinceSeconds: number;
  /** Who requested the running trip. */
  readonly requestedBy?: string;
  /** Before this time nothing is tripped. */
  readonly noticeEndsAtSeconds?: number;
  /** The running trip was appealed once. */
  readonly appealed?: true;
}

/** Who does something, and when. */
export interface RegulationActor {
  readonly role: RegulationRole;
  /** MSP id and certificate subject. */
  readonly identity: string;
  readonly nowSeconds: number;
}

export function firstPayment(nowSeconds: number): PaymentRecord {
  return { state: 'settled', sinceSeconds: nowSeconds };
}

/**
 * @throws AuthorisationError DECIDED_BY_OTHER_ROLE, TRIP_NEEDS_TWO
 * @throws StateConflictError TRANSITION_FORBIDDEN, NOTICE_RUNNING, APPEAL_USED
 */
export function afterPaymentEvent(
  meterId: string,
  record: PaymentRecord,
  event: PaymentEvent,
  actor: RegulationActor,
  policy: PaymentPolicy,
): PaymentRecord {
  const needed = PAYMENT_EVENT_ROLES[event];
  if (actor.role !== needed) throw refusal('DECIDED_BY_OTHER_ROLE', { event, needed, role: actor.role });
  const state = nextState(PAYMENT_TRANSITIONS, { machine: 'payment', id: meterId }, record.state, event);
  checkEvent(meterId, record, event, actor, policy);
  return { state, sinceSeconds: actor.nowSeconds, ...tripFacts(record, state, event, actor, policy) };
}

/** What the table alone does not tell. */
function checkEvent(
  meterId: string,
  { sinceSeconds, requestedBy, noticeEndsAtSeconds = 0, appealed }: PaymentRecord,
  event: PaymentEvent,
  { identity, nowSeconds }: RegulationActor,
  { arrearsNoticeSeconds }: PaymentPolicy,
): void {
  if (event === 'fall-far-behind') checkNotice(meterId, sinceSeconds + arrearsNoticeSeconds, nowSeconds);
  if (event === 'trip') checkNotice(meterId, noticeEndsAtSeconds, nowSeconds);
  if (event === 'approve-trip' && identity === requestedBy) throw refusal('TRIP_NEEDS_TWO', { meterId });
  if (event === 'appeal' && appealed) throw refusal('APPEAL_USED', { meterId });
}

function checkNotice(meterId: string, endsAtSeconds: number, nowSeconds: number): void {
  if (nowSeconds < endsAtSeconds) throw refusal('NOTICE_RUNNING', { meterId, endsAtSeconds, nowSeconds });
}

/** What is kept of the running trip; nothing once there is none. */
function tripFacts(
  { requestedBy, noticeEndsAtSeconds, appealed }: PaymentRecord,
  state: PaymentState,
  event: PaymentEvent,
  { identity, nowSeconds }: RegulationActor,
  { tripNoticeSeconds }: PaymentPolicy,
): Partial<PaymentRecord> {
  if (state !== 'trip-requested' && state !== 'trip-approved' && state !== 'appealed') return {};
  const restarts = event === 'request-trip' || event === 'deny-appeal';
  const endsAt = restarts ? nowSeconds + tripNoticeSeconds : noticeEndsAtSeconds;
  const by = event === 'request-trip' ? identity : requestedBy;
  return {
    ...(by === undefined ? {} : { requestedBy: by }),
    ...(endsAt === undefined ? {} : { noticeEndsAtSeconds: endsAt }),
    ...(appealed || event === 'appeal' ? { appealed: true as const } : {}),
  };
}
