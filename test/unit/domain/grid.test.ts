import assert from 'node:assert/strict';
import { PAILLIER_MODULUS_BITS } from '@gridveil/chaincode/crypto/paillier.js';
import { checkGridParameters, gridPublicKey, type GridParameters } from '@gridveil/chaincode/domain/grid.js';
import { toyKey, toyParameters } from '../../helpers/bench-values.js';
import { refused } from '../../helpers/refused.js';

describe('grid parameters', () => {
  let toy: GridParameters;
  before(async () => {
    toy = toyParameters(await toyKey(), 'g');
  });

  it('of the product have moduli of 2048 to 4096 bits', () => {
    assert.deepEqual(PAILLIER_MODULUS_BITS, [2048, 3072, 4096]);
    const check = (n: bigint) => checkGridParameters({ ...toy, n, hN: 2n }, PAILLIER_MODULUS_BITS);
    assert.throws(() => check(toy.n), refused('MODULUS_SIZE', { bits: 256, allowed: '2048, 3072, 4096' }));
    for (const bits of [2047n, 2049n, 3071n, 4097n])
      assert.throws(() => check(2n ** (bits - 1n) + 1n), refused('MODULUS_SIZE', { bits: Number(bits) }));
    for (const bits of [2048n, 3072n, 4096n]) {
      // Of a right size, but nobody can prove it a product of two primes: that is looked at last.
      assert.throws(() => check(2n ** (bits - 1n) + 1n), refused('BAD_MODULUS_PROOF'));
      assert.throws(() => check(2n ** (bits - 1n)), refused('BAD_FIELD', { field: 'n' }));
    }
  });

  it('leave room for as many regions as spec 6.4 counts', () => {
    const regions = (count: number) => Array.from({ length: count }, (_, j) => `r${j}`);
    const check = (bits: bigint, count: number) =>
      checkGridParameters(
        {
          ...toy,
          n: 2n ** (bits - 1n) + 1n,
          hN: 2n,
          radixBits: 32,
          maxMeters: 2 ** 13,
          maxReadingWh: 2 ** 17,
          regions: regions(count),
        },
        PAILLIER_MODULUS_BITS,
      );
    assert.throws(() => check(2048n, 63), refused('BAD_MODULUS_PROOF'));
    assert.throws(() => check(3072n, 95), refused('BAD_MODULUS_PROOF'));
    assert.throws(() => check(2048n, 64), refused('RADIX_OVERFLOW', { regions: 64, modulusBits: 2048 }));
    assert.throws(() => check(3072n, 96), refused('RADIX_OVERFLOW'));
  });

  it('give one prepared key for each pair of N and h_N', async () => {
    const { publicKey } = await toyKey();
    const { n, hN } = publicKey;
    const record = { n: String(n), hN: String(hN) };
    assert.equal(gridPublicKey(record), gridPublicKey({ ...record }));
    assert.deepEqual(gridPublicKey(record), publicKey);
    const squared = (hN * hN) % publicKey.nSquared;
    assert.equal(gridPublicKey({ n: String(n), hN: String(squared) }).hN, squared);
    for (let i = 2n; i < 20n; i++) assert.equal(gridPublicKey({ n: String(n), hN: String(i) }).hN, i);
    assert.deepEqual(gridPublicKey(record), publicKey);
  });
});
