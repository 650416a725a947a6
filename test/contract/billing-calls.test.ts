/** A billing period through the typed calls of client/src/ledger, as parties make them. */
import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import { BillingBench, METERS, PLAN } from '../helpers/billing-bench.js';
import { refused } from '../helpers/refused.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { packetOf, packetsRoot, type BillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import { priceMicroPerWh } from '@gridveil/chaincode/domain/tariff.js';
import {
  closeBillingPeriod,
  openBilling,
  openDispute,
  publishAreaOpening,
  publishChargeOpenings,
  publishTariff,
  recordMissingSlots,
  registerAggregator,
  registerBillingMeters,
  resolveDispute,
  submitMonthlyCharges,
  submitSlotBlock,
  sumChargePart,
} from '@gridveil/client/ledger/billing-calls.js';
import {
  getAggregator,
  getBill,
  getBilling,
  getBillingMeterKey,
  getSlotBlock,
  getSlotPackets,
  getTariff,
  listAggregatorKeys,
  listBillingMeters,
  listBlockConflicts,
  listChargeOpenings,
  listCharges,
  listDisputes,
  listMeterPackets,
  listPeriods,
} from '@gridveil/client/ledger/billing-queries.js';

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('billing through typed calls', function () {
  this.timeout(60_000);
  const LOST = 3;
  const ESTIMATE_WH = 444;
  let bench: ContractBench;
  let billing: BillingBench;
  let grid: string;
  let tariffId: string;
  const reports = new Map<number, BillingReport[]>();
  /** m1 loses one slot. */
  const energyWh = (meterId: string, position: number) =>
    meterId === 'm1' && position === LOST ? undefined : position * 10;

  const submit = (slot: number, own: readonly BillingReport[]) => {
    const { argument, transient } = billing.block(slot, own);
    const block = { ...argument, areaTotal: transient.areaTotal };
    const proofs = own.map(({ proof }) => proof);
    return submitSlotBlock(bench.sessions.fogA, block, own.map(packetOf), proofs);
  };

  before(async () => {
    bench = await ContractBench.open();
    const tariff = { missingSlotRule: 'fixed', maxMissingSlots: 1, missingEstimateWh: ESTIMATE_WH } as const;
    billing = await BillingBench.unopened(bench, { tariff });
    grid = billing.grid.id;
    const { esp1, fogA, registrar1 } = bench.sessions;
    await openBilling(esp1, { grid, proofsCheckedBy: 'endorsers', minAreaPercent: 80 });
    await registerAggregator(fogA, billing.aggregatorRegistration('fogA'));
    const meters = METERS.map((meterId) => billing.meterRegistration(meterId));
    await registerBillingMeters(registrar1, grid, meters);
    ({ tariffId } = await publishTariff(esp1, grid, PLAN, billing.tariff));
    for (const [position, slot] of billing.slots.entries()) {
      const own = METERS.flatMap((meterId) => {
        const energy = energyWh(meterId, position);
        return energy === undefined ? [] : [billing.report(meterId, slot, energy)];
      });
      reports.set(slot, own);
      billing.passSlot(slot);
      const receipt = await submit(slot, own);
      assert.equal(receipt.status, 'accepted');
    }
  });
  after(() => bench.close());

  it('shows parties and tariff', async () => {
    const { customer1 } = bench.sessions;
    assert.equal((await getBilling(customer1, grid)).proofsCheckedBy, 'endorsers');
    const aggregator = await getAggregator(customer1, grid, 'fogA');
    assert.equal(aggregator.publicKey, toBase64url(billing.key('fogA').publicKey));
    assert.deepEqual(await listAggregatorKeys(customer1, grid), [aggregator]);
    const meters = await listBillingMeters(customer1, grid);
    assert.deepEqual(
      meters.map(({ meterId, plan, revoked }) => [meterId, plan, revoked]),
      METERS.map((meterId) => [meterId, PLAN, false]),
    );
    const key = await getBillingMeterKey(customer1, grid, 'm1', 1);
    assert.equal(key.publicKey, meters[0]?.publicKey);
    const { tariff, plan, close, parts } = await getTariff(customer1, grid, tariffId);
    assert.deepEqual([tariff, plan, close, parts], [billing.tariff, PLAN, undefined, 0]);
    assert.deepEqual(
      (await listPeriods(customer1, grid, PLAN)).map((period) => period.tariffId),
      [tariffId],
    );
  });

  it('shows slot blocks, their packets and what the area used', async () => {
    const { customer1, esp1 } = bench.sessions;
    const slot = billing.firstSlot + 5;
    const own = reports.get(slot) ?? [];
    await publishAreaOpening(esp1, grid, slot, billing.areaOpening(slot, own));
    const { blocks, opening } = await getSlotBlock(customer1, grid, slot);
    const packets = await getSlotPackets(customer1, grid, slot, 0);
    assert.deepEqual(packets, own.map(packetOf));
    assert.equal(blocks[0]?.root, toBase64url(packetsRoot(billing.scope, slot, packets)));
    assert.equal(opening?.energyWh, '200');
    await assert.rejects(submit(slot, own.slice(1)), refused('BLOCK_EXISTS', { slot, part: 0 }));
    const conflicts = await collected(listBlockConflicts(customer1, grid, 0));
    assert.deepEqual(
      conflicts.map(({ firstTxId, aggregator }) => [firstTxId, aggregator]),
      [[blocks[0]?.txId, 'fogA']],
    );
    assert.equal((await submit(slot, own)).status, 'duplicate');
  });

  it('bills, with the missing slot as the tariff rules, and takes a dispute', async () => {
    const { auditor2, customer1, esp1, fogA } = bench.sessions;
    billing.passPeriod();
    await closeBillingPeriod(esp1, grid, tariffId, 200);
    await sumChargePart(fogA, { grid, aggregator: 'fogA', tariffId, part: 0 });
    const missing = [{ slot: billing.firstSlot + LOST, energyWh: ESTIMATE_WH }];
    const missingOf = (meterId: string) => (meterId === 'm1' ? missing : []);
    const { records, ...office } = billing.missingSlots([{ meterId: 'm1', missing }]);
    await recordMissingSlots(fogA, office, records);
    const charges = await Promise.all(
      METERS.map(async (meterId) => {
        const range = { fromSlot: billing.firstSlot, slots: billing.slots.length };
        const packets = await collected(listMeterPackets(customer1, grid, meterId, range));
        const own = new Map(packets.map(({ slot, ciphertext }) => [slot, ciphertext]));
        return { meterId, charge: billing.charge(meterId, billing.withEstimates(own, missingOf(meterId))) };
      }),
    );
    const submission = billing.monthlyCharges(charges, missingOf);
    const receipts = await submitMonthlyCharges(fogA, office, submission.charges);
    assert.deepEqual(
      receipts.map(({ meterId, status }) => [meterId, status]),
      METERS.map((meterId) => [meterId, 'accepted']),
    );
    await publishChargeOpenings(esp1, grid, tariffId, billing.chargeOpenings(charges).openings);
    await openDispute(customer1, billing.dispute('m1', 'too much'));
    const facts = { grid, tariffId, meterId: 'm1' };
    await resolveDispute(auditor2, { ...facts, finding: 'bill-wrong', explanation: 'the estimate' });

    for (const meterId of METERS) {
      const expected = billing.slots.reduce(
        (sum, slot, position) =>
          sum + (energyWh(meterId, position) ?? ESTIMATE_WH) * priceMicroPerWh(billing.tariff, slot),
        0,
      );
      const bill = await getBill(customer1, grid, tariffId, meterId);
      assert.equal(bill.opening?.chargeMicro, String(expected));
      assert.deepEqual(bill.missingSlots?.missing ?? [], missingOf(meterId));
      assert.equal(bill.dispute?.resolution?.finding, meterId === 'm1' ? 'bill-wrong' : undefined);
    }
    const ids = (items: readonly { meterId: string }[]) => items.map(({ meterId }) => meterId);
    assert.deepEqual(ids(await collected(listCharges(customer1, grid, tariffId))), [...METERS]);
    assert.deepEqual(ids(await collected(listChargeOpenings(customer1, grid, tariffId))), [...METERS]);
    assert.deepEqual(ids(await collected(listDisputes(customer1, grid, tariffId))), ['m1']);
  });
});
