/** What the workloads write: the fog node's own transaction, the same for the same seed, each key once. */
import assert from 'node:assert/strict';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeArgument } from '@gridveil/chaincode/domain/decode.js';
import { regionTotalSubmission } from '@gridveil/chaincode/domain/region-total.js';
import { seededPaillierKey } from '@gridveil/caliper/inputs/seeded-key.js';
import { SeededTotals } from '@gridveil/caliper/inputs/seeded-totals.js';
import { roundCalls, type BenchmarkCall } from '@gridveil/caliper/inputs/transactions.js';
import type { BenchmarkTarget } from '@gridveil/caliper/inputs/target.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import { submitRegionTotals } from '@gridveil/client/ledger/calls.js';
import type { Ledger, Transaction } from '@gridveil/client/ledger/port.js';
import {
  planRounds,
  ROUND_GROUPS,
  FULL_SIZES,
  SHORT_SIZES,
  TotalAllocator,
  type RoundSizes,
} from '@gridveil/caliper/rounds/plan.js';

const BITS = 512;
const key = seededPaillierKey('test', BITS);
const { n, hN } = key.publicKey;
const target: BenchmarkTarget = {
  channel: 'mychannel',
  chaincode: 'gridveil',
  grid: 'bench',
  n: String(n),
  hN: String(hN),
  seed: 'test',
  newestSlot: 1_000_000,
  fogNodes: ['fog-1', 'fog-2'].map((fogNode, i) => ({
    fogNode,
    mspId: `Org${i + 1}MSP`,
    user: 'User2',
    regions: [`${fogNode}-a`, `${fogNode}-b`, `${fogNode}-c`],
  })),
};

const totalsOf = (call: BenchmarkCall) => decodeArgument(call.argument, regionTotalSubmission).totals;

/** What our client would send for the same totals. */
async function clientArgument(call: BenchmarkCall): Promise<string> {
  let sent = '';
  const ledger = {
    submit: ({ argument }: Transaction) => {
      sent = argument;
      return Promise.resolve({ transactionId: '', blockNumber: 0, result: '{"receipts":[]}' });
    },
  } as unknown as Ledger;
  await submitRegionTotals(ledger, target.grid, call.submitter.fogNode, totalsOf(call));
  return sent;
}

