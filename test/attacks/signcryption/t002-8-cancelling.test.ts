/**
 * T002-8, break B2.8: Eq. (2) tests the sum of the signatures. Two that cancel each other's error pass, and each of them can be repudiated later.
 * Attacker: two meters together.
 */
import assert from 'node:assert/strict';
import { random, times } from '../../papers/signcryption/scheme.js';
import { encodeScalar } from '@gridveil/chaincode/crypto/ristretto.js';
import { little, q } from '../../helpers/signcryption-reference.js';
import { altered, toySigncryption } from '../../helpers/toy-signcryption.js';
import { accepts, centre, meters, report } from './printed.js';
import { outcomes } from './product.js';

describe('T002-8 signatures that cancel each other', () => {
  it('succeeds on the printed form: the aggregate passes, no signature in it is valid', () => {
    const Z = times(centre.Q, random());
    const [one, two] = [report(meters[0]), report(meters[1])];
    const moved = [
      { ...one, T: one.T.add(Z) },
      { ...two, T: two.T.subtract(Z) },
    ] as const;
    assert.equal(accepts(...moved), true);
    assert.deepEqual(
      moved.map((each) => accepts(each)),
      [false, false],
    );
  });

  it('fails on the product: both are named, and the third is accepted', async () => {
    const toy = await toySigncryption();
    const [one, two] = [toy.report('m1'), toy.report('m2')];
    const moved = [
      altered(one, { answer: encodeScalar((little(one.answer) + 5n) % q) }),
      altered(two, { answer: encodeScalar((little(two.answer) + q - 5n) % q) }),
    ];
    assert.deepEqual(outcomes(toy.directory, [...moved, toy.sealed('m3')]), [
      'REPORT_BAD_SIGNATURE',
      'REPORT_BAD_SIGNATURE',
      'accepted',
    ]);
  });
});
