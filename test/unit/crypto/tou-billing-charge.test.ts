import assert from 'node:assert/strict';
import { bigintToBytes, bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import {
  areaTotal,
  assertChargeFits,
  assertPlausibleCharge,
  chargeOfProducts,
  joinPriceProducts,
  knownCiphertext,
  largestCharge,
  monthlyCharge,
  priceProducts,
  slotCharge,
  wrongCharges,
} from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import { refused } from '../../helpers/refused.js';
import { toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';

describe('tou-billing charges', () => {
  let toy: ToyBilling;
  before(async () => (toy = await toyBilling()));
  const open = (ciphertext: bigint) => decrypt(toy.privateKey, ciphertext);
  const slots = (...pairs: readonly (readonly [energyWh: number, priceMicroPerWh: number])[]) =>
    pairs.map(([energyWh, priceMicroPerWh]) => ({
      priceMicroPerWh,
      ciphertext: toy.encrypt(BigInt(energyWh)),
    }));
  const MONTH = [
    [239, 150],
    [0, 420],
    [517, 420],
    [88, 90],
    [1000, 150],
  ] as const;

  it('of a month, a slot and an area open to what they are in clear', () => {
    const { publicKey } = toy;
    const month = slots(...MONTH);
    assert.equal(open(monthlyCharge(publicKey, 'm1', month)), 410_910n);
    const first = bytesToBigint(month[0]?.ciphertext ?? new Uint8Array());
    assert.equal(open(slotCharge(publicKey, first, 150)), 35_850n);
    const entries = month.map(({ ciphertext }) => ({ owner: 'm', bytes: ciphertext }));
    assert.equal(open(areaTotal(publicKey, entries)), 1844n);
  });

  it('of a month are the product of the slot charges, to the bit, in parts and in any order', () => {
    const { publicKey } = toy;
    const month = slots(...MONTH);
    const naive = month.reduce(
      (product, { ciphertext, priceMicroPerWh }) =>
        (product * slotCharge(publicKey, bytesToBigint(ciphertext), priceMicroPerWh)) % publicKey.nSquared,
      1n,
    );
    assert.equal(monthlyCharge(publicKey, 'm1', month), naive);
    assert.equal(monthlyCharge(publicKey, 'm1', [...month].reverse()), naive);
    const parts = [month.slice(0, 2), month.slice(2)].map((part) => priceProducts(publicKey, 'm1', part));
    const [a, b] = parts;
    assert.ok(a && b);
    assert.equal(chargeOfProducts(publicKey, joinPriceProducts(publicKey, a, b)), naive);
    assert.equal(
      chargeOfProducts(publicKey, joinPriceProducts(publicKey, a, new Map())),
      chargeOfProducts(publicKey, a),
    );
    assert.equal(monthlyCharge(publicKey, 'm1', []), 1n);
  });

  it('count an estimate in clear like a report', () => {
    const estimate = { priceMicroPerWh: 150, ciphertext: knownCiphertext(toy.publicKey, 250) };
    assert.equal(open(monthlyCharge(toy.publicKey, 'm1', [...slots([10, 150]), estimate])), 39_000n);
    assert.equal(open(bytesToBigint(knownCiphertext(toy.publicKey, 0))), 0n);
    for (const energyWh of [-1, 0.5, NaN])
      assert.throws(() => knownCiphertext(toy.publicKey, energyWh), RangeError);
  });

  it('refuse prices that are no non-negative integers, and ciphertexts that are none, by the name of the owner', () => {
    for (const price of [-1, 0.1, NaN, Infinity])
      assert.throws(() => monthlyCharge(toy.publicKey, 'm1', slots([1, price])), RangeError);
    const { nSquared, n, ciphertextBytes } = toy.publicKey;
    for (const c of [0n, n, toy.privateKey.p, nSquared]) {
      const bad = { priceMicroPerWh: 5, ciphertext: bigintToBytes(c, ciphertextBytes) };
      const month = [...slots([1, 5], [2, 7]), bad];
      assert.throws(
        () => monthlyCharge(toy.publicKey, 'm1', month),
        refused('INVALID_CIPHERTEXT', { owner: 'm1' }),
      );
    }
    const short = { priceMicroPerWh: 5, ciphertext: new Uint8Array(3) };
    assert.throws(() => monthlyCharge(toy.publicKey, 'm1', [short]), refused('BAD_LENGTH'));
  });

  it('Eq. (19) names every meter whose charge is another one, alone', () => {
    const { publicKey } = toy;
    const recomputed = new Map(
      ['a', 'b', 'c'].map((meterId, i) => [meterId, monthlyCharge(publicKey, meterId, slots([i, 3]))]),
    );
    const charge = (meterId: string) => recomputed.get(meterId) ?? 0n;
    const stored = (change: (meterId: string, charge: bigint) => bigint) =>
      [...recomputed].map(([meterId, value]) => ({
        meterId,
        charge: encodeCiphertext(publicKey, change(meterId, value)),
      }));
    assert.deepEqual(
      wrongCharges(
        publicKey,
        stored((_, value) => value),
        charge,
      ),
      [],
    );
    const negated = stored((meterId, value) => (meterId === 'b' ? publicKey.nSquared - value : value));
    assert.deepEqual(wrongCharges(publicKey, negated, charge), ['b']);
  });

  it('stay below the modulus', () => {
    const limits = { slots: 2976, maxReadingWh: 1_000_000, maxPriceMicroPerWh: 10_000_000, maxMeters: 1000 };
    assert.doesNotThrow(() => assertChargeFits(toy.publicKey, limits));
    assert.equal(largestCharge(limits), 29_760_000_000_000_000n);
    assert.doesNotThrow(() => assertPlausibleCharge('m', largestCharge(limits), limits));
    assert.throws(
      () => assertPlausibleCharge('m', largestCharge(limits) + 1n, limits),
      refused('CHARGE_IMPLAUSIBLE', { meterId: 'm' }),
    );
    const tiny = { ...toy.publicKey, n: 29_760_000_000_000_000n };
    assert.throws(() => assertChargeFits(tiny, limits), refused('CHARGE_OVERFLOW', { slots: 2976 }));
    assert.doesNotThrow(() => assertChargeFits({ ...tiny, n: tiny.n + 1n }, limits));
    const crowd = { ...limits, slots: 1, maxPriceMicroPerWh: 1, maxMeters: 10 ** 12 };
    assert.throws(() => assertChargeFits({ ...tiny, n: 10n ** 18n }, crowd), refused('CHARGE_OVERFLOW'));
    for (const name of ['slots', 'maxReadingWh', 'maxPriceMicroPerWh', 'maxMeters'])
      for (const value of [0, -1, 1.5])
        assert.throws(() => assertChargeFits(toy.publicKey, { ...limits, [name]: value }), RangeError);
  });
});
