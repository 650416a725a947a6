/** Paper 002: its equations (1) to (5), Algorithm 1 and cost formulas on small examples, literal and resolved. */
import assert from 'node:assert/strict';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  CBSG_PRINTED_REPORT_BITS,
  cbsgReportBits,
  COMMUNICATION,
  COMPLETED,
  COMPUTATION,
  figure5,
  figure6,
  figure7,
  FUNCTIONALITY,
  OPERATION_MS,
} from './signcryption/costs.js';
import { GridOperatorFeedback, type OperatorState } from './signcryption/operator-contract.js';
import {
  eta,
  index,
  keyOf,
  open,
  P,
  P2,
  receiver,
  sender,
  setUp,
  signcrypt,
  times,
  verifyAggregate,
} from './signcryption/scheme.js';

const { fields, pairing } = bls12_381;
const { Fp12 } = fields;

describe('paper 002 as printed', function () {
  this.timeout(30_000);

  const centre = setUp();
  const meters = [sender(centre, 'm1'), sender(centre, 'm2'), sender(centre, 'm3')];
  const [cc, go, es] = [receiver('CC', centre.x), receiver('GO'), receiver('ES')] as const;
  const registered = (id: string) => meters.find((meter) => meter.id === id) ?? meters[0]!;
  const texts = { CC: '230.1 V', GO: '1.2 kW', ES: 'alarm' } as const;
  const reports = meters.map((meter) =>
    signcrypt(
      centre,
      meter,
      ([cc, go, es] as const).map((to) => [to, utf8(`${meter.id} ${texts[to.id as 'CC']}`)] as const),
      'T1',
    ),
  );

  it('IV.B: the partial key fits, as the paper never checks: hP = α + ηY_Pub', () => {
    for (const { id, h, alpha } of meters)
      assert.ok(times(P, h).equals(alpha.add(times(centre.Ypub, eta(id, alpha)))));
  });

  it('(1), (4): every receiver opens its own part, and none that of another', () => {
    meters.forEach(({ id }, i) => {
      for (const to of [cc, go, es])
        assert.deepEqual(open(centre, to, reports[i]!), utf8(`${id} ${texts[to.id as 'CC']}`));
    });
    const wrong = {
      ...reports[0]!,
      omega: reports[0]!.omega.map(([, part]) => [index('GO'), part] as const),
    };
    assert.equal(open(centre, es, wrong), undefined);
  });

  it('(3): e(dY_Pub, Y_R) = e(D, Y_Pub)^x_R, with the scalar where a pairing takes one', () => {
    const d = 12_345n;
    const D = times(P, d);
    const U = pairing(times(centre.Ypub, d), go.Y2);
    assert.ok(Fp12.eql(U, Fp12.pow(pairing(D, centre.Ypub2), go.x)));
    assert.ok(Fp12.eql(U, pairing(times(D, go.x), centre.Ypub2)));
    assert.equal(keyOf(U, D).length, 32);
    // The control centre as receiver has x for its own secret: Y_CC is Y_Pub.
    assert.ok(cc.Y2.equals(centre.Ypub2));
    assert.ok(es.Y2.equals(times(P2, es.x)));
  });

  it('(2), (5): the aggregate of honest reports holds, and not with a changed one', () => {
    assert.equal(verifyAggregate(centre, reports, registered), true);
    const [first, ...rest] = reports;
    const changed = { ...first!, D: first!.D.add(P) };
    assert.equal(verifyAggregate(centre, [changed, ...rest], registered), false);
  });

  describe('V.B, Algorithm 1', () => {
    const state = (changes: Partial<OperatorState>): OperatorState => ({
      ...{
        meter_value: 'normality',
        threshold_value: 5000,
        electricity_bill: 'paid',
        meter_prepaid: 'enough',
      },
      ...{ GridOperator: 'GO', meter: 'm1' },
      ...changes,
    });
    const says = (changes: Partial<OperatorState>) => new GridOperatorFeedback(state(changes));

    it('gives its six outputs', () => {
      assert.match(says({ meter_value: 'abnormality' }).consumption() ?? '', /re-upload/);
      assert.match(says({ meter_value: 5000 }).consumption() ?? '', /power saving/);
      assert.match(says({}).consumption() ?? '', /as usual/);
      assert.match(says({ meter_prepaid: 'lack' }).cost(), /Insufficient prepayment/);
      assert.match(says({ electricity_bill: 'arrears' }).cost(), /pay the electricity fee/);
      assert.match(says({ electricity_bill: 'serious arrears' }).cost(), /Forced trip/);
      assert.match(says({}).cost(), /latest electricity price/);
    });

    it('says nothing about a value below the threshold', () => {
      assert.equal(says({ meter_value: 4999 }).consumption(), undefined);
    });

    it('never trips who also lacks prepayment', () => {
      assert.match(
        says({ meter_prepaid: 'lack', electricity_bill: 'serious arrears' }).cost(),
        /Insufficient/,
      );
    });
  });

  describe('VI, costs', () => {
    it('Table 1: all that CBSG claims', () => {
      assert.ok(Object.values(FUNCTIONALITY).every(({ CBSG }) => CBSG === 'Y'));
    });

    it('Table 2 with the printed times', () => {
      const sizes = { v: 10, n: 100, t: 4, l: 3, fIndex: 1 };
      const row = (scheme: keyof typeof COMPUTATION) =>
        Object.values(COMPUTATION[scheme]).map(
          ({ cost }) => Math.round(100 * cost(OPERATION_MS, sizes)) / 100,
        );
      assert.deepEqual(row('[9]'), [76.2, 32.4, 25.6, 28.4]);
      assert.deepEqual(row('[10]'), [106.2, 61.9, 0, 7.5]);
      assert.deepEqual(row('CBSG'), [13.5, 0, 0, 36.3]);
    });

    it('Figure 5: flat for CBSG, one exponentiation for each dimension elsewhere', () => {
      const [nine, ten, cbsg] = figure5(OPERATION_MS, [1, 2, 3]).map(({ points }) =>
        points.map(([, ms]) => ms),
      );
      assert.deepEqual(new Set(cbsg).size, 1);
      for (const line of [nine, ten])
        assert.ok(Math.abs((line?.[1] ?? 0) - (line?.[0] ?? 0) - OPERATION_MS.CeZ) < 1e-9);
    });

    it('Figure 6: grows with gateways where there are some', () => {
      const [nine, ten, cbsg] = figure6(OPERATION_MS, [1, 2]).map(({ points }) => points.map(([, ms]) => ms));
      assert.ok((nine?.[1] ?? 0) > (nine?.[0] ?? 0) && (ten?.[1] ?? 0) > (ten?.[0] ?? 0));
      assert.deepEqual(
        cbsg,
        [36.3, 36.3].map((ms) => cbsg?.find((each) => Math.abs(each - ms) < 1e-9)),
      );
    });

    it('Table 3 and figure 7: 32m + 672 counts 128 bits of ciphertext', () => {
      assert.equal(CBSG_PRINTED_REPORT_BITS(3), 768);
      assert.equal(cbsgReportBits(3, 128), CBSG_PRINTED_REPORT_BITS(3));
      assert.equal(COMMUNICATION['[9]'].bits(100), 107 * 2304);
      assert.equal(COMMUNICATION['[10]'].bits(100), 104 * 2464);
      const [nine, ten, cbsg] = figure7([100]).map(({ points }) => points[0]?.[1] ?? 0);
      assert.ok((cbsg ?? 0) < (nine ?? 0) && (cbsg ?? 0) < (ten ?? 0));
    });

    it('the row of CBSG leaves out a pairing for each receiver and report', () => {
      const sizes = { v: 10, n: 100, t: 4, l: 3, fIndex: 1 };
      assert.ok(
        COMPLETED.User(3).cost(OPERATION_MS, sizes) > COMPUTATION.CBSG.User.cost(OPERATION_MS, sizes),
      );
      const cc100 = COMPLETED.CC.cost(OPERATION_MS, sizes);
      assert.ok(cc100 / COMPUTATION.CBSG.CC.cost(OPERATION_MS, sizes) > 30);
    });
  });
});
