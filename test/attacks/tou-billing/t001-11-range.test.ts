/**
 * T001-11, break B1.11: negative and huge readings. A negative one lowers the own bill, and shows in no total when another slot makes up for it.
 * Attacker: a meter.
 */
import assert from 'node:assert/strict';
import { anAccepts, monthlyCharge, slotCharge } from '../../papers/tou-billing/billing.js';
import { encrypt } from '../../papers/tou-billing/paillier.js';
import { meter, packetOf } from '../../papers/tou-billing/report.js';
import { encodeBillingHeader } from '@gridveil/chaincode/crypto/tou-billing.js';
import { referenceChecks, referenceProve, referenceWeights } from '../../helpers/range-proof-reference.js';
import { MAX_READING_WH, toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';
import { outcomes } from './product.js';
import { open, PRICES, publicKey } from './printed.js';

describe('T001-11 readings out of range', () => {
  describe('printed form', () => {
    const sender = meter('attacker');

    it('succeeds on the printed form: 1000 Wh less in the peak, 1000 Wh more at night', () => {
      const peak = packetOf(publicKey, sender, encrypt(publicKey, 500n - 1000n), 'T19');
      const night = packetOf(publicKey, sender, encrypt(publicKey, 100n + 1000n), 'T23');
      assert.equal(
        anAccepts(publicKey, [peak, night], () => sender.keys.pk),
        true,
      );
      const charge = monthlyCharge(publicKey, [
        slotCharge(publicKey, peak.C, PRICES.high),
        slotCharge(publicKey, night.C, PRICES.low),
      ]);
      assert.equal(open((peak.C * night.C) % publicKey.N2), 600n);
      const signed = open(charge) > publicKey.N / 2n ? open(charge) - publicKey.N : open(charge);
      assert.equal(signed, -500n * PRICES.high + 1100n * PRICES.low);
    });

    for (const [name, d] of [
      ['-1', -1n],
      ['2^20', 2n ** 20n],
      ['N-1', publicKey.N - 1n],
      ['(N+1)/2', (publicKey.N + 1n) / 2n],
    ] as const)
      it(`succeeds on the printed form: ${name}`, () => {
        const packet = packetOf(publicKey, sender, encrypt(publicKey, d), 'T1');
        assert.equal(
          anAccepts(publicKey, [packet], () => sender.keys.pk),
          true,
        );
      });
  });

  describe('product', () => {
    let toy: ToyBilling;
    before(async () => (toy = await toyBilling()));

    const weights = referenceWeights(MAX_READING_WH);
    const zeros = weights.map(() => 0n);
    /** A report with a proof that follows the protocol but for the digits, and what holds of the proof. */
    const attempt = (d: bigint, b: readonly bigint[], denominator = 1n) => {
      const header = toy.header('m1');
      const context = encodeBillingHeader(header);
      const statement = { ...toy.publicKey, maximum: MAX_READING_WH };
      const made = referenceProve(statement, context, { b, d, denominator, rho: 12_345n });
      const { points, bits, plaintext } = referenceChecks(statement, context, made.ciphertext, made.proof);
      const [outcome] = outcomes(toy, toy.reportOver('m1', made.ciphertext, made.proof));
      return { outcome, points, bits, plaintext };
    };
    const bits = (d: bigint): bigint[] =>
      [...weights]
        .reverse()
        .map((weight) => {
          const bit = d >= weight ? 1n : 0n;
          d -= bit * weight;
          return bit;
        })
        .reverse();

    it('the largest honest reading is accepted', () => {
      const all = { outcome: 'accepted', points: true, bits: true, plaintext: true };
      assert.deepEqual(attempt(1000n, bits(1000n)), all);
      assert.deepEqual(outcomes(toy, toy.report('m1', MAX_READING_WH)), ['accepted']);
    });

    const notBits = { outcome: 'REPORT_BAD_PROOF', points: true, bits: false, plaintext: true };
    const notThese = { outcome: 'REPORT_BAD_PROOF', points: true, bits: true, plaintext: false };

    it('fails on the product: -1, with a digit of -1 or with digits of another reading', () => {
      assert.deepEqual(attempt(-1n, zeros.with(0, -1n)), notBits);
      assert.deepEqual(attempt(-1n, bits(1n)), notThese);
    });

    it('fails on the product: one above the maximum, 2^20, N - 1', () => {
      assert.deepEqual(attempt(1001n, bits(1000n).with(0, 2n)), notBits);
      assert.deepEqual(attempt(1001n, bits(1000n)), notThese);
      assert.deepEqual(attempt(2n ** 20n, zeros.with(0, 2n ** 20n)), notBits);
      assert.deepEqual(attempt(toy.publicKey.n - 1n, zeros.with(0, -1n)), notBits);
    });

    it('fails on the product: (N+1)/2, where points and plaintext alone agree for every even challenge', () => {
      const half = (toy.publicKey.n + 1n) / 2n;
      assert.deepEqual(attempt(half, zeros.with(0, 1n), 2n), notBits);
    });

    it('the meter itself refuses to encrypt such a reading', () => {
      for (const d of [-1, MAX_READING_WH + 1]) assert.throws(() => toy.report('m1', d), RangeError);
    });
  });
});
