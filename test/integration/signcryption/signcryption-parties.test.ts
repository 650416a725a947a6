/** The parties of signcryption on an embedded ledger: one cast for all tests, with reports on the ledger and off it. */
import assert from 'node:assert/strict';
import { openToyDirectory } from '../billing/toy-directory.js';
import { decodeSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import { ReplayClock } from '@gridveil/client/billing/replay-clock.js';
import { MemoryContentStore } from '@gridveil/client/content/content-store.js';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import {
  concludeConsumption,
  getRegulation,
  listActions,
  listEquipmentEvents,
  recordPayment,
} from '@gridveil/client/ledger/regulation-calls.js';
import { getReportBlocks } from '@gridveil/client/ledger/signcryption-calls.js';
import { serveActions } from '@gridveil/client/parties/action-relay.js';
import { TAMPERED } from '@gridveil/client/parties/grid-operator.js';
import { ReportReader } from '@gridveil/client/parties/report-reader.js';
import { SealedSender } from '@gridveil/client/parties/sealed-sender.js';
import { SigncryptionMeter } from '@gridveil/client/parties/signcryption-meter.js';
import {
  requestSigncryptionKey,
  signcryptionKeyRegistration,
} from '@gridveil/client/parties/signcryption-registration.js';
import {
  decodeSealedJson,
  devicePolicyText,
  encodeSealedJson,
  faultReport,
  type ActionText,
  type FaultReport,
} from '@gridveil/client/parties/sealed-texts.js';
import {
  castSigncryption,
  RECEIVER_DIMENSIONS,
  RECEIVER_IDS,
  type CastMeter,
  type SigncryptionCast,
} from '@gridveil/client/signcryption/signcryption-cast.js';
import { replayedTime } from '@gridveil/client/signcryption/story-clock.js';
import { threePhaseHome, threePhaseMeasurements } from '@gridveil/client/metering/three-phase.js';
import { altered } from '../../helpers/toy-signcryption.js';
import { refused } from '../../helpers/refused.js';

const SLOT_SECONDS = 1800;
const FIRST_SLOT = 946_708;
const METERS = ['m1', 'm2', 'm3'];
const person = (user: string) => ({ mspId: 'Org2MSP', user });

for (const storage of ['ledger', 'digest'] as const)
  describe(`parties of signcryption, reports ${storage === 'ledger' ? 'on' : 'off'} the ledger`, function () {
    this.timeout(60_000);
    const clock = new ReplayClock(FIRST_SLOT * SLOT_SECONDS);
    const store = new MemoryContentStore();
    const carriedOut: [string, ActionText][] = [];
    let directory: LedgerDirectory;
    let cast: SigncryptionCast;
    let slot = FIRST_SLOT;

    before(async () => {
      directory = await openToyDirectory(clock);
      cast = await castSigncryption(directory, {
        ...{ grid: 'parties', slotSeconds: SLOT_SECONDS, maxSlotAgeSeconds: 86_400, storage, store },
        people: {
          admin: 'Admin',
          owner: { mspId: 'Org1MSP', user: 'owner' },
          ...{ regulator: person('regulator'), supplier: person('supplier'), accounting: person('node') },
          customer: person('customer'),
        },
        ...{
          meterIds: METERS,
          deviceId: 'transformer-1',
          clock: replayedTime(clock),
          phonesOf: ['m1', 'm2'],
        },
        carryOut: (meterId, action) => carriedOut.push([meterId, action]),
      });
    });
    after(() => directory.close());
    beforeEach(() => {
      slot++;
      clock.advanceTo((slot + 1) * SLOT_SECONDS);
    });

    const meter = (meterId: string): CastMeter => {
      const found = cast.meters.get(meterId);
      assert.ok(found);
      return found;
    };
    const measured = (meterId: string, energyWh = 400) =>
      threePhaseMeasurements('1', threePhaseHome('1', meterId), {
        ...{ meterId, slot, energyWh, slotSeconds: SLOT_SECONDS },
      });
    const reportAll = () => METERS.map((meterId) => meter(meterId).reporting.report(slot, measured(meterId)));

    it('bring each receiver its dimensions and no others', async () => {
      const answers = cast.node.receive(reportAll());
      assert.deepEqual(
        answers.map(({ status }) => status),
        ['accepted', 'accepted', 'accepted'],
      );
      const classified = cast.node.classify(slot);
      for (const id of RECEIVER_IDS) assert.equal(classified.get(cast.readers[id].index), 3);
      const [receipt] = await cast.node.submitSlot(slot);
      assert.equal(receipt?.status, 'accepted');
      for (const id of RECEIVER_IDS) {
        const read = await cast.readers[id].readSlot(slot);
        assert.deepEqual(read.unread, []);
        assert.deepEqual(
          read.opened.map(({ meterId }) => meterId),
          METERS,
        );
        for (const { meterId, measurements } of read.opened) {
          assert.deepEqual(Object.keys(measurements).sort(), [...RECEIVER_DIMENSIONS[id]].sort());
          const truth: Readonly<Record<string, number | undefined>> = measured(meterId);
          for (const [name, value] of Object.entries(measurements)) assert.equal(value, truth[name], name);
        }
      }
    });

    it('let a node answer each report by itself: again, bad, contradicting, too early', async () => {
      const [first, second, third] = reportAll() as [Uint8Array, Uint8Array, Uint8Array];
      const decoded = decodeSigncryptedReport(second);
      const answer = Uint8Array.from(decoded.answer);
      answer[0] = (answer[0] ?? 0) ^ 1;
      const statuses = (reports: readonly Uint8Array[]) =>
        cast.node.receive(reports).map((each) => (each.status === 'refused' ? each.code : each.status));
      assert.deepEqual(statuses([first, altered(decoded, { answer }), third, new Uint8Array(3)]), [
        ...['accepted', 'REPORT_BAD_SIGNATURE', 'accepted', 'TRUNCATED'],
      ]);
      assert.deepEqual(statuses([first, second]), ['duplicate', 'accepted']);
      await cast.node.submitSlot(slot);
      assert.deepEqual(await cast.node.submitSlot(slot), []);
      const early = meter('m1').reporting.report(slot + 2, measured('m1'));
      assert.deepEqual(statuses([early]), ['REPORT_FUTURE_SLOT']);
      slot += 3;
      clock.advanceTo((slot + 1) * SLOT_SECONDS);
    });

    it('keep the proof against a meter that signs two reports for one slot', async () => {
      const report = meter('m1').reporting.report(slot, measured('m1'));
      // A second device with the same key, as a broken meter would be.
      const twin = await SigncryptionMeter.create(cast.keyOf('sender', 'm1'), cast.view.authority, [
        { receiver: cast.view.receiver('supplier'), dimensions: ['frequencyMilliHz'] },
      ]);
      const other = twin.report(slot, measured('m1', 999));
      const answers = cast.node.receive([report, other]);
      assert.deepEqual(
        answers.map((each) => (each.status === 'refused' ? each.code : each.status)),
        ['accepted', 'REPORT_EQUIVOCATION'],
      );
      assert.equal(cast.node.equivocations.at(-1)?.meterId, 'm1');
    });

    it('say what was lost, and refuse what a store exchanged', async () => {
      cast.node.receive(reportAll());
      await cast.node.submitSlot(slot);
      const [block] = await getReportBlocks(cast.ledgers.supplier, 'parties', slot);
      const [lost, exchanged] = (block?.reports ?? []).map(({ digest }) => digest);
      assert.ok(lost !== undefined && exchanged !== undefined);
      if (storage === 'ledger') return;
      const holed = {
        put: () => Promise.resolve(),
        get: (digest: string) =>
          Promise.resolve(
            digest === lost ? undefined : digest === exchanged ? new Uint8Array(700) : store.get(digest),
          ),
      };
      const key = cast.keyOf('receiver', 'supplier');
      const other = new ReportReader({ ledger: cast.ledgers.supplier, view: cast.view, key, store: holed });
      const read = await other.readSlot(slot);
      assert.deepEqual(
        read.unread.map(({ meterId, refusal }) => [meterId, refusal.code]),
        [
          ['m1', 'CONTENT_OFF_LEDGER'],
          ['m2', 'CONTENT_OFF_LEDGER'],
        ],
      );
      assert.equal(read.opened.length, 1);
    });

    it('tell a meter exactly once, and only the meter', async () => {
      await cast.operator.setPolicy('m1', {
        limits: { maxPowerW: 500, savingPowerW: 300 },
        ...{ arrearsNoticeSeconds: 14 * 86_400, tripNoticeSeconds: 7 * 86_400 },
      });
      assert.equal(await cast.operator.evaluate('m1', { powerW: 501 }), 'exceed');
      assert.equal(await cast.operator.evaluate('m1', { powerW: 501 }), undefined);
      assert.equal(await cast.operator.tell('m1', 'consumption'), undefined);
      const [action] = await listActions(cast.ledgers.owner, 'parties', 'm1');
      assert.ok(action);
      const before = carriedOut.length;
      const { regulated } = meter('m1');
      // It may be brought twice: it is carried out once, and signed for again.
      await regulated.handle(action);
      await regulated.handle(action);
      assert.deepEqual(
        carriedOut.slice(before).map(([id, { code }]) => [id, code]),
        [['m1', 'save-power']],
      );
      const [handled] = await serveActions(cast.ledgers.accounting, 'parties', regulated);
      assert.equal(handled?.refusal, undefined);
      assert.deepEqual(await serveActions(cast.ledgers.accounting, 'parties', regulated), []);
      assert.deepEqual((await getRegulation(cast.ledgers.supplier, 'parties', 'm1')).pending, []);
      await assert.rejects(meter('m2').regulated.handle(action), refused('NOT_A_RECEIVER'));
      for (const id of RECEIVER_IDS)
        await assert.rejects(
          cast.sealedReaders[id].open(action.digest, 'operator'),
          refused('NOT_A_RECEIVER'),
        );
      const changed = { ...action, nonce: 'f'.repeat(16) };
      await assert.rejects(regulated.handle(changed), refused('ACTION_OTHER_METER'));
      const relabelled = { ...changed, code: 'trip' as const };
      await assert.rejects(regulated.handle(relabelled), refused('ACTION_OTHER_METER'));
      assert.equal(await cast.operator.evaluate('m1', { powerW: 299 }), 'settle');
      const [late] = (await listActions(cast.ledgers.owner, 'parties', 'm1')).filter(
        ({ state }) => state === 'issued',
      );
      assert.ok(late);
      clock.advanceTo(late.expiresAtSeconds);
      const [expired] = await serveActions(cast.ledgers.accounting, 'parties', regulated);
      assert.equal(expired?.refusal?.code, 'ACTION_EXPIRED');
      slot = Math.floor(clock.nowSeconds / SLOT_SECONDS);
    });

    it('conclude tampering from the flag of a meter, and settle nothing until it is resolved', async () => {
      await cast.operator.setPolicy('m2', {
        limits: { maxPowerW: 500, savingPowerW: 300 },
        ...{ arrearsNoticeSeconds: 14 * 86_400, tripNoticeSeconds: 7 * 86_400 },
      });
      assert.equal(await cast.operator.evaluate('m2', { powerW: 100, qualityFlags: TAMPERED }), 'tamper');
      assert.equal(await cast.operator.evaluate('m2', { powerW: 900 }), undefined);
      await cast.operator.conclude('m2', 'accept');
      assert.equal(await cast.operator.evaluate('m2', { powerW: 900 }), 'exceed');
      await assert.rejects(
        concludeConsumption(cast.ledgers.supplier, 'parties', 'm2', 'settle'),
        refused('ROLE_REQUIRED'),
      );
    });

    it('seal a fault to those entitled', async () => {
      await cast.supplier.file({ deviceId: 'transformer-1', event: 'warn', place: 'station 4', type: 'oil' });
      const [event] = await listEquipmentEvents(cast.ledgers.owner, 'parties', 'transformer-1');
      assert.equal(event?.state, 'alarm');
      for (const id of ['supplier', 'grid-operator'] as const) {
        const opened: Uint8Array = await cast.sealedReaders[id].open(event?.digest ?? '', 'supplier');
        const report: FaultReport = decodeSealedJson(opened, faultReport);
        assert.deepEqual([report.place, report.number], ['station 4', 1]);
      }
      await assert.rejects(
        cast.sealedReaders['control-centre'].open(event?.digest ?? '', 'supplier'),
        refused('NOT_A_RECEIVER'),
      );
    });

    it('let a meter merge what operator and customer want, each unseen by the other', async () => {
      await cast.operator.setPolicy('m1', {
        limits: { maxPowerW: 5000, savingPowerW: 2000 },
        ...{ arrearsNoticeSeconds: 14 * 86_400, tripNoticeSeconds: 7 * 86_400 },
      });
      const { regulated } = meter('m1');
      const phone = cast.customers.get('m1');
      const wishes = devicePolicyText(
        { devices: [{ device: 'car', powerW: 3000, maxPriceMicroPerWh: 200 }] },
        'policy',
      );
      assert.equal((await phone?.setPolicy(wishes))?.status, 'accepted');
      const { operatorPolicy, devicePolicy } = await getRegulation(cast.ledgers.customer, 'parties', 'm1');
      assert.ok(operatorPolicy && devicePolicy);
      await regulated.followOperator(operatorPolicy);
      const now = { consumption: 'normal', tripped: false, minuteOfDay: 0, priceMicroPerWh: 150 } as const;
      assert.deepEqual(regulated.merged(now), { limitW: 5000, running: ['car'] });
      assert.deepEqual(regulated.merged({ ...now, consumption: 'saving' }), { limitW: 2000, running: [] });
      const sealed = cast.sealedReaders['grid-operator'].open(devicePolicy.digest, 'customer');
      await assert.rejects(sealed, refused('NOT_A_RECEIVER'));
    });

    it('take no policy from the phone of another meter', async () => {
      const sender = await SealedSender.create(
        cast.keyOf('sender', 'phone-m2'),
        cast.view.authority,
        SLOT_SECONDS,
      );
      const text = encodeSealedJson({ devices: [{ device: 'car', powerW: 1 }] });
      const sealed = sender.seal([cast.view.receiver('m1')], text, clock.nowSeconds);
      await assert.rejects(meter('m1').regulated.takeDevicePolicy(9, sealed), refused('SEALED_FOR_OTHERS'));
    });

    it('stop a trip by an appeal that the regulator upholds', async () => {
      await cast.operator.setPolicy('m2', {
        limits: { maxPowerW: 500, savingPowerW: 300 },
        ...{ arrearsNoticeSeconds: 14 * 86_400, tripNoticeSeconds: 7 * 86_400 },
      });
      await cast.operator.payment('m2', 'fall-behind');
      clock.advanceTo(clock.nowSeconds + 14 * 86_400);
      await cast.operator.payment('m2', 'fall-far-behind');
      await cast.operator.payment('m2', 'request-trip');
      await cast.customers.get('m2')?.appeal();
      const state = async () => (await getRegulation(cast.ledgers.owner, 'parties', 'm2')).payment?.state;
      assert.equal(await state(), 'appealed');
      assert.equal(await cast.operator.tell('m2', 'payment'), 'notify-appeal-pending');
      await recordPayment(cast.ledgers.regulator, 'parties', 'm2', 'uphold-appeal');
      assert.equal(await state(), 'serious-arrears');
      slot = Math.floor(clock.nowSeconds / SLOT_SECONDS);
    });

    it('keep old reports readable when a key changes, and count nothing that the old one signs', async () => {
      cast.node.receive(reportAll());
      await cast.node.submitSlot(slot);
      const { centre } = cast;
      const identity = { purpose: 'sender', id: 'm3', epoch: 2 } as const;
      const key = await requestSigncryptionKey(centre.authority, identity, (request) =>
        centre.issue(request),
      );
      await centre.register([signcryptionKeyRegistration(key, 'meter')]);
      await cast.view.sync();
      const read = await cast.readers.supplier.readSlot(slot);
      assert.deepEqual(
        read.opened.map(({ meterId }) => meterId),
        METERS,
      );
      slot++;
      clock.advanceTo((slot + 1) * SLOT_SECONDS);
      const [answer] = cast.node.receive([meter('m3').reporting.report(slot, measured('m3'))]);
      assert.deepEqual(answer?.status === 'refused' && answer.code, 'REPORT_WRONG_EPOCH');
      const second = { ...identity, epoch: 2 };
      await assert.rejects(
        requestSigncryptionKey(centre.authority, second, (request) => centre.issue(request)),
        refused('SIGNCRYPTION_KEY_EXISTS'),
      );
    });
  });
