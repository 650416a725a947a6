import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import { BillingBench, METERS, PLAN, type BlockChanges } from '../helpers/billing-bench.js';
import { bigintToBytes, bytesToBigint, lp } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { encodePackets, packetOf, type BillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { generateMeterKeys } from '@gridveil/client/parties/meter.js';

describe('contract billing: slot blocks', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let billing: BillingBench;
  let slot: number;
  let honest: BillingReport[];

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());
  beforeEach(async () => {
    billing = await BillingBench.open(bench);
    slot = billing.firstSlot + 3;
    billing.passSlot(slot);
    honest = METERS.map((meterId, i) => billing.report(meterId, slot, 100 * i));
  });

  type Block = ReturnType<BillingBench['block']>;
  const refusesBlock = (code: ErrorCode, { argument, transient }: Block, facts = {}) =>
    bench.refuses(code, argument.aggregator, 'billing:SubmitSlotBlock', argument, facts, transient);
  const refuses = (
    code: ErrorCode,
    reports: readonly BillingReport[],
    facts = {},
    changes: BlockChanges = {},
  ) => refusesBlock(code, billing.block(slot, reports, changes), facts);
  const slotRecord = () =>
    bench.call<{
      blocks: { part: number; count: number; aggregator: string }[];
      opening?: { energyWh: string; count: number };
    }>('customer1', 'billing-records:GetSlotBlock', { grid: billing.grid.id, slot });

  it('stores packets as they were signed, once, and says so', async () => {
    await billing.submit(slot, honest);
    assert.equal(bench.lastEvent, 'SlotBlockSubmitted');
    const { packets } = await bench.call<{ packets: { meterId: string; ciphertext: string }[] }>(
      'auditor2',
      'billing-records:GetSlotPackets',
      { grid: billing.grid.id, slot, part: 0 },
    );
    assert.deepEqual(
      packets.map(({ meterId, ciphertext }) => [meterId, ciphertext]),
      honest.map(({ header, ciphertext }) => [header.meterId, Buffer.from(ciphertext).toString('base64url')]),
    );
    const { argument, transient } = billing.block(slot, honest);
    const again = await bench.writesNothing('fogA', 'billing:SubmitSlotBlock', argument, transient);
    assert.equal(again.status, 'duplicate');
  });

  it('is only for the aggregator in office, in its term, with its registered key', async () => {
    await refuses('NOT_LEADER', honest, { fogNode: 'fogB' }, { person: 'fogB' });
    await refuses('NOT_LEADER', honest, { term: 2 }, { term: 2 });
    await refuses('AGGREGATOR_BAD_SIGNATURE', honest, { aggregator: 'fogA' }, { key: generateBlsKey() });
    const { argument, transient } = billing.block(slot, honest);
    await refusesBlock('AGGREGATOR_BAD_SIGNATURE', { argument: { ...argument, count: 3 }, transient });
  });

  it('names the meter whose report does not count, and why', async () => {
    const [first, ...others] = honest as [BillingReport, ...BillingReport[]];
    const { meterId } = first.header;
    const replaced = (report: BillingReport) => [report, ...others];
    await refuses('REPORT_WRONG_EPOCH', replaced(billing.report(meterId, slot, 5, { epoch: 2 })), {
      meterId,
      epoch: 2,
    });
    const unknown = 'ab'.repeat(32);
    await refuses('TARIFF_UNKNOWN', replaced(billing.report(meterId, slot, 5, { tariffId: unknown })), {
      meterId,
      tariffId: unknown,
    });
    await bench.call('registrar1', 'registry:RevokeMeter', { grid: billing.grid.id, meterId });
    await refuses('METER_REVOKED', honest, { meterId });
  });

  it('refuses reports of meters without a billing key', async () => {
    const keys = billing.meters.get('m1');
    assert.ok(keys);
    billing.meters.set('m9', keys);
    await refuses('METER_UNKNOWN', [...honest, billing.report('m9', slot, 5)], { meterId: 'm9' });
  });

  it('refuses a tariff of another plan', async () => {
    const tariff = {
      ...billing.tariff,
      name: 'business',
      periodStartSeconds: billing.tariff.periodEndSeconds,
      periodEndSeconds: 2 * billing.tariff.periodEndSeconds - billing.tariff.periodStartSeconds,
    };
    const publication = billing.publication('business', tariff);
    const { tariffId } = await bench.call<{ tariffId: string }>('esp1', 'billing:PublishTariff', publication);
    await refuses('REPORT_WRONG_TARIFF', [billing.report('m1', slot, 5, { tariffId })], {
      ...{ meterId: 'm1', tariffId },
      plan: PLAN,
    });
  });

  it('refuses slots outside the period of the tariff (T001-7: slot z + 1)', async () => {
    slot = billing.firstSlot + billing.slots.length;
    billing.passSlot(slot);
    for (const outside of [slot, billing.firstSlot - 1])
      await refusesBlock('SLOT_OUTSIDE_PERIOD', billing.block(outside, [billing.report('m1', outside, 5)]), {
        slot: outside,
        meterId: 'm1',
      });
  });

  it('refuses slots that have not ended or are too old', async () => {
    const early = slot + 3;
    await refusesBlock('SLOT_IN_FUTURE', billing.block(early, [billing.report('m1', early, 5)]));
    bench.clock.nowSeconds += 11 * 86_400;
    await refuses('SLOT_TOO_OLD', honest);
  });

  it('refuses a report filed under another slot (T001-8)', async () => {
    const later = slot + 1;
    billing.passSlot(later);
    await refusesBlock('REPORT_BAD_SIGNATURE', billing.block(later, [...honest]), { meterId: 'm1' });
  });

  it('refuses a changed or copied packet, a proof of another, and names the meter (T001-6, T001-11)', async () => {
    const [first, second, third, fourth] = honest as [
      BillingReport,
      BillingReport,
      BillingReport,
      BillingReport,
    ];
    const changed = { ...third, ciphertext: fourth.ciphertext };
    await refuses('REPORT_BAD_SIGNATURE', [first, second, changed, fourth], { meterId: 'm3' });
    const copied = billing.reportOver('m2', slot, first.ciphertext, first.proof);
    await refuses('REPORT_BAD_PROOF', [first, copied, third, fourth], { meterId: 'm2' });
    const block = billing.block(slot, honest);
    const proofs = lp(...[second, first, third, fourth].map(({ proof }) => proof));
    await refusesBlock('REPORT_BAD_PROOF', { ...block, transient: { ...block.transient, proofs } });
    const fewer = lp(first.proof, second.proof, third.proof);
    await refusesBlock(
      'BAD_FIELD',
      { ...block, transient: { ...block.transient, proofs: fewer } },
      { field: 'transient proofs' },
    );
  });

  it('refuses signatures that only cancel each other (T001-2)', async () => {
    const [first, second, ...others] = honest as [BillingReport, BillingReport, ...BillingReport[]];
    const swapped = [
      { ...first, signature: second.signature },
      { ...second, signature: first.signature },
    ];
    await refuses('REPORT_BAD_SIGNATURE', [...swapped, ...others], { meterId: 'm1' });
  });

  it('refuses ciphertexts that are no units (T001-14)', async () => {
    const { publicKey, p } = bench.key;
    const { argument, transient } = billing.block(slot, honest);
    for (const bad of [0n, publicKey.n, p, publicKey.nSquared]) {
      const ciphertext = bigintToBytes(bad, publicKey.ciphertextBytes);
      const report = billing.reportOver('m1', slot, ciphertext);
      const packets = encodePackets([report, ...honest.slice(1)].map(packetOf));
      const changed = { argument, transient: { ...transient, packets } };
      await refusesBlock('INVALID_CIPHERTEXT', changed, { owner: 'meter "m1"' });
    }
  });

  it('refuses a total, a root or a count that the packets do not give (T001-13)', async () => {
    const { argument, transient } = billing.block(slot, honest);
    const { publicKey } = bench.key;
    const { areaTotal: total } = transient;
    const shifted = (bytesToBigint(total) * (1n + 5n * publicKey.n)) % publicKey.nSquared;
    for (const [field, facts, areaTotal] of [
      ['area total', argument, encodeCiphertext(publicKey, shifted)],
      ['area total', argument, new Uint8Array(5)],
      ['root', { ...argument, root: new Uint8Array(32) }, total],
      ['count', { ...argument, count: 3 }, total],
    ] as const) {
      const lie = { ...facts, signature: billing.signBlock({ ...facts, areaTotal }) };
      await refusesBlock(
        'BLOCK_MISMATCH',
        { argument: lie, transient: { ...transient, areaTotal } },
        { slot, field },
      );
    }
  });

  it('refuses other transient data than it takes', async () => {
    const { argument, transient } = billing.block(slot, honest);
    const { packets, areaTotal } = transient;
    const proofs = lp(...honest.map(({ proof }) => proof));
    const refusesWith = (code: ErrorCode, data: Record<string, Uint8Array>, facts = {}) =>
      bench.refuses(code, 'fogA', 'billing:SubmitSlotBlock', argument, facts, data);
    await refusesWith('MISSING_FIELD', { proofs, areaTotal }, { field: 'transient packets' });
    await refusesWith('MISSING_FIELD', { packets, areaTotal }, { field: 'transient proofs' });
    await refusesWith('MISSING_FIELD', { packets, proofs }, { field: 'transient areaTotal' });
    await refusesWith('UNKNOWN_FIELD', { ...transient, more: proofs }, { field: 'transient more' });
    await refusesWith('TOO_LARGE', { ...transient, packets: new Uint8Array(950_001) });
    await refusesWith('TOO_LARGE', { ...transient, areaTotal: new Uint8Array(1025) });
    await refusesWith('TOO_LARGE', { ...transient, proofs: new Uint8Array(4_000_001) });
    await refusesWith('TRUNCATED', { ...transient, packets: packets.subarray(0, -1) });
    await refusesWith('TRUNCATED', { ...transient, packets: new Uint8Array() });
  });

  it('lets late reports in as a supplement, each meter once', async () => {
    const [first, second, third, fourth] = honest as [
      BillingReport,
      BillingReport,
      BillingReport,
      BillingReport,
    ];
    await refuses('BLOCK_PART_ORDER', [fourth], { slot, part: 1, parts: 0 }, { part: 1 });
    await billing.submit(slot, [first, second, third]);
    await refuses('REPORT_EXISTS', [third, fourth], { meterId: 'm3', slot }, { part: 1 });
    const other = billing.report('m3', slot, 999);
    await refuses('REPORT_EXISTS', [other, fourth], { meterId: 'm3', slot }, { part: 1 });
    await billing.submit(slot, [fourth], { part: 1 });
    assert.deepEqual(
      (await slotRecord()).blocks.map(({ part, count }) => [part, count]),
      [
        [0, 3],
        [1, 1],
      ],
    );
  });

  it('lets nobody use up the supplements of the next term', async () => {
    billing = await BillingBench.open(bench, { proofsCheckedBy: 'aggregators' });
    const ids = Array.from({ length: 17 }, (_, i) => `x${String(i).padStart(2, '0')}`);
    const { id: grid } = billing.grid;
    const keys = ids.map((meterId) => {
      const meter = { keys: generateMeterKeys(), bls: generateBlsKey() };
      billing.meters.set(meterId, meter);
      return { ...billing.grid.meter(meterId, 'north', 1, meter.keys) };
    });
    await bench.call('registrar1', 'registry:RegisterMeters', { grid, meters: keys });
    const meters = ids.map((meterId) => billing.meterRegistration(meterId));
    await bench.call('registrar1', 'billing:RegisterBillingMeters', { grid, meters });
    slot = billing.firstSlot;
    billing.passSlot(slot);
    const reports = ids.map((meterId) => billing.report(meterId, slot, 5));
    for (const [part, report] of reports.slice(0, 16).entries())
      await billing.submit(slot, [report], { part });
    const last = reports.slice(16);
    await refuses('SUPPLEMENTS_USED', last, { slot, supplements: 15, term: 1 }, { part: 16 });
    bench.clock.nowSeconds += 120;
    await billing.grid.elect('fogB', 2);
    await billing.submit(slot, last, { part: 16, person: 'fogB', term: 2 });
    assert.equal((await slotRecord()).blocks.length, 17);
  });

  it('keeps another block under the same number as evidence against its signer, once', async () => {
    const conflicts = async () =>
      (
        await bench.call<{ items: { count: number; aggregator: string }[] }>(
          'auditor1',
          'billing-records:ListBlockConflicts',
          { grid: billing.grid.id, fromSlot: 0, pageSize: 10 },
        )
      ).items.map(({ count, aggregator }) => [count, aggregator]);
    await billing.submit(slot, honest);
    const { argument, transient } = billing.block(slot, honest.slice(1));
    await refuses('AGGREGATOR_BAD_SIGNATURE', honest.slice(1), {}, { key: generateBlsKey() });
    assert.deepEqual(await conflicts(), []);
    const receipt = await bench.call('fogA', 'billing:SubmitSlotBlock', argument, transient);
    assert.equal(receipt.status, 'conflict');
    assert.equal(bench.lastEvent, 'SlotBlockSubmitted');
    await bench.writesNothing('fogA', 'billing:SubmitSlotBlock', argument, transient);
    assert.deepEqual(await conflicts(), [[3, 'fogA']]);
    assert.equal((await slotRecord()).blocks[0]?.count, 4);
  });

  it('level L1 takes no proofs', async () => {
    billing = await BillingBench.open(bench, { proofsCheckedBy: 'aggregators' });
    slot = billing.firstSlot;
    billing.passSlot(slot);
    const block = billing.block(slot, [billing.report('m1', slot, 5)]);
    const more = { ...block, transient: { ...block.transient, proofs: new Uint8Array(5) } };
    await refusesBlock('UNKNOWN_FIELD', more, { field: 'transient proofs' });
    await bench.call('fogA', 'billing:SubmitSlotBlock', block.argument, block.transient);
  });

  describe('area totals', () => {
    const open = (changes: object = {}) => ({ ...billing.areaOpening(slot, honest), ...changes });
    const refusesOpening = (code: ErrorCode, argument: ReturnType<typeof open>, facts = {}) =>
      bench.refuses(code, 'esp1', 'billing:PublishAreaOpening', argument, facts);

    it('open to what all meters used, once', async () => {
      await refusesOpening('BLOCK_UNKNOWN', open(), { slot });
      await billing.submit(slot, honest);
      const opening = open();
      await refusesOpening('WRONG_OPENING', open({ m: opening.m + 1n }), { slot });
      await refusesOpening('WRONG_OPENING', open({ rho: opening.rho + 1n }), { slot });
      await bench.call('esp1', 'billing:PublishAreaOpening', opening);
      assert.equal(bench.lastEvent, 'AreaOpened');
      await bench.writesNothing('esp1', 'billing:PublishAreaOpening', opening);
      await refusesOpening('AREA_OPENING_EXISTS', open({ m: opening.m + 1n }), { slot });
      const stored = (await slotRecord()).opening;
      assert.deepEqual([stored?.energyWh, stored?.count], ['600', 4]);
    });

    it('stay shut below minGroup, and whatever supplements bring', async () => {
      const few = honest.slice(0, 2);
      await billing.submit(slot, few);
      await billing.submit(slot, honest.slice(2), { part: 1 });
      await refusesOpening('AREA_TOO_SMALL', billing.areaOpening(slot, few), { count: 2, minGroup: 3 });
      await refusesOpening('AREA_TOO_SMALL', open());
    });

    it('stay shut over fewer meters than the terms of billing ask for, however many minGroup allows', async () => {
      const three = honest.slice(0, 3);
      await billing.submit(slot, three);
      await billing.submit(slot, honest.slice(3), { part: 1 });
      const facts = { slot, count: 3, registered: 4, needed: 4 };
      await refusesOpening('AREA_INCOMPLETE', billing.areaOpening(slot, three), facts);
      billing = await BillingBench.open(bench, { minAreaPercent: 75 });
      slot = billing.firstSlot;
      billing.passSlot(slot);
      const reports = METERS.slice(0, 3).map((meterId) => billing.report(meterId, slot, 5));
      await billing.submit(slot, reports);
      await bench.call('esp1', 'billing:PublishAreaOpening', billing.areaOpening(slot, reports));
    });
  });
});
