import assert from 'node:assert/strict';
import { checkPossession } from '@gridveil/chaincode/domain/meter.js';
import { decodeReport } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { verifyReportTag } from '@gridveil/client/crypto/fog-aggregation.js';
import { generateMeterKeys, Meter, meterRegistration } from '@gridveil/client/parties/meter.js';
import { encryptToy, openToy } from '../../helpers/bench-values.js';
import { FogBench } from '../../helpers/fog-bench.js';
import { refused } from '../../helpers/refused.js';

describe('meter', () => {
  let bench: FogBench;
  let encryptions: number[];
  let failing: boolean;

  beforeEach(async () => {
    bench = await FogBench.open();
    encryptions = [];
    failing = false;
  });

  const meter = (meterId = 'n1') =>
    new Meter({
      meterId,
      region: 'north',
      epoch: 1,
      keys: bench.keys.get(meterId) ?? generateMeterKeys(),
      grid: bench.grid,
      fogAgreementKey: bench.agreement.publicKey,
      encrypt: (energyWh) => {
        encryptions.push(energyWh);
        if (failing) return Promise.reject(new Error('the worker is gone'));
        return Promise.resolve(encryptToy(bench.key, BigInt(energyWh)));
      },
    });

  it('rejects readings that are no whole Wh of the allowed range, and encrypts none of them', () => {
    for (const energyWh of [-1, 10_001, 1.5, NaN, Infinity, 2 ** 53])
      assert.throws(() => meter().report(bench.slot, energyWh), RangeError);
    assert.deepEqual(encryptions, []);
  });

  it('does not name the reading it rejects', () => {
    assert.throws(
      () => meter().report(bench.slot, 98_765),
      (error) => error instanceof RangeError && !error.message.includes('98765'),
    );
  });

  it('rejects a slot before the last one', async () => {
    const one = meter();
    await one.report(bench.slot, 5);
    assert.throws(() => one.report(bench.slot - 1, 5), RangeError);
  });

  it('gives the same bytes for the same slot, whatever the reading', async () => {
    const one = meter();
    const first = await one.report(bench.slot, 5);
    assert.equal(await one.report(bench.slot, 6), first);
    assert.deepEqual(encryptions, [5]);
  });

  it('never encrypts twice alike', async () => {
    const one = meter();
    const size = bench.key.publicKey.ciphertextBytes;
    const [a, b] = [await one.report(bench.slot, 5), await one.report(bench.slot + 1, 5)];
    assert.notDeepEqual(decodeReport(a, size).ciphertext, decodeReport(b, size).ciphertext);
  });

  it('tries a slot again when encryption failed, and no earlier one', async () => {
    const one = meter();
    await one.report(bench.slot - 1, 5);
    failing = true;
    await assert.rejects(one.report(bench.slot, 7), new Error('the worker is gone'));
    failing = false;
    assert.throws(() => one.report(bench.slot - 2, 7), RangeError);
    const report = decodeReport(await one.report(bench.slot, 7), bench.key.publicKey.ciphertextBytes);
    assert.equal(openToy(bench.key, bytesToBigint(report.ciphertext)).m, 7n);
  });

  it('makes reports its fog node accepts, at both ends of the range', async () => {
    for (const energyWh of [0, 10_000]) {
      const meterId = energyWh === 0 ? 'n1' : 'n2';
      const bytes = await meter(meterId).report(bench.slot, energyWh);
      const report = decodeReport(bytes, bench.key.publicKey.ciphertextBytes);
      assert.deepEqual(report.header, bench.header(meterId));
      assert.ok(verifyReportTag(report, bench.macKey(meterId, report.header)));
      assert.ok(!verifyReportTag(report, bench.macKey('n3', report.header)));
      assert.deepEqual(bench.fogNode.receive(bytes), { status: 'accepted' });
    }
  });

  it('signs its registration for one grid, region, epoch and pair of keys', () => {
    const keys = generateMeterKeys();
    const facts = { meterId: 'm', region: 'north', epoch: 3 };
    const registration = meterRegistration('g', facts, keys);
    checkPossession('g', registration);
    for (const change of [{ meterId: 'n' }, { region: 'south' }, { epoch: 4 }])
      assert.throws(
        () => checkPossession('g', { ...registration, ...change }),
        refused('BAD_POSSESSION_PROOF'),
      );
    assert.throws(
      () => checkPossession('h', registration),
      refused('BAD_POSSESSION_PROOF', { meterId: 'm' }),
    );
  });
});
