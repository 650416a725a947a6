/** The signcrypted-block rounds: blocks that endorsers accept, the same for the same seed, each slot once. */
import assert from 'node:assert/strict';
import { directoryOf } from '@gridveil/chaincode/crypto/signcryption-check.js';
import { checkReportBlock, decodeReportBlock } from '@gridveil/chaincode/domain/report-block.js';
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { CallShare } from '@gridveil/caliper/inputs/call-share.js';
import { SigncryptedBlocks, signcryptedBlockCall } from '@gridveil/caliper/inputs/signcrypted-blocks.js';
import {
  seededKeyCentre,
  seededSigncryptionKey,
  signcryptedIdentities,
  type SigncryptedGrid,
} from '@gridveil/caliper/inputs/signcrypted-grid.js';
import type { BenchmarkTarget } from '@gridveil/caliper/inputs/target.js';
import { prepareCalls, roundCalls } from '@gridveil/caliper/inputs/transactions.js';
import {
  FULL_SIGNCRYPTED_BLOCKS,
  planSigncryptedBlocks,
  SHORT_SIGNCRYPTED_BLOCKS,
} from '@gridveil/caliper/rounds/signcrypted-block-rounds.js';

const node = (fogNode: string, mspId: string) => ({ fogNode, mspId, user: 'User2', regions: [] });
const GRID: SigncryptedGrid = {
  ...{ grid: 'g', channel: 'gridveil', seed: 's', meters: 3, storage: 'ledger', newestSlot: 1000 },
  nodes: [node('fog-1', 'Org1MSP'), node('fog-2', 'Org2MSP')],
};

describe('signcrypted-block rounds', () => {
  it('submit blocks that endorsers accept, of what the seed says', async () => {
    const blocks = await SigncryptedBlocks.open(GRID);
    const block = blocks.block(7);
    const { argument, transient = {} } = signcryptedBlockCall(GRID, block);
    const { slot, root } = JSON.parse(argument) as { slot: number; root: string };
    assert.equal(slot, 993);
    const master = (await seededKeyCentre(GRID)).exportMaster();
    const keys = await Promise.all(
      signcryptedIdentities(GRID.meters).map(
        async ({ purpose, id }) => (await seededSigncryptionKey(GRID, master, purpose, id)).publicKey,
      ),
    );
    const reports = decodeReportBlock(transient['reports'] ?? new Uint8Array());
    assert.equal(reports.length, 3);
    const submission = { grid: 'g', slot, root: fromBase64url(root, 'root') };
    checkReportBlock(GRID, submission, reports, directoryOf(GRID, keys), new Set());
    const other = (await SigncryptedBlocks.open({ ...GRID, seed: 't' })).block(7);
    assert.notEqual(other.energyWh, block.energyWh);
    // Whoever makes it again, in whatever order.
    const again = await SigncryptedBlocks.open(GRID);
    again.block(8);
    assert.deepEqual(signcryptedBlockCall(GRID, again.block(7)), signcryptedBlockCall(GRID, block));
    assert.deepEqual(blocks.block(7).reports, block.reports);
  });

  it('share a round out between workers, nodes in turn, each slot once', async () => {
    const share: CallShare = {
      ...{ firstTotal: 0, transactions: 4, totalsPerTransaction: 1, metersPerTotal: 3, signcrypted: GRID },
    };
    const target = {} as BenchmarkTarget;
    const unprepared = { ...share, signcrypted: { ...GRID, grid: 'other' } };
    assert.throws(() => roundCalls('signcrypted-block', target, unprepared, 0, 1), RangeError);
    await prepareCalls(share);
    await prepareCalls({ ...share, signcrypted: GRID });
    const calls = [
      ...roundCalls('signcrypted-block', target, share, 0, 2),
      ...roundCalls('signcrypted-block', target, share, 2, 4),
    ];
    assert.deepEqual(
      calls.map(({ submitter }) => submitter.mspId),
      ['Org1MSP', 'Org2MSP', 'Org1MSP', 'Org2MSP'],
    );
    const slots = calls.map(({ argument }) => (JSON.parse(argument) as { slot: number }).slot);
    assert.deepEqual(slots, [1000, 999, 998, 997]);
  });

  it('have blocks of 20 and 100 reports, one grid for each round', () => {
    const measured = FULL_SIGNCRYPTED_BLOCKS.filter(({ group }) => group !== 'warmup');
    assert.deepEqual(new Set(measured.map(({ meters }) => meters)), new Set([20, 100]));
    for (const { transactions } of [...FULL_SIGNCRYPTED_BLOCKS, ...SHORT_SIGNCRYPTED_BLOCKS])
      assert.equal(transactions % 20, 0);
    const grids = SHORT_SIGNCRYPTED_BLOCKS.map(({ meters, storage }, i) => ({
      ...GRID,
      grid: `g${i}`,
      meters,
      storage,
    }));
    const plans = planSigncryptedBlocks(SHORT_SIGNCRYPTED_BLOCKS, grids);
    assert.deepEqual(
      plans.map(({ parts }) => parts[0]?.signcrypted?.grid),
      ['g0', 'g1'],
    );
    assert.throws(() => planSigncryptedBlocks(SHORT_SIGNCRYPTED_BLOCKS, []), RangeError);
  });
});
