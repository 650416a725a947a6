/** Every state with every event, role and time that matters: what is allowed is listed here a second time, all else must be refused. */
import assert from 'node:assert/strict';
import {
  ACTION_CODES,
  ACTION_EVENTS,
  ACTION_STATES,
  ACTION_TRANSITIONS,
  afterActionEvent,
  type ActionRecord,
} from '@gridveil/chaincode/domain/regulation-action.js';
import {
  afterConsumptionEvent,
  CONSUMPTION_ACTIONS,
  CONSUMPTION_EVENTS,
  CONSUMPTION_STATES,
  CONSUMPTION_TRANSITIONS,
  firstConsumption,
} from '@gridveil/chaincode/domain/regulation-consumption.js';
import {
  afterEquipmentEvent,
  EQUIPMENT_EVENTS,
  EQUIPMENT_STATES,
  EQUIPMENT_TRANSITIONS,
  firstEquipment,
} from '@gridveil/chaincode/domain/regulation-equipment.js';
import {
  afterPaymentEvent,
  firstPayment,
  PAYMENT_ACTIONS,
  PAYMENT_EVENT_ROLES,
  PAYMENT_EVENTS,
  PAYMENT_STATES,
  PAYMENT_TRANSITIONS,
  paymentPolicy,
  type PaymentEvent,
  type PaymentRecord,
  type RegulationRole,
} from '@gridveil/chaincode/domain/regulation-payment.js';
import { nextState, type TransitionTable } from '@gridveil/chaincode/domain/transition-table.js';
import { refused } from '../../helpers/refused.js';

/** `state event -> next`, one a line. */
type Transitions = readonly `${string} ${string} -> ${string}`[];

function listed(table: TransitionTable<string, string>): string[] {
  return Object.entries(table).flatMap(([state, events]) =>
    Object.entries(events).map(([event, next]) => `${state} ${event} -> ${next}`),
  );
}

/** Checks a table against its list, state by event, and that no state is out of reach or without a way back to `home`. */
function checkTable<State extends string, Event extends string>(
  table: TransitionTable<State, Event>,
  states: readonly State[],
  events: readonly Event[],
  expected: Transitions,
  home?: State,
): void {
  assert.deepEqual(listed(table).sort(), [...expected].sort());
  assert.deepEqual(Object.keys(table), states);
  const subject = { machine: 'test', id: 'x' };
  for (const state of states) {
    for (const event of events) {
      const line = expected.find((one) => one.startsWith(`${state} ${event} -> `));
      if (line) assert.equal(nextState(table, subject, state, event), line.split(' -> ')[1]);
      else
        assert.throws(
          () => nextState(table, subject, state, event),
          refused('TRANSITION_FORBIDDEN', { machine: 'test', id: 'x', state, event }),
        );
    }
  }
  if (home === undefined) return;
  const reach = (from: State, seen = new Set<State>()): Set<State> => {
    seen.add(from);
    const next = Object.values<State>(table[from] as Record<string, State>);
    for (const state of next) if (!seen.has(state)) reach(state, seen);
    return seen;
  };
  assert.equal(reach(home).size, states.length, 'every state can be reached');
  for (const state of states) assert.ok(reach(state).has(home), `${state} leads back`);
}

describe('transition tables', () => {
  it('take no event that a table only inherits', () => {
    const table = { on: {} } as unknown as TransitionTable<'on', 'toString'>;
    assert.throws(
      () => nextState(table, { machine: 'm', id: 'i' }, 'on', 'toString'),
      refused('TRANSITION_FORBIDDEN', { possible: 'none' }),
    );
  });
});

describe('regulation: consumption', () => {
  it('has these transitions and no others', () => {
    checkTable(
      CONSUMPTION_TRANSITIONS,
      CONSUMPTION_STATES,
      CONSUMPTION_EVENTS,
      [
        'normal exceed -> saving',
        'normal tamper -> re-upload',
        'saving settle -> normal',
        'saving tamper -> re-upload',
        're-upload accept -> normal',
      ],
      'normal',
    );
  });

  it('keeps state and time, and tells the meter something in every state', () => {
    const first = firstConsumption(100);
    assert.deepEqual(first, { state: 'normal', sinceSeconds: 100 });
    assert.deepEqual(afterConsumptionEvent('m1', first, 'exceed', 200), {
      state: 'saving',
      sinceSeconds: 200,
    });
    assert.throws(
      () => afterConsumptionEvent('m1', first, 'settle', 200),
      refused('TRANSITION_FORBIDDEN', { machine: 'consumption', id: 'm1', possible: 'exceed, tamper' }),
    );
    const codes = CONSUMPTION_STATES.map((state) => CONSUMPTION_ACTIONS[state]);
    assert.equal(new Set(codes).size, CONSUMPTION_STATES.length);
    for (const code of codes) assert.ok(ACTION_CODES.includes(code));
  });
});

