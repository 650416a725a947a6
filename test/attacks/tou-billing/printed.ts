/** What the attacks on the printed form of paper 001 share: toy keys, two days of three homes, their charges, Eq. (8) to (18). */
import { recomputedCharge, type BilledSlot } from '../../papers/tou-billing/billing.js';
import { decrypt, encrypt, setUpToy } from '../../papers/tou-billing/paillier.js';
import { price } from '../../papers/tou-billing/tariff.js';

export const PRICES = { high: 420n, normal: 150n, low: 90n };
export const SLOTS = 48;

export const { publicKey, privateKey, p } = setUpToy();

export const open = (C: bigint): bigint => decrypt(publicKey, privateKey, C);

export const readings = [0, 1, 2].map((i) =>
  Array.from({ length: SLOTS }, (_, h) => BigInt((37 * h + 101 * i) % 900)),
);

/** What the ledger holds of home i: C_i,γ and p_γ. */
export const ledger: readonly (readonly BilledSlot[])[] = readings.map((home) =>
  home.map((d, h) => ({ C: encrypt(publicKey, d), price: price(PRICES, h + 1) })),
);

/** Cha_i, honest. */
export const charges = ledger.map((slots) => recomputedCharge(publicKey, slots));

/** MT_i in clear. */
export const bills = readings.map((home) => home.reduce((sum, d, h) => sum + d * price(PRICES, h + 1), 0n));
