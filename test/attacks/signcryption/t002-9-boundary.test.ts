/**
 * T002-9, break B2.9: β hashes the parts joined without lengths, so that their boundaries can be moved. Receivers then refuse what everybody else calls genuine.
 * Attacker: a relay.
 */
import assert from 'node:assert/strict';
import { concatBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { altered, toySigncryption } from '../../helpers/toy-signcryption.js';
import { accepts, centre, meters, receivers, report } from './printed.js';
import { open } from '../../papers/signcryption/scheme.js';
import { outcomes } from './product.js';

describe('T002-9 moved boundaries', () => {
  it('succeeds on the printed form: the report is genuine, and nobody can open it', () => {
    const honest = report(meters[0]);
    const [first, second] = honest.omega;
    assert.ok(first && second);
    const omega = [
      [first[0], first[1].subarray(0, -1)],
      [second[0], concatBytes(first[1].subarray(-1), second[1])],
    ] as const;
    assert.equal(accepts({ ...honest, omega }), true);
    assert.deepEqual(
      receivers.map((to) => open(centre, to, { ...honest, omega })),
      [undefined, undefined],
    );
  });

  it('fails on the product: parts are hashed with their lengths', async () => {
    const toy = await toySigncryption();
    const honest = toy.report('m1');
    const [first = new Uint8Array(), second = new Uint8Array(), ...rest] = honest.parts;
    const forward = [first.subarray(0, -1), concatBytes(first.subarray(-1), second), ...rest];
    const back = [concatBytes(first, second.subarray(0, 1)), second.subarray(1), ...rest];
    const moved = [forward, back].map((parts) => altered(honest, { parts }));
    assert.deepEqual(outcomes(toy.directory, moved), ['REPORT_BAD_SIGNATURE', 'REPORT_BAD_SIGNATURE']);
  });
});
