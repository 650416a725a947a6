import assert from 'node:assert/strict';
import { generatePrimeSync } from 'node:crypto';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { modPow } from '@gridveil/chaincode/crypto/modular.js';
import { modulusChallenges, verifyModulusProof } from '@gridveil/chaincode/crypto/modulus-proof.js';
import { proveModulus } from '@gridveil/client/crypto/modulus-proof.js';
import { toyKey } from '../../helpers/bench-values.js';

const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });

describe('the proof of a Paillier modulus', () => {
  let n: bigint;
  let roots: bigint[];
  before(async () => {
    const key = await toyKey();
    n = key.publicKey.n;
    roots = proveModulus(key).map(bytesToBigint);
  });

  it('rejects a proof for another modulus, in another order, too short, too long, or with one root changed', () => {
    assert.equal(verifyModulusProof(prime(128) * prime(128), roots), false);
    assert.equal(verifyModulusProof(n, [...roots].reverse()), false);
    assert.equal(verifyModulusProof(n, roots.slice(1)), false);
    assert.equal(verifyModulusProof(n, [...roots, 1n]), false);
    for (const i of roots.keys()) {
      for (const wrong of [0n, 1n, n, (roots[i] ?? 0n) + 1n, (roots[i] ?? 0n) + n]) {
        assert.equal(verifyModulusProof(n, roots.with(i, wrong)), false);
      }
    }
  });

  it('rejects a modulus with a prime below 6370, whatever the roots', () => {
    const bad = 6367n * prime(256);
    const phi = 6366n * (bad / 6367n - 1n);
    const made = modulusChallenges(bad).map((challenge) => modPow(challenge, inverse(bad, phi), bad));
    assert.ok(modulusChallenges(bad).every((challenge, i) => modPow(made[i] ?? 0n, bad, bad) === challenge));
    assert.equal(verifyModulusProof(bad, made), false);
  });

  it('cannot be made for a square or for p·q with p dividing q - 1: most values have no root at all', () => {
    const p = prime(64);
    const withoutRoot = (modulus: bigint, groupOrder: bigint, divisor: bigint): number =>
      modulusChallenges(modulus).filter(
        (challenge) => modPow(challenge, groupOrder / divisor, modulus) !== 1n,
      ).length;
    assert.equal(withoutRoot(p * p, p * (p - 1n), p), 11);
  });

  it('holds for a proper key', () => {
    assert.equal(verifyModulusProof(n, roots), true);
  });
});

function inverse(a: bigint, modulus: bigint): bigint {
  let [r0, r1, t0, t1] = [modulus, a % modulus, 0n, 1n];
  while (r1 !== 0n) [r0, r1, t0, t1] = [r1, r0 % r1, t1, t0 - (r0 / r1) * t1];
  return ((t0 % modulus) + modulus) % modulus;
}
