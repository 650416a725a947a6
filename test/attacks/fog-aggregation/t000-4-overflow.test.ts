/**
 * T000-4, break B0.4: a reading of R or more carries into the next region, a "negative" one borrows from it.
 * Attacker: one meter.
 */
import assert from 'node:assert/strict';
import { aggregateRegion, aggregateRegions } from '../../papers/fog-aggregation/aggregation.js';
import { extractRegions } from '../../papers/fog-aggregation/extraction.js';
import { decrypt, encrypt, setUpToy } from '../../papers/fog-aggregation/paillier.js';
import { publishOpening, getSlot } from '@gridveil/client/ledger/calls.js';
import { openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';
import { slotRegions, radixCheck } from '@gridveil/chaincode/domain/slot-total.js';
import { splitDigits } from '@gridveil/chaincode/crypto/radix.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { openToyGrid, RADIX_BITS, SLOT, type ToyGrid } from '../../helpers/toy-grid.js';
import { fogNode, METER, reportWith } from './product.js';

const RADIX = 2n ** 40n;

describe('T000-4 readings out of range', () => {
  describe('printed form', () => {
    const { parameters, privateKey } = setUpToy();
    /** Regions as the MDMS extracts them when the first meter of region 1 reports `d` besides 100 and 200 Wh. */
    const opened = (d: bigint): bigint[] => {
      const regions = [[d, 100n, 200n], [1000n, 2000n], [10n]].map((readings) =>
        aggregateRegion(
          parameters,
          readings.map((reading) => encrypt(parameters, reading)),
        ),
      );
      const M = decrypt(parameters, privateKey, aggregateRegions(parameters, regions, RADIX));
      return extractRegions(M, RADIX, 3);
    };

    it('is exact for a reading in range', () => {
      assert.deepEqual(opened(50n), [350n, 3000n, 10n]);
    });

    it('succeeds on the printed form: R + 50 adds 1 Wh to the neighbour and looks like 50 at home', () => {
      assert.deepEqual(opened(RADIX + 50n), [350n, 3001n, 10n]);
    });

    it('succeeds on the printed form: 700·R charges the neighbour any amount', () => {
      assert.deepEqual(opened(700n * RADIX), [300n, 3700n, 10n]);
    });

    it('succeeds on the printed form: -301 takes 1 Wh from the neighbour and makes the own region huge', () => {
      assert.deepEqual(opened(-301n), [RADIX - 1n, 2999n, 10n]);
    });
  });

  describe('product', () => {
    let toy: ToyGrid;
    before(async () => (toy = await openToyGrid()));
    after(() => toy.close());
    const RADIX_OF_GRID = 2n ** BigInt(RADIX_BITS);

    /** Every meter reports 100 Wh; the attacker then any plaintext at all, correctly authenticated. */
    const settle = async (slot: number, plaintext: bigint): Promise<void> => {
      for (const meter of toy.meters) {
        if (meter.meterId === METER) continue;
        const report = await meter.report(slot, 100);
        for (const node of toy.fogNodes) node.receive(report);
      }
      const { n } = toy.grid.publicKey;
      const ciphertext = toy.encrypt(((plaintext % n) + n) % n);
      assert.equal(fogNode(toy).receive(reportWith(toy, ciphertext, { slot })).status, 'accepted');
      for (const node of toy.fogNodes) await node.submit([slot]);
      await toy.leader.settle(slot);
    };

    it('opens what is in range', async () => {
      await settle(SLOT, 50n);
      assert.deepEqual((await toy.mdms.openSlot(SLOT)).consumptionWh, [250, 300, 300]);
    });

    it('fails on the product: a meter itself refuses a reading out of range', () => {
      const [meter] = toy.meters;
      assert.throws(() => meter?.report(SLOT + 90, 50_001), RangeError);
      assert.throws(() => meter?.report(SLOT + 90, -1), RangeError);
    });

    for (const [slot, name, plaintext, code] of [
      [SLOT + 1, 'R + 50 adds 1 Wh to the neighbour', RADIX_OF_GRID + 50n, 'DIGIT_CHECK_FAILED'],
      [SLOT + 2, '700·R charges the neighbour 700 Wh', 700n * RADIX_OF_GRID, 'DIGIT_CHECK_FAILED'],
      [SLOT + 3, '-301 borrows from the neighbour', -301n, 'DIGIT_OVERFLOW'],
      [SLOT + 4, 'a value above all regions', RADIX_OF_GRID ** 3n, 'DIGIT_OVERFLOW'],
      [SLOT + 5, 'more than the ceiling of the own region', 150_000n, 'DIGIT_OVERFLOW'],
    ] as const)
      it(`fails on the product: ${name}; the MDMS opens nothing`, async () => {
        await settle(slot, plaintext);
        await assert.rejects(toy.mdms.openSlot(slot), { code });
        assert.equal((await getSlot(toy.owner, 'toy', slot)).opening, undefined);
      });

    it('fails on the product: the ledger refuses the shifted regions even from an MDMS that would publish them', async () => {
      const slot = SLOT + 6;
      await settle(slot, RADIX_OF_GRID + 50n);
      const { publicKey, record, channel } = toy.grid;
      const { regionTotals, total } = await getSlot(toy.owner, 'toy', slot);
      const { m, rho } = openCiphertext(
        toy.privateKey,
        bytesToBigint(Buffer.from(total?.ciphertext ?? '', 'base64url')),
      );
      const shifted = splitDigits(m, RADIX_BITS, 3, slot).map(Number);
      assert.deepEqual(shifted, [250, 301, 300], 'the digits alone look plausible');
      const regions = slotRegions(publicKey, slot, regionTotals);
      const check = radixCheck(publicKey, record, channel, regions, shifted);
      const { rho: checkRho } = openCiphertext(toy.privateKey, check.ciphertext);
      await assert.rejects(publishOpening(toy.owner, 'toy', { slot, m, rho, checkRho }), {
        code: 'DIGIT_CHECK_FAILED',
      });
    });

    it('fails on the product: the slot opens without the region after it was withheld', async () => {
      const slot = SLOT + 7;
      await settle(slot, RADIX_OF_GRID + 50n);
      await assert.rejects(toy.mdms.openSlot(slot), { code: 'DIGIT_CHECK_FAILED' });
      assert.deepEqual(await toy.mdms.findInvalidRegions(slot), ['north']);
      await toy.mdms.withhold(slot, 'north');
      await assert.rejects(toy.mdms.openSlot(slot), { code: 'TOTAL_MISSING' });
      await toy.leader.settle(slot);
      assert.deepEqual((await toy.mdms.openSlot(slot)).consumptionWh, [0, 300, 300]);
    });

    it('still holds at level L1: a meter can lie within its own region, and nowhere else', async () => {
      await settle(SLOT + 8, -100n);
      assert.deepEqual((await toy.mdms.openSlot(SLOT + 8)).consumptionWh, [100, 300, 300]);
    });
  });
});
