/**
 * T002-10, break B2.10: "knowing the identity set, a secret random number d is chosen": one d for many meters, as one D in a block suggests, gives them one key for each receiver.
 * Attacker: anyone who reads two reports.
 */
import assert from 'node:assert/strict';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { random, signcrypt } from '../../papers/signcryption/scheme.js';
import { METERS, toySigncryption } from '../../helpers/toy-signcryption.js';
import { centre, meters, receivers, TIME } from './printed.js';

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0));

describe('T002-10 one d for many meters', () => {
  const texts = ['12.50 kW', '00.30 kW'] as const;
  const difference = xor(utf8(texts[0]), utf8(texts[1]));
  const partsOf = (ds: readonly [bigint, bigint]) =>
    meters.map((meter, i) => {
      const plaintext = utf8(texts[i] ?? '');
      const { omega } = signcrypt(centre, meter, [[receivers[1], plaintext]], TIME, {
        d: ds[i] ?? 1n,
        w: random(),
      });
      return omega[0]?.[1].subarray(0, plaintext.length) ?? new Uint8Array();
    }) as [Uint8Array, Uint8Array];

  it('succeeds on the printed form: two ciphertexts give the difference of their plaintexts', () => {
    const d = random();
    assert.deepEqual(xor(...partsOf([d, d])), difference);
  });

  it('does not succeed on the printed form read with a fresh d for each report', () => {
    assert.notDeepEqual(xor(...partsOf([random(), random()])), difference);
  });

  it('fails on the product: no call takes a d, and each report has its own D', async () => {
    const toy = await toySigncryption();
    const reports = [...METERS, ...METERS].map((meterId) => toy.report(meterId));
    const materials = new Set(reports.map(({ keyMaterial }) => Buffer.from(keyMaterial).toString('hex')));
    assert.equal(materials.size, reports.length);
  });
});
