import assert from 'node:assert/strict';
import { Orderer } from '@gridveil/client/ledger/embedded/orderer.js';

const OPTIONS = { maxMessageCount: 2, batchTimeoutMs: 60_000 };

describe('the orderer', () => {
  it('leaves the outcome open when writing a block fails, and writes nothing more', async () => {
    const written: number[][] = [];
    const orderer = new Orderer<number, number>(OPTIONS, (batch) => {
      written.push([...batch]);
      return Promise.reject(new Error('disk full'));
    });
    const results = await Promise.allSettled([1, 2, 3].map((item) => orderer.order(item)));
    const codes = results.map(
      (result) => result.status === 'rejected' && (result.reason as { code: string }).code,
    );
    assert.deepEqual(codes, ['OUTCOME_UNKNOWN', 'UNAVAILABLE', 'UNAVAILABLE']);
    await assert.rejects(orderer.order(4), {
      name: 'LedgerError',
      code: 'UNAVAILABLE',
      message: /disk full/,
    });
    assert.deepEqual(written, [[1]]);
  });

  it('writes one block at a time and puts what came meanwhile into the next ones', async () => {
    const written: number[][] = [];
    let writing = 0;
    const orderer = new Orderer<number, number>(OPTIONS, async (batch) => {
      assert.equal(++writing, 1);
      await new Promise((resolve) => setImmediate(resolve));
      writing--;
      written.push([...batch]);
      return batch.map((item) => item * 10);
    });
    const outcomes = await Promise.all([1, 2, 3, 4].map((item) => orderer.order(item)));
    assert.deepEqual(outcomes, [10, 20, 30, 40]);
    assert.deepEqual(written, [[1], [2, 3], [4]]);
  });

  it('waits for what is being endorsed, and no longer', async () => {
    const written: number[][] = [];
    const orderer = new Orderer<number, number>({ ...OPTIONS, maxMessageCount: 10 }, (batch) => {
      written.push([...batch]);
      return Promise.resolve(batch);
    });
    await Promise.all([
      orderer.order(1),
      ...[2, 3].map(async (item) => {
        const { ordered } = await orderer.endorsing(async () => {
          await new Promise((resolve) => setImmediate(resolve));
          return { ordered: orderer.order(item) };
        });
        await ordered;
      }),
      orderer.endorsing(() => Promise.reject(new Error('refused'))).catch(() => undefined),
    ]);
    assert.deepEqual(written, [[1], [2, 3]]);
  });
});
