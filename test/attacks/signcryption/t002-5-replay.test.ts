/**
 * T002-5, break B2.5: neither the timestamp nor the receivers are signed.
 * Attacker: anyone who sees a report.
 */
import assert from 'node:assert/strict';
import {
  encodeSigncryptionHeader,
  type SigncryptedReport,
  type SigncryptionHeader,
} from '@gridveil/chaincode/crypto/signcryption.js';
import { concatBytes, lp, splitLp, u32 } from '@gridveil/chaincode/crypto/bytes.js';
import { altered, SLOT, toySigncryption, type ToySigncryption } from '../../helpers/toy-signcryption.js';
import { accepts, meters, report } from './printed.js';
import { outcomes } from './product.js';

describe('T002-5 replay and re-addressing', () => {
  it('succeeds on the printed form with another time, other receivers and another order of them', () => {
    const honest = report(meters[0]);
    const [first, second] = honest.omega;
    assert.ok(first && second);
    assert.equal(accepts({ ...honest, time: '2024-06-01T03:00Z' }), true);
    const renamed = [[second[0], first[1]] as const, [first[0], second[1]] as const];
    assert.equal(accepts({ ...honest, omega: renamed }), true);
    assert.equal(accepts({ ...honest, omega: [['nobody', first[1]] as const, second] }), true);
  });

  describe('product', () => {
    let toy: ToySigncryption;
    let honest: SigncryptedReport;
    before(async () => {
      toy = await toySigncryption();
      honest = toy.report('m1');
    });

    const withHeader = (changes: Partial<SigncryptionHeader>, more: Partial<SigncryptedReport> = {}) =>
      altered(honest, { headerBytes: encodeSigncryptionHeader({ ...honest.header, ...changes }), ...more });

    it('fails on the product: in another slot, of another meter, for another epoch, grid or channel', () => {
      assert.deepEqual(outcomes(toy.directory, [altered(honest, {})], SLOT + 4), ['REPORT_WRONG_SLOT']);
      assert.deepEqual(outcomes(toy.directory, [withHeader({ slot: SLOT + 4 })], SLOT + 4), [
        'REPORT_BAD_SIGNATURE',
      ]);
      const codes = outcomes(toy.directory, [
        withHeader({ meterId: 'm2' }),
        withHeader({ epoch: 2 }),
        withHeader({ grid: 'other' }),
        withHeader({ channel: 'other' }),
      ]);
      assert.deepEqual(codes, [
        'REPORT_BAD_SIGNATURE',
        'REPORT_WRONG_EPOCH',
        'REPORT_WRONG_GRID',
        'REPORT_WRONG_GRID',
      ]);
    });

    it('fails on the product: with a receiver less, another one, an old key of one', () => {
      const { receivers } = honest.header;
      const [first, ...rest] = receivers;
      assert.ok(first);
      const codes = outcomes(toy.directory, [
        withHeader({ receivers: rest }),
        withHeader({ receivers: rest }, { parts: honest.parts.slice(1) }),
        withHeader({ receivers: [{ index: '0'.repeat(32), epoch: 1 }, ...rest] }),
        withHeader({ receivers: receivers.map((one) => ({ ...one, epoch: 2 })) }),
      ]);
      assert.deepEqual(codes, [
        'RECEIVER_COUNT',
        'REPORT_BAD_SIGNATURE',
        'RECEIVER_UNKNOWN',
        'RECEIVER_WRONG_EPOCH',
      ]);
    });

    it('fails on the product: with receivers swapped or repeated', () => {
      const fields = splitLp(honest.headerBytes, 7, 'a header');
      const names = honest.header.receivers.map(({ index, epoch }) =>
        concatBytes(Buffer.from(index, 'hex'), u32(epoch)),
      );
      const [a, b, c] = names as [Uint8Array, Uint8Array, Uint8Array];
      const listed = (...order: readonly Uint8Array[]) =>
        altered(honest, { headerBytes: lp(...fields.slice(0, 6), concatBytes(...order)) });
      assert.deepEqual(outcomes(toy.directory, [listed(b, a, c), listed(a, a, c), listed(a, b, c)]), [
        'RECEIVERS_UNORDERED',
        'RECEIVER_REPEATED',
        'accepted',
      ]);
    });
  });
});