describe('caliper: inputs', function () {
  this.timeout(30_000);

  it('makes the same key for the same seed, of the size asked for', () => {
    const { publicKey } = seededPaillierKey('test', BITS);
    assert.deepEqual([publicKey.n, publicKey.hN], [n, hN]);
    assert.equal(n.toString(2).length, BITS);
    assert.notEqual(seededPaillierKey('other', BITS).publicKey.n, n);
  });

  it('makes totals that open to the readings that went in', () => {
    const totals = new SeededTotals(key.publicKey, 'seed', 20);
    for (const index of [0, 1, 77, 50_000]) {
      const { ciphertext, energyWh } = totals.total(index);
      assert.equal(decrypt(key, bytesToBigint(Buffer.from(ciphertext, 'base64url'))), BigInt(energyWh));
      assert.ok(energyWh > 0);
    }
  });

  it('makes the same totals for the same seed and others for another', () => {
    const [a, again, other] = ['seed', 'seed', 'other'].map(
      (seed) => new SeededTotals(key.publicKey, seed, 5),
    );
    assert.deepEqual(a?.total(3), again?.total(3));
    assert.notEqual(a?.total(3).ciphertext, other?.total(3).ciphertext);
    assert.notEqual(a?.total(3).ciphertext, a?.total(4).ciphertext);
  });

  it('submits exactly what a fog node submits', async () => {
    const share = { firstTotal: 0, transactions: 4, totalsPerTransaction: 3, metersPerTotal: 20 };
    for (const call of roundCalls('region-totals', target, share, 0, 4)) {
      assert.deepEqual([call.contract, call.name], ['aggregation', 'SubmitRegionTotals']);
      assert.equal(await clientArgument(call), call.argument);
    }
  });

  it('gives a blind put the same bytes', () => {
    const share = { firstTotal: 7, transactions: 2, totalsPerTransaction: 1, metersPerTotal: 20 };
    const [ours] = roundCalls('region-totals', target, share, 1, 2);
    const [blind] = roundCalls('blind-put', target, share, 1, 2);
    assert.equal(blind?.argument, ours?.argument);
    assert.equal(blind?.contract, 'baseline');
  });

  it('reads back what the round of the same share wrote', () => {
    const share = { firstTotal: 5, transactions: 6, totalsPerTransaction: 1, metersPerTotal: 20 };
    const written = roundCalls('region-totals', target, share, 0, 6).flatMap(totalsOf);
    const read = roundCalls('read-region-total', target, share, 0, 6).map(
      ({ argument }) => JSON.parse(argument) as { region: string; slot: number },
    );
    assert.deepEqual(
      read.map(({ region, slot }) => [region, slot]),
      written.map(({ region, slot }) => [region, slot]),
    );
  });

  it('never repeats a key in a run, whatever rounds and workers it has', () => {
    const sizes: RoundSizes = { ...SHORT_SIZES, sweepTps: [10, 20], sweepSeconds: 2 };
    const rounds = planRounds(new Set(ROUND_GROUPS), sizes, new TotalAllocator(target));
    const keys = rounds
      .flatMap(({ parts }) => parts)
      .filter(({ kind }) => kind === 'region-totals')
      .flatMap((part) => {
        const each = part.transactions / 2;
        return [0, 1].flatMap((worker) =>
          roundCalls(part.kind, target, part, worker * each, (worker + 1) * each),
        );
      })
      .flatMap(totalsOf)
      .map(({ region, slot }) => `${region}/${slot}`);
    assert.ok(keys.length > 200);
    assert.equal(new Set(keys).size, keys.length);
  });

  it('leaves out rounds that were not asked for, but not what the others need', () => {
    const labels = (...groups: (typeof ROUND_GROUPS)[number][]) =>
      planRounds(new Set(groups), SHORT_SIZES, new TotalAllocator(target)).map(({ label }) => label);
    assert.deepEqual(labels('baseline'), ['warmup', 'ami-data-80', 'blind-put-80']);
    assert.deepEqual(labels('reads'), ['warmup', 'ami-data-40', 'ami-data-80', 'ami-read-40', 'ami-read-80']);
    assert.deepEqual(labels(), ['warmup']);
  });

  it('lets rows change places from repetition to repetition', () => {
    const labels = (turn: number) =>
      planRounds(new Set(['table', 'baseline']), SHORT_SIZES, new TotalAllocator(target), {
        hasBaseline: true,
        turn,
      }).map(({ label }) => label);
    assert.deepEqual(labels(0), ['warmup', 'ami-data-40', 'ami-data-80', 'blind-put-80']);
    assert.deepEqual(labels(1), ['warmup', 'blind-put-80', 'ami-data-80', 'ami-data-40']);
  });

  it('sends no more above the ceiling than two gateways let wait when the machine writes 90 per second', () => {
    const sweep = planRounds(new Set(['sweep']), FULL_SIZES, new TotalAllocator(target));
    for (const { rateTps, transactions } of sweep.filter((each) => each.group === 'sweep')) {
      const seconds = transactions / rateTps;
      assert.ok(transactions - 90 * seconds <= 700, `${rateTps}: ${transactions}`);
      assert.ok(transactions % 2 === 0 && seconds > 6 && seconds <= 12, `${rateTps}: ${seconds}`);
    }
  });

  it('sweeps without a baseline where the network has none', () => {
    const rounds = planRounds(new Set(['sweep']), SHORT_SIZES, new TotalAllocator(target), {
      hasBaseline: false,
      turn: 0,
    });
    assert.deepEqual(
      rounds.map(({ label }) => label),
      ['warmup', 'sweep-40'],
    );
  });
});
