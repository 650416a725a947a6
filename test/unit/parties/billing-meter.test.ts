import assert from 'node:assert/strict';
import { encodeBillingHeader } from '@gridveil/chaincode/crypto/tou-billing.js';
import { firstSlotOf, tariffId, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { findBadReports } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import { decodeBillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import { checkDispute } from '@gridveil/chaincode/domain/dispute.js';
import { checkSignerKey, checkMeterBinding } from '@gridveil/chaincode/domain/billing-parties.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { BillingMeter, type ReadingProver } from '@gridveil/client/parties/billing-meter.js';
import {
  aggregatorRegistration,
  billingMeterRegistration,
} from '@gridveil/client/parties/billing-registration.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { generateSigningKey } from '@gridveil/client/crypto/curve25519.js';
import { TOY_TARIFF_LIMITS } from '../../helpers/contract-bench.js';
import { refused } from '../../helpers/refused.js';
import { toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';

const TABLE: TariffTable = {
  name: 'toy',
  currency: 'EUR',
  periodStartSeconds: 3600 * 473_400,
  periodEndSeconds: 3600 * 473_412,
  slotSeconds: 3600,
  bands: [
    { name: 'night', priceMicroPerWh: 210 },
    { name: 'day', priceMicroPerWh: 500 },
  ],
  bandOfSlot: '000111000111',
  fixedChargeMicro: 0,
  minorDigits: 2,
  missingSlotRule: 'refuse',
  maxMissingSlots: 0,
  missingEstimateWh: 0,
};

describe('billing meter', () => {
  let toy: ToyBilling;
  before(async () => (toy = await toyBilling()));
  const firstSlot = firstSlotOf(TABLE);

  const meter = (prove?: ReadingProver) =>
    new BillingMeter({
      ...{ meterId: 'm1', epoch: 1, scope: toy.scope, tariffLimits: TOY_TARIFF_LIMITS },
      key: toy.keys.get('m1') as never,
      prove: prove ?? ((energyWh, context) => Promise.resolve(toy.prover.encrypt(energyWh, context))),
    });

  it('reports under the tariff it has read, signed for slot and tariff', async () => {
    const own = meter();
    own.follow(TABLE);
    const report = decodeBillingReport(await own.report(firstSlot, 444), toy.prover.statement);
    assert.deepEqual(report.header, toy.header('m1', { slot: firstSlot, tariffId: tariffId(TABLE) }));
    assert.deepEqual(
      findBadReports(toy.prover.statement, toy.scope, firstSlot, [report], (id) => toy.keyOf(id)),
      [],
    );
  });

  it('signs nothing before it has read a tariff, nothing outside of its period', async () => {
    const own = meter();
    await assert.rejects(own.report(firstSlot, 1), RangeError);
    own.follow(TABLE);
    await assert.rejects(own.report(firstSlot + 12, 1), refused('SLOT_OUTSIDE_PERIOD'));
    await assert.rejects(own.report(firstSlot - 1, 1), refused('SLOT_OUTSIDE_PERIOD'));
  });

  it('does not follow prices that would turn a bill into a load profile', async () => {
    const own = meter();
    own.follow(TABLE);
    const bands = [
      { name: 'night', priceMicroPerWh: 1 },
      { name: 'day', priceMicroPerWh: 1_000_000 },
    ];
    assert.throws(() => own.follow({ ...TABLE, bands }), refused('TARIFF_PRICE_RATIO'));
    const report = decodeBillingReport(await own.report(firstSlot, 1), toy.prover.statement);
    assert.equal(report.header.tariffId, tariffId(TABLE), 'it reports under the old one');
  });

  it('gives the same bytes for the same slot and never goes back', async () => {
    const own = meter();
    own.follow(TABLE);
    const [first, again] = await Promise.all([own.report(firstSlot + 1, 5), own.report(firstSlot + 1, 6)]);
    assert.deepEqual(first, again);
    await assert.rejects(own.report(firstSlot, 5), RangeError);
  });

  it('may try a slot again when nothing was signed', async () => {
    let fail = true;
    const own = meter((energyWh, context) => {
      if (fail) return Promise.reject(new Error('no thread'));
      return Promise.resolve(toy.prover.encrypt(energyWh, context));
    });
    own.follow(TABLE);
    await assert.rejects(own.report(firstSlot, 5), /no thread/);
    fail = false;
    assert.ok((await own.report(firstSlot, 5)).length > 0);
  });

  it('hands the prover the header of the report, so that a proof is good for nothing else', async () => {
    const contexts: Uint8Array[] = [];
    const own = meter((energyWh, context) => {
      contexts.push(context);
      return Promise.resolve(toy.prover.encrypt(energyWh, context));
    });
    own.follow(TABLE);
    await own.report(firstSlot + 2, 5);
    const header = toy.header('m1', { slot: firstSlot + 2, tariffId: tariffId(TABLE) });
    assert.deepEqual(contexts, [encodeBillingHeader(header)]);
  });

  it('signs a dispute that the ledger takes', () => {
    const dispute = meter().dispute(tariffId(TABLE), 'the freezer was off');
    const publicKey = toBase64url(toy.keys.get('m1')?.publicKey ?? new Uint8Array());
    checkDispute(toy.scope, dispute, { publicKey });
    const other = toBase64url(toy.keys.get('m2')?.publicKey ?? new Uint8Array());
    assert.throws(
      () => checkDispute(toy.scope, dispute, { publicKey: other }),
      refused('DISPUTE_BAD_SIGNATURE'),
    );
  });
});

describe('billing registrations', () => {
  const scope = { channel: 'gridveil', grid: 'toy' };

  it('prove possession, name the key and bind it to the meter', () => {
    const [key, signing] = [generateBlsKey(), generateSigningKey()];
    const facts = { meterId: 'm1', plan: 'household', epoch: 2 };
    const registration = billingMeterRegistration(scope, facts, key, signing);
    checkSignerKey(scope, 'meter', 'm1', registration);
    checkMeterBinding(scope, registration, { signingKey: toBase64url(signing.publicKey) });
    const other = { signingKey: toBase64url(generateSigningKey().publicKey) };
    assert.throws(() => checkMeterBinding(scope, registration, other), refused('BAD_METER_BINDING'));
    assert.throws(
      () => checkSignerKey(scope, 'meter', 'm2', registration),
      refused('BAD_BLS_POSSESSION', { proof: 'signature' }),
    );
  });

  it('an aggregator cannot pass as a meter', () => {
    const registration = aggregatorRegistration(scope, { aggregator: 'a1', epoch: 1 }, generateBlsKey());
    checkSignerKey(scope, 'aggregator', 'a1', registration);
    assert.throws(() => checkSignerKey(scope, 'meter', 'a1', registration), refused('BAD_BLS_POSSESSION'));
  });
});
