/**
 * T000-7, break B0.7: raw concatenation gives two different reports one "signature".
 * Attacker: anyone.
 */
import assert from 'node:assert/strict';
import { encrypt, setUpToy } from '../../papers/fog-aggregation/paillier.js';
import { fogAccepts, macOf } from '../../papers/fog-aggregation/report.js';
import { lp, splitLp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeReportHeader } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { openToyGrid, type ToyGrid } from '../../helpers/toy-grid.js';
import { fogNode, headerOf, outcome, reportWith } from './product.js';

/** Pairs of (time, meter id) with the same concatenation. */
const SHIFTED = [
  [
    ['202401010015', '7'],
    ['20240101001', '57'],
  ],
  [
    ['2024-01-01T00:15Z', 'meter'],
    ['2024-01-01T00:15Zmeter', ''],
  ],
  [
    ['', 'T1'],
    ['T1', ''],
  ],
] as const;

describe('T000-7 shifted field boundaries', () => {
  describe('printed form', () => {
    const { parameters } = setUpToy();
    const ciphertext = encrypt(parameters, 239n);

    for (const [[time, id], [otherTime, otherId]] of SHIFTED) {
      const mac = macOf(parameters, ciphertext, time, id, 'raw');
      it(`succeeds on the printed form: a report of "${id}" also counts for "${otherId}"`, () => {
        assert.equal(fogAccepts(parameters, { ciphertext, mac, time: otherTime, id: otherId }, 'raw'), true);
      });

      it(`fails once fields have lengths: "${id}" is not "${otherId}"`, () => {
        const injective = macOf(parameters, ciphertext, time, id);
        assert.equal(
          fogAccepts(parameters, { ciphertext, mac: injective, time: otherTime, id: otherId }),
          false,
        );
      });
    }
  });

  describe('product', () => {
    let toy: ToyGrid;
    before(async () => (toy = await openToyGrid()));
    after(() => toy.close());

    for (const [[time, id], [otherTime, otherId]] of SHIFTED)
      it(`fails on the product: (${time}, ${id}) and (${otherTime}, ${otherId}) are different bytes`, () => {
        assert.notDeepEqual(lp(time, id), lp(otherTime, otherId));
      });

    it('fails on the product: headers whose fields run together are different bytes', () => {
      const one = encodeReportHeader(headerOf(toy, { region: 'ab', meterId: 'c' }));
      const other = encodeReportHeader(headerOf(toy, { region: 'a', meterId: 'bc' }));
      assert.notDeepEqual(one, other);
    });

    it('fails on the product: a length of 2^32 - 1 is refused before anything is read', () => {
      assert.throws(() => splitLp(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1), 1, 'It'), { code: 'TRUNCATED' });
      const report = reportWith(toy, toy.encrypt(1n));
      report.set([0xff, 0xff, 0xff, 0xff]);
      assert.equal(outcome(fogNode(toy).receive(report)), 'TRUNCATED');
    });

    it('fails on the product: empty identifiers are refused', () => {
      assert.equal(
        outcome(fogNode(toy).receive(reportWith(toy, toy.encrypt(1n), { grid: '' }))),
        'BAD_IDENTIFIER',
      );
      assert.deepEqual(splitLp(lp('', 'T1'), 2, 'It'), [utf8(''), utf8('T1')]);
    });
  });
});
