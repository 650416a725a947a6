/**
 * T002-2, break B2.2: even with W hashed, h and w have the coefficient 1 in T, so W can cancel the partial key. Who puts an own Y' into the directory signs without any partial key.
 * Attacker: an outsider who can replace a key, or a meter whose partial key was never made or was revoked.
 */
import assert from 'node:assert/strict';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import {
  beta,
  eta,
  hashRaw,
  P,
  random,
  times,
  type PointG1,
  type Report,
  type SenderKey,
} from '../../papers/signcryption/scheme.js';
import { concatBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { boundHeader, signatureChallenges } from '@gridveil/chaincode/crypto/signcryption.js';
import { checkPossession, decodePublicKey } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { GENERATOR } from '@gridveil/chaincode/crypto/received-point.js';
import { encodeScalar, RISTRETTO_ORDER as q } from '@gridveil/chaincode/crypto/ristretto.js';
import { sumOfProductsVartime } from '@gridveil/chaincode/crypto/ristretto-sum.js';
import { loadRistrettoSecrets } from '@gridveil/client/crypto/ristretto-secret.js';
import { SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';
import { refused } from '../../helpers/refused.js';
import { little } from '../../helpers/signcryption-reference.js';
import { altered, makeKey, toySigncryption } from '../../helpers/toy-signcryption.js';
import { accepts, centre, meters, report } from './printed.js';
import { outcomes } from './product.js';

const { fields, pairing } = bls12_381;

describe('T002-2 replaced own key', () => {
  const [honest, victim] = [report(meters[0]), meters[1]];
  const x = random();
  const replaced: SenderKey = { id: victim.id, Y: times(P, x), alpha: victim.alpha };
  const X = victim.alpha.add(times(centre.Ypub, eta(victim.id, victim.alpha)));
  const t = random();
  /** W cancels X. */
  const W = times(P, t).subtract(X);
  const { omega, D, time } = honest;

  it('succeeds on the printed form', () => {
    const T = times(centre.Q, t + beta(centre, replaced, omega, D) * x);
    const forged: Report = { id: victim.id, time, omega, D, W, T };
    assert.equal(accepts(forged), false, 'not for the right key');
    const right = times(replaced.Y, beta(centre, replaced, omega, D))
      .add(X)
      .add(W);
    assert.ok(fields.Fp12.eql(pairing(P, T), pairing(right, centre.Q)));
  });

  it('succeeds on the printed form with W hashed as well', () => {
    const hashed = (commitment: PointG1) =>
      hashRaw(beta(centre, replaced, omega, D).toString(), commitment.toBytes());
    const T = times(centre.Q, t + hashed(W) * x);
    const right = times(replaced.Y, hashed(W)).add(X).add(W);
    assert.ok(fields.Fp12.eql(pairing(P, T), pairing(right, centre.Q)));
  });

  it('fails on the product: X has the coefficient γ, which hashes W', async () => {
    const toy = await toySigncryption();
    const own = await makeKey(toy.kgc, { purpose: 'sender', id: 'attacker', epoch: 1 });
    const secret = little(own.exportSecrets().own);
    // The own key of the attacker under the name and α of the victim.
    const bytes = concatBytes(toy.publicKey('m1').bytes.subarray(0, 32), own.publicKey.own.bytes);
    const key = decodePublicKey(toy.authority, { purpose: 'sender', id: 'm1', epoch: 1 }, bytes);
    const directory = { ...toy.directory, sender: () => key };
    const sample = toy.report('m1');
    const bound = boundHeader(
      sample.headerBytes,
      sample.header.receivers.map(({ index }) => toy.directory.receiver(index)),
    );
    // 1 as in print, then the γ of the round before.
    let guess = 1n;
    for (let round = 0; round < 4; round++) {
      const commitment = sumOfProductsVartime([
        { point: GENERATOR.prepared, scalar: 99n },
        { point: key.partial.prepared, scalar: q - guess },
      ]).toBytes();
      const challenges = signatureChallenges(bound, { ...sample, commitment }, key);
      const answer = encodeScalar((99n + challenges.beta * secret) % q);
      const forged = altered(sample, { commitment, answer });
      assert.deepEqual(outcomes(directory, [forged]), ['REPORT_BAD_SIGNATURE']);
      guess = challenges.gamma;
    }
  });

  it('fails on the product: the replaced key cannot be registered', async () => {
    const toy = await toySigncryption();
    const own = await makeKey(toy.kgc, { purpose: 'sender', id: 'attacker', epoch: 1 });
    const bytes = concatBytes(toy.publicKey('m1').bytes.subarray(0, 32), own.publicKey.own.bytes);
    const identity = { purpose: 'sender', id: 'm1', epoch: 1 } as const;
    const key = decodePublicKey(toy.authority, identity, bytes);
    const ristretto = await loadRistrettoSecrets();
    const random32 = () => new Uint8Array(32).fill(1);
    const posing = new SigncryptionKey(ristretto, toy.authority, key, own.exportSecrets(), random32);
    assert.throws(
      () => checkPossession(toy.authority, key, posing.provePossession()),
      refused('BAD_SIGNCRYPTION_POSSESSION', { secret: 'partial' }),
    );
  });

  it('fails on the product: neither does the control centre sign, which knows h but not x', async () => {
    const toy = await toySigncryption();
    const { partial } = toy.key('m1').exportSecrets();
    const own = (await makeKey(toy.kgc, { purpose: 'sender', id: 'attacker', epoch: 1 })).exportSecrets().own;
    const ristretto = await loadRistrettoSecrets();
    const random32 = () => new Uint8Array(32).fill(1);
    const key = toy.publicKey('m1');
    const posing = new SigncryptionKey(ristretto, toy.authority, key, { own, partial }, random32);
    const sample = toy.report('m1');
    const bound = boundHeader(
      sample.headerBytes,
      sample.header.receivers.map(({ index }) => toy.directory.receiver(index)),
    );
    const signature = posing.sign(bound, (commitment) =>
      signatureChallenges(bound, { ...sample, commitment }, key),
    );
    assert.deepEqual(outcomes(toy.directory, [altered(sample, signature)]), ['REPORT_BAD_SIGNATURE']);
  });
});
