import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import { NOTICES, SigncryptionBench } from '../helpers/signcryption-bench.js';

describe('contract regulation', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let signcryption: SigncryptionBench;
  const at = () => ({ grid: signcryption.grid, meterId: 'm1' });

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());
  beforeEach(async () => {
    signcryption = await SigncryptionBench.open(bench);
    await signcryption.setPolicy();
  });

  const conclude = (event: string) =>
    bench.call<{ state: string }>('operator1', 'regulation:ConcludeConsumption', { ...at(), event });
  const stateOf = () =>
    bench.call<{ payment?: { state: string }; consumption?: { state: string }; pending: string[] }>(
      'auditor1',
      'regulation:GetRegulation',
      at(),
    );

  describe('policies', () => {
    it('of the operator count up; the same again writes nothing', async () => {
      const { argument, transient } = await signcryption.operatorPolicy('m1', 2);
      const call = 'regulation:SetOperatorPolicy';
      await bench.call('operator1', call, argument, transient);
      await bench.writesNothing('operator1', call, argument, transient);
      const skipped = await signcryption.operatorPolicy('m1', 4);
      await bench.refuses(
        'POLICY_VERSION',
        'operator1',
        call,
        skipped.argument,
        { expected: 3 },
        skipped.transient,
      );
      const other = await signcryption.operatorPolicy('m1', 2);
      await bench.refuses('POLICY_VERSION', 'operator1', call, other.argument, {}, other.transient);
    });

    it('leave no shorter notice than the terms of the grid', async () => {
      const { argument, transient } = await signcryption.operatorPolicy('m1', 2);
      for (const field of ['arrearsNoticeSeconds', 'tripNoticeSeconds']) {
        const short = { ...argument, [field]: 3599 };
        await bench.refuses(
          'BAD_FIELD',
          'operator1',
          'regulation:SetOperatorPolicy',
          short,
          { field },
          transient,
        );
      }
    });

    it('are for one registered meter, sealed by a key of their party', async () => {
      const call = 'regulation:SetOperatorPolicy';
      const unknown = { ...(await signcryption.operatorPolicy()).argument, meterId: 'm9' };
      const { transient } = await signcryption.operatorPolicy();
      await bench.refuses('METER_UNKNOWN', 'operator1', call, unknown, {}, transient);
      const argument = { ...at(), version: 2, ...NOTICES };
      for (const sealed of [
        await signcryption.seal('grid-operator', ['m2'], new Uint8Array(1)),
        await signcryption.seal('grid-operator', ['m1', 'm2'], new Uint8Array(1)),
        await signcryption.seal('supplier', ['m1'], new Uint8Array(1)),
        await signcryption.seal('m2', ['m1'], new Uint8Array(1)),
      ])
        await bench.refuses('SEALED_FOR_OTHERS', 'operator1', call, argument, {}, { sealed });
    });

    it('of the user count with the signature of the meter alone', async () => {
      const { argument, transient } = await signcryption.devicePolicy();
      const call = 'regulation:SetDevicePolicy';
      const foreign = await signcryption.devicePolicy('m1', 1, 'm2');
      await bench.refuses(
        'STATEMENT_BAD_SIGNATURE',
        'customer1',
        call,
        foreign.argument,
        {},
        foreign.transient,
      );
      const renumbered = { ...argument, version: 2 };
      await bench.refuses('STATEMENT_BAD_SIGNATURE', 'customer1', call, renumbered, {}, transient);
      await bench.call('customer1', call, argument, transient);
      await bench.writesNothing('customer1', call, argument, transient);
      assert.equal(bench.ledger.block(bench.ledger.height - 1).transactions.length, 1);
    });
  });

  describe('consumption', () => {
    it('goes over the threshold and back, and to a second upload', async () => {
      assert.equal((await conclude('exceed')).state, 'saving');
      assert.equal((await conclude('tamper')).state, 're-upload');
      assert.equal((await conclude('accept')).state, 'normal');
      const facts = { state: 'normal', event: 'settle' };
      const call = { ...at(), event: 'settle' };
      await bench.refuses('TRANSITION_FORBIDDEN', 'operator1', 'regulation:ConcludeConsumption', call, facts);
    });

    it('is concluded only under a policy', async () => {
      const call = { grid: signcryption.grid, meterId: 'm2', event: 'exceed' };
      await bench.refuses('POLICY_UNKNOWN', 'operator1', 'regulation:ConcludeConsumption', call);
    });
  });

  describe('payment', () => {
    it('trips after arrears, notice, request, approval by the regulator, notice; pays and reconnects', async () => {
      assert.equal(await signcryption.pay('operator1', 'run-low'), 'prepayment-low');
      const endsAt = await signcryption.requestTrip();
      assert.equal(await signcryption.pay('regulator2', 'approve-trip'), 'trip-approved');
      bench.clock.nowSeconds = endsAt - 1;
      const trip = { ...at(), event: 'trip' };
      await bench.refuses('NOTICE_RUNNING', 'operator1', 'regulation:RecordPayment', trip);
      bench.clock.nowSeconds = endsAt;
      assert.equal(await signcryption.pay('operator1', 'trip'), 'tripped');
      assert.equal(await signcryption.pay('operator1', 'pay'), 'reconnection-due');
      assert.equal(await signcryption.pay('operator1', 'reconnect'), 'settled');
    });

    it('does not trip by one role, without a request, twice, or after payment', async () => {
      const call = 'regulation:RecordPayment';
      const trip = { ...at(), event: 'trip' };
      await bench.refuses('TRANSITION_FORBIDDEN', 'operator1', call, trip);
      await signcryption.requestTrip();
      await bench.refuses('TRANSITION_FORBIDDEN', 'operator1', call, trip);
      const approve = { ...at(), event: 'approve-trip' };
      await bench.refuses('DECIDED_BY_OTHER_ROLE', 'operator1', call, approve, { needed: 'regulator' });
      await bench.refuses('DECIDED_BY_OTHER_ROLE', 'customer1', call, approve);
      await bench.refuses('DECIDED_BY_OTHER_ROLE', 'regulator2', call, trip);
      await bench.refuses('NOT_GRID_OWNER', 'operator2', call, trip);
      await signcryption.pay('regulator2', 'approve-trip');
      await signcryption.pay('operator1', 'pay');
      await bench.refuses('TRANSITION_FORBIDDEN', 'operator1', call, trip);
    });

    it('has no second role for the one who requested the trip', async () => {
      const { subject } = bench.sessions.operator1.identity;
      // Whatever the terms allow, both roles in one identity approve nothing.
      await bench.call('admin1', 'registry:GrantRole', { subject, role: 'regulator' });
      try {
        await signcryption.requestTrip();
        const approve = { ...at(), event: 'approve-trip' };
        await bench.refuses('NOT_GRID_REGULATOR', 'operator1', 'regulation:RecordPayment', approve);
      } finally {
        await bench.call('admin1', 'registry:RevokeRole', { subject, role: 'regulator' });
      }
    });

    it('waits until arrears have lasted', async () => {
      await signcryption.pay('operator1', 'fall-behind');
      const call = { ...at(), event: 'fall-far-behind' };
      await bench.refuses('NOTICE_RUNNING', 'operator1', 'regulation:RecordPayment', call);
    });

    it('hears one appeal, of the meter itself, against this trip', async () => {
      const endsAt = await signcryption.requestTrip();
      const appeal = signcryption.appeal(endsAt);
      const call = 'regulation:AppealTrip';
      await bench.refuses(
        'STATEMENT_BAD_SIGNATURE',
        'customer1',
        call,
        signcryption.appeal(endsAt, 'm1', 'm2'),
      );
      await bench.refuses('STATEMENT_BAD_SIGNATURE', 'customer1', call, signcryption.appeal(endsAt - 1));
      await bench.call('customer1', call, appeal);
      assert.equal(bench.lastEvent, 'TripAppealed');
      assert.equal((await stateOf()).payment?.state, 'appealed');
      const trip = { ...at(), event: 'trip' };
      await bench.refuses('TRANSITION_FORBIDDEN', 'operator1', 'regulation:RecordPayment', trip);
      await signcryption.pay('regulator2', 'deny-appeal');
      const again = signcryption.appeal(bench.clock.nowSeconds + NOTICES.tripNoticeSeconds);
      await bench.refuses('APPEAL_USED', 'customer1', call, again);
    });

    it('takes no appeal by the transaction of others', async () => {
      await signcryption.requestTrip();
      const call = { ...at(), event: 'appeal' };
      await bench.refuses('BAD_FIELD', 'customer1', 'regulation:RecordPayment', call, { field: 'event' });
    });
  });

  describe('an action', () => {
    it('is acknowledged exactly once, by the meter it is sealed to', async () => {
      await conclude('exceed');
      const { nonce, digest } = await signcryption.issue('consumption', 'save-power');
      assert.deepEqual((await stateOf()).pending, [nonce]);
      const call = 'regulation:AcknowledgeAction';
      const foreign = signcryption.acknowledgement(nonce, digest, 'm1', 'm2');
      await bench.refuses('STATEMENT_BAD_SIGNATURE', 'accounting1', call, foreign);
      const other = signcryption.acknowledgement(nonce, digest, 'm2');
      await bench.refuses('ACTION_UNKNOWN', 'accounting1', call, other);
      const wrong = signcryption.acknowledgement(nonce, new Uint8Array(32));
      await bench.refuses('STATEMENT_BAD_SIGNATURE', 'accounting1', call, wrong);
      await bench.call('accounting1', call, signcryption.acknowledgement(nonce, digest));
      await bench.writesNothing('customer1', call, signcryption.acknowledgement(nonce, digest));
      assert.deepEqual((await stateOf()).pending, []);
    });

    it('says only what the state calls for', async () => {
      const trip = await signcryption.action('payment', 'trip');
      const call = 'regulation:IssueAction';
      const facts = { due: 'supply', code: 'trip' };
      await bench.refuses('ACTION_NOT_DUE', 'operator1', call, trip.argument, facts, trip.transient);
    });

    it('is sealed to its meter, and its nonce is used once', async () => {
      const call = 'regulation:IssueAction';
      const other = await signcryption.action('payment', 'supply', { to: 'm2' });
      await bench.refuses('SEALED_FOR_OTHERS', 'operator1', call, other.argument, {}, other.transient);
      const first = await signcryption.issue('payment', 'supply');
      await bench.writesNothing('operator1', call, first.argument, first.transient);
      const second = await signcryption.action('payment', 'supply', { nonce: first.nonce });
      await bench.refuses('ACTION_EXISTS', 'operator1', call, second.argument, {}, second.transient);
    });

    it('expires, and lies not too far ahead', async () => {
      const call = 'regulation:IssueAction';
      for (const [lifetimeSeconds, code] of [
        [0, 'ACTION_EXPIRED'],
        [32 * 86_400, 'BAD_FIELD'],
      ] as const) {
        const action = await signcryption.action('payment', 'supply', { lifetimeSeconds });
        await bench.refuses(code, 'operator1', call, action.argument, {}, action.transient);
      }
      const { nonce, digest } = await signcryption.issue('payment', 'supply', { lifetimeSeconds: 60 });
      signcryption.pass(60);
      const late = signcryption.acknowledgement(nonce, digest);
      await bench.refuses('ACTION_EXPIRED', 'accounting1', 'regulation:AcknowledgeAction', late);
    });

    it('is withdrawn when the state goes on, or when it is told anew', async () => {
      const acknowledge = 'regulation:AcknowledgeAction';
      await conclude('exceed');
      const first = await signcryption.issue('consumption', 'save-power');
      const second = await signcryption.issue('consumption', 'save-power');
      const stale = signcryption.acknowledgement(first.nonce, first.digest);
      await bench.refuses('TRANSITION_FORBIDDEN', 'accounting1', acknowledge, stale);
      await conclude('settle');
      const late = signcryption.acknowledgement(second.nonce, second.digest);
      await bench.refuses('TRANSITION_FORBIDDEN', 'accounting1', acknowledge, late, { state: 'withdrawn' });
      const { items } = await bench.call<{ items: { state: string }[] }>(
        'auditor1',
        'regulation:ListActions',
        {
          ...{ ...at(), pageSize: 10 },
        },
      );
      assert.deepEqual(
        items.map(({ state }) => state),
        ['withdrawn', 'withdrawn'],
      );
    });
  });
});

