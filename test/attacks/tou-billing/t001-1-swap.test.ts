/**
 * T001-1, break B1.1 and section 4: charges move between two customers, and Eq. (19), a product over customers, does not see it.
 * Attacker: the AN.
 */
import assert from 'node:assert/strict';
import { inverse } from '../../papers/fog-aggregation/paillier.js';
import { recomputedCharge, verifyCharges } from '../../papers/tou-billing/billing.js';
import { encrypt, shift } from '../../papers/tou-billing/paillier.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { monthlyCharge, wrongCharges } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { METERS, toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';
import { outcomes } from './product.js';
import { bills, charges, ledger, open, publicKey } from './printed.js';

describe('T001-1 charges that move between customers', () => {
  describe('printed form', () => {
    const recomputed = ledger.map((slots) => recomputedCharge(publicKey, slots));
    const [a = 0n, b = 0n, c = 0n] = charges;

    it('succeeds on the printed form: 100,000 millionths of a unit go from one bill to the other', () => {
      const stored = [shift(publicKey, a, -100_000n), shift(publicKey, b, 100_000n), c];
      assert.equal(verifyCharges(publicKey, recomputed, stored), true);
      assert.deepEqual(
        stored.map((charge, i) => open(charge) - (bills[i] ?? 0n)),
        [-100_000n, 100_000n, 0n],
      );
    });

    it('succeeds on the printed form: a factor and its inverse turn two bills into noise', () => {
      const X = encrypt(publicKey, 123_456_789n);
      const stored = [(a * X) % publicKey.N2, (b * inverse(X, publicKey.N2)) % publicKey.N2, c];
      assert.equal(verifyCharges(publicKey, recomputed, stored), true);
      assert.notEqual(open(stored[0] ?? 0n), bills[0]);
    });
  });

  describe('product', () => {
    let toy: ToyBilling;
    before(async () => (toy = await toyBilling()));

    const month = (meterId: string) => {
      const reports = [5, 7, 11].map((energyWh) => toy.report(meterId, energyWh));
      return reports.map(({ ciphertext }, i) => ({ ciphertext, priceMicroPerWh: [420, 150, 90][i] ?? 0 }));
    };

    it('fails on the product: charges are compared one by one, and both customers are named', () => {
      const { publicKey: key } = toy;
      const own = new Map(
        METERS.map((meterId) => [meterId as string, monthlyCharge(key, meterId, month(meterId))]),
      );
      const charge = (meterId: string) => own.get(meterId) ?? 0n;
      const X = bytesToBigint(toy.encrypt(123_456_789n));
      for (const [factor, inverted] of [
        [1n - 1000n * key.n + key.nSquared, 1n + 1000n * key.n],
        [X, inverse(X, key.nSquared)],
      ] as const) {
        const factors: Readonly<Record<string, bigint>> = { m1: factor, m2: inverted };
        const stored = METERS.map((meterId) => ({
          meterId,
          charge: encodeCiphertext(key, (charge(meterId) * (factors[meterId] ?? 1n)) % key.nSquared),
        }));
        assert.deepEqual(wrongCharges(key, stored, charge), ['m1', 'm2']);
      }
    });

    it('fails on the product: b Wh less in a packet break the signature of its meter', () => {
      const { n, nSquared } = toy.publicKey;
      const honest = toy.report('m1', 500);
      const less = (bytesToBigint(honest.ciphertext) * (1n + (n - 200n) * n)) % nSquared;
      const ciphertext = encodeCiphertext(toy.publicKey, less);
      assert.deepEqual(outcomes(toy, { ...honest, ciphertext }, toy.report('m2', 5)), [
        'REPORT_BAD_SIGNATURE',
        'accepted',
      ]);
    });
  });
});