describe('regulation: payment', () => {
  const POLICY = { arrearsNoticeSeconds: 1000, tripNoticeSeconds: 500 };
  const IDENTITIES: Record<RegulationRole, string> = {
    operator: 'Grid/operator',
    regulator: 'Office/regulator',
    customer: 'Home/m1',
  };
  const apply = (
    record: PaymentRecord,
    event: PaymentEvent,
    nowSeconds: number,
    changes: { role?: RegulationRole; identity?: string } = {},
  ) => {
    const role = changes.role ?? PAYMENT_EVENT_ROLES[event];
    return afterPaymentEvent(
      'm1',
      record,
      event,
      { role, identity: changes.identity ?? IDENTITIES[role], nowSeconds },
      POLICY,
    );
  };
  /** Applies events in turn, one every 10,000 s. */
  const after = (...events: readonly PaymentEvent[]): PaymentRecord =>
    events.reduce((record, event, i) => apply(record, event, 10_000 * (i + 1)), firstPayment(0));

  it('has these transitions and no others', () => {
    checkTable(
      PAYMENT_TRANSITIONS,
      PAYMENT_STATES,
      PAYMENT_EVENTS,
      [
        'settled run-low -> prepayment-low',
        'settled fall-behind -> arrears',
        'prepayment-low pay -> settled',
        'prepayment-low fall-behind -> arrears',
        'arrears pay -> settled',
        'arrears fall-far-behind -> serious-arrears',
        'serious-arrears pay -> settled',
        'serious-arrears request-trip -> trip-requested',
        'trip-requested pay -> settled',
        'trip-requested approve-trip -> trip-approved',
        'trip-requested refuse-trip -> serious-arrears',
        'trip-requested appeal -> appealed',
        'trip-approved pay -> settled',
        'trip-approved trip -> tripped',
        'trip-approved appeal -> appealed',
        'appealed pay -> settled',
        'appealed uphold-appeal -> serious-arrears',
        'appealed deny-appeal -> trip-requested',
        'tripped pay -> reconnection-due',
        'reconnection-due reconnect -> settled',
      ],
      'settled',
    );
  });

  it('refuses every event to every role but its own, in every state', () => {
    for (const state of PAYMENT_STATES) {
      for (const event of PAYMENT_EVENTS) {
        for (const role of ['operator', 'regulator', 'customer'] as const) {
          if (role === PAYMENT_EVENT_ROLES[event]) continue;
          assert.throws(
            () => apply({ state, sinceSeconds: 0 }, event, 99_999, { role }),
            refused('DECIDED_BY_OTHER_ROLE', { event, needed: PAYMENT_EVENT_ROLES[event], role }),
          );
        }
      }
    }
  });

  it('gives no way to "tripped" without the operator and the regulator', () => {
    const without = (role: RegulationRole): Set<string> => {
      const seen = new Set<string>();
      const visit = (state: (typeof PAYMENT_STATES)[number]): void => {
        if (seen.has(state)) return;
        seen.add(state);
        for (const event of PAYMENT_EVENTS) {
          const next = PAYMENT_TRANSITIONS[state][event];
          if (next && PAYMENT_EVENT_ROLES[event] !== role) visit(next);
        }
      };
      visit('settled');
      return seen;
    };
    for (const role of ['operator', 'regulator'] as const) assert.ok(!without(role).has('tripped'), role);
    assert.ok(without('customer').has('tripped'));
  });

  it('counts arrears as serious only after their notice', () => {
    const arrears = after('fall-behind');
    for (const now of [0, 10_000, 10_999])
      assert.throws(
        () => apply(arrears, 'fall-far-behind', now),
        refused('NOTICE_RUNNING', { meterId: 'm1', endsAtSeconds: 11_000, nowSeconds: now }),
      );
    assert.equal(apply(arrears, 'fall-far-behind', 11_000).state, 'serious-arrears');
  });

  it('trips only after the notice, and not before it for an approval that came early', () => {
    const requested = after('fall-behind', 'fall-far-behind', 'request-trip');
    assert.deepEqual(requested, {
      ...{ state: 'trip-requested', sinceSeconds: 30_000 },
      ...{ requestedBy: IDENTITIES.operator, noticeEndsAtSeconds: 30_500 },
    });
    const approved = apply(requested, 'approve-trip', 30_001);
    assert.throws(
      () => apply(approved, 'trip', 30_499),
      refused('NOTICE_RUNNING', { endsAtSeconds: 30_500 }),
    );
    assert.deepEqual(apply(approved, 'trip', 30_500), { state: 'tripped', sinceSeconds: 30_500 });
  });

  it('takes no approval from the identity that made the request', () => {
    const requested = after('fall-behind', 'fall-far-behind', 'request-trip');
    assert.throws(
      () => apply(requested, 'approve-trip', 40_000, { identity: IDENTITIES.operator }),
      refused('TRIP_NEEDS_TWO', { meterId: 'm1' }),
    );
    const appealed = apply(apply(requested, 'appeal', 40_000), 'deny-appeal', 41_000);
    assert.throws(
      () => apply(appealed, 'approve-trip', 50_000, { identity: IDENTITIES.operator }),
      refused('TRIP_NEEDS_TWO'),
    );
  });

  it('stops the trip while an appeal runs; after a denial approval and notice begin again', () => {
    const approved = after('fall-behind', 'fall-far-behind', 'request-trip', 'approve-trip');
    const appealed = apply(approved, 'appeal', 45_000);
    assert.throws(() => apply(appealed, 'trip', 99_999), refused('TRANSITION_FORBIDDEN'));
    const denied = apply(appealed, 'deny-appeal', 46_000);
    assert.deepEqual(denied, {
      ...{ state: 'trip-requested', sinceSeconds: 46_000, requestedBy: IDENTITIES.operator },
      ...{ noticeEndsAtSeconds: 46_500, appealed: true },
    });
    assert.throws(() => apply(denied, 'trip', 99_999), refused('TRANSITION_FORBIDDEN'));
    assert.throws(() => apply(denied, 'appeal', 46_001), refused('APPEAL_USED', { meterId: 'm1' }));
    const again = apply(denied, 'approve-trip', 46_100);
    assert.throws(() => apply(again, 'trip', 46_499), refused('NOTICE_RUNNING'));
    assert.throws(() => apply(again, 'appeal', 46_200), refused('APPEAL_USED'));
    assert.equal(apply(again, 'trip', 46_500).state, 'tripped');
  });

  it('an appeal that is upheld ends the trip; another trip can be appealed again', () => {
    const upheld = after('fall-behind', 'fall-far-behind', 'request-trip', 'appeal', 'uphold-appeal');
    assert.deepEqual(upheld, { state: 'serious-arrears', sinceSeconds: 50_000 });
    const second = apply(upheld, 'request-trip', 60_000);
    assert.equal(second.appealed, undefined);
    assert.equal(apply(second, 'appeal', 60_001).state, 'appealed');
  });

  it('payment ends everything at once, and nothing is left of the trip', () => {
    for (const state of PAYMENT_STATES) {
      const record: PaymentRecord = {
        state,
        sinceSeconds: 5,
        requestedBy: 'a',
        noticeEndsAtSeconds: 9,
        appealed: true,
      };
      if (state === 'settled' || state === 'reconnection-due')
        assert.throws(() => apply(record, 'pay', 10), refused('TRANSITION_FORBIDDEN'));
      else {
        const next = state === 'tripped' ? 'reconnection-due' : 'settled';
        assert.deepEqual(apply(record, 'pay', 10), { state: next, sinceSeconds: 10 });
      }
    }
  });

  it('tells the meter something in every state', () => {
    for (const state of PAYMENT_STATES) assert.ok(ACTION_CODES.includes(PAYMENT_ACTIONS[state]));
    assert.equal(PAYMENT_STATES.filter((state) => PAYMENT_ACTIONS[state] === 'trip').length, 1);
  });

  it('a policy has notices of a second to a year', () => {
    assert.deepEqual(paymentPolicy(POLICY, 'policy'), POLICY);
    for (const bad of [0, -1, 1.5, 366 * 86_400 + 1])
      assert.throws(
        () => paymentPolicy({ ...POLICY, tripNoticeSeconds: bad }, 'policy'),
        refused('BAD_FIELD'),
      );
  });
});