describe('contract equipment', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let signcryption: SigncryptionBench;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());
  beforeEach(async () => {
    signcryption = await SigncryptionBench.open(bench);
    await signcryption.registerEquipment();
  });

  const CALL = 'equipment:FileEquipmentEvent';
  const file = async (event: string, number: number, person: 'supplier2' | 'operator1' = 'supplier2') => {
    const { argument, transient } = await signcryption.equipmentEvent(event, number);
    await bench.call(person, CALL, argument, transient);
    return { argument, transient };
  };

  it('goes through alarm, outage and repair, each event filed once and in order', async () => {
    await file('warn', 1);
    const { argument, transient } = await file('fail', 2, 'operator1');
    await bench.writesNothing('operator1', CALL, argument, transient);
    const skipped = await signcryption.equipmentEvent('begin-repair', 4);
    await bench.refuses('EQUIPMENT_EVENT_ORDER', 'supplier2', CALL, skipped.argument, {}, skipped.transient);
    const other = await signcryption.equipmentEvent('begin-repair', 2);
    await bench.refuses('EQUIPMENT_EVENT_ORDER', 'supplier2', CALL, other.argument, {}, other.transient);
    const clear = await signcryption.equipmentEvent('clear', 3);
    await bench.refuses('TRANSITION_FORBIDDEN', 'supplier2', CALL, clear.argument, {}, clear.transient);
    await file('begin-repair', 3);
    await file('restore', 4);
    const call = { grid: signcryption.grid, deviceId: 'transformer-1', pageSize: 10 };
    const { items } = await bench.call<{ items: { number: number; state: string }[] }>(
      'regulator2',
      'equipment:ListEquipmentEvents',
      call,
    );
    assert.deepEqual(
      items.map(({ number, state }) => [number, state]),
      [
        [1, 'alarm'],
        [2, 'outage'],
        [3, 'repair'],
        [4, 'normal'],
      ],
    );
    const devices = await bench.call<{ items: { state: string; events: number }[] }>(
      'auditor1',
      'equipment:ListEquipment',
      { grid: signcryption.grid, pageSize: 10 },
    );
    assert.deepEqual(
      devices.items.map(({ state, events }) => [state, events]),
      [['normal', 4]],
    );
  });

  it('is registered once, with one supplier', async () => {
    const call = { grid: signcryption.grid, deviceId: 'transformer-1', supplier: 'Org2MSP' };
    await bench.writesNothing('operator1', 'equipment:RegisterEquipment', call);
    const other = { ...call, supplier: 'Org1MSP' };
    await bench.refuses('EQUIPMENT_EXISTS', 'operator1', 'equipment:RegisterEquipment', other);
  });

  it('has its events filed by its operator and its own supplier, sealed by their keys', async () => {
    const unknown = await signcryption.equipmentEvent('warn', 1, 'transformer-9');
    await bench.refuses('EQUIPMENT_UNKNOWN', 'supplier2', CALL, unknown.argument, {}, unknown.transient);
    await bench.call('operator1', 'equipment:RegisterEquipment', {
      ...{ grid: signcryption.grid, deviceId: 'feeder-2', supplier: 'Org3MSP' },
    });
    const foreign = await signcryption.equipmentEvent('warn', 1, 'feeder-2');
    await bench.refuses('NOT_YOUR_EQUIPMENT', 'supplier2', CALL, foreign.argument, {}, foreign.transient);
    const byMeter = await signcryption.equipmentEvent('warn', 1, 'transformer-1', 'm1');
    await bench.refuses('SEALED_FOR_OTHERS', 'supplier2', CALL, byMeter.argument, {}, byMeter.transient);
  });
});
