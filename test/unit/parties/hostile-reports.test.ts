/** Hostile input at the heart of a fog node, below every transport: nothing is counted, nothing crashes, nothing piles up. */
import assert from 'node:assert/strict';
import { ERROR_CODES } from '@gridveil/chaincode/error-codes.js';
import { encodeReportBatch } from '@gridveil/client/parties/fog-messages.js';
import { DurableBench } from '../../helpers/durable-bench.js';
import { NORTH } from '../../helpers/fog-bench.js';
import { hostileReports, mutatedReports } from '../../helpers/hostile-reports.js';
import { JournalFolders } from '../../helpers/journal-folder.js';

const SEED = process.env['FUZZ_SEED'] ?? '1';
const MUTATED = Number(process.env['FUZZ_RUNS'] ?? 100_000);
const BATCH = 500;
const HEAP_BYTES = 128 * 2 ** 20;

describe('hostile reports', function () {
  this.timeout(120_000);
  const folders = new JournalFolders();
  let bench: DurableBench;
  beforeEach(async () => {
    bench = await DurableBench.open(folders);
    bench.fog.revoke('n5');
    await bench.node.syncMeters();
  });
  afterEach(() => folders.remove());

  const assertNothingCounted = (): void => {
    assert.deepEqual(bench.node.openSlots(), []);
    assert.deepEqual(bench.node.equivocations, []);
    assert.deepEqual(bench.node.late.all, []);
  };

  it('of every class are refused with a code of the list, alone and beside good ones', async () => {
    const hostile = hostileReports(bench.fog);
    assert.ok(hostile.length >= 40, `${hostile.length} classes`);
    for (const [name, bytes] of hostile) {
      const [answer] = (await bench.node.takeAll([bytes])).answers;
      assert.equal(answer?.status, 'refused', name);
      assert.ok(answer?.status === 'refused' && answer.code in ERROR_CODES, name);
    }
    assertNothingCounted();
    const good = NORTH.slice(0, 4).map((meterId) => bench.fog.report(meterId, 1n));
    const mixed = [...hostile.map(([, bytes]) => bytes), ...good];
    const { answers } = await bench.send(...mixed);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...hostile.map(() => 'refused'), ...good.map(() => 'accepted')],
    );
    await bench.node.settle([bench.fog.slot]);
    assert.equal(bench.opened('north', bench.fog.slot), 4n);
  });

  it(`changed at random, ${MUTATED} of them, are refused, in bounded memory`, async () => {
    const before = process.memoryUsage().heapUsed;
    const journalBytes = bench.node.journalBytes;
    const mutated = mutatedReports(bench.fog, SEED);
    const codes = new Map<string, number>();
    for (let done = 0; done < MUTATED; done += BATCH) {
      const batch = Array.from({ length: BATCH }, () => mutated.next().value as Uint8Array);
      const { answers, receipt } = await bench.send(...batch);
      assert.equal(receipt, undefined);
      for (const [i, answer] of answers.entries()) {
        if (answer.status !== 'refused')
          assert.fail(`${answer.status}: ${Buffer.from(batch[i] as Uint8Array).toString('hex')}`);
        codes.set(answer.code, (codes.get(answer.code) ?? 0) + 1);
      }
    }
    for (const code of codes.keys()) assert.ok(code in ERROR_CODES, code);
    assert.ok(codes.size >= 10, `the seed reaches many checks: ${[...codes.keys()].join()}`);
    assert.ok((codes.get('REPORT_BAD_TAG') ?? 0) > MUTATED / 20, 'the tag is what stops many of them');
    assertNothingCounted();
    assert.equal(bench.node.journalBytes, journalBytes, 'nothing of them is kept');
    assert.ok(process.memoryUsage().heapUsed - before < HEAP_BYTES);
  });

  it('as batches that are none are refused as a whole', async () => {
    const good = encodeReportBatch([bench.fog.report('n1', 1n)]);
    const { next } = mutatedBatches(good);
    for (let i = 0; i < 5_000; i++) {
      const body = next();
      try {
        const { answers } = await bench.node.handle(body);
        assert.ok(
          answers.every(({ status }) => status === 'refused'),
          Buffer.from(body).toString('hex'),
        );
      } catch (error) {
        assert.ok((error as { code?: string }).code ?? '' in ERROR_CODES, String(error));
      }
    }
    assertNothingCounted();
  });

  /** A batch with bytes of its frame changed. */
  function mutatedBatches(good: Uint8Array): { next: () => Uint8Array } {
    let state = 12_345;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    return {
      next: () => {
        const body = Uint8Array.from(good);
        body[random(60)] = random(256);
        const changed = random(4) === 0 ? body.subarray(0, random(body.length)) : body;
        return Buffer.compare(changed, good) === 0 ? Uint8Array.of(0) : changed;
      },
    };
  }
});
