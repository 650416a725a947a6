import assert from 'node:assert/strict';
import { encodeBillingHeader } from '@gridveil/chaincode/crypto/tou-billing.js';
import { BillingWorkers } from '@gridveil/client/crypto/billing-workers.js';
import { makeBillingReport, sealBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { MAX_READING_WH, METERS, SLOT, toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';
import { refused } from '../../helpers/refused.js';

describe('billing workers', function () {
  this.timeout(30_000);
  let toy: ToyBilling;
  let workers: BillingWorkers;
  before(async () => {
    toy = await toyBilling();
    workers = new BillingWorkers(toy.publicKey, MAX_READING_WH, 2);
  });
  after(() => workers.close());

  const withKeys = (reports: readonly Uint8Array[]) =>
    reports.map((bytes, i) => ({
      bytes,
      publicKey: toy.keys.get(METERS[i % METERS.length] ?? '')?.publicKey ?? new Uint8Array(),
    }));
  const report = (meterId: string, energyWh = 5) =>
    makeBillingReport(toy.prover, toy.keys.get(meterId) as never, toy.header(meterId), energyWh);

  it('encrypts and proves in the order of the calls, each for its own context', async () => {
    const readings = Array.from({ length: 40 }, (_, i) => i * 7);
    const contexts = readings.map((_, i) => encodeBillingHeader(toy.header('m1', { slot: SLOT + i })));
    const made = await Promise.all(
      readings.map((energyWh, i) => workers.prove(energyWh, contexts[i] ?? new Uint8Array())),
    );
    assert.deepEqual(
      made.map(({ ciphertext }) => openCiphertext(toy.privateKey, bytesToBigint(ciphertext)).m),
      readings.map(BigInt),
    );
    const [one] = made;
    assert.ok(one);
    const key = toy.keys.get('m1') as never;
    const sealed = sealBillingReport(toy.header('m1'), one, key);
    assert.deepEqual(await workers.check(toy.scope, withKeys([sealed])), []);
  });

  it('refuses a reading outside the range, and goes on', async () => {
    await assert.rejects(workers.prove(MAX_READING_WH + 1, new Uint8Array()), RangeError);
    assert.ok((await workers.prove(MAX_READING_WH, new Uint8Array())).proof.length > 0);
  });

  it('names bad reports by place, with the refusal that the ledger would give', async () => {
    const good = METERS.map((meterId) => report(meterId));
    assert.deepEqual(await workers.check(toy.scope, withKeys(good)), []);
    const forged = makeBillingReport(toy.prover, toy.keys.get('m3') as never, toy.header('m2'), 5);
    const reports = [good[0], forged, good[2]] as Uint8Array[];
    const [bad, ...others] = await workers.check(toy.scope, withKeys(reports));
    assert.deepEqual([bad?.index, others], [1, []]);
    assert.ok(refused('REPORT_BAD_SIGNATURE', { meterId: 'm2' })(bad?.refusal));
  });
});
