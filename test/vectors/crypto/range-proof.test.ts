/** Range proofs frozen once, checked by the product and by a second implementation written from the equations; and each checks the other's fresh ones. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToBigint, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { findInvalidRangeProofs } from '@gridveil/chaincode/crypto/range-proof.js';
import { rangeStatement } from '@gridveil/chaincode/crypto/range-proof-statement.js';
import { importPaillierKey } from '@gridveil/client/crypto/paillier-key.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import { RangeProver } from '@gridveil/client/crypto/range-proof.js';
import { unhex } from '../../helpers/bls.js';
import { referenceChecks, referenceProve, referenceWeights } from '../../helpers/range-proof-reference.js';

interface Vectors {
  readonly n: string;
  readonly hN: string;
  readonly p: string;
  readonly q: string;
  readonly cases: readonly {
    readonly d: number;
    readonly maximum: number;
    readonly context: string;
    readonly ciphertext: string;
    readonly proof: string;
  }[];
}

const FILE = join(__dirname, '../../../vectors/crypto/range-proof.json');
const ALL_HOLD = { points: true, bits: true, plaintext: true, sizes: true };

describe('range proof vectors', () => {
  const { cases, ...numbers } = JSON.parse(readFileSync(FILE, 'utf8')) as Vectors;
  const { n, hN, p, q } = numbers;
  const key = importPaillierKey({ schema: 'gridveil/paillier-key/v1', n, hN, p, q });
  const { publicKey } = key;

  for (const [index, one] of cases.entries()) {
    const { d, maximum } = one;
    const [context, ciphertext, proof] = [one.context, one.ciphertext, one.proof].map(unhex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];

    it(`case ${index}: ${d} of ${maximum} holds for both implementations`, () => {
      assert.deepEqual(referenceChecks({ ...publicKey, maximum }, context, ciphertext, proof), ALL_HOLD);
      const proven = { owner: 'm', context, ciphertext, proof };
      assert.deepEqual(findInvalidRangeProofs(rangeStatement(publicKey, maximum), [proven]), []);
      assert.equal(decrypt(key, bytesToBigint(ciphertext)), BigInt(d));
    });

    it(`case ${index}: the product accepts what the reference proves anew, and the reference what the product proves`, () => {
      const weights = referenceWeights(maximum);
      assert.deepEqual(rangeStatement(publicKey, maximum).weights, weights);
      let rest = BigInt(d);
      const b = [...weights].reverse().map((weight) => {
        const bit = rest >= weight ? 1n : 0n;
        rest -= bit * weight;
        return bit;
      });
      const reference = referenceProve({ ...publicKey, maximum }, context, {
        ...{ b: b.reverse(), d: BigInt(d), rho: 12_345n },
      });
      assert.deepEqual(
        findInvalidRangeProofs(rangeStatement(publicKey, maximum), [{ owner: 'm', context, ...reference }]),
        [],
      );
      const product = new RangeProver(publicKey, maximum).encrypt(d, utf8('fresh'));
      const checks = referenceChecks(
        { ...publicKey, maximum },
        utf8('fresh'),
        product.ciphertext,
        product.proof,
      );
      assert.deepEqual(checks, ALL_HOLD);
    });
  }
});
