/** A period that is over: the AN's charges, the ESP's openings, a customer's check. */
import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench, TOY_TARIFF_LIMITS } from '../../helpers/contract-bench.js';
import { BillingBench, METERS } from '../../helpers/billing-bench.js';
import { bentLedger, BillingParties } from '../../helpers/billing-parties.js';
import { refused } from '../../helpers/refused.js';
import { bytesToBigint, fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { monthlyChargeMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import { slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import { getBill, getSlotBlock } from '@gridveil/client/ledger/billing-queries.js';
import { clearBill } from '@gridveil/client/metering/tariffs/clear-bill.js';
import type { MonthlyCharge } from '@gridveil/client/parties/aggregation-node.js';
import { verifyBill, type BillFacts } from '@gridveil/client/parties/bill-check.js';

const LOST = 4;
const ESTIMATE_WH = 444;

describe('billing period', function () {
  this.timeout(120_000);
  let bench: ContractBench;
  let billing: BillingBench;
  let parties: BillingParties;
  let charges: readonly MonthlyCharge[];
  const energyWh = (meterId: string, position: number): number | undefined => {
    if (meterId === 'm4') return position < 6 ? 10 : undefined;
    return meterId === 'm2' && position === LOST ? undefined : (position + 1) * Number(meterId.slice(1));
  };
  const billed = METERS.slice(0, 3);

  before(async () => {
    bench = await ContractBench.open();
    const tariff = { missingSlotRule: 'fixed', maxMissingSlots: 1, missingEstimateWh: ESTIMATE_WH } as const;
    billing = await BillingBench.open(bench, { tariff, minAreaPercent: 75 });
    parties = await BillingParties.on(billing);
    await billing.reportPeriod(energyWh);
  });
  after(async () => {
    await parties.close();
    await bench.close();
  });
  beforeEach(() => void (parties.opened.length = 0));

  describe('area totals', () => {
    it('opens what the meters of a slot used together', async () => {
      const slot = billing.firstSlot;
      const { energyWh: opened, count } = await parties.esp().openArea(slot);
      assert.deepEqual([opened, count], [16n, 4]);
      const { opening } = await getSlotBlock(bench.sessions.customer1, billing.grid.id, slot);
      assert.equal(opening?.energyWh, '16');
    });

    it('opens again what it has opened, and nothing else under that slot', async () => {
      const slot = billing.firstSlot + 1;
      let cut = false;
      const bent = bentLedger(bench.sessions.esp1, (name, result) => {
        if (name !== 'GetSlotPackets' || !cut) return result;
        const { packets, ...rest } = JSON.parse(result) as { packets: unknown[] };
        return JSON.stringify({ ...rest, packets: packets.slice(1) });
      });
      const esp = parties.esp(bent);
      assert.deepEqual(await esp.openArea(slot), await esp.openArea(slot));
      cut = true;
      await assert.rejects(esp.openArea(slot), refused('AREA_OPENING_EXISTS', { slot }));
    });

    it('opens no slot of too few meters, nor one of packets that no meter signed', async () => {
      const slot = billing.firstSlot + 2;
      const bend = (change: (packets: { meterId: string; signature: string }[]) => unknown[]) =>
        parties.esp(
          bentLedger(bench.sessions.esp1, (name, result) => {
            if (name !== 'GetSlotPackets') return result;
            const { packets, ...rest } = JSON.parse(result) as { packets: never[] };
            return JSON.stringify({ ...rest, packets: change(packets) });
          }),
        );
      const single = bend((packets) => packets.slice(0, 1));
      await assert.rejects(single.openArea(slot), refused('AREA_TOO_SMALL', { count: 1, minGroup: 3 }));
      const padded = bend(([first, ...rest]) => [
        first,
        ...rest.map((packet) => ({ ...packet, signature: first?.signature })),
      ]);
      await assert.rejects(padded.openArea(slot), refused('REPORT_BAD_SIGNATURE', { meterId: 'm2' }));
      await assert.rejects(parties.esp().openArea(slot + 500), refused('BLOCK_UNKNOWN'));
      assert.deepEqual(parties.opened, [], 'nothing was decrypted');
    });
  });

  describe('charges', () => {
    it('wait for the end of the period', async () => {
      const { tariffId } = billing;
      await assert.rejects(parties.esp().closePeriod(tariffId), refused('PERIOD_OPEN'));
      await assert.rejects(parties.node('fogA').computeCharges(tariffId), refused('PERIOD_OPEN'));
      billing.passPeriod();
      await assert.rejects(parties.node('fogA').sumParts(tariffId), refused('PERIOD_OPEN'));
    });

    it('are computed for every meter that may have a bill', async () => {
      const { tariffId } = billing;
      const node = parties.node('fogA');
      await parties.esp().closePeriod(tariffId);
      await node.sumParts(tariffId);
      await node.sumParts(tariffId);
      const period = await node.computeCharges(tariffId);
      assert.deepEqual(
        period.charges.map(({ meterId, missing }) => [meterId, missing]),
        billed.map((meterId) => [
          meterId,
          meterId === 'm2' ? [{ slot: billing.firstSlot + LOST, energyWh: ESTIMATE_WH }] : [],
        ]),
      );
      assert.deepEqual(
        period.refused.map(({ meterId, refusal }) => [meterId, refusal.code]),
        [['m4', 'TOO_MANY_MISSING_SLOTS']],
      );
      ({ charges } = period);
    });

    it('cannot be moved between customers: the ledger takes none of them', async () => {
      const { tariffId } = billing;
      const { publicKey } = bench.key;
      const shifted = charges.map((charge, i) => ({
        ...charge,
        charge: shift(charge.charge, i === 0 ? -7n : i === 2 ? 7n : 0n),
      }));
      const product = (list: readonly MonthlyCharge[]) =>
        list.reduce((all, { charge }) => (all * bytesToBigint(charge)) % publicKey.nSquared, 1n);
      assert.equal(product(shifted), product(charges), 'the printed comparison sees no difference');
      const node = parties.node('fogA');
      await node.recordMissing(tariffId, charges);
      await assert.rejects(
        node.submitCharges(tariffId, shifted),
        refused('CHARGE_MISMATCH', { meterId: 'm1' }),
      );
      await assert.rejects(parties.reader().charge('m1'), refused('BILL_UNKNOWN'));
    });

    it('are signed and opened, and are the bills of the own readings', async () => {
      const { tariffId } = billing;
      await parties.node('fogA').submitCharges(tariffId, charges);
      const esp = parties.esp();
      const opened = await esp.openCharges(tariffId, billed);
      assert.equal(parties.opened.length, 3);
      for (const [i, meterId] of billed.entries()) {
        const clear = clearBill(billing.tariff, (slot) => energyWh(meterId, slot - billing.firstSlot));
        assert.equal(opened[i]?.chargeMicro, clear.energyChargeMicro);
        const bill = verifyBill(await parties.reader().bill(meterId), TOY_TARIFF_LIMITS);
        assert.equal(bill.chargeMicro, clear.energyChargeMicro);
        assert.equal(bill.payableMinor, clear.payable);
        assert.equal(bill.reports, meterId === 'm2' ? 11 : 12);
        assert.deepEqual(bill.missing, clear.estimates);
      }
      await esp.openCharges(tariffId, billed);
    });

    it('are not opened when a peer shows others', async () => {
      const { tariffId } = billing;
      const other = await getBill(bench.sessions.esp1, billing.grid.id, tariffId, 'm3');
      const bent = bentLedger(bench.sessions.esp1, (name, result) =>
        name === 'GetBill'
          ? JSON.stringify({ ...(JSON.parse(result) as object), charge: other.charge })
          : result,
      );
      await assert.rejects(
        parties.esp(bent).openCharges(tariffId, ['m1']),
        refused('CHARGE_MISMATCH', { meterId: 'm1' }),
      );
      assert.deepEqual(parties.opened, []);
    });
  });

  describe('a bill check', () => {
    let facts: BillFacts;
    let incomplete: BillFacts;
    before(async () => {
      facts = await parties.reader().bill('m1');
      incomplete = await parties.reader().bill('m2');
    });
    const check = (changed: Partial<BillFacts>, of = facts) =>
      verifyBill({ ...of, ...changed }, TOY_TARIFF_LIMITS);
    const [first = '', other = ''] = ['m1', 'm3'];

    it('finds a charge that the AN signed for somebody else’s readings', () => {
      const charge = shift(fromBase64url(facts.charge.charge, 'charge'), 7n);
      const office = { aggregator: 'fogA', term: 1 };
      const bill = { meterId: first, tariffId: billing.tariffId };
      const signed = { charge, slots: slotCountOf(billing.tariff), missing: [] };
      const signature = billing.key('fogA').sign(monthlyChargeMessage(billing.scope, office, bill, signed));
      const sent = { ...facts.charge, charge: toBase64url(charge), signature: toBase64url(signature) };
      assert.throws(() => check({ charge: sent }), refused('CHARGE_MISMATCH', { meterId: first }));
    });

    it('finds a false amount, opening or sum to pay', () => {
      const { opening } = facts;
      const more = { ...opening, chargeMicro: String(BigInt(opening.chargeMicro) + 1n) };
      assert.throws(() => check({ opening: more }), refused('WRONG_CHARGE_OPENING'));
      const dearer = { ...opening, payableMinor: String(BigInt(opening.payableMinor) + 1n) };
      assert.throws(() => check({ opening: dearer }), refused('PAYABLE_MISMATCH', { meterId: first }));
      assert.throws(() => check({ opening: incomplete.opening }), refused('WRONG_CHARGE_OPENING'));
    });

    it('finds a report that is left out, doubled, moved, changed or of another meter', async () => {
      const { packets } = facts;
      const [a, b, ...rest] = packets;
      assert.ok(a && b);
      assert.throws(
        () => check({ packets: [b, ...rest] }),
        refused('MISSING_SLOTS_UNSIGNED', { missing: 1 }),
      );
      assert.throws(() => check({ packets: rest }), refused('TOO_MANY_MISSING_SLOTS', { meterId: first }));
      assert.throws(() => check({ packets: [a, ...packets] }), refused('REPORT_EXISTS', { slot: a.slot }));
      assert.throws(() => check({ packets: [...packets, a] }), refused('BAD_FIELD', { field: 'packets' }));
      const moved = [{ ...b, slot: a.slot }, { ...a, slot: b.slot }, ...rest];
      assert.throws(() => check({ packets: moved }), refused('REPORT_BAD_SIGNATURE'));
      const changed = [{ ...a, ciphertext: b.ciphertext }, b, ...rest];
      assert.throws(() => check({ packets: changed }), refused('REPORT_BAD_SIGNATURE'));
      const foreign = await parties.reader().bill(other);
      assert.throws(() => check({ packets: foreign.packets }), refused('REPORT_WRONG_TARIFF'));
    });

    it('finds another tariff, and one whose prices may not be', () => {
      const [night, day] = billing.tariff.bands;
      assert.ok(night && day);
      const cheaper = { ...billing.tariff, bands: [{ ...night, priceMicroPerWh: 200 }, day] };
      assert.throws(() => check({ tariff: cheaper }), refused('TARIFF_ID_MISMATCH'));
      const { periodStartSeconds: publishedAtSeconds } = facts.tariff;
      assert.throws(() => check({ publishedAtSeconds }), refused('TARIFF_PUBLISHED_LATE'));
      assert.throws(() => check({ slotSeconds: 1800 }), refused('TARIFF_SLOT_LENGTH'));
      assert.throws(() => check({ plan: 'business' }), refused('REPORT_WRONG_TARIFF', { meterId: first }));
      assert.throws(() => verifyBill(facts), refused('TARIFF_BAD_PERIOD'), 'a real period is a month');
    });

    it('finds a signature that is not of the aggregator, and a key without its proofs', () => {
      const signature = incomplete.charge.signature;
      assert.throws(
        () => check({ charge: { ...facts.charge, signature } }),
        refused('AGGREGATOR_BAD_SIGNATURE', { aggregator: 'fogA' }),
      );
      const term = facts.charge.term + 1;
      assert.throws(() => check({ charge: { ...facts.charge, term } }), refused('AGGREGATOR_BAD_SIGNATURE'));
      assert.throws(() => check({ aggregatorKeys: [] }), refused('AGGREGATOR_UNKNOWN'));
      const [own] = facts.aggregatorKeys;
      const [meterKey] = facts.meterKeys;
      assert.ok(own && meterKey);
      const unproven = { ...own, possession: own.signature };
      const keys = facts.aggregatorKeys.map((key) => (key.aggregator === 'fogA' ? unproven : key));
      assert.throws(() => check({ aggregatorKeys: keys }), refused('BAD_BLS_POSSESSION', { id: 'fogA' }));
      const meterKeys = [{ ...meterKey, signature: own.signature }];
      assert.throws(() => check({ meterKeys }), refused('BAD_BLS_POSSESSION', { id: first }));
      assert.throws(() => check({ meterKeys: [] }), refused('REPORT_WRONG_EPOCH'));
    });

    it('finds a key that the meter has not bound, keys out of order, and one that stands twice', () => {
      const [meterKey] = facts.meterKeys;
      const [own] = facts.aggregatorKeys;
      const [foreign] = incomplete.meterKeys;
      assert.ok(meterKey && own && foreign);
      for (const change of [{ binding: foreign.binding }, { signingKey: foreign.signingKey }])
        assert.throws(
          () => check({ meterKeys: [{ ...meterKey, ...change }] }),
          refused('BAD_METER_BINDING', { meterId: first }),
        );
      assert.throws(
        () => check({ meterKeys: [meterKey, meterKey] }),
        refused('BAD_FIELD', { field: 'keys' }),
      );
      const aggregatorKeys = [...facts.aggregatorKeys, own];
      assert.throws(() => check({ aggregatorKeys }), refused('BAD_FIELD', { field: 'aggregators' }));
    });

    it('finds a charge over other slots than it says', () => {
      const { charge } = facts;
      for (const change of [{ slots: 11 }, { missing: 1 }])
        assert.throws(() => check({ charge: { ...charge, ...change } }), refused('CHARGE_MISMATCH'));
    });

    it('finds estimates that the AN has not signed', () => {
      assert.equal(check({}, incomplete).missing.length, 1);
      assert.throws(() => check({ missingSlots: undefined }, incomplete), refused('MISSING_SLOTS_UNSIGNED'));
      const record = incomplete.missingSlots;
      assert.ok(record);
      const missingSlots = { ...record, signature: incomplete.charge.signature };
      assert.throws(() => check({ missingSlots }, incomplete), refused('AGGREGATOR_BAD_SIGNATURE'));
      const [one] = record.missing;
      assert.ok(one);
      const cheaper = { ...record, missing: [{ slot: one.slot, energyWh: ESTIMATE_WH - 1 }] };
      assert.throws(
        () => check({ missingSlots: cheaper }, incomplete),
        refused('MISSING_SLOTS_MISMATCH', { meterId: 'm2' }),
      );
      assert.throws(() => check({ missingSlots: record }), refused('MISSING_SLOTS_MISMATCH'));
    });
  });

  function shift(charge: Uint8Array, micro: bigint): Uint8Array {
    const { publicKey } = bench.key;
    const { n, nSquared } = publicKey;
    const factor = 1n + (((micro % n) + n) % n) * n;
    return encodeCiphertext(publicKey, (bytesToBigint(charge) * factor) % nSquared);
  }
});
