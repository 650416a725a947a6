/**
 * T001-15, break B1.15: the ESP chooses prices as the places of a number system, and the digits of one bill are the load profile; or it bills one month under two tables.
 * Attacker: the ESP, even if it can open nothing but bills. That the product fixes no such table, and none inside a period, is tested with tariffs and the billing contract.
 */
import assert from 'node:assert/strict';
import { espOpens, recomputedCharge } from '../../papers/tou-billing/billing.js';
import { ledger, privateKey, publicKey, readings } from './printed.js';

describe('T001-15 prices that read the meter', () => {
  const profile = (readings[1] ?? []).slice(0, 24);
  const slots = (ledger[1] ?? []).slice(0, 24);
  const bill = (priceOf: (h: number) => bigint) =>
    espOpens(
      publicKey,
      privateKey,
      recomputedCharge(
        publicKey,
        slots.map(({ C }, h) => ({ C, price: priceOf(h) })),
      ),
    );

  it('succeeds on the printed form: 24 prices of 2^(10h) show all 24 hours', () => {
    const charge = bill((h) => 2n ** BigInt(10 * h));
    assert.deepEqual(
      profile.map((_, h) => (charge >> BigInt(10 * h)) & 1023n),
      profile,
    );
  });

  it('succeeds on the printed form: a table changed for one hour inside the period shows that hour', () => {
    const flat = bill(() => 150n);
    for (const hour of [0, 7, 23])
      assert.equal(bill((h) => (h === hour ? 151n : 150n)) - flat, profile[hour]);
  });

  it('succeeds on the printed form: a price of 1 for one hour and 0 for the others', () => {
    assert.equal(
      bill((h) => (h === 20 ? 1n : 0n)),
      profile[20],
    );
  });
});