describe('regulation: equipment', () => {
  it('has these transitions and no others', () => {
    checkTable(
      EQUIPMENT_TRANSITIONS,
      EQUIPMENT_STATES,
      EQUIPMENT_EVENTS,
      [
        'normal warn -> alarm',
        'normal escalate -> emergency',
        'normal fail -> outage',
        'normal begin-repair -> repair',
        'alarm clear -> normal',
        'alarm escalate -> emergency',
        'alarm fail -> outage',
        'alarm begin-repair -> repair',
        'emergency ease -> alarm',
        'emergency clear -> normal',
        'emergency fail -> outage',
        'emergency begin-repair -> repair',
        'outage begin-repair -> repair',
        'repair restore -> normal',
        'repair fail -> outage',
      ],
      'normal',
    );
  });

  it('files events once and in order', () => {
    const first = firstEquipment(10);
    const alarm = afterEquipmentEvent('d1', first, 'warn', 1, 20);
    assert.deepEqual(alarm, { state: 'alarm', sinceSeconds: 20, events: 1 });
    for (const number of [0, 1, 3])
      assert.throws(
        () => afterEquipmentEvent('d1', alarm, 'fail', number, 30),
        refused('EQUIPMENT_EVENT_ORDER', { deviceId: 'd1', number, expected: 2 }),
      );
    assert.throws(
      () => afterEquipmentEvent('d1', alarm, 'restore', 2, 30),
      refused('TRANSITION_FORBIDDEN', { machine: 'equipment', id: 'd1', state: 'alarm' }),
    );
    assert.equal(afterEquipmentEvent('d1', alarm, 'fail', 2, 30).state, 'outage');
  });
});

