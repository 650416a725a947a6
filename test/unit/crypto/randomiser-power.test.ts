import assert from 'node:assert/strict';
import { modPow } from '@gridveil/chaincode/crypto/modular.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { randomiserPower } from '@gridveil/chaincode/crypto/randomiser-power.js';
import { generatePaillierKey } from '@gridveil/client/crypto/paillier-key.js';

describe('powers of h_N with public exponents', () => {
  const exponents = [
    0n,
    1n,
    2n,
    2n ** 128n - 1n,
    3n ** 350n,
    2n ** 615n - 1n,
    2n ** 616n,
    2n ** 700n + 12_345n,
  ];

  function check(key: PaillierPublicKey, round: number): void {
    for (const exponent of exponents) {
      const power = randomiserPower(key, exponent + BigInt(round));
      assert.equal(power, modPow(key.hN, exponent + BigInt(round), key.nSquared), `${exponent}`);
    }
  }

  it('are the same before and after a table was built, for exponents that fit it and longer ones', async () => {
    const { publicKey } = await generatePaillierKey(512);
    for (let round = 0; round < 4; round++) check(publicKey, round);
  });

  it('are those of their key, however many keys take turns', async () => {
    const keys = await Promise.all(Array.from({ length: 6 }, () => generatePaillierKey(512)));
    for (let round = 0; round < 3; round++) for (const { publicKey } of keys) check(publicKey, round);
  });

  it('are those of both numbers of a key: one that shares h_N has others', async () => {
    const [one, other] = [await generatePaillierKey(512), await generatePaillierKey(512)];
    const mixed = { ...other.publicKey, hN: one.publicKey.hN % other.publicKey.n };
    const own = { ...one.publicKey, hN: mixed.hN };
    for (let round = 0; round < 3; round++) for (const key of [own, mixed]) check(key, round);
  });

  it('refuse a negative exponent', async () => {
    const { publicKey } = await generatePaillierKey(512);
    assert.throws(() => randomiserPower(publicKey, -1n), RangeError);
  });
});
