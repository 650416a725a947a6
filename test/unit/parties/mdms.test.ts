import assert from 'node:assert/strict';
import { ContractBench } from '../../helpers/contract-bench.js';
import { addCiphertexts, encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { getSlot, type SlotRecord } from '@gridveil/client/ledger/calls.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { readGrid } from '@gridveil/client/parties/grid-view.js';
import { Mdms, type CiphertextOpener } from '@gridveil/client/parties/mdms.js';
import { openToy, RADIX, type Region, type RegionSum } from '../../helpers/bench-values.js';
import type { BenchGrid } from '../../helpers/contract-grid.js';
import { refused } from '../../helpers/refused.js';

describe('MDMS', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let grid: BenchGrid;
  let opened: bigint[];

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());
  beforeEach(async () => {
    grid = await bench.grid();
    opened = [];
  });

  const open: CiphertextOpener = (ciphertexts) => {
    opened.push(...ciphertexts);
    return Promise.resolve(ciphertexts.map((ciphertext) => openToy(bench.key, ciphertext)));
  };
  const mdms = async (ledger: Ledger = bench.sessions.mdms1, opener = open) =>
    new Mdms(ledger, await readGrid(ledger, grid.id), opener);
  const committed = () => getSlot(bench.sessions.auditor1, grid.id, bench.slot);

  /** The ledger as a liar between it and the MDMS would show a slot. */
  const bentLedger = (bend: (slot: SlotRecord) => object): Ledger => ({
    ...bench.sessions.mdms1,
    channel: bench.sessions.mdms1.channel,
    submit: (transaction) => bench.sessions.mdms1.submit(transaction),
    evaluate: async (transaction) => {
      const result = await bench.sessions.mdms1.evaluate(transaction);
      return transaction.name === 'GetSlot' ? JSON.stringify(bend(JSON.parse(result) as SlotRecord)) : result;
    },
    events: (options) => bench.sessions.mdms1.events(options),
    close: () => Promise.resolve(),
  });

  it('opens nothing before there is a total', async () => {
    await assert.rejects((await mdms()).openSlot(bench.slot), refused('SLOT_UNKNOWN'));
    await grid.commitRegions(bench.slot);
    await assert.rejects((await mdms()).openSlot(bench.slot), refused('TOTAL_MISSING', { slot: bench.slot }));
    assert.deepEqual(opened, []);
  });

  it('opens no total that is not the sum of the committed regions', async () => {
    const { ciphertexts } = await grid.settledSlot(bench.slot);
    const { publicKey } = bench.key;
    const single = Buffer.from(encodeCiphertext(publicKey, ciphertexts[0] as bigint)).toString('base64url');
    const bent = bentLedger((slot) => ({ ...slot, total: { ...slot.total, ciphertext: single } }));
    await assert.rejects(
      (await mdms(bent)).openSlot(bench.slot),
      refused('TOTAL_MISMATCH', { slot: bench.slot }),
    );
    assert.deepEqual(opened, [], 'nothing was decrypted');
  });

  it('decrypts nothing when the ledger shows a group too small, even with a total that fits it', async () => {
    await grid.settledSlot(bench.slot);
    const bent = bentLedger((slot) => ({
      ...slot,
      regionTotals: slot.regionTotals.map((total, j) => (j === 0 ? { ...total, count: 1 } : total)),
    }));
    const liedTo = await mdms(bent);
    const tooSmall = refused('GROUP_TOO_SMALL', { region: 'north', count: 1 });
    await assert.rejects(liedTo.openSlot(bench.slot), tooSmall);
    await assert.rejects(liedTo.findInvalidRegions(bench.slot), tooSmall);
    assert.deepEqual(opened, []);
  });

  it('gives one opening of a slot away, whatever the ledger shows later', async () => {
    await grid.settledSlot(bench.slot);
    const honest = await committed();
    let shown: object = honest;
    const owner = await mdms(bentLedger(() => shown));
    await owner.openSlot(bench.slot);
    const other = await bench.grid();
    await other.settledSlot(bench.slot, { north: { sum: 5, count: 3 } });
    shown = await getSlot(bench.sessions.auditor1, other.id, bench.slot);
    await assert.rejects(owner.openSlot(bench.slot), refused('OPENING_EXISTS', { slot: bench.slot }));
    shown = honest;
    await owner.openSlot(bench.slot);
  });

  it('opens and publishes a slot; again, the same values', async () => {
    const regions = await grid.settledSlot(bench.slot);
    const expected = { slot: bench.slot, consumptionWh: [1234, 0, 29_999] };
    assert.deepEqual(await (await mdms()).openSlot(bench.slot), expected);
    const { opening } = await committed();
    assert.deepEqual(opening?.consumptionWh, { north: 1234, south: 0, west: 29_999 });
    assert.deepEqual(await (await mdms()).openSlot(bench.slot), expected);
    for (const ciphertext of regions.ciphertexts)
      assert.ok(!opened.includes(ciphertext), 'only totals and their check are ever decrypted');
  });

  describe('publishes nothing when a report spilled over', () => {
    const cases: readonly (readonly [string, ErrorCode, Partial<Record<Region, RegionSum>>])[] = [
      ['into the next region', 'DIGIT_CHECK_FAILED', { north: { sum: RADIX + 50n, count: 3 } }],
      [
        'out of the next region',
        'DIGIT_CHECK_FAILED',
        { north: { sum: 5n - RADIX, count: 3 }, south: { sum: 9, count: 3 } },
      ],
      ['beyond its ceiling', 'DIGIT_OVERFLOW', { north: { sum: 30_001, count: 3 } }],
      ['below zero', 'DIGIT_OVERFLOW', { north: { sum: -301, count: 3 } }],
      ['beyond the last region', 'DIGIT_OVERFLOW', { west: { sum: RADIX, count: 3 } }],
    ];
    for (const [what, code, sums] of cases)
      it(what, async () => {
        await grid.settledSlot(bench.slot, sums);
        await assert.rejects((await mdms()).openSlot(bench.slot), refused(code, { slot: bench.slot }));
        assert.equal((await committed()).opening, undefined);
      });
  });

  it('publishes nothing when the key store answers with nothing or with wrong values', async () => {
    await grid.settledSlot(bench.slot);
    const { n } = bench.key.publicKey;
    const none = await mdms(bench.sessions.mdms1, () => Promise.resolve([]));
    await assert.rejects(none.openSlot(bench.slot), RangeError);
    const wrong = await mdms(bench.sessions.mdms1, (ciphertexts) =>
      Promise.resolve(
        ciphertexts.map((ciphertext) => {
          const { m, rho } = openToy(bench.key, ciphertext);
          return { m, rho: (rho + 1n) % n };
        }),
      ),
    );
    await assert.rejects(wrong.openSlot(bench.slot), refused('WRONG_OPENING'));
    assert.equal((await committed()).opening, undefined);
  });

  it('is refused by the ledger with the role of another organisation', async () => {
    await grid.settledSlot(bench.slot);
    await assert.rejects((await mdms(bench.sessions.mdms2)).openSlot(bench.slot), refused('NOT_GRID_OWNER'));
  });

  it('opens a single region when it is the only one that is not withheld, and that is a group', async () => {
    const none = { sum: 0, count: 0 };
    const { ciphertexts } = await grid.settledSlot(bench.slot, { south: none, west: none });
    assert.deepEqual((await (await mdms()).openSlot(bench.slot)).consumptionWh, [1234, 0, 0]);
    assert.equal(addCiphertexts(bench.key.publicKey, [...ciphertexts]), ciphertexts[0]);
  });
});
