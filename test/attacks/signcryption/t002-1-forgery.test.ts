/**
 * T002-1, break B2.1: W is not hashed, so whoever picks the answer first can compute a W that fits it. No secret is needed.
 * Attacker: an outsider.
 */
import assert from 'node:assert/strict';
import { beta, eta, P, random, times, type Report } from '../../papers/signcryption/scheme.js';
import { boundHeader, signatureChallenges } from '@gridveil/chaincode/crypto/signcryption.js';
import { GENERATOR } from '@gridveil/chaincode/crypto/received-point.js';
import { encodeScalar, RISTRETTO_ORDER as q } from '@gridveil/chaincode/crypto/ristretto.js';
import { sumOfProductsVartime } from '@gridveil/chaincode/crypto/ristretto-sum.js';
import { altered, toySigncryption } from '../../helpers/toy-signcryption.js';
import { accepts, centre, meters, report } from './printed.js';
import { outcomes } from './product.js';

describe('T002-1 forgery without a secret', () => {
  it('succeeds on the printed form: any ω is signed in the name of any meter', () => {
    const [, victim] = meters;
    const { omega, D, time } = report(meters[0]);
    const t = random();
    const W = times(P, t)
      .subtract(times(victim.Y, beta(centre, victim, omega, D)))
      .subtract(victim.alpha)
      .subtract(times(centre.Ypub, eta(victim.id, victim.alpha)));
    const forged: Report = { id: victim.id, time, omega, D, W, T: times(centre.Q, t) };
    assert.equal(accepts(forged), true);
  });

  it('fails on the product: β and γ hash W, so a W computed from them changes them', async () => {
    const toy = await toySigncryption();
    const honest = toy.report('m1');
    const victim = toy.publicKey('m1');
    const bound = boundHeader(
      honest.headerBytes,
      honest.header.receivers.map(({ index }) => toy.directory.receiver(index)),
    );
    let { commitment } = honest;
    // Each round answers the challenges of the W before, and gets others.
    for (let round = 0; round < 5; round++) {
      const { beta: b, gamma } = signatureChallenges(bound, { ...honest, commitment }, victim);
      const z = 12_345n + BigInt(round);
      commitment = sumOfProductsVartime([
        { point: GENERATOR.prepared, scalar: z },
        { point: victim.own.prepared, scalar: q - b },
        { point: victim.partial.prepared, scalar: q - gamma },
      ]).toBytes();
      const forged = altered(honest, { commitment, answer: encodeScalar(z) });
      assert.deepEqual(outcomes(toy.directory, [forged]), ['REPORT_BAD_SIGNATURE']);
    }
  });
});
