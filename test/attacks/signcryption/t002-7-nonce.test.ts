/**
 * T002-7, break B2.7: with a repeated w, T_1 - T_2 = (β_1 - β_2)·xQ. Q is the same for ever, so that xQ signs whatever follows.
 * Attacker: an observer of a meter whose source of randomness is broken.
 */
import assert from 'node:assert/strict';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { beta, random, signcrypt, times, type Report } from '../../papers/signcryption/scheme.js';
import { decodeSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import { ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import { makeToySigncryption, RECEIVERS, SCOPE, SLOT } from '../../helpers/toy-signcryption.js';
import { accepts, centre, meters, receivers, report, TIME } from './printed.js';

describe('T002-7 repeated nonce', () => {
  it('succeeds on the printed form: two reports give the key to all later ones', () => {
    const [victim, other] = meters;
    const w = random();
    const [one, two] = ['5', '7'].map((text) =>
      signcrypt(centre, victim, [[receivers[1], utf8(text)]], TIME, { d: random(), w }),
    ) as [Report, Report];
    const [b1, b2] = [one, two].map(({ omega, D }) => beta(centre, victim, omega, D)) as [bigint, bigint];
    const xQ = times(one.T.subtract(two.T), bls12_381.fields.Fr.inv(b1 - b2));
    assert.ok(xQ.equals(times(centre.Q, victim.x)));
    const { omega, D, time } = report(other);
    const T = one.T.add(times(xQ, beta(centre, victim, omega, D) - b1));
    assert.equal(accepts({ id: victim.id, time, omega, D, W: one.W, T }), true);
  });

  it('fails on the product: with constant randomness every report still has its own D and W', async () => {
    const toy = await makeToySigncryption((sizeBytes) => new Uint8Array(sizeBytes).fill(7));
    const reports = [
      toy.report('m1'),
      toy.report('m1', SLOT + 1),
      toy.report('m1', SLOT, RECEIVERS.slice(1)),
      toy.report('m1', SLOT, RECEIVERS.slice(0, 1)),
    ];
    for (const field of ['keyMaterial', 'commitment', 'answer'] as const)
      assert.equal(
        new Set(reports.map((one) => Buffer.from(one[field]).toString('hex'))).size,
        reports.length,
      );
  });

  it('fails on the product: so does another plaintext under the same header', async () => {
    const toy = await makeToySigncryption((sizeBytes) => new Uint8Array(sizeBytes).fill(7));
    const sealer = await ReportSealer.create(toy.key('m1'));
    const sealed = ['5 kW', '7 kW'].map((text) =>
      sealer.seal({ ...SCOPE, slot: SLOT }, [{ receiver: toy.publicKey('supplier'), plaintext: utf8(text) }]),
    ) as [Uint8Array, Uint8Array];
    const [one, two] = sealed.map(decodeSigncryptedReport);
    assert.ok(one && two);
    assert.notDeepEqual(one.keyMaterial, two.keyMaterial);
    assert.notDeepEqual(one.commitment, two.commitment);
  });
});
