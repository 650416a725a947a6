import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { inFlight, limited } from '@gridveil/client/billing/in-flight.js';
import { ReplayClock } from '@gridveil/client/billing/replay-clock.js';

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('work in flight', () => {
  it('keeps the order of the items, whichever is done first', async () => {
    const work = async (item: number) => {
      await pause(item % 2 === 0 ? 5 : 0);
      return item * 10;
    };
    assert.deepEqual(await collected(inFlight([1, 2, 3, 4, 5], 3, work)), [10, 20, 30, 40, 50]);
    assert.deepEqual(await collected(inFlight([], 3, work)), []);
  });

  it('has no more than its depth under way, and that many', async () => {
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await pause(1);
      running--;
    };
    await collected(inFlight(Array.from({ length: 12 }), 3, work));
    assert.equal(most, 3);
  });

  it('runs chained stages side by side', async () => {
    const steps: string[] = [];
    const stage = (name: string) => async (item: number) => {
      steps.push(`${name}${item}`);
      await pause(1);
      return item;
    };
    const first = inFlight([1, 2, 3, 4], 2, stage('a'));
    await collected(inFlight(first, 2, stage('b')));
    assert.ok(steps.indexOf('a3') < steps.indexOf('b2'), steps.join());
    assert.equal(steps.length, 8);
  });

  it('ends with the first failure, and no other one is left unhandled', async () => {
    const work = (item: number) =>
      item < 2 ? Promise.resolve(item) : Promise.reject(new Error(`item ${item}`));
    await assert.rejects(collected(inFlight([1, 2, 3, 4], 3, work)), /item 2/);
    await pause(2);
  });
});

describe('a limit on work', () => {
  it('lets so many run, in the order they come, and goes on after a failure', async () => {
    const run = limited(2);
    const begun: number[] = [];
    let [running, most] = [0, 0];
    const work = (i: number) => async () => {
      begun.push(i);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (i === 1) throw new Error('one');
      return i;
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map((i) => run(work(i))));
    assert.deepEqual(
      results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed')),
      [0, 'failed', 2, 3, 4],
    );
    assert.deepEqual([begun, most, running], [[0, 1, 2, 3, 4], 2, 0]);
    assert.equal(await run(() => Promise.resolve('later')), 'later');
  });
});

describe('replay clock', () => {
  it('only ever moves forward', () => {
    const clock = new ReplayClock(100);
    clock.advanceTo(160);
    clock.advanceTo(150);
    assert.deepEqual([clock.nowSeconds, clock.nowMs], [160, 160_000]);
  });
});
