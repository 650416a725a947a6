/**
 * T000-8, break B0.8: nobody checks that a ciphertext is one. 0 or N wipe out a region and every region above it.
 * Attacker: one meter.
 */
import assert from 'node:assert/strict';
import { aggregateRegions, makeRegionReport } from '../../papers/fog-aggregation/aggregation.js';
import { decrypt, gcd, setUpToy } from '../../papers/fog-aggregation/paillier.js';
import { makeReport, reportOf } from '../../papers/fog-aggregation/report.js';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { openToyGrid, SLOT, type ToyGrid } from '../../helpers/toy-grid.js';
import { fogNode, outcome, reportWith } from './product.js';

const RADIX = 2n ** 40n;
const TIME = '2024-01-01T00:15Z';

describe('T000-8 ciphertexts that are none', () => {
  describe('printed form', () => {
    const { parameters, privateKey, p } = setUpToy();
    const { N, N2 } = parameters;
    const region = (fogId: string, readings: readonly bigint[], extra: readonly bigint[] = []): bigint =>
      makeRegionReport(parameters, fogId, TIME, [
        ...readings.map((d, i) => makeReport(parameters, `${fogId}-m${i}`, d, TIME)),
        ...extra.map((C) => reportOf(parameters, C, TIME, `${fogId}-attacker`)),
      ]).ciphertext;
    const total = (C: bigint): bigint =>
      aggregateRegions(parameters, [region('f1', [239n, 517n], [C]), region('f2', [1n, 2n])], RADIX);
    const open = (C: bigint) => decrypt(parameters, privateKey, C);
    const honest = 756n + 3n * RADIX;

    for (const [name, C] of [
      ['0', 0n],
      ['N', N],
      ['N²', N2],
    ] as const)
      it(`succeeds on the printed form: ${name} makes the total of all regions 0, without an error`, () => {
        assert.equal(open(total(C)), 0n);
      });

    it('succeeds on the printed form: a multiple of a prime factor makes the total useless', () => {
      assert.notEqual(open(total(p)), honest);
      assert.equal(gcd(total(p), N), p);
    });

    it('succeeds on the printed form: one ciphertext in two guises, C and C + N²', () => {
      const C = makeReport(parameters, 'm', 5n, TIME).ciphertext;
      assert.equal(open(total(C + N2)), honest + 5n);
      assert.equal(open(total(C)), honest + 5n);
    });

    it('is not disturbed by N² - 1, a valid ciphertext of 0', () => {
      assert.equal(open(N2 - 1n), 0n);
      assert.equal(open(total(N2 - 1n)), honest);
    });
  });

  describe('product', () => {
    let toy: ToyGrid;
    before(async () => (toy = await openToyGrid()));
    after(() => toy.close());

    const bytes = (C: bigint): Uint8Array => bigintToBytes(C, toy.grid.publicKey.ciphertextBytes);
    /** All meters report 100 Wh; the first of the north, the attacker, `C` instead. Counts and opened regions. */
    const opened = async (
      slot: number,
      C: bigint,
    ): Promise<{ answer: string; count: number; regions: readonly number[] }> => {
      const answer = outcome(fogNode(toy).receive(reportWith(toy, bytes(C), { slot })));
      for (const meter of toy.meters.slice(1)) {
        const report = await meter.report(slot, 100);
        for (const node of toy.fogNodes) node.receive(report);
      }
      const [north] = fogNode(toy).closeSlot(slot);
      for (const node of toy.fogNodes) await node.submit([slot]);
      await toy.leader.settle(slot);
      const { consumptionWh } = await toy.mdms.openSlot(slot);
      return { answer, count: north?.count ?? -1, regions: consumptionWh };
    };

    for (const [offset, name, make] of [
      [0, '0', () => 0n],
      [1, 'N²', () => toy.grid.publicKey.nSquared],
      [2, 'N² + 1', () => toy.grid.publicKey.nSquared + 1n],
    ] as const)
      it(`fails on the product: ${name} is refused, and the other regions open as they are`, async () => {
        // Two of three meters are left in the north, below minGroup: the region is withheld.
        assert.deepEqual(await opened(SLOT + offset, make()), {
          answer: 'INVALID_CIPHERTEXT',
          count: 0,
          regions: [0, 300, 300],
        });
      });

    for (const [offset, name, make] of [
      [3, 'N', () => toy.grid.publicKey.n],
      [4, 'a multiple of a prime factor', () => toy.privateKey.p * 5n],
    ] as const)
      it(`fails on the product: ${name} is struck out when the slot closes`, async () => {
        const { count, regions } = await opened(SLOT + offset, make());
        assert.deepEqual({ count, regions }, { count: 0, regions: [0, 300, 300] });
      });

    it('accepts N² - 1, a valid ciphertext of 0', async () => {
      const slot = SLOT + 5;
      const expected = { answer: 'accepted', count: 3, regions: [200, 300, 300] };
      assert.deepEqual(await opened(slot, toy.grid.publicKey.nSquared - 1n), expected);
    });
  });
});