describe('regulation: actions', () => {
  const ISSUED: ActionRecord = {
    ...{ meterId: 'm1', nonce: '00000000000000aa', code: 'save-power', digest: 'x' },
    ...{ expiresAtSeconds: 100, state: 'issued' },
  };

  it('have these transitions and no others', () => {
    checkTable(ACTION_TRANSITIONS, ACTION_STATES, ACTION_EVENTS, [
      'issued acknowledge -> acknowledged',
      'issued withdraw -> withdrawn',
    ]);
  });

  it('are refused for another meter, after their time, and when withdrawn', () => {
    assert.throws(
      () => afterActionEvent(ISSUED, 'acknowledge', 'm2', 50),
      refused('ACTION_OTHER_METER', { meterId: 'm2', nonce: ISSUED.nonce }),
    );
    assert.throws(
      () => afterActionEvent(ISSUED, 'acknowledge', 'm1', 100),
      refused('ACTION_EXPIRED', { expiresAtSeconds: 100, nowSeconds: 100 }),
    );
    const withdrawn = afterActionEvent(ISSUED, 'withdraw', 'm1', 200);
    assert.equal(withdrawn.state, 'withdrawn');
    for (const event of ACTION_EVENTS)
      assert.throws(
        () => afterActionEvent(withdrawn, event, 'm1', 50),
        refused('TRANSITION_FORBIDDEN', { machine: 'action', id: ISSUED.nonce }),
      );
  });

  it('take effect once, and a repeated acknowledgement changes nothing, at any time', () => {
    const done = afterActionEvent(ISSUED, 'acknowledge', 'm1', 99);
    assert.deepEqual(done, { ...ISSUED, state: 'acknowledged' });
    for (const now of [99, 100, 1000]) assert.equal(afterActionEvent(done, 'acknowledge', 'm1', now), done);
    assert.throws(() => afterActionEvent(done, 'withdraw', 'm1', 99), refused('TRANSITION_FORBIDDEN'));
    assert.throws(() => afterActionEvent(done, 'acknowledge', 'm2', 99), refused('ACTION_OTHER_METER'));
  });
});
