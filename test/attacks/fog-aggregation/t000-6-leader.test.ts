/**
 * T000-6, break B0.6: the transaction (C_AS, Leader, T) is unsigned and bound to nothing, so the leader writes what it likes.
 * Attacker: the leader.
 */
import assert from 'node:assert/strict';
import {
  aggregateRegion,
  aggregateRegions,
  blockAccepted,
  type BlockTransaction,
} from '../../papers/fog-aggregation/aggregation.js';
import { extractRegions } from '../../papers/fog-aggregation/extraction.js';
import { decrypt, encrypt, setUpToy } from '../../papers/fog-aggregation/paillier.js';
import { hornerTotal } from '@gridveil/chaincode/crypto/radix.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { getSlot, submitTotal } from '@gridveil/client/ledger/calls.js';
import { openToyGrid, RADIX_BITS, SLOT, type ToyGrid } from '../../helpers/toy-grid.js';

const RADIX = 2n ** 40n;

describe('T000-6 dishonest leader', () => {
  describe('printed form', () => {
    const { parameters, privateKey } = setUpToy();
    const regions = [[239n, 517n], [1n, 2n], [7n]].map((readings) =>
      aggregateRegion(
        parameters,
        readings.map((d) => encrypt(parameters, d)),
      ),
    );
    /** What becomes of a total in print: acknowledged by nodes that cannot check it, then opened. */
    const published = (total: bigint): bigint[] => {
      const block: BlockTransaction = { total, leaderId: 'fog-1', time: '2024-01-01T00:15Z' };
      assert.ok(blockAccepted(2, 3));
      return extractRegions(decrypt(parameters, privateKey, block.total), RADIX, 3);
    };

    it('is exact for an honest leader', () => {
      assert.deepEqual(published(aggregateRegions(parameters, regions, RADIX)), [756n, 3n, 7n]);
    });

    it('succeeds on the printed form: a total out of thin air', () => {
      const invented = encrypt(parameters, 1n + 2n * RADIX + 3n * RADIX ** 2n);
      assert.deepEqual(published(invented), [1n, 2n, 3n]);
    });

    it('succeeds on the printed form: one region replaced', () => {
      const changed = [regions[0] ?? 1n, encrypt(parameters, 9999n), regions[2] ?? 1n];
      assert.deepEqual(published(aggregateRegions(parameters, changed, RADIX)), [756n, 9999n, 7n]);
    });

    it('succeeds on the printed form: one region left out', () => {
      const without = [regions[0] ?? 1n, 1n, regions[2] ?? 1n];
      assert.deepEqual(published(aggregateRegions(parameters, without, RADIX)), [756n, 0n, 7n]);
    });
  });

  describe('product', () => {
    let toy: ToyGrid;
    before(async () => (toy = await openToyGrid()));
    after(() => toy.close());

    /** What the leader submits for the slot; by default as the leader of the current term. */
    const submit = (ciphertext: bigint, term = toy.leader.term, fogNode = 'fog-1'): Promise<unknown> => {
      const ledger = toy.fogLedgers[Number(fogNode.slice(-1)) - 1];
      assert.ok(ledger);
      const bytes = encodeCiphertext(toy.grid.publicKey, ciphertext);
      return submitTotal(ledger, { grid: 'toy', fogNode, term, slot: SLOT, ciphertext: bytes });
    };
    const committed = async (): Promise<bigint[]> =>
      (await getSlot(toy.owner, 'toy', SLOT)).regionTotals.map(({ ciphertext }) =>
        bytesToBigint(Buffer.from(ciphertext, 'base64url')),
      );

    it('fails on the product: a total before every region is there', async () => {
      await toy.reportAll(SLOT, () => 7);
      await toy.fogNodes[0]?.submit([SLOT]);
      await toy.fogNodes[1]?.submit([SLOT]);
      const [north = 1n, east = 1n] = await committed();
      await assert.rejects(submit(hornerTotal(toy.grid.publicKey, [north, east], RADIX_BITS)), {
        code: 'REGION_TOTAL_MISSING',
      });
      await toy.fogNodes[2]?.submit([SLOT]);
    });

    it('fails on the product: a total out of thin air, one region replaced, one left out', async () => {
      const key = toy.grid.publicKey;
      const [north = 1n, east = 1n, south = 1n] = await committed();
      for (const regions of [
        [toy.encryptor.encrypt(1n), toy.encryptor.encrypt(2n), toy.encryptor.encrypt(3n)],
        [north, toy.encryptor.encrypt(9999n), south],
        [north, 1n, south],
        [south, east, north],
      ]) {
        await assert.rejects(submit(hornerTotal(key, regions, RADIX_BITS)), { code: 'TOTAL_MISMATCH' });
      }
    });

    it('fails on the product: the right total by anyone but the leader of the term', async () => {
      const total = hornerTotal(toy.grid.publicKey, await committed(), RADIX_BITS);
      await assert.rejects(submit(total, toy.leader.term, 'fog-2'), { code: 'NOT_LEADER' });
      await assert.rejects(submit(total, toy.leader.term + 1), { code: 'NOT_LEADER' });
      const { term } = toy.leader;
      toy.passTime(61);
      assert.equal(await toy.leader.stand(), term + 1);
      assert.ok(await toy.candidates[1]?.vote(term + 1, 'fog-1'));
      assert.ok(await toy.leader.claim(term + 1));
      await assert.rejects(submit(total, term), { code: 'TERM_STALE' });
      await submit(total);
    });
  });
});
