import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import { encryptToy } from '../helpers/bench-values.js';
import { BillingBench, METERS, type BillingOptions, type BlockChanges } from '../helpers/billing-bench.js';
import {
  bigintToBytes,
  bytesToBigint,
  fromBase64url,
  toBase64url,
} from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { joinPriceProducts } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import type { MissingSlot } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import { priceMicroPerWh } from '@gridveil/chaincode/domain/tariff.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import type { JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';

interface Bill {
  readonly parts: { readonly part: number; readonly missing: number[] }[];
  readonly missingSlots?: { readonly missing: MissingSlot[]; readonly rule: string };
  readonly charge?: { readonly charge: string; readonly slots: number; readonly missing: number };
  readonly opening?: { readonly chargeMicro: string; readonly payableMinor: string };
  readonly dispute?: { readonly reason: string; readonly resolution?: { readonly finding: string } };
}
interface Charge {
  readonly meterId: string;
  readonly charge: Uint8Array;
}

describe('contract charges', function () {
  this.timeout(60_000);
  let bench: ContractBench;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());

  const energyWh = (meterId: string, position: number): number =>
    METERS.indexOf(meterId as 'm1') * 1000 + position * 37;
  const at = (billing: BillingBench) => ({ grid: billing.grid.id, tariffId: billing.tariffId });
  const bill = (billing: BillingBench, meterId: string) =>
    bench.call<Bill>('customer1', 'billing-records:GetBill', { ...at(billing), meterId });

  /** A period in which every meter reported every slot, or not where `lost` says so. */
  async function reported(
    options: BillingOptions = {},
    lost: (meterId: string, position: number) => boolean = () => false,
  ) {
    const billing = await BillingBench.open(bench, options);
    const sent = await billing.reportPeriod((meterId, position) =>
      lost(meterId, position) ? undefined : energyWh(meterId, position),
    );
    const charges: Charge[] = METERS.map((meterId) => ({
      meterId,
      charge: billing.charge(meterId, sent.get(meterId) ?? new Map<number, Uint8Array>()),
    }));
    return { billing, sent, charges };
  }

  describe('over a complete period', () => {
    let billing: BillingBench;
    let sent: Map<string, Map<number, Uint8Array>>;
    let charges: Charge[];

    before(async () => {
      ({ billing, sent, charges } = await reported());
    });

    const refuses = (code: ErrorCode, argument: JsonValue, facts = {}) =>
      bench.refuses(code, 'fogA', 'charges:SubmitMonthlyCharges', argument, facts);

    it('refuses bills while the period is open, and to close it too early', async () => {
      const { tariffId } = billing;
      const closesAtSeconds = billing.tariff.periodEndSeconds + 86_400;
      await refuses('PERIOD_OPEN', billing.monthlyCharges(charges), { tariffId, closesAtSeconds });
      const part = { ...at(billing), aggregator: 'fogB', part: 0 };
      await bench.refuses('PERIOD_OPEN', 'fogB', 'charges:SumChargePart', part, { tariffId });
      const close = { ...at(billing), slotsPerPart: 5 };
      await bench.refuses('PERIOD_OPEN', 'esp1', 'charges:CloseBillingPeriod', close, { closesAtSeconds });
      billing.passPeriod();
      await refuses('PERIOD_OPEN', billing.monthlyCharges(charges));
    });

    it('takes no more reports once closed, and names the late one', async () => {
      const close = { ...at(billing), slotsPerPart: 5 };
      await bench.call('esp1', 'charges:CloseBillingPeriod', close);
      assert.equal(bench.lastEvent, 'BillingPeriodClosed');
      await bench.writesNothing('esp1', 'charges:CloseBillingPeriod', close);
      const other = { ...close, slotsPerPart: 6 };
      await bench.refuses('PERIOD_CLOSED', 'esp1', 'charges:CloseBillingPeriod', other);
      const slot = billing.firstSlot;
      const late = billing.block(slot, [billing.report('m2', slot, 5)], { part: 1 });
      const facts = { meterId: 'm2', slot };
      await bench.refuses(
        'REPORT_LATE',
        'fogA',
        'billing:SubmitSlotBlock',
        late.argument,
        facts,
        late.transient,
      );
    });

    it('sums parts in any order, each once, and bills only when all are summed', async () => {
      const part = (number: number) => ({ ...at(billing), aggregator: 'fogB', part: number });
      await bench.refuses('CHARGE_PART_UNKNOWN', 'fogB', 'charges:SumChargePart', part(3), { parts: 3 });
      await bench.call('fogB', 'charges:SumChargePart', part(2));
      await bench.call('fogB', 'charges:SumChargePart', part(0));
      assert.equal(bench.lastEvent, 'ChargePartSummed');
      await bench.writesNothing('fogB', 'charges:SumChargePart', part(0));
      await refuses('CHARGE_PART_MISSING', billing.monthlyCharges(charges), { part: 1 });
      await bench.call('fogB', 'charges:SumChargePart', part(1));
      const tariff = await bench.call<{ parts: number; partsSummed: number[] }>(
        'auditor1',
        'billing-records:GetTariff',
        at(billing),
      );
      assert.deepEqual([tariff.parts, tariff.partsSummed], [3, [0, 1, 2]]);
    });

    it('refuses charges that were shifted between customers, and names one of them (T001-1)', async () => {
      const { publicKey } = bench.key;
      const shifted = charges.map(({ meterId, charge }, i) => {
        const by = [0n, -500n, 500n, 0n][i] ?? 0n;
        const factor = 1n + (((by % publicKey.n) + publicKey.n) % publicKey.n) * publicKey.n;
        const c = (bytesToBigint(charge) * factor) % publicKey.nSquared;
        return { meterId, charge: encodeCiphertext(publicKey, c) };
      });
      await refuses('CHARGE_MISMATCH', billing.monthlyCharges(shifted), { meterId: 'm2' });
      await refuses('CHARGE_MISMATCH', billing.monthlyCharges(shifted.slice(2)), { meterId: 'm3' });
    });

    it('refuses a charge that leaves a slot out, counts one twice, or is another customer’s (T001-7)', async () => {
      const own = sent.get('m2') as Map<number, Uint8Array>;
      const { firstSlot } = billing;
      const fewer = new Map([...own].filter(([slot]) => slot !== firstSlot + 4));
      const { publicKey } = bench.key;
      const once = new Map([[firstSlot + 4, own.get(firstSlot + 4) as Uint8Array]]);
      const double = joinPriceProducts(
        publicKey,
        new Map([[1, bytesToBigint(billing.charge('m2', own))]]),
        new Map([[1, bytesToBigint(billing.charge('m2', once))]]),
      ).get(1) as bigint;
      const [, , third] = charges;
      for (const charge of [
        billing.charge('m2', fewer),
        encodeCiphertext(publicKey, double),
        third?.charge as Uint8Array,
        bigintToBytes(1n, publicKey.ciphertextBytes),
        new Uint8Array(3),
      ])
        await refuses('CHARGE_MISMATCH', billing.monthlyCharges([{ meterId: 'm2', charge }]), {
          meterId: 'm2',
        });
    });

    it('is only for the aggregator in office, with its signature, for meters that reported', async () => {
      const none = (): MissingSlot[] => [];
      const wrong: [ErrorCode, BlockChanges][] = [
        ['NOT_LEADER', { term: 2 }],
        ['AGGREGATOR_BAD_SIGNATURE', { key: generateBlsKey() }],
      ];
      for (const [code, changes] of wrong)
        await refuses(code, billing.monthlyCharges(charges, none, changes));
      const asB = billing.monthlyCharges(charges, none, { person: 'fogB' });
      await bench.refuses('NOT_LEADER', 'fogB', 'charges:SubmitMonthlyCharges', asB);
      const unsaid = (): MissingSlot[] => [{ slot: billing.firstSlot, energyWh: 1 }];
      await refuses('AGGREGATOR_BAD_SIGNATURE', billing.monthlyCharges(charges, unsaid), {
        what: 'the charge of meter "m1"',
      });
      const stranger = { meterId: 'm7', charge: charges[0]?.charge as Uint8Array };
      await refuses('BILL_UNKNOWN', billing.monthlyCharges([stranger]), { meterId: 'm7' });
      const twice = billing.monthlyCharges([...charges, ...charges.slice(0, 1)]);
      await refuses('BAD_FIELD', twice, { field: 'charges' });
      await bench.refuses('NOTHING_MISSING', 'fogA', 'charges:RecordMissingSlots', {
        ...billing.missingSlots([{ meterId: 'm1', missing: [] }]),
      });
    });

    it('stores true charges, some or all at a time, each once', async () => {
      const some = billing.monthlyCharges(charges.slice(0, 3));
      await bench.call('fogA', 'charges:SubmitMonthlyCharges', some);
      assert.equal(bench.lastEvent, 'MonthlyChargesSubmitted');
      await bench.writesNothing('fogA', 'charges:SubmitMonthlyCharges', some);
      const { receipts } = await bench.call<{ receipts: { meterId: string; status: string }[] }>(
        'fogA',
        'charges:SubmitMonthlyCharges',
        billing.monthlyCharges(charges),
      );
      assert.deepEqual(
        receipts.map(({ status }) => status),
        ['duplicate', 'duplicate', 'duplicate', 'accepted'],
      );
      const [first] = charges as [Charge];
      const stored = (await bill(billing, 'm1')).charge;
      assert.equal(stored?.charge, toBase64url(first.charge));
      assert.deepEqual([stored?.slots, stored?.missing], [12, 0]);
      const other = { meterId: 'm1', charge: charges[1]?.charge as Uint8Array };
      await refuses('CHARGE_MISMATCH', billing.monthlyCharges([other]), { meterId: 'm1' });
    });

    it('stores only true openings, with what is to pay', async () => {
      const openings = billing.chargeOpenings(charges);
      const [first, ...others] = openings.openings as [(typeof openings.openings)[0]];
      const publish = (code: ErrorCode, argument: JsonValue, facts = {}) =>
        bench.refuses(code, 'esp1', 'charges:PublishChargeOpenings', argument, facts);
      for (const wrong of [
        { ...first, m: first.m + 1n },
        { ...first, rho: first.rho + 1n },
        { ...first, m: first.m + bench.key.publicKey.n },
        { ...first, rho: 0n },
      ])
        await publish(
          'WRONG_CHARGE_OPENING',
          { ...openings, openings: [...others, wrong] },
          {
            meterId: 'm1',
          },
        );
      await bench.call('esp1', 'charges:PublishChargeOpenings', openings);
      assert.equal(bench.lastEvent, 'ChargesOpened');
      await bench.writesNothing('esp1', 'charges:PublishChargeOpenings', openings);
      await publish('CHARGE_OPENING_EXISTS', { ...openings, openings: [{ ...first, m: first.m + 1n }] });
      for (const meterId of METERS) {
        const expected = billing.slots.reduce(
          (sum, slot, position) => sum + energyWh(meterId, position) * priceMicroPerWh(billing.tariff, slot),
          0,
        );
        const { opening } = await bill(billing, meterId);
        assert.equal(opening?.chargeMicro, String(expected));
        assert.equal(opening?.payableMinor, String(Math.round((expected + 1_000_000) / 10_000)));
      }
    });

    it('lets a customer contest a bill with the own meter’s key, once, and an auditor answer, once', async () => {
      const dispute = billing.dispute('m2', 'I was on holiday');
      const refusesDispute = (code: ErrorCode, argument: JsonValue, facts = {}) =>
        bench.refuses(code, 'customer1', 'charges:OpenDispute', argument, facts);
      await refusesDispute(
        'DISPUTE_BAD_SIGNATURE',
        { ...dispute, reason: 'I was at home' },
        {
          meterId: 'm2',
          epoch: 1,
        },
      );
      await refusesDispute('DISPUTE_BAD_SIGNATURE', { ...dispute, meterId: 'm3' }, { meterId: 'm3' });
      await refusesDispute('REPORT_WRONG_EPOCH', { ...dispute, epoch: 2 });
      await refusesDispute('BILL_UNKNOWN', { ...dispute, meterId: 'm7' });
      const resolution = {
        ...{ ...at(billing), meterId: 'm2' },
        ...{ finding: 'bill-stands', explanation: 'every report is signed by the meter' },
      };
      await bench.refuses('DISPUTE_UNKNOWN', 'auditor2', 'charges:ResolveDispute', resolution);
      await bench.call('customer1', 'charges:OpenDispute', dispute);
      assert.equal(bench.lastEvent, 'DisputeOpened');
      await bench.writesNothing('customer1', 'charges:OpenDispute', dispute);
      await refusesDispute('DISPUTE_EXISTS', billing.dispute('m2', 'once more'));
      await bench.call('auditor2', 'charges:ResolveDispute', resolution);
      assert.equal(bench.lastEvent, 'DisputeResolved');
      await bench.writesNothing('auditor2', 'charges:ResolveDispute', resolution);
      const other = { ...resolution, finding: 'bill-wrong' };
      await bench.refuses('DISPUTE_RESOLVED', 'auditor1', 'charges:ResolveDispute', other);
      const stored = (await bill(billing, 'm2')).dispute;
      assert.deepEqual([stored?.reason, stored?.resolution?.finding], ['I was on holiday', 'bill-stands']);
      const { items } = await bench.call<{ items: object[] }>('auditor1', 'billing-records:ListDisputes', {
        ...at(billing),
        pageSize: 5,
      });
      assert.equal(items.length, 1);
    });

    it('lets anyone recompute a bill from signed packets and the tariff alone: Eq. (12), (18), (19)', async () => {
      const { items } = await bench.call<{
        items: { slot: number; ciphertext: string; priceMicroPerWh: number; charge: string }[];
      }>('customer1', 'billing-records:ListMeterPackets', {
        ...{ grid: billing.grid.id, meterId: 'm3' },
        ...{ fromSlot: billing.firstSlot - 3, slots: 20 },
      });
      assert.deepEqual(
        items.map(({ slot }) => slot),
        billing.slots,
      );
      const slots = new Map(
        items.map(({ slot, ciphertext }) => [slot, fromBase64url(ciphertext, 'ciphertext')]),
      );
      const recomputed = toBase64url(billing.charge('m3', slots));
      assert.equal((await bill(billing, 'm3')).charge?.charge, recomputed);
      const { nSquared } = bench.key.publicKey;
      const product = items.reduce(
        (all, { charge }) => (all * bytesToBigint(fromBase64url(charge, 'charge'))) % nSquared,
        1n,
      );
      assert.equal(toBase64url(encodeCiphertext(bench.key.publicKey, product)), recomputed);
    });
  });

  describe('over a period with missing slots', () => {
    const first = ['m1', 2] as const;
    const isFirst = (meterId: string, position: number) => meterId === first[0] && position === first[1];

    it('refuses the bill where the tariff allows none', async () => {
      const { billing, charges } = await reported({}, isFirst);
      await billing.closeAndSum();
      const argument = billing.monthlyCharges(charges);
      const facts = { meterId: 'm1', missing: 1, limit: 0 };
      await bench.refuses('TOO_MANY_MISSING_SLOTS', 'fogA', 'charges:SubmitMonthlyCharges', argument, facts);
      await bench.call('fogA', 'charges:SubmitMonthlyCharges', billing.monthlyCharges(charges.slice(1)));
    });

    it('counts a missing slot at the fixed estimate, once the aggregator has signed it', async () => {
      const tariff = { missingSlotRule: 'fixed', maxMissingSlots: 1, missingEstimateWh: 444 } as const;
      const { billing, sent } = await reported({ tariff }, isFirst);
      await billing.closeAndSum();
      const slot = billing.firstSlot + first[1];
      const missing: MissingSlot[] = [{ slot, energyWh: 444 }];
      const estimated = billing.withEstimates(sent.get('m1') ?? new Map<number, Uint8Array>(), missing);
      const charge = [{ meterId: 'm1', charge: billing.charge('m1', estimated) }];
      const withMissing = billing.monthlyCharges(charge, () => missing);
      await bench.refuses('MISSING_SLOTS_UNSIGNED', 'fogA', 'charges:SubmitMonthlyCharges', withMissing, {
        ...{ meterId: 'm1', missing: 1 },
      });
      const record = (claim: MissingSlot[], changes: BlockChanges = {}) =>
        billing.missingSlots([{ meterId: 'm1', missing: claim }], changes);
      for (const [claim, changes] of [
        [[{ slot, energyWh: 443 }], {}],
        [[], {}],
        [missing, { key: generateBlsKey() }],
      ] as [MissingSlot[], BlockChanges][])
        await bench.refuses(
          'AGGREGATOR_BAD_SIGNATURE',
          'fogA',
          'charges:RecordMissingSlots',
          record(claim, changes),
        );
      await bench.call('fogA', 'charges:RecordMissingSlots', record(missing));
      assert.equal(bench.lastEvent, 'MissingSlotsRecorded');
      await bench.writesNothing('fogA', 'charges:RecordMissingSlots', record(missing));
      await bench.call('fogA', 'charges:SubmitMonthlyCharges', withMissing);
      const stored = await bill(billing, 'm1');
      assert.deepEqual(stored.missingSlots?.missing, missing);
      assert.equal(stored.charge?.missing, 1);
    });

    it('counts a missing slot as the same slot of another week', async () => {
      const day = 86_400;
      const start = (Math.ceil(bench.clock.nowSeconds / day) + 2) * day;
      const tariff = {
        ...{ periodStartSeconds: start, periodEndSeconds: start + 28 * day },
        ...{ bandOfSlot: '0011'.repeat(7), missingSlotRule: 'other-week' as const, maxMissingSlots: 2 },
      };
      const grid = { slotSeconds: day, maxSlotAgeSeconds: 60 * day };
      const lost = (meterId: string, position: number) =>
        meterId === 'm1' ? position === 1 || position === 20 : meterId === 'm2' && position === 1;
      const { billing, sent } = await reported({ tariff, grid }, lost);
      await billing.closeAndSum(10);
      const { firstSlot } = billing;
      const missing: MissingSlot[] = [
        { slot: firstSlot + 1, copyOfSlot: firstSlot + 8 },
        { slot: firstSlot + 20, copyOfSlot: firstSlot + 13 },
      ];
      const own = billing.withEstimates(sent.get('m1') ?? new Map<number, Uint8Array>(), missing);
      const record = billing.missingSlots([{ meterId: 'm1', missing }]);
      await bench.call('fogA', 'charges:RecordMissingSlots', record);
      const charge = [{ meterId: 'm1', charge: billing.charge('m1', own) }];
      await bench.call(
        'fogA',
        'charges:SubmitMonthlyCharges',
        billing.monthlyCharges(charge, () => missing),
      );
      await bench.call('esp1', 'charges:PublishChargeOpenings', billing.chargeOpenings(charge));
      const copies = new Map([
        [1, 8],
        [20, 13],
      ]);
      const counted = (position: number) => copies.get(position) ?? position;
      const expected = billing.slots.reduce(
        (sum, slot, position) =>
          sum + energyWh('m1', counted(position)) * priceMicroPerWh(billing.tariff, slot),
        0,
      );
      assert.equal((await bill(billing, 'm1')).opening?.chargeMicro, String(expected));
    });

    it('knows reports that came as supplements', async () => {
      const { billing, charges: incomplete, sent } = await reported({}, isFirst);
      const slot = billing.firstSlot + first[1];
      const late = billing.report('m1', slot, 70);
      await billing.submit(slot, [late], { part: 1 });
      await billing.closeAndSum();
      const own = new Map(sent.get('m1')).set(slot, late.ciphertext);
      const charges = [{ meterId: 'm1', charge: billing.charge('m1', own) }, ...incomplete.slice(1)];
      await bench.call('fogA', 'charges:SubmitMonthlyCharges', billing.monthlyCharges(charges));
    });
  });

  it('refuses to open what no honest meter can have used (T001-11)', async () => {
    const billing = await BillingBench.open(bench, { proofsCheckedBy: 'aggregators', minAreaPercent: 75 });
    const own = new Map<number, Uint8Array>();
    for (const slot of billing.slots) {
      const negative = billing.reportOver('m1', slot, encryptToy(bench.key, -1n));
      own.set(slot, negative.ciphertext);
      const reports = [negative, billing.report('m2', slot, 0), billing.report('m3', slot, 0)];
      billing.passSlot(slot);
      await billing.submit(slot, reports);
      const opening = billing.areaOpening(slot, reports);
      await bench.refuses('AREA_IMPLAUSIBLE', 'esp1', 'billing:PublishAreaOpening', opening, { slot });
    }
    await billing.closeAndSum();
    const charge = [{ meterId: 'm1', charge: billing.charge('m1', own) }];
    await bench.call('fogA', 'charges:SubmitMonthlyCharges', billing.monthlyCharges(charge));
    const openings = billing.chargeOpenings(charge);
    const facts = { meterId: 'm1' };
    await bench.refuses('CHARGE_IMPLAUSIBLE', 'esp1', 'charges:PublishChargeOpenings', openings, facts);
  });
});
